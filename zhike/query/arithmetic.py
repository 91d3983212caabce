"""How do the values of formulas add, compare and turn into stored ones? Empty in, empty out; nothing here raises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any
from zoneinfo import ZoneInfo

from zhike.schema.formats import minor_digits
from zhike.schema.kinds.base import KINDS, ParseError, Setting
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Money

CONTEXT = Context(prec=28, rounding=ROUND_HALF_UP, traps=[Overflow, DivisionByZero, InvalidOperation])
"""Every calculation in a formula is done here: 28 significant digits, rounding half up."""

MOST_DIGITS = 17
"""A result with more digits, decimals counted, is empty: it would not fit a stored 64-bit integer."""

HUNDRED = Decimal(100)
NUMERIC = ("number", "money")
MAGNITUDES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
BASE_DIGITS = 2
LONGEST_TEXT = 500

INPUTS = {
    "number": "number",
    "percent": "number",
    "duration": "number",
    "money": "money",
    "date": "date",
    "instant": "date",
    "text": "text",
    "long_text": "text",
    "auto_number": "text",
    "url": "text",
    "choice": "text",
    "yes_no": "yes_no",
}
"""Kind of a field → type of its value inside a formula; other kinds cannot be used."""


def written_number(text: str) -> Decimal:
    """The number of a number token: ``1_000``, ``10万``, ``12.5%`` (a fraction), ``300元``."""
    digits = text.replace("_", "").replace("％", "%").removesuffix("元")
    if digits.endswith("%"):
        return written_number(digits[:-1]) / HUNDRED
    magnitude = MAGNITUDES.get(digits[-1:])
    return Decimal(digits[:-1]) * magnitude if magnitude else Decimal(digits)


def reader(kind: str, setting: Setting) -> Callable[[Any], Any]:
    """How a canonical value enters a formula: percents as fractions, amounts by their base value, instants as the day
    they fall on in the company's timezone, choices as their key."""
    if kind == "percent":
        return lambda value: None if value is None else CONTEXT.divide(Decimal(value), HUNDRED)
    if kind in ("number", "duration"):
        return lambda value: None if value is None else Decimal(value)
    if kind == "money":
        return lambda value: None if value is None else value.base
    if kind == "instant":
        zone = ZoneInfo(setting.timezone)
        return lambda value: value.astimezone(zone).date() if isinstance(value, datetime) else None
    return lambda value: value


def writer(kind: str, setting: Setting, into: FieldSpec | None) -> Callable[[Any], Any]:
    """How a result leaves a formula as a canonical value of ``kind``, rounded half up to the decimals of ``into``.

    Amounts come out in the base currency. What does not fit the kind is empty."""
    if kind == "text":
        return lambda value: (value or "")[:LONGEST_TEXT].strip() or None
    if kind == "money":
        return _amount_writer(setting, into.decimals if into else 0)
    if kind not in ("number", "percent", "duration"):
        return lambda value: value
    decimals = {"percent": 4, "duration": 0}.get(kind, into.decimals if into else None)

    def write(value: Decimal | None) -> Any:
        if value is not None and kind == "percent":
            value = CONTEXT.multiply(value, HUNDRED)
        value = _rounded(value, decimals)
        if value is None or into is None:
            return int(value) if value is not None and kind == "duration" else value
        try:
            return KINDS[kind].parse(value, into, setting)
        except ParseError:
            return None

    return write


def _amount_writer(setting: Setting, decimals: int) -> Callable[[Any], Any]:
    digits, base_digits = max(minor_digits(setting.currency), decimals), max(BASE_DIGITS, decimals)

    def write(value: Decimal | None) -> Money | None:
        amount = _rounded(value, digits)
        return None if amount is None else Money(amount, setting.currency, _rounded(amount, base_digits))

    return write


def _rounded(value: Decimal | None, decimals: int | None) -> Decimal | None:
    """The value with so many decimals (None: all it has); None when it is too large to store."""
    if value is None or not value.is_finite() or value.adjusted() + (decimals or 0) >= MOST_DIGITS:
        return None
    return value if decimals is None else value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def calculation(sign: str) -> Callable[[Any, Any], Any]:
    """``+ - * /`` of two numbers; empty when either is, for division by zero and beyond 28 digits."""
    operation = {"+": CONTEXT.add, "-": CONTEXT.subtract, "*": CONTEXT.multiply, "/": CONTEXT.divide}[sign]

    def calculate(left: Decimal | None, right: Decimal | None) -> Decimal | None:
        if left is None or right is None:
            return None
        try:
            return operation(left, right)
        except DecimalException:
            return None

    return calculate


def moved(sign: str) -> Callable[[Any, Any], Any]:
    """A date plus or minus a number of whole days (fractions are cut off); empty outside the calendar."""

    def move(day: date | None, days: Decimal | None) -> date | None:
        if day is None or days is None:
            return None
        try:
            return day + timedelta(days=int(days) if sign == "+" else -int(days))
        except OverflowError:
            return None

    return move


def days_between(first: date | None, last: date | None) -> Decimal | None:
    """The days from the first date to the last; negative when the last is earlier."""
    return None if first is None or last is None else Decimal((last - first).days)


def comparison(sign: str) -> Callable[[Any, Any], bool]:
    """Two values of one type by the logic of filters: with an empty one only ``!=`` is true."""
    if sign == "=":
        return lambda left, right: left is not None and left == right
    if sign == "!=":
        return lambda left, right: left is None or left != right
    if sign == "<":
        return lambda left, right: left is not None and right is not None and left < right
    if sign == "<=":
        return lambda left, right: left is not None and right is not None and left <= right
    if sign == ">":
        return lambda left, right: left is not None and right is not None and left > right
    return lambda left, right: left is not None and right is not None and left >= right


def as_text(value: Any) -> str:
    """A value inside ``concat``: numbers without needless zeros, dates as 2026-03-09, nothing for empty."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize(CONTEXT):f}" if value else "0"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
