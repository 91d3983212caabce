"""These tests read texts in English, as they are written in the code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhike.kernel import words


@pytest.fixture(autouse=True)
def as_written() -> Iterator[None]:
    """No translator, and a reader of English."""
    translate, language = words._translate, words._language
    words.install_translator(str)
    words.install_language(lambda: "en")
    yield
    words.install_translator(translate)
    words.install_language(language)
