"""Days and instants."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from datetime import timezone as fixed_zone
from typing import Any

from zhike.kernel.words import Words, _
from zhike.schema.formats import iso_instant, show_date, show_instant, zone
from zhike.schema.kinds.base import ParseError, Part, Setting, kind
from zhike.schema.kinds.common import OUTER, PlainKind, half_width, short, wrong_type
from zhike.schema.spec import FieldSpec

LONGEST = 80
FIRST_YEAR = 1000
ORDERS = ("ymd", "mdy", "dmy")
ORDERED = ("=", "!=", "<", "<=", ">", ">=", "in", "within", "empty")
SPANNED = ("count", "min", "max")

_WEEKDAY = r"\s*(?:[(]?(?:星期|周|礼拜)[一二三四五六日天][)]?)?"
_YEAR_FIRST = re.compile(
    r"([0-9]{4})\s*(?:年|[-/.\s])\s*([0-9]{1,2})\s*(?:月|[-/.\s])\s*([0-9]{1,2})\s*[日号]?" + _WEEKDAY
)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})\s*[-/.]\s*([0-9]{1,2})\s*[-/.]\s*([0-9]{4})")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}\s*(?:年|[-/.])\s*[0-9]{1,2}\s*(?:月|[-/.])\s*[0-9]{1,2}\s*[日号]?")
_NO_DAY = re.compile(r"[0-9]{4}\s*(?:年|[-/.])\s*[0-9]{1,2}\s*月?")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+([0-9]{4})", re.IGNORECASE)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})", re.IGNORECASE)
_CHINESE = re.compile(
    r"([〇零○0一二三四五六七八九]{4})年(十[一二]?|[一二三四五六七八九])月"
    r"([二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|卅一?|[一二三四五六七八九])[日号]?" + _WEEKDAY
)
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "0": 0}
_MONTHS = {name: place for place, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_FULL_MONTHS = "january february march april may june july august september october november december".split()

_TIME = re.compile(
    r"(?:[Tt]|\s+|(?<=[日号]))\s*(?P<half>上午|下午|晚上|中午|凌晨|早上|傍晚|AM|PM)?\s*"
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r"|[点时](?:(?P<minutes>[0-9]{1,2})分?|(?P<thirty>半)|整)?(?:(?P<seconds>[0-9]{1,2})秒)?)"
    r"\s*(?P<later>AM|PM)?\s*(?P<zone>Z|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|UTC|GMT)?$",
    re.IGNORECASE,
)
_AFTERNOON = frozenset({"下午", "晚上", "傍晚", "中午", "pm"})
_MORNING = frozenset({"上午", "凌晨", "早上", "am"})


def parse_date(text: str, order: str = "ymd") -> date:
    """The day a text names: ISO, 2026/3/9, 2026年3月9日, 二〇二六年三月九日, 20260309, 9 March 2026.

    ``order`` says how 3/9/2026 is meant: ``mdy`` or ``dmy``; with ``ymd`` it is refused. Raises ParseError."""
    found = _day_named(text, order)
    if found is None:
        raise ParseError(_("“{text}” is not a date. Write it like 2026-03-09.").with_(text=short(text)))
    return found


def _day_named(text: str, order: str) -> date | None:
    """The day of a text that has the shape of one, else None. Raises ParseError for days that do not exist."""
    if _ISO.fullmatch(text):
        return _day(int(text[:4]), int(text[5:7]), int(text[8:]))
    plain = half_width(text)
    if len(plain) > LONGEST:
        return None
    found = _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    found = _YEAR_LAST.fullmatch(plain)
    if found:
        return _year_last(int(found[1]), int(found[2]), int(found[3]), order, plain)
    found = _CHINESE.fullmatch(plain)
    if found:
        year = int("".join(str(_DIGITS[sign]) for sign in found[1]))
        return _day(year, _chinese_number(found[2]), _chinese_number(found[3]))
    found = _DAY_MONTH.fullmatch(plain)
    if found:
        return _named_month(found[2], found[1], found[3])
    found = _MONTH_DAY.fullmatch(plain)
    if found:
        return _named_month(found[1], found[2], found[3])
    if _SHORT_YEAR.fullmatch(plain):
        raise ParseError(
            _("Write the year with four digits: “{text}” can be read in several ways.").with_(text=short(text))
        )
    if _NO_DAY.fullmatch(plain):
        raise ParseError(_("“{text}” is a month; a day is needed too, such as 2026-03-09.").with_(text=short(text)))
    return None


def _year_last(first: int, second: int, year: int, order: str, text: str) -> date:
    if order == "mdy":
        return _day(year, first, second)
    if order == "dmy":
        return _day(year, second, first)
    raise ParseError(
        _("In “{text}” it is unclear which is the month. Put the year first: 2026-03-09.").with_(text=short(text))
    )


def _named_month(name: str, day: str, year: str) -> date | None:
    month = _MONTHS.get(name[:3].lower())
    if month is None or not (_FULL_MONTHS[month - 1].startswith(name.lower()) or name.lower() == "sept"):
        return None
    return _day(int(year), month, int(day))


def _chinese_number(text: str) -> int:
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_DIGITS[ones] if ones else 0)


def _day(year: int, month: int, day: int) -> date:
    if year < FIRST_YEAR:
        raise ParseError(_("The year {year} is too early.").with_(year=year))
    if not 1 <= month <= 12:
        raise ParseError(_("There is no month {month}; a year has 12.").with_(month=month))
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise ParseError(
            _("There is no {year}-{month}-{day}: that month has {days} days.").with_(
                year=year, month=f"{month:02d}", day=f"{day:02d}", days=days
            )
        )
    return date(year, month, day)


def parse_instant(text: str, timezone: str, order: str = "ymd") -> datetime:
    """The instant a text names, in UTC; without an offset it is local to ``timezone``. A bare date is its midnight.

    Accepts ISO 8601, 2026-03-09 14:30, 2026年3月9日 下午2:30, 2026/3/9 2:30 PM. Raises ParseError."""
    if len(text) >= 16 and text[10] in "T " and text[4] == "-" == text[7] and text[:4].isdecimal() and text.isascii():
        local = _iso(text)
        if local is not None:
            return in_utc(local, timezone)
    plain = half_width(text)
    found = _TIME.search(plain) if len(plain) <= LONGEST else None
    day = _day_named(plain[: found.start()] if found else plain, order)
    if day is None:
        raise ParseError(_("“{text}” is not a date and time. Write it like 2026-03-09 14:30.").with_(text=short(text)))
    return in_utc(datetime.combine(day, _clock(found), _offset(found["zone"])) if found else _midnight(day), timezone)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def in_utc(value: datetime, timezone: str) -> datetime:
    """An instant in UTC; a naive one is local to ``timezone``. Raises ParseError outside the years 1000 to 9999."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone(timezone))
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        value = datetime.min.replace(tzinfo=UTC)
    if value.year < FIRST_YEAR:
        raise ParseError(_("The year {year} is too early.").with_(year=value.year))
    return value


