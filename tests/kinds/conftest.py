"""The messages of kinds are tested as they are written, in English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kinds.asking import speaking


@pytest.fixture(scope="module", autouse=True)
def english() -> Iterator[None]:
    """Texts come out as written."""
    with speaking(str):
        yield
