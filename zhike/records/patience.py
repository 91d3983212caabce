"""How long whoever asks is to wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zhike.kernel.errors import TooWide
from zhike.kernel.words import Words
from zhike.store.database import TookTooLong, within_seconds


@contextmanager
def within(seconds: float, text: Words) -> Iterator[None]:
    """Reads of the block are given up after so long: TooWide with the text."""
    try:
        with within_seconds(seconds):
            yield
    except TookTooLong:
        raise TooWide(text) from None
