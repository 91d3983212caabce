"""Days and times as people say them in the middle of a sentence: 下周三, 三天后, 12月3日下午三点, next Friday, in 3 days, 3pm.

Pure: text and today in, days with the places they were read from out. A day that lies behind is told as such."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ENGLISH = "a one two three four five six seven eight nine ten eleven twelve".split()
_WEEK = "一二三四五六日"
_DAYS = "mon tue wed thu fri sat sun".split()
_FEASTS = {"元旦": (1, 1, 3), "五一": (5, 1, 5), "劳动节": (5, 1, 5), "国庆": (10, 1, 7), "十一": (10, 1, 7)}
"""Feasts by month, day and how many days people are off."""
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
LATELY = 60
"""A month and day without a year that passed within so many days is spoken of, not planned."""

_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_N_OR_HALF = _N.replace("(?P<n>", "(?P<n>半|")
_EN = r"(?P<n>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?P<day>mon|tue|wed|thu|fri|sat|sun)(?:s?(?:nes|rs|ur)?day|s|rs|r)?\b"


@dataclass(frozen=True, slots=True)
class SpokenDay:
    """A day found in a text between two places; ``time`` is ``HH:MM`` or "", told between ``time_at`` places."""

    day: date
    start: int
    end: int
    time: str = ""
    time_at: tuple[int, int] = (0, 0)
    half: str = ""


def half_width(text: str) -> str:
    """The text with full-width letters, digits and signs as narrow ones; every character keeps its place."""
    return text.translate(_WIDE)


def days_in(text: str, today: date) -> list[SpokenDay]:
    """Every day named in the text, in order; of two readings of the same words the longer one."""
    plain = half_width(text)
    found: list[SpokenDay] = []
    for pattern, read in _READERS:
        for hit in pattern.finditer(plain):
            try:
                day = read(hit, today)
            except (ValueError, OverflowError):
                continue
            if day is not None and hit.end() > hit.start():
                half = hit.groupdict().get("half") or ""
                found.append(SpokenDay(day, hit.start(), hit.end(), half=half.lower()))
    found.sort(key=lambda one: (one.start - one.end, one.start))
    kept: list[SpokenDay] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    kept.sort(key=lambda one: one.start)
    return [_with_time(one, plain) for one in kept]


def number(text: str) -> int:
    """三, 十二, 二十, 3, a, two as a number. Raises ValueError for anything else."""
    text = text.lower()
    if text.isascii() and text.isdigit():
        return int(text)
    if text == "an" or text in _ENGLISH:
        return 1 if text == "an" else max(1, _ENGLISH.index(text))
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


# -- days --------------------------------------------------------------------------------------------------------------
def _plus_months(day: date, months: int) -> date:
    """The same day some months on, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _month_end(day: date, months: int = 0) -> date:
    first = _plus_months(day.replace(day=1), months)
    return first.replace(day=monthrange(first.year, first.month)[1])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _away(days: int) -> Callable[[re.Match[str], date], date]:
    return lambda _hit, today: today + timedelta(days=days)


def _in(hit: re.Match[str], today: date) -> date:
    """三天后, 半个月后, in two weeks, a month from now."""
    many, unit = hit["n"] or "", (hit["unit"] or "").lower()
    if many == "半":
        return _plus_months(today, 6) if unit == "年" else today + timedelta(days=15 if unit == "月" else 1)
    n = number(many)
    if unit[0] in "天日d":
        return today + timedelta(days=n)
    if unit[0] in "周星礼w":
        return today + timedelta(weeks=n)
    if unit[0] in "月m":
        return _plus_months(today, n)
    return _plus_months(today, 12 * n)


def _in_week(today: date, day: int, said: str) -> date:
    """A weekday: of this week, of the next ones, of the last; without a word the coming one, never today."""
    if said:
        weeks = {"this": 0, "next": 1, "last": -1}.get(said.lower())
        if weeks is None:
            weeks = -1 if said.startswith("上") else said.count("下")
        return _monday(today) + timedelta(days=7 * weeks + day)
    return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)


