"""Labels in two languages, as forms ask for them and declarations keep them."""

from __future__ import annotations

from typing import Any

from zhike.kernel.words import Plain, Words, speaking


def label_body(chinese: str, english: str) -> dict[str, str] | None:
    """What a declaration keeps of a name typed in Chinese and in English; None when neither was."""
    found = {"zh-hans": chinese.strip(), "en": english.strip()}
    return {language: text for language, text in found.items() if text} or None


def label_parts(label: Any) -> tuple[str, str]:
    """The Chinese and the English text of a kept label; one plain text counts as Chinese."""
    if isinstance(label, dict):
        return str(label.get("zh-hans", "")), str(label.get("en", ""))
    return (str(label), "") if label else ("", "")


def texts_of(label: Words) -> tuple[str, str]:
    """The Chinese and the English text of any label; what an administrator typed in one language has no other."""
    if isinstance(label, Plain):
        chinese, english = label.by_language.get("zh-hans", ""), label.by_language.get("en", "")
        return (chinese, english) if chinese or english else (label.msgid, "")
    found = []
    for language in ("zh-hans", "en"):
        with speaking(language):
            found.append(str(label))
    return found[0], found[1]
