"""Labels inside sentences."""

from __future__ import annotations

from zhike.kernel.words import current_language


def inside(label: object) -> str:
    """A label as it stands inside a sentence: “New follow-up”, not “New Follow-up”; abbreviations and Chinese as they are."""
    text = str(label)
    if current_language().startswith("en") and len(text) > 1 and text[0].isupper() and text[1].islower():
        return text[0].lower() + text[1:]
    return text
