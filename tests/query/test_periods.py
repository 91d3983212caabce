from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.query.periods import (
    add_months,
    bucket_label,
    bucket_start,
    calendar_period,
    fixed_period,
    rolling_period,
    shift,
    shift_instant,
    start_instant,
    start_of,
)

MONDAY = date(2026, 3, 9)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
UNITS = ("day", "week", "month", "quarter", "year")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2025, 12, 31), 0, date(2025, 12, 31)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 5)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 4)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
        ("2026-3-9", MONDAY, date(2026, 3, 10)),
    ],
)
def test_a_written_period_covers_its_days(text: str, first: date, end: date) -> None:
    assert fixed_period(text) == (first, end)


@pytest.mark.parametrize("text", ["2026Q5", "26", "next", "2026-03-09T10:00", "", "2026-03..2026-04"])
def test_other_text_is_no_written_period(text: str) -> None:
    assert fixed_period(text) is None


@pytest.mark.parametrize("text", ["2026-13", "2026-02-29", "2026-W54", "2025-W53", "0000", "9999"])
def test_a_period_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        fixed_period(text)


@pytest.mark.parametrize(
    ("which", "unit", "first", "end"),
    [
        ("this", "week", MONDAY, date(2026, 3, 16)),
        ("last", "week", date(2026, 3, 2), MONDAY),
        ("next", "month", date(2026, 4, 1), date(2026, 5, 1)),
        ("last", "month", date(2026, 2, 1), date(2026, 3, 1)),
        ("this", "quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("last", "quarter", date(2025, 10, 1), date(2026, 1, 1)),
        ("next", "quarter", date(2026, 4, 1), date(2026, 7, 1)),
        ("last", "year", date(2025, 1, 1), date(2026, 1, 1)),
        ("next", "day", date(2026, 3, 10), date(2026, 3, 11)),
    ],
)
def test_calendar_periods_stand_around_today(which: str, unit: str, first: date, end: date) -> None:
    assert calendar_period(which, unit, MONDAY) == (first, end)


def test_the_week_of_a_sunday_began_six_days_before() -> None:
    assert start_of(date(2026, 3, 15), "week") == MONDAY
    assert start_of(date(2026, 1, 1), "week") == date(2025, 12, 29)


def test_rolling_periods_count_today_as_one_of_their_days() -> None:
    assert rolling_period("next", 30, "day", MONDAY) == (MONDAY, date(2026, 4, 8))
    assert rolling_period("last", 7, "day", MONDAY) == (date(2026, 3, 3), date(2026, 3, 10))
    assert rolling_period("last", 1, "month", date(2026, 3, 31)) == (date(2026, 3, 1), date(2026, 4, 1))


def test_the_last_day_of_the_calendar_ends_no_period() -> None:
    with pytest.raises((ValueError, OverflowError)):
        rolling_period("next", 100_000, "year", MONDAY)


@given(DAYS, st.sampled_from(UNITS))
def test_every_day_lies_in_its_own_period_and_in_no_neighbour(day: date, unit: str) -> None:
    first, end = calendar_period("this", unit, day)
    assert first <= day < end
    assert calendar_period("last", unit, day)[1] == first
    assert calendar_period("next", unit, day)[0] == end


@given(DAYS, st.sampled_from(UNITS), st.integers(-50, 50))
def test_shifting_forth_and_back_lands_at_most_three_days_early(day: date, unit: str, count: int) -> None:
    back = shift(shift(day, count, unit), -count, unit)
    assert timedelta(0) <= day - back <= timedelta(days=3)


@given(DAYS, st.sampled_from(UNITS))
def test_a_bucket_label_reads_back_as_the_period_it_names(day: date, bucket: str) -> None:
    first = bucket_start(day, bucket)
    assert isinstance(first, date)
    period = fixed_period(bucket_label(first, bucket))
    assert period is not None
    assert period[0] == first
    assert period[0] <= day < period[1]


def test_bucket_labels_print_as_people_write_them() -> None:
    assert bucket_label(date(2017, 1, 1), "quarter") == "2017Q1"
    assert bucket_label("2017-10-01", "quarter") == "2017Q4"
    assert bucket_label(date(2017, 3, 1), "month") == "2017-03"
    assert bucket_label(date(2017, 2, 27), "week") == "2017-W09"
    assert bucket_label(date(2018, 12, 31), "week") == "2019-W01"
    assert bucket_label(date(2017, 1, 1), "year") == "2017"
    assert bucket_label(date(2017, 3, 1), "day") == "2017-03-01"
    assert bucket_label(7, "weekday") == "7"
    assert bucket_label(None, "month") == ""
    assert bucket_start(date(2026, 3, 15), "weekday") == 7


def test_a_day_begins_at_the_midnight_of_its_timezone() -> None:
    assert start_instant(MONDAY, "Asia/Shanghai") == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert start_instant(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert start_instant(date(2026, 3, 30), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_days_keep_the_clock_time_and_hours_are_exact_when_clocks_change() -> None:
    saturday_noon = datetime(2026, 3, 28, 11, tzinfo=UTC)
    assert shift_instant(saturday_noon, 1, "day", "Europe/Berlin") == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert shift_instant(saturday_noon, 24, "hour", "Europe/Berlin") == datetime(2026, 3, 29, 11, tzinfo=UTC)
