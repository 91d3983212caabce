"""What the proofs measured last, kept in ``docs/proof.json``, and the table of it in ``docs/proof.md``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.prove import Figure
from zhike import __version__

KEPT, PAGE = Path("docs/proof.json"), Path("docs/proof.md")
BEGIN, END = "<!-- figures: written by make prove RECORD=1 -->", "<!-- end of figures -->"
SIZES = ("ROUNDS", "WRITES", "EDITS", "POINTS", "CONTACTS", "QUESTIONS")


def keep(name: str, figure: Figure, control: bool, seconds: float) -> None:
    """Keep what a proof measured, or its control, and write the table anew."""
    held = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    held.setdefault(name, {})["control" if control else "proof"] = {
        "figure": figure.figure,
        "exit": 0 if figure.ok else 1,
        "seconds": round(seconds),
        "date": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "machine": _machine(),
        "sizes": {size: os.environ[size] for size in SIZES if os.environ.get(size)},
    }
    KEPT.write_text(json.dumps(dict(sorted(held.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = PAGE.read_text("utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(f"{before}\n\n{table(held)}\n\n{after}", encoding="utf-8")


def table(held: dict[str, dict[str, Any]]) -> str:
    """The table: a line for each proof, its figure and that of its control, with their exit codes, where and when."""
    lines = ["| proof | figure | exit | its control | exit | seen |", "|---|---|---|---|---|---|"]
    for name, one in sorted(held.items()):
        proof, control = one.get("proof"), one.get("control")
        seen = proof or control
        sizes = "".join(f", {size}={number}" for size, number in (proof or {}).get("sizes", {}).items())
        cells = [
            f"`{name}`",
            *_cells(proof),
            *_cells(control),
            f"{seen['date']}, {seen['version']}, {seen['machine']}{sizes}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(one: dict[str, Any] | None) -> list[str]:
    return [one["figure"].replace("|", "/"), str(one["exit"])] if one else ["not run", "-"]


def _machine() -> str:
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{os.cpu_count()} cores, {round(pages / 2**30)} GB"
