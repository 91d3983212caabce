"""Days and times as people say them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from zhike.schema.spoken import days_in, time_of

WEDNESDAY = date(2026, 3, 18)
SUNDAY = date(2026, 3, 22)
LAST_OF_JANUARY = date(2026, 1, 31)

SAID = [
    ("明天再打", "2026-03-19 明天"),
    ("后天", "2026-03-20 后天"),
    ("大后天", "2026-03-21 大后天"),
    ("三天后", "2026-03-21 三天后"),
    ("3天之后", "2026-03-21 3天之后"),
    ("两周后回访", "2026-04-01 两周后"),
    ("过两周联系", "2026-04-01 过两周"),
    ("半个月后", "2026-04-02 半个月后"),
    ("一个月后", "2026-04-18 一个月后"),
    ("半年后", "2026-09-18 半年后"),
    ("下周", "2026-03-23 下周"),
    ("下下周二", "2026-03-31 下下周二"),
    ("周三", "2026-03-25 周三"),
    ("周日", "2026-03-22 周日"),
    ("本周日", "2026-03-22 本周日"),
    ("下周日", "2026-03-29 下周日"),
    ("下周天", "2026-03-29 下周天"),
    ("星期五", "2026-03-20 星期五"),
    ("礼拜一", "2026-03-23 礼拜一"),
    ("这周一见过", "2026-03-16 这周一"),
    ("上周五", "2026-03-13 上周五"),
    ("月底", "2026-03-31 月底"),
    ("下月底", "2026-04-30 下月底"),
    ("下个月初", "2026-04-01 下个月初"),
    ("季度末", "2026-03-31 季度末"),
    ("年底", "2026-12-31 年底"),
    ("12月3日", "2026-12-03 12月3日"),
    ("十二月三日", "2026-12-03 十二月三日"),
    ("12/3", "2026-12-03 12/3"),
    ("2026-12-03", "2026-12-03 2026-12-03"),
    ("2025年12月3日", "2025-12-03 2025年12月3日"),
    ("1月5日", "2027-01-05 1月5日"),
    ("3月10日发的样品", "2026-03-10 3月10日"),
    ("2月29日", "2028-02-29 2月29日"),
    ("15号", "2026-04-15 15号"),
    ("31号", "2026-03-31 31号"),
    ("下月15号", "2026-04-15 下月15号"),
    ("２０２６年３月２０日", "2026-03-20 ２０２６年３月２０日"),
    ("tomorrow", "2026-03-19 tomorrow"),
    ("the day after tomorrow", "2026-03-20 the day after tomorrow"),
    ("in 3 days", "2026-03-21 in 3 days"),
    ("in two weeks", "2026-04-01 in two weeks"),
    ("a month from now", "2026-04-18 a month from now"),
    ("Friday", "2026-03-20 Friday"),
    ("next Friday", "2026-03-27 next Friday"),
    ("this Fri", "2026-03-20 this Fri"),
    ("last Tuesday", "2026-03-10 last Tuesday"),
    ("next week", "2026-03-23 next week"),
    ("end of the week", "2026-03-20 end of the week"),
    ("end of month", "2026-03-31 end of month"),
    ("end of next month", "2026-04-30 end of next month"),
    ("3 Dec", "2026-12-03 3 Dec"),
    ("Dec 3rd", "2026-12-03 Dec 3rd"),
    ("December 3, 2027", "2027-12-03 December 3, 2027"),
    ("on 1/3", "2027-01-03 on 1/3"),
    ("1/3再联系", "2027-01-03 1/3"),
]
NOT_SAID = [
    "", "   ", "首付1/3可以", "2月30日", "13月1日", "三点意见", "3号楼", "周期", "monitor the sunny mayor", "in 3 hours", "99/99",
    "!!!???", "12/34/56", "\x00\ud800", "每周例会",
]  # fmt: skip
TIMED = [
    ("12月3日下午三点", "15:00"),
    ("明天下午两点半", "14:30"),
    ("明早9点", "09:00"),
    ("明晚8点", "20:00"),
    ("今晚八点一刻", "20:15"),
    ("周三三点", "15:00"),
    ("周三 上午10点", "10:00"),
    ("明天中午", "12:00"),
    ("周五 15：30", "15:30"),
    ("tomorrow at 3pm", "15:00"),
    ("3:30 pm on Friday", "15:30"),
    ("Friday 9:00", "09:00"),
    ("tomorrow at noon", "12:00"),
    ("明天", ""),
    ("明天 25点", ""),
]


def told(text: str, today: date = WEDNESDAY) -> list[str]:
    return [f"{one.day.isoformat()} {text[one.start : one.end]}" for one in days_in(text, today)]


@pytest.mark.parametrize(("text", "wanted"), SAID)
def test_a_day_is_read_with_the_words_it_stands_in(text: str, wanted: str) -> None:
    assert told(text) == [wanted]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_no_day_is_left_alone(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(("text", "wanted"), TIMED)
def test_the_time_of_day_goes_with_its_day(text: str, wanted: str) -> None:
    (one,) = days_in(text, WEDNESDAY)
    assert one.time == wanted
    assert bool(one.time_at[1]) == bool(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("周日", "2026-03-29"),
        ("下周日", "2026-03-29"),
        ("本周日", "2026-03-22"),
        ("下周一", "2026-03-23"),
        ("周一", "2026-03-23"),
    ],
)
def test_on_a_sunday_weeks_still_begin_on_monday(text: str, wanted: str) -> None:
    assert told(text, SUNDAY) == [f"{wanted} {text}"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("一个月后", "2026-02-28"), ("下月底", "2026-02-28"), ("月底", "2026-01-31"), ("30号", "2026-03-30")],
)
def test_a_short_month_has_its_own_last_day(text: str, wanted: str) -> None:
    assert told(text, LAST_OF_JANUARY) == [f"{wanted} {text}"]


def test_several_days_come_in_order_and_never_overlap() -> None:
    text = "昨天见了，后天发报价，下周三下午3点再去，in 2 weeks close"
    found = days_in(text, WEDNESDAY)
    assert [one.day.day for one in found] == [17, 20, 25, 1]
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("15:00", "15:00"), ("下午三点半", "15:30"), ("3pm", "15:00"), ("0930", "09:30"), ("9:00", "09:00"), ("12am", "00:00"),
     ("3:30", "03:30"), ("２１：０５", "21:05"), ("25:00", None), ("9:75", None), ("later", None), ("", None)],
)  # fmt: skip
def test_a_time_of_day_alone(text: str, wanted: str | None) -> None:
    assert time_of(text) == wanted
