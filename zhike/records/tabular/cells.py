"""Cells that spreadsheets would take for formulas: guarded with an apostrophe when written, restored when read."""

from __future__ import annotations

import re

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_PASSED_OVER = " \u00a0\u3000\ufeff\0\"'\x0b\x0c"  # a spreadsheet may drop these before it looks
_NUMBER = re.compile(r"-[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?%?")


def needs_guard(text: str) -> bool:
    """Whether a spreadsheet might compute this text instead of showing it. Negative numbers are harmless."""
    start = text.lstrip(_PASSED_OVER)
    return start[:1] in _STARTS_A_FORMULA and start != "" and not _NUMBER.fullmatch(text)


def guard_cell(text: str) -> str:
    """The text with an apostrophe in front if it needs one."""
    return "'" + text if needs_guard(text) else text


def restore_cell(text: str) -> str:
    """What :func:`guard_cell` was given; other texts stay as they are, an apostrophe of their own included."""
    return text[1:] if text[:1] == "'" and needs_guard(text[1:]) else text
