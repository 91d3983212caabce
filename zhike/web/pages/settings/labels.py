"""Labels in two languages, as forms ask for them and declarations keep them."""

from __future__ import annotations

from typing import Any


def label_body(chinese: str, english: str) -> dict[str, str] | None:
    """What a declaration keeps of a name typed in Chinese and in English; None when neither was."""
    found = {"zh-hans": chinese.strip(), "en": english.strip()}
    return {language: text for language, text in found.items() if text} or None


def label_parts(label: Any) -> tuple[str, str]:
    """The Chinese and the English text of a kept label; one plain text counts as Chinese."""
    if isinstance(label, dict):
        return str(label.get("zh-hans", "")), str(label.get("en", ""))
    return (str(label), "") if label else ("", "")
