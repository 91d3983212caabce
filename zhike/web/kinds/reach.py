"""What stands beside a value by which somebody is reached: a copy button, and a map for an address."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address
from zhike.web.reading import reading

COPIED = ("phone", "email", "secret_text")
CHINA = "CN"


def copied_text(value: Any, field: FieldSpec) -> str:
    """What the copy button of a value copies, "" for none: numbers, addresses, ids and other short texts one passes on,
    where the reader sees them in full."""
    if not isinstance(value, str) or not value:
        return ""
    if field.kind in COPIED:
        return kind_of(field).show(value, field, reading())
    passed_on = field.kind == "auto_number" or (
        field.kind == "text" and (field.personal or field.unique or field.format)
    )
    return value if passed_on else ""


def map_url(value: Any, field: FieldSpec) -> str:
    """Where an address is found on a map, "" for none: 高德 in China, OpenStreetMap elsewhere. Nothing is asked of them
    before somebody follows the link."""
    if not isinstance(value, Address):
        return ""
    told = kind_of(field).show(value, field, reading()).replace("•••", "").strip(" ,，")
    if not told:
        return ""
    if value.country in ("", CHINA):
        return f"https://uri.amap.com/search?keyword={quote(told)}"
    return f"https://www.openstreetmap.org/search?query={quote(told)}"
