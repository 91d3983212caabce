"""Figures a long run tells whoever started it: `make prove` names a file and reads it afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

WHOLE = os.environ.get("PROVE") == "whole"
"""Whether the long form was asked for; `make test` takes the quick one."""


def tell(**figures: Any) -> None:
    """Add figures to the file ``PROVE_FIGURES`` names; nothing without one."""
    named = os.environ.get("PROVE_FIGURES")
    if named:
        with Path(named).open("a", encoding="utf-8") as out:
            out.write(json.dumps(figures, ensure_ascii=False) + "\n")
