"""Working days: the announced Chinese calendar with make-up weekends, and a visible note where it ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.records.company.calendar_days import add_workdays, is_workday, reliable_until, workdays_between


def year_of(year: int) -> list[date]:
    return [
        date(year, 1, 1) + timedelta(days=n) for n in range(366) if (date(year, 1, 1) + timedelta(days=n)).year == year
    ]


@pytest.mark.parametrize(
    ("year", "workdays", "free_weekdays", "made_up"),
    [
        (2022, 249, 18, "01-29 01-30 04-02 04-24 05-07 10-08 10-09"),
        (2023, 249, 18, "01-28 01-29 04-23 05-06 06-25 10-07 10-08"),
        (2024, 251, 19, "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"),
        (2025, 248, 18, "01-26 02-08 04-27 09-28 10-11"),
        (2026, 248, 19, "01-04 02-14 02-28 05-09 09-20 10-10"),
    ],
)
def test_a_chinese_year_has_the_announced_days(year, workdays, free_weekdays, made_up):
    days = year_of(year)
    assert sum(is_workday(day).working for day in days) == workdays == workdays_between(days[0], days[-1])
    assert sum(day.weekday() < 5 and not is_workday(day) for day in days) == free_weekdays
    assert " ".join(day.strftime("%m-%d") for day in days if day.weekday() >= 5 and is_workday(day)) == made_up
    assert all(is_workday(day).official and not is_workday(day).note for day in days)


@pytest.mark.parametrize(
    ("start", "count", "reached"),
    [
        ("2024-02-08", 5, "2024-02-21"),
        ("2024-09-29", 3, "2024-10-09"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-09-30", 5, "2025-10-14"),
        ("2026-02-13", 5, "2026-02-27"),
    ],
)
def test_working_days_are_added_across_holidays_and_make_up_days(start, count, reached):
    assert add_workdays(date.fromisoformat(start), count) == date.fromisoformat(reached)


@given(day=st.dates(date(2022, 1, 1), date(2026, 6, 30)), count=st.integers(min_value=1, max_value=60))
def test_adding_and_counting_agree_and_going_back_returns(day, count):
    reached = add_workdays(day, count)
    assert is_workday(reached)
    assert workdays_between(day + timedelta(days=1), reached) == count
    back = add_workdays(reached, -count)
    assert back <= day
    assert workdays_between(back, day) == 1 if not is_workday(day) else back == day


def test_adding_nothing_stays_even_on_a_holiday():
    assert add_workdays(date(2026, 10, 1), 0) == date(2026, 10, 1)
    assert workdays_between(date(2026, 10, 2), date(2026, 10, 1)) == 0


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2035, 3, 1), date(2099, 1, 1)])
def test_beyond_the_announced_years_a_day_is_reckoned_and_says_so(day):
    answer = is_workday(day)
    assert not answer.official
    assert str(day.year) in str(answer.note)


def test_reckoned_years_know_holidays_and_weekends():
    assert not is_workday(date(2035, 1, 1))
    assert not is_workday(date(2035, 10, 1))
    assert not is_workday(date(2035, 3, 3))
    assert is_workday(date(2035, 3, 1))


def test_the_end_of_the_announced_calendar_is_told():
    last = reliable_until()
    assert last is not None
    assert last >= date(2026, 12, 31)
    assert is_workday(last).official
    assert not is_workday(last + timedelta(days=1)).official
    assert reliable_until("DE") is None


@pytest.mark.parametrize(
    ("country", "holidays"), [("CN", 19), ("HK", 14), ("US", 11), ("GB", 6), ("DE", 9), ("BR", 10), ("JP", 19)]
)
def test_other_countries_have_their_own_holidays(country, holidays):
    import holidays as library

    days = library.country_holidays(country, years=2025)
    assert len(days) == holidays
    if country != "CN":
        assert all(not is_workday(day, country) for day in days)


def test_the_weekend_is_the_countrys_own():
    friday, sunday = date(2026, 6, 5), date(2026, 6, 7)
    assert (bool(is_workday(friday, "EG")), bool(is_workday(sunday, "EG"))) == (False, True)
    assert (bool(is_workday(friday, "DE")), bool(is_workday(sunday, "DE"))) == (True, False)


def test_parts_of_countries_have_their_own_days():
    epiphany = date(2026, 1, 6)
    assert not is_workday(epiphany, "DE-BY")
    assert is_workday(epiphany, "DE-BE")
    assert is_workday(epiphany, "DE-NOWHERE")
    assert not is_workday(date(2026, 12, 25), "DE-NOWHERE")


def test_an_unknown_country_has_weekends_and_a_note():
    monday, sunday = is_workday(date(2026, 12, 28), "XX"), is_workday(date(2026, 12, 27), "xx")
    assert (bool(monday), bool(sunday)) == (True, False)
    assert "XX" in str(monday.note)


def test_the_companys_own_days_win_everywhere():
    shut, open_ = date(2026, 6, 3), date(2026, 10, 1)
    own = {shut: False, open_: True}
    assert (bool(is_workday(shut, overrides=own)), bool(is_workday(open_, overrides=own))) == (False, True)
    assert is_workday(shut, overrides=own).note
    assert add_workdays(date(2026, 6, 2), 1, overrides=own) == date(2026, 6, 4)
    assert not is_workday(date(2035, 3, 1), overrides={date(2035, 3, 1): False})


def test_a_calendar_without_working_days_is_refused_and_not_searched_for_ever():
    class Never(dict):
        def get(self, key, default=None):
            return False

    with pytest.raises(ValueError, match="too few"):
        add_workdays(date(2026, 1, 1), 1, overrides=Never())
    with pytest.raises(ValueError, match="too few"):
        add_workdays(date(9999, 12, 30), 5)
