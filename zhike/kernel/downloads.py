"""How a file that is sent to a browser is called."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote


def disposition(name: str, *, inline: bool = False) -> str:
    """The ``Content-Disposition`` of a file with this name (RFC 6266): the name in full, and beside it one of plain letters
    for programs that read no other."""
    plain = name if _is_plain(name) else f"download{_ending(name)}"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _ending(name: str) -> str:
    ending = PurePosixPath(name).suffix
    return ending if _is_plain(ending) else ""


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set('"\\%')
