"""Days and instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.kinds.asking import AMERICA, CHINA, field, parse, refusal, shown
from zhike.schema.kinds import KINDS, ParseError, parse_date

NINTH = date(2026, 3, 9)


@pytest.mark.parametrize(
    "raw",
    ["2026-03-09", "2026/3/9", "2026.3.9", "2026-3-9", "2026年3月9日", "2026年03月09号", "２０２６年３月９日",
     "二〇二六年三月九日", "二零二六年三月九日",
     "20260309", 20260309, " 2026-03-09 ", "2026-03-09 周一", "2026年3月9日 星期一", "9 March 2026", "9-Mar-2026",
     "Mar 9, 2026", "March 9th, 2026",
     NINTH, datetime(2026, 3, 9, 14, 30), "2026-03-09 14:30", "2026-03-09T14:30:00", "2026-03-08T16:00:00Z",
     datetime(2026, 3, 8, 16, tzinfo=UTC)],
)  # fmt: skip
def test_a_day_is_read_in_many_forms(raw: object) -> None:
    assert parse("date", raw) == NINTH


@pytest.mark.parametrize(
    ("raw", "day"),
    [("二〇二六年十二月三十一日", date(2026, 12, 31)), ("二〇二六年十月二十日", date(2026, 10, 20)),
     ("二〇二五年十一月廿一日", date(2025, 11, 21)),
     ("二〇二六年一月十日", date(2026, 1, 10))],
)  # fmt: skip
def test_chinese_numerals_are_read(raw: str, day: date) -> None:
    assert parse("date", raw) == day


def test_a_day_that_does_not_exist_is_refused_with_the_length_of_its_month() -> None:
    assert refusal("date", "2026-02-30") == "There is no 2026-02-30: that month has 28 days."
    assert refusal("date", "2026年2月30日") == "There is no 2026-02-30: that month has 28 days."
    assert parse("date", "2028-02-29") == date(2028, 2, 29)
    assert refusal("date", "2026-13-01") == "There is no month 13; a year has 12."


def test_which_number_is_the_month_is_never_guessed() -> None:
    assert "unclear which is the month" in refusal("date", "3/9/2026")
    assert parse_date("3/9/2026", order="mdy") == NINTH
    assert parse_date("9/3/2026", order="dmy") == NINTH
    assert parse_date("2026/3/9", order="dmy") == NINTH
    with pytest.raises(ParseError):
        parse_date("13/1/2026", order="mdy")


@pytest.mark.parametrize("raw", ["26-3-9", "26/3/9", "26年3月9日"])
def test_years_need_four_digits(raw: str) -> None:
    assert "four digits" in refusal("date", raw)


def test_a_month_is_not_a_day() -> None:
    assert "a day is needed too" in refusal("date", "2026年3月")


@pytest.mark.parametrize(
    "raw",
    [
        "今天",
        "tomorrow",
        "abc",
        "2026",
        45000,
        -1,
        True,
        [],
        {},
        "2026-W10-1",
        "2026-068",
        "0001-01-01",
        "2026-03-09x",
        "9 Foo 2026",
        "2026-00-10",
    ],
)
def test_what_is_no_day_is_refused(raw: object) -> None:
    assert refusal("date", raw)


def test_days_travel_as_iso_text() -> None:
    assert KINDS["date"].to_json(NINTH, field("date")) == "2026-03-09"
    assert KINDS["date"].to_parts(NINTH, field("date")) == (NINTH,)


HALF_PAST_TWO = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    ["2026-03-09 14:30", "2026-03-09T14:30", "2026-03-09T06:30:00Z", "2026-03-09T14:30:00+08:00",
     "2026-03-09T14:30:00.000+0800", "2026/3/9 14:30",
     "2026年3月9日 下午2:30", "2026年3月9日下午2点30分", "2026年3月9日 14点半", "2026年3月9日14时30分",
     "2026/3/9 2:30 PM", "2026-3-9 ２：３０pm", "20260309 14:30",
     "2026-03-09 14:30 +08:00", "2026-03-09 6:30 UTC", datetime(2026, 3, 9, 14, 30), datetime(2026, 3, 9, 14, 30,
     tzinfo=timezone(timedelta(hours=8)))],
)  # fmt: skip
def test_an_instant_is_read_in_many_forms(raw: object) -> None:
    found = parse("instant", raw)
    assert found == HALF_PAST_TWO
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("raw", "hour", "minute"),
    [("12:05 AM", 0, 5), ("12:05 PM", 12, 5), ("中午12:10", 12, 10), ("凌晨1点", 1, 0), ("上午9点整", 9, 0),
     ("晚上8点", 20, 0), ("上午11:30", 11, 30)],
)  # fmt: skip
def test_halves_of_the_day_are_understood(raw: str, hour: int, minute: int) -> None:
    local = parse("instant", f"2026-03-09 {raw}") + timedelta(hours=8)
    assert (local.day, local.hour, local.minute) == (9, hour, minute)


def test_a_bare_day_is_its_midnight_where_the_reader_is() -> None:
    assert parse("instant", "2026-03-09") == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert parse("instant", "2026-03-09", AMERICA) == datetime(2026, 3, 9, 4, tzinfo=UTC)
    assert parse("instant", NINTH) == datetime(2026, 3, 8, 16, tzinfo=UTC)


def test_impossible_times_are_refused() -> None:
    assert "There is no time 25:00" in refusal("instant", "2026-03-09 25:00")
    assert "There is no time 12:60" in refusal("instant", "2026-03-09 12:60")
    assert "28 days" in refusal("instant", "2026-02-30 10:00")
    assert "time zone" in refusal("instant", "2026-03-09 10:00 +25:00")


@pytest.mark.parametrize(
    "raw",
    [
        "下午2:30",
        "14:30",
        "now",
        1_700_000_000,
        1.5,
        [],
        True,
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "1000-01-01 00:00 +14:00",
    ],
)
def test_what_is_no_instant_is_refused(raw: object) -> None:
    assert refusal("instant", raw)


def test_instants_travel_in_utc_and_are_shown_at_home() -> None:
    assert KINDS["instant"].to_json(HALF_PAST_TWO, field("instant")) == "2026-03-09T06:30:00Z"
    assert shown("instant", HALF_PAST_TWO, CHINA) == "2026-03-09 14:30"
    assert shown("instant", HALF_PAST_TWO, AMERICA) == "Mar 9, 2026, 02:30"