def _clock(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    minute = int(found["minute"] or found["minutes"] or (30 if found["thirty"] else 0))
    second = int(found["second"] or found["seconds"] or 0)
    half = (found["half"] or found["later"] or "").lower()
    if half and hour <= 12:
        if half in _AFTERNOON and hour < 12 and not (half == "中午" and hour > 9):
            hour += 12
        elif half in _MORNING and hour == 12:
            hour = 0
    if hour > 23 or minute > 59 or second > 59:
        raise ParseError(
            _("There is no time {hour}:{minute}: hours go to 23, minutes to 59.").with_(
                hour=hour, minute=f"{minute:02d}"
            )
        )
    return time(hour, minute, second, int((found["part"] or "0").ljust(6, "0")[:6]))


def _offset(text: str | None) -> fixed_zone | None:
    if not text:
        return None
    digits = text.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in ("Z", ""):
        return UTC
    if int(digits[1:3]) > 14 or int(digits[3:]) > 59:
        raise ParseError(_("There is no time zone {text}.").with_(text=text))
    away = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:]))
    return fixed_zone(away if digits[0] == "+" else -away)


@kind
class Date(PlainKind):
    """A day without a time or zone (date)."""

    name = "date"
    label = _("Date")
    parts = (Part("", "date"),)
    operators = ORDERED
    measures = SPANNED
    widget = "date"
    width = "date"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> date | None:
        if isinstance(raw, str):
            if len(raw) > 10 and _TIME.search(half_width(raw[:LONGEST])):
                return parse_instant(raw, setting.timezone).astimezone(zone(setting.timezone)).date()
            return parse_date(raw) if raw.strip(OUTER) else None
        if isinstance(raw, datetime):
            return (
                in_utc(raw, setting.timezone).astimezone(zone(setting.timezone)).date()
                if raw.tzinfo
                else _checked(raw.date())
            )
        if isinstance(raw, date):
            return _checked(raw)
        return _of_number(raw, _("A date"))

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return show_date(value, setting.language)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else value.isoformat()

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value.isoformat())

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "format": "date"}


def _checked(value: date) -> date:
    return _day(value.year, value.month, value.day)


def _of_number(raw: Any, expected: Words) -> date:
    """The day of a number such as 20260309, as spreadsheets hold it."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 10_000_000 <= raw <= 99_991_231:
        return parse_date(str(raw))
    raise wrong_type(expected, raw)


@kind
class Instant(PlainKind):
    """A moment (aware datetime in UTC). What is typed without an offset is local to the reader's time zone."""

    name = "instant"
    label = _("Date and time")
    parts = (Part("", "instant"),)
    operators = ORDERED
    measures = SPANNED
    widget = "date"
    width = "date"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> datetime | None:
        if isinstance(raw, str):
            return parse_instant(raw, setting.timezone) if raw.strip(OUTER) else None
        if isinstance(raw, datetime):
            return in_utc(raw, setting.timezone)
        day = raw if isinstance(raw, date) else _of_number(raw, _("A date and time"))
        return in_utc(_midnight(day), setting.timezone)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return show_instant(value, setting.timezone, setting.language)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else iso_instant(value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "format": "date-time"}
