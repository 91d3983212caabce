"""Reading decimal numbers as people write them: 12,000.50, 1.2万, （300）, １２％."""

from __future__ import annotations

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from typing import Any, NamedTuple

from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError
from zhike.schema.kinds.common import LARGEST, half_width, is_finite, short, wrong_type

LONGEST = 80
EXACT_DIGITS = 15
"""Decimal digits that survive a trip through a JSON number (an IEEE double) unchanged."""
MAGNITUDES = {
    "千": 3, "仟": 3, "万": 4, "萬": 4, "百万": 6, "百萬": 6, "千万": 7, "千萬": 7, "亿": 8, "億": 8, "万亿": 12, "萬億": 12,
    "k": 3, "K": 3, "M": 6,
}  # fmt: skip
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_AROUND = re.compile(r"([^0-9.]*?)\s*([0-9][0-9,._'\s]*(?:[eE][+-]?[0-9]{1,6})?|\.[0-9]+)\s*([^0-9]*)", re.DOTALL)
_GROUPED = re.compile(r"[0-9]{1,3}(?:([,'_ \u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]*)?")
_UNGROUPED = re.compile(r"(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_SEPARATORS = re.compile(r"[,'_\s]")
_SIGNS = {"-": -1, "−": -1, "–": -1, "+": 1, "(": -1}
_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow])
NUMBER = _("A number")


class Written(NamedTuple):
    """A number and the words around it."""

    before: str
    number: Decimal
    after: str


def plainly_scaled(text: str, decimals: int) -> int | None:
    """The value × 10^decimals of a text such as -12000.50, fast; None for everything that needs a closer look."""
    if not _PLAIN.fullmatch(text):
        return None
    whole, _point, fraction = text.partition(".")
    if len(fraction) > decimals:
        return None
    number = int(whole + fraction.ljust(decimals, "0"))
    return number if -LARGEST <= number <= LARGEST else None


def decimal_of(raw: Any, unit: str = "") -> Decimal | None:
    """The number a raw value stands for; None for blank text. ``unit`` may follow it. Raises ParseError."""
    if isinstance(raw, str):
        if _PLAIN.fullmatch(raw):
            return Decimal(raw)
        bare = raw.strip()
        written = written_number(bare[: -len(unit)] if unit and bare.endswith(unit) and bare != unit else bare)
        if written is None:
            return None
        if written.before or written.after:
            raise not_a_number(raw)
        return written.number
    return number_of(raw)


def number_of(raw: Any) -> Decimal:
    """The exact value of an int, Decimal or float (floats as they print, to 15 digits). Raises ParseError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise wrong_type(NUMBER, raw)
    if isinstance(raw, int):
        if raw.bit_length() > 80:
            raise too_large()
        return Decimal(raw)
    if not is_finite(raw):
        raise not_a_number(raw)
    return raw if isinstance(raw, Decimal) else Decimal(f"{raw:.15g}")


def written_number(text: str) -> Written | None:
    """The one number in a text, with its sign and Chinese magnitude applied; None for blank text. Raises ParseError."""
    plain = half_width(text)
    if not plain:
        return None
    found = _AROUND.fullmatch(plain) if len(plain) <= LONGEST else None
    if found is None:
        raise not_a_number(text)
    before, digits, after = found.groups()
    number = _digits(digits.strip(), text)
    sign, before = _sign(before, after, text)
    power, after = _magnitude((after.replace(")", "", 1) if "(" in found[1] else after).strip())
    number = number.copy_negate() if sign < 0 else number
    return Written(before.strip(), _EXACT.scaleb(number, power) if power else number, after)


def _digits(digits: str, text: str) -> Decimal:
    if _GROUPED.fullmatch(digits):
        digits = _SEPARATORS.sub("", digits)
    elif _UNGROUPED.fullmatch(digits):
        digits = digits.replace("_", "")
    elif "," in digits:
        raise ParseError(
            _("“{text}” is unclear: commas only separate thousands (12,000), and a point the decimals (0.5).").with_(
                text=short(text)
            )
        )
    else:
        raise not_a_number(text)
    try:
        return Decimal(digits)
    except DecimalException:
        raise not_a_number(text) from None


def _sign(before: str, after: str, text: str) -> tuple[int, str]:
    """The sign found before a number, and the rest of what stands there; brackets around it mean minus."""
    signs = [sign for sign in before if sign in _SIGNS]
    if len(signs) > 1 or ("(" in signs) != (")" in after):
        raise not_a_number(text)
    if not signs:
        return 1, before
    return _SIGNS[signs[0]], before.replace(signs[0], "")


def _magnitude(after: str) -> tuple[int, str]:
    for length in (2, 1):
        power = MAGNITUDES.get(after[:length])
        following = after[length : length + 1]
        if power is not None and not (after[0].isascii() and following.isascii() and following.isalpha()):
            return power, after[length:].strip()
    return 0, after


def scaled(value: Decimal, decimals: int) -> int:
    """The value × 10^decimals, exactly. Raises ParseError when it has more decimals or does not fit a JSON number."""
    if not value:
        return 0
    if value.adjusted() + decimals > 16:
        raise too_large()
    try:
        moved = _EXACT.scaleb(value, decimals)
        whole = moved.to_integral_value(context=_EXACT)
    except DecimalException:
        whole = None
    if whole is None or whole != moved:
        if decimals == 0:
            raise ParseError(_("A whole number is expected here; {text} has decimals.").with_(text=short(f"{value:f}")))
        raise ParseError(
            _("At most {most} decimals; {text} has more.").with_(most=decimals, text=short(_spelled(value)))
        )
    number = int(whole)
    if not -LARGEST <= number <= LARGEST:
        raise too_large()
    return number


def _spelled(value: Decimal) -> str:
    return f"{value:f}" if value.adjusted() > -20 else str(value)


def unscaled(number: int, decimals: int) -> Decimal:
    """The Decimal with exactly ``decimals`` decimals that :func:`scaled` made ``number`` of."""
    return Decimal(number).scaleb(-decimals) if decimals else Decimal(number)


def not_a_number(raw: object) -> ParseError:
    """The refusal of something that is not a number."""
    return ParseError(_("“{text}” is not a number.").with_(text=short(raw)))


def too_large() -> ParseError:
    """The refusal of a number beyond what is stored."""
    return ParseError(_("This number is too large."))
