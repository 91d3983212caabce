"""Built assets by their logical names: style sheet, script, icon sprite. The build writes ``static/manifest.json``."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"


@lru_cache(maxsize=2)
def _manifest(changed: int) -> dict[str, str]:
    return dict(json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))) if changed else {}


def asset(name: str) -> str:
    """The address of a built asset: ``asset("main.js")`` → ``/static/main.4f1c.js``; the plain name when not built."""
    path = STATIC / "manifest.json"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return PREFIX + _manifest(changed).get(name, name)


def icon_svg(name: str, small: bool = False) -> Markup:
    """An icon of the sprite, 16 px, or 14 px when small. It says nothing to a screen reader."""
    return Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        " is-small" if small else "", asset("sprite.svg"), name
    )
