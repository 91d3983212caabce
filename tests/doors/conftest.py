"""These tests read texts in English, as they are written in the code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhike.kernel import words


@pytest.fixture(autouse=True)
def as_written() -> Iterator[None]:
    """No translator, and a reader of English."""
    with words.speaking("en"):
        yield
