"""Options of a choice as rows of a form: label in both languages, hue, order, in use or retired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from zhike.kernel.words import Words, _
from zhike.records.declaring.drafting import suggest_key
from zhike.web.pages.settings.labels import label_body, label_parts

HUES: Mapping[str, Words] = {
    "grey": _("Grey"), "blue": _("Blue"), "teal": _("Teal"), "green": _("Green"), "gold": _("Gold"),
    "orange": _("Orange"), "red": _("Red"), "plum": _("Plum"), "violet": _("Violet"),
}  # fmt: skip
BLANKS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One option as its row shows it; a row without a key is new."""

    key: str = ""
    chinese: str = ""
    english: str = ""
    hue: str = "grey"
    active: bool = True


def rows_of(options: Iterable[Mapping[str, Any]], blanks: int = 0) -> list[Row]:
    """Rows for declared options, and empty ones to write into."""
    found = [
        Row(str(one.get("key", "")), *label_parts(one.get("label")), one.get("hue", "grey"), one.get("active", True))
        for one in options
    ]
    return found + [Row()] * blanks


def options_of(posted: QueryDict) -> list[dict[str, Any]]:
    """The options the rows describe, in their order; rows without a label are left out. New ones get a key."""
    keys, chinese, english = (posted.getlist(f"option.{name}") for name in ("key", "zh", "en"))
    hues, states = posted.getlist("option.hue"), posted.getlist("option.active")
    taken = {key for key in keys if key}
    found = []
    for at, key in enumerate(keys):
        label = label_body(*(texts[at] if at < len(texts) else "" for texts in (chinese, english)))
        if label is None and not key:
            continue
        if not key:
            key = suggest_key(label, taken, "option")
            taken.add(key)
        hue = hues[at] if at < len(hues) and hues[at] in HUES else "grey"
        active = states[at] != "no" if at < len(states) else True
        found.append({"key": key, "label": label, "hue": hue, "active": active})
    return found