def _chinese_weekday(hit: re.Match[str], today: date) -> date:
    sign = "日" if hit["day"] == "天" else hit["day"]
    day = 5 if sign == "末" else _WEEK.index(sign)
    return _in_week(today, day, (hit["said"] or "").rstrip("个"))


def _english_weekday(hit: re.Match[str], today: date) -> date:
    return _in_week(today, _DAYS.index(hit["day"].lower()), hit["said"] or "")


def _week(hit: re.Match[str], today: date) -> date:
    """下周 is its Monday; the end of a week is its Friday."""
    said, ends = (hit["said"] or "").lower(), bool(hit.groupdict().get("ends"))
    weeks = said.count("下") + said.count("next")
    return _monday(today) + timedelta(days=7 * weeks + (4 if ends else 0))


def _month(hit: re.Match[str], today: date) -> date:
    """下个月, 月底, 下月初, end of next month."""
    said, where = (hit["said"] or "").lower(), (hit["where"] or "").lower()
    months = said.count("下") + said.count("next")
    if where in ("初", "初旬", "上旬", "start of", "beginning of", "early"):
        return _plus_months(today.replace(day=1), months or 0)
    if where in ("中", "中旬", "mid"):
        return _plus_months(today.replace(day=1), months).replace(day=15)
    if where:
        return _month_end(today, months)
    return _plus_months(today.replace(day=1), months)


def _year_end(hit: re.Match[str], today: date) -> date:
    return date(today.year, 12, 31)


def _quarter_end(hit: re.Match[str], today: date) -> date:
    return _month_end(today, 2 - (today.month - 1) % 3)


def _near(today: date, month: int, day: int) -> date:
    """This year's day, or next year's when this year's is long past."""
    try:
        here = date(today.year, month, day)
    except ValueError:
        if (month, day) != (2, 29):
            raise
        return next(date(year, 2, 29) for year in range(today.year, today.year + 9) if monthrange(year, 2)[1] == 29)
    if here >= today - timedelta(days=LATELY):
        return here
    return _near(date(today.year + 1, 1, 1), month, day)


def _month_day(hit: re.Match[str], today: date) -> date:
    facts = hit.groupdict()
    named = (facts.get("month") or "").lower()
    month = _MONTHS.index(named) + 1 if named in _MONTHS else number(named)
    day = number(facts["day"] or "")
    if facts.get("year"):
        return date(int(facts["year"]), month, day)
    return _near(today, month, day)


def _day_of_month(hit: re.Match[str], today: date) -> date | None:
    """15号: of this month, or of the next one that has such a day; 下月15号."""
    day = number(hit["day"])
    if not 1 <= day <= 31:
        return None
    said = hit["said"] or ""
    if said.startswith("下"):
        return _month_end(today, 1).replace(day=day)
    month = today.replace(day=1)
    if said:
        return month.replace(day=day)
    if day < today.day:
        month = _plus_months(month, 1)
    while monthrange(month.year, month.month)[1] < day:
        month = _plus_months(month, 1)
    return month.replace(day=day)


def _slashed(hit: re.Match[str], today: date) -> date | None:
    """12/3 is the third of December; 1/3 or 3/4 alone is a share of something unless a word says it is a day."""
    month, day = int(hit["month"]), int(hit["day"])
    if month < day <= 4 and hit["on"] is None and hit["then"] is None:
        return None
    return _near(today, month, day)


