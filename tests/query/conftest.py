"""These tests read texts as they are written in the code: English, whatever language the site would show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhike.kernel import words


@pytest.fixture(autouse=True)
def as_written() -> Iterator[None]:
    """No translator, and a reader of English, for each test here."""
    with words.speaking("en"):
        yield
