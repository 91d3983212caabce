"""One believable value of every kind, for the example row of an empty table."""

from __future__ import annotations

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.schema.spec import FieldSpec

_EXAMPLES: dict[str, str | Words] = {
    "phone": "13800138000",
    "email": "li.na@example.com",
    "url": "https://www.example.com",
    "number": "100",
    "percent": "15%",
    "money": "12000",
    "date": "2026-03-18",
    "instant": "2026-03-18 14:30",
    "yes_no": _("yes"),
    "address": _("36 Yangtze Road, Suzhou"),
    "long_text": _("Met at the spring fair"),
    "rich_text": _("Met at the spring fair"),
    "secret_text": "0000",
}


def example_of(actor: Actor, one: FieldSpec) -> str:
    """What a cell of this field may look like; "" where an invented value would only be refused."""
    if one.kind in ("choice", "choices"):
        return str(next((option.label for option in one.options if option.active), ""))
    if one.kind == "link":
        return actor.name if one.to == "user" else ""
    if one.kind == "text":
        return (
            str(_("Example: {field}").with_(field=one.label)) if one.required or (one.search and not one.format) else ""
        )
    return str(_EXAMPLES.get(one.kind, ""))