def _feast(hit: re.Match[str], today: date) -> date:
    """元旦, 国庆后, 五一前: the day itself, the first one after the days off, or the last one before."""
    month, day, off = _FEASTS[hit["feast"]]
    begins = date(today.year, month, day)
    after, before = bool(hit["after"]), bool(hit["before"])
    there = begins + timedelta(days=off if after else -1 if before else 0)
    return there if there > today else there.replace(year=there.year + 1)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (re.compile(r"(?<!大)前天|\bday before yesterday\b", re.IGNORECASE), _away(-2)),
    (re.compile(r"昨[天日晚]|\byesterday\b", re.IGNORECASE), _away(-1)),
    (re.compile(r"今(?P<half>[早晚])|今[天日]|\btoday\b", re.IGNORECASE), _away(0)),
    (re.compile(r"\b(?P<half>tonight)\b|\b(?:this (?:afternoon|evening)|later today)\b", re.IGNORECASE), _away(0)),
    (re.compile(r"(?<![天日号月周一二三四五六末\d\s])(?:中午|下午|傍晚|晚上|晚点|晚些时候)(?=再|回电|回复|联系|跟进)"), _away(0)),
    (re.compile(r"(?P<feast>元旦|劳动节|国庆|(?:五一|十一)(?=节|长假|[以之]?[前后]))节?(?:长假|假期)?"
                r"(?:(?P<after>[以之过]?后)|(?P<before>[以之]?前))?(?![路街村])"), _feast),
    (re.compile(r"明(?P<half>[早晚])|明[天日](?!期)|\btomorrow\b|\btmrw\b", re.IGNORECASE), _away(1)),
    (re.compile(r"(?<!大)后天|\b(?:the )?day after tomorrow\b", re.IGNORECASE), _away(2)),
    (re.compile(r"大后天"), _away(3)),
    (re.compile(rf"过?{_N_OR_HALF}\s*个?(?P<unit>天|日|周|星期|礼拜|月|年)\s*(?:[以之]?后|过后)"), _in),
    (re.compile(rf"过{_N}\s*个?(?P<unit>天|周|星期|礼拜|月|年)(?![以之]?[后前内])"), _in),
    (re.compile(rf"\bin {_EN} (?P<unit>days?|weeks?|months?|years?)\b", re.IGNORECASE), _in),
    (re.compile(rf"\b{_EN} (?P<unit>days?|weeks?|months?|years?) (?:from now|later)\b", re.IGNORECASE), _in),
    (re.compile(r"(?P<said>下下个?|下个?|这个?|本|上个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末])(?![期年线])"), _chinese_weekday),
    (re.compile(rf"\b(?:(?P<said>next|this|last)\s+)?{_WEEKDAY}", re.IGNORECASE), _english_weekday),
    (re.compile(r"(?P<said>下下个?|下个?)(?:周|星期|礼拜)(?![一二三四五六日天末期])"), _week),
    (re.compile(r"\b(?P<ends>end of )?(?:the )?(?P<said>next) week\b", re.IGNORECASE), _week),
    (re.compile(r"\b(?P<ends>end of )(?:the |this )?(?P<said>)week\b", re.IGNORECASE), _week),
    (re.compile(r"(?P<said>下下个?|下个?|这个?|本)?月(?P<where>底|末|初|中旬|下旬|上旬)"), _month),
    (re.compile(r"(?P<said>下下个?|下个?)月(?P<where>)(?![底末初中下上0-9一二三四五六七八九十])"), _month),
    (re.compile(r"\b(?P<where>end of|start of|beginning of|mid) (?:the |this )?(?P<said>next )?month\b", re.IGNORECASE), _month),
    (re.compile(r"\b(?P<said>)(?P<where>month[- ]end|eom)\b", re.IGNORECASE), _month),
    (re.compile(r"\b(?P<said>next) month(?P<where>)\b", re.IGNORECASE), _month),
    (re.compile(r"(?:本|今)?年[底末]|\bend of (?:the |this )?year\b|\byear[- ]end\b", re.IGNORECASE), _year_end),
    (re.compile(r"(?:本)?季度?[底末]|\bend of (?:the |this )?quarter\b|\bquarter[- ]end\b", re.IGNORECASE), _quarter_end),
    (re.compile(r"(?<!\d)(?P<year>20\d\d)\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"), _month_day),
    (re.compile(r"(?<![\d年])(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"), _month_day),
    (
        re.compile(
            r"(?P<month>十[一二]?|[一二三四五六七八九])月(?P<day>[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
        ),
        _month_day,
    ),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?P<year>20\d\d))?(?![a-z])", re.IGNORECASE), _month_day),
    (re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>20\d\d)\b)?", re.IGNORECASE), _month_day),
    (
        re.compile(
            r"(?P<on>\b(?:on|by|until|till) |到|在|于|下次\s*)?(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/%])"
            r"(?P<then>(?=\s*(?:再|回访|回电|联系|拜访|见|前|之前|call|follow|meet|visit)))?",
            re.IGNORECASE,
        ),
        _slashed,
    ),
    (
        re.compile(
            r"(?P<said>下个?月|本月|这个?月)?(?<![\d.])(?<!\d月)"
            r"(?P<day>\d{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s*号(?![楼线机店院门厂仓馆车柜])"
        ),
        _day_of_month,
    ),
)  # fmt: skip


