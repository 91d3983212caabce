"""Numbers, percentages, lengths of time and yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zhike.kernel.words import _
from zhike.schema.formats import show_duration, show_number, show_percent
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.common import PlainKind, half_width, is_finite, short, wrong_type
from zhike.schema.kinds.numerals import EXACT_DIGITS, decimal_of, number_of, plainly_scaled, scaled, too_large, unscaled
from zhike.schema.spec import FieldSpec

ORDERED = ("=", "!=", "<", "<=", ">", ">=", "in", "empty")
SUMMED = ("count", "sum", "avg", "min", "max")
MOST_EXACT = 10**EXACT_DIGITS - 1
PERCENT_DECIMALS = 4
MOST_MINUTES = 10**8


@kind
class Number(PlainKind):
    """A decimal number with ``field.decimals`` (0 to 6) decimals, stored as a scaled integer.

    Canonical: Decimal with exactly that many decimals. Whole numbers reach 2^53 − 1, others have at most 15 digits,
    so that JSON numbers carry every value exactly."""

    name = "number"
    label = _("Number")
    parts = (Part("", "int"),)
    operators = ORDERED
    measures = SUMMED
    widget = "number"
    width = "number"

    def decimals(self, field: FieldSpec) -> int:
        """How many decimals values of the field have."""
        return field.decimals

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> Decimal | None:
        decimals = self.decimals(field)
        number = plainly_scaled(raw, decimals) if raw.__class__ is str else None
        if number is None:
            value = decimal_of(raw, field.unit)
            if value is None:
                return None
            number = scaled(value, decimals)
        if decimals and not -MOST_EXACT <= number <= MOST_EXACT:
            raise too_large()
        result = unscaled(number, decimals)
        if field.max is not None and result and result.adjusted() >= field.max:
            raise ParseError(
                _("At most {max} digits before the point; this has {count}.").with_(
                    max=field.max, count=result.adjusted() + 1
                )
            )
        return result

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        shown = show_number(value, setting.language)
        return f"{shown} {field.unit}" if field.unit else shown

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        """A JSON number: an int where it is whole, else a float that reads back as the same decimal."""
        if value is None:
            return None
        whole = int(value)
        return whole if whole == value else float(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        decimals = self.decimals(field)
        return (int(Decimal(value).scaleb(decimals).to_integral_value(ROUND_HALF_UP)),)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Decimal:
        return unscaled(parts[0], self.decimals(field))

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(self.to_json(value, field))

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "number" if self.decimals(field) else "integer"}


@kind
class Percent(Number):
    """A percentage as it is spoken: 12.5 means 12.5 %. Four decimals, stored × 10^4."""

    name = "percent"
    label = _("Percent")

    def decimals(self, field: FieldSpec) -> int:
        return PERCENT_DECIMALS

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> Decimal | None:
        if raw.__class__ is str:
            raw = half_width(raw)
            raw = raw[:-1].rstrip() if raw.endswith("%") and raw != "%" else raw
        return super().read(raw, field, setting)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return show_percent(value, setting.language)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "number"}


_HOURS_AND_MINUTES = re.compile(
    r"(?:([0-9]{1,9}(?:\.[0-9]{1,4})?)\s*(?:h|hr|hrs|hours?|小时|个小时|时|钟头)\s*)?"
    r"(?:([0-9]{1,9})\s*(?:m|min|mins|minutes?|分钟?)?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"([0-9]{1,7}):([0-5][0-9])")


@kind
class Duration(PlainKind):
    """A length of time in whole minutes (int): 90, 1:30, 1h30m, 1.5h and 1小时30分 are the same."""

    name = "duration"
    label = _("Duration")
    parts = (Part("", "int"),)
    operators = ORDERED
    measures = SUMMED
    widget = "text"
    width = "number"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> int | None:
        value = _minutes_written(raw) if isinstance(raw, str) else number_of(raw)
        if value is None:
            return None
        if value < 0:
            raise ParseError(_("A length of time is not negative."))
        minutes = scaled(value, 0)
        if minutes > MOST_MINUTES:
            raise ParseError(_("At most {max} minutes.").with_(max=MOST_MINUTES))
        return minutes

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return show_duration(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return (int(value),)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": MOST_MINUTES}


def _minutes_written(text: str) -> Decimal | None:
    plain = half_width(text)
    if not plain:
        return None
    if len(plain) <= 40:
        clock = _CLOCK.fullmatch(plain)
        if clock:
            return Decimal(int(clock[1]) * 60 + int(clock[2]))
        found = _HOURS_AND_MINUTES.fullmatch(plain)
        if found and (found[1] or found[2]):
            return Decimal(found[1] or 0) * 60 + Decimal(found[2] or 0)
        if plain.startswith("-") and plain[1:].isdecimal():
            return Decimal(-1)
    raise ParseError(_("“{text}” is not a length of time. Write minutes (90), 1:30 or 1h30m.").with_(text=short(text)))


_YES = frozenset("yes y true t on 1 是 对 有 真 √ ✓ ✔ ☑ 已".split())
_NO = frozenset("no n false f off 0 否 不 不是 无 没有 假 × ✗ ✘ ☐ 未".split())


@kind
class YesNo(PlainKind):
    """Yes or no (bool). No is a value; empty is neither."""

    name = "yes_no"
    label = _("Yes or no")
    parts = (Part("", "bool"),)
    operators = ("=", "!=", "empty")
    widget = "switch"
    width = "check"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> bool | None:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str):
            word = half_width(raw).lower()
            if not word:
                return None
            if word in _YES:
                return True
            if word in _NO:
                return False
        elif not isinstance(raw, int | float | Decimal):
            raise wrong_type(_("Yes or no"), raw)
        elif is_finite(raw) and raw in (0, 1):
            return bool(raw)
        raise ParseError(_("“{text}” is neither yes nor no.").with_(text=short(raw)))

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return str(_("Yes") if value else _("No"))

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "boolean"}
