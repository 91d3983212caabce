"""The columns of a list as text, ``name:240 status``: which, in which order, how wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.links import number_in

MOST_COLUMNS = 24
NARROWEST, WIDEST = 56, 640
LONGEST = 500


class Columns(NamedTuple):
    """Field keys in order (none: the object's own choice) and the widths somebody set, in pixels."""

    keys: tuple[str, ...]
    widths: Mapping[str, int]


def columns_of(text: str, spec: ObjectSpec, sees: Callable[[FieldSpec], bool]) -> Columns:
    """What such a text names of the object and the reader sees, each once, the title first."""
    keys: dict[str, None] = {}
    widths: dict[str, int] = {}
    for piece in text.split():
        key, _colon, width = piece.partition(":")
        field = spec.field(key)
        if field is None or not sees(field):
            continue
        keys.setdefault(key)
        if number_in(width):
            widths[key] = max(NARROWEST, min(WIDEST, int(width)))
    if not keys:
        return Columns((), {})
    return Columns(tuple(dict.fromkeys((spec.title, *keys)))[:MOST_COLUMNS], widths)


def columns_text(keys: Iterable[str], widths: Mapping[str, int]) -> str:
    """The text of these columns, as far as a view can hold it."""
    text = ""
    for key in keys:
        piece = f"{key}:{widths[key]}" if key in widths else key
        if len(text) + len(piece) >= LONGEST:
            break
        text = f"{text} {piece}".strip()
    return text


def own_columns(spec: ObjectSpec) -> tuple[str, ...]:
    """The columns the object declares, the title first."""
    return tuple(dict.fromkeys((spec.title, *spec.columns)))