# -- times of day ------------------------------------------------------------------------------------------------------
_HALF = r"(?P<half>上午|下午|中午|晚上|早上|傍晚|凌晨|早|晚)"
_JOINT = r"(?:\s|的|,\s?|，|at |@ ?){0,3}"
_TIMES = (
    re.compile(
        rf"{_JOINT}(?P<at>{_HALF}?\s*(?P<hour>\d{{1,2}}|十[一二]?|[一二两三四五六七八九])\s*[点时](?!点|间|候|段)"
        r"(?:(?P<thirty>半)|(?P<quarter>[一三])刻|(?P<minute>\d{1,2}|[二三四五]?十[一二三四五六七八九]?)分?|整|钟)?)"
    ),
    re.compile(rf"{_JOINT}(?P<at>{_HALF}?\s*(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?!\d)\s*(?P<later>am|pm)?)", re.IGNORECASE),
    re.compile(rf"{_JOINT}(?P<at>(?P<hour>\d{{1,2}})\s?(?P<later>am|pm|a\.m\.|p\.m\.)(?![a-z]))", re.IGNORECASE),
    re.compile(r"(?:\s|,\s?){0,2}\bat (?P<at>(?P<hour>1\d|2[0-3]|[1-9]))(?![\d:./%]|\s?(?:am|pm|a\.m|p\.m|%|percent|k\b))", re.IGNORECASE),
    re.compile(rf"{_JOINT}(?P<at>(?P<noon>noon|midday|正午|中午))", re.IGNORECASE),
)  # fmt: skip
_LATE = ("下午", "晚上", "傍晚", "晚", "pm", "p.m.", "tonight")
_EARLY = ("上午", "早上", "凌晨", "早", "am", "a.m.")


def time_of(text: str) -> str | None:
    """A time of day standing alone, as ``HH:MM``: 15:00, 下午三点半, 3pm, 0930. None when it is none."""
    plain = half_width(text).strip()
    if re.fullmatch(r"\d{3,4}", plain):
        plain = f"{plain[:-2]}:{plain[-2:]}"
    for pattern in _TIMES:
        hit = pattern.fullmatch(plain)
        if hit:
            return _clock(hit, "", literal=":" in plain)
    return None


def _with_time(one: SpokenDay, plain: str) -> SpokenDay:
    """The day with the time of day told right after it, or right before it (3pm on Friday)."""
    for pattern in _TIMES:
        hit = pattern.match(plain, one.end)
        if hit and (clock := _clock(hit, one.half)):
            return replace(one, time=clock, time_at=hit.span("at"))
    before = plain[max(0, one.start - 24) : one.start]
    for pattern in _TIMES:
        for hit in pattern.finditer(before):
            if re.fullmatch(r"\s*(?:,|on |的)?\s*", before[hit.end() :], re.IGNORECASE) and (clock := _clock(hit, "")):
                base = max(0, one.start - 24)
                return replace(one, time=clock, time_at=(base + hit.start("at"), base + hit.end("at")))
    return one


def _clock(hit: re.Match[str], half: str, *, literal: bool = False) -> str | None:
    facts = hit.groupdict()
    if facts.get("noon"):
        return "12:00"
    half = (facts.get("half") or facts.get("later") or half or "").lower()
    hour = number(facts["hour"] or "")
    quarter = facts.get("quarter")
    minute = 30 if facts.get("thirty") else 15 * number(quarter) if quarter else number(facts.get("minute") or "0")
    if half in _LATE:
        hour = hour + 12 if hour < 12 else hour
    elif half in _EARLY:
        hour = 0 if hour == 12 else hour
    elif half == "中午":
        hour = hour + 12 if hour < 3 else hour
    elif hour < 8 and not literal:
        hour += 12  # three o'clock without a word is in working hours
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None
