"""Labels inside sentences."""

from __future__ import annotations

from zhike.kernel.words import current_language
from zhike.records.search import spelled


def inside(label: object) -> str:
    """A label as it stands inside a sentence: “New follow-up”, not “New Follow-up”; abbreviations and Chinese as they are."""
    text = str(label)
    if current_language().startswith("en") and len(text) > 1 and text[0].isupper() and text[1].islower():
        return text[0].lower() + text[1:]
    return text


def found_by(*texts: object) -> str:
    """What an entry of a long menu is found by while one types: its texts, and how the Chinese in them is read."""
    plain = [str(one) for one in texts]
    return " ".join([*plain, *(one for text in plain for one in spelled(text))])
