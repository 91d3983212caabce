"""When do two spellings count as the same text? Titles fold fully; other text ignores only the case of A to Z."""

from __future__ import annotations

import unicodedata

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold(text: str) -> str:
    """The text as the folded copy of titles has it: NFKC (full-width becomes half-width), then case-folded."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def ascii_fold(text: str) -> str:
    """The text with A to Z in lower case and everything else as it is; what both databases' ``lower`` do under "C"."""
    return text.lower() if text.isascii() else text.translate(_LOWER)
