"""The working calendar of the company: what is announced, what an administrator set, and sums over it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.doors.staff import refusal
from tests.pages.pages_client import signed_in
from zhike.kernel.errors import Forbidden
from zhike.records.company.settings import change_company
from zhike.records.company.settings_log import setting_changes
from zhike.records.company.working_days import (
    add_working_days,
    day_of_company,
    own_days,
    read_days,
    set_days,
    toggle_day,
    working_days,
)

pytestmark = pytest.mark.usefixtures("home")
SATURDAY = date(2026, 3, 7)


def test_a_day_is_turned_and_turned_back_and_the_log_knows(company):
    assert toggle_day(company.admin, SATURDAY) is True
    assert (day_of_company(SATURDAY).working, own_days()) == (True, {SATURDAY: True})
    assert add_working_days(date(2026, 3, 6), 1) == SATURDAY
    assert toggle_day(company.admin, SATURDAY) is False
    assert own_days() == {}
    assert [one.key for one in setting_changes()[:2]] == ["calendar.2026-03-07"] * 2


def test_the_country_of_the_company_decides():
    assert not day_of_company(date(2026, 10, 1)).working
    change_company(country="DE")
    assert day_of_company(date(2026, 10, 1)).working
    assert not day_of_company(date(2026, 10, 3)).working


@pytest.mark.parametrize(
    ("since", "count", "reached"),
    [("2024-02-08", 5, "2024-02-21"), ("2024-09-29", 3, "2024-10-09"), ("2025-09-30", 5, "2025-10-14")],
)
def test_sums_pass_over_holidays_and_count_worked_weekends(since, count, reached):
    assert add_working_days(date.fromisoformat(since), count).isoformat() == reached
    assert working_days(date(2025, 1, 1), date(2025, 12, 31)) == 248


def test_a_list_is_read_in_and_wrong_lines_are_named():
    assert read_days("2026-10-10 上班\n# x\n\n2026/10/1, free\n2026年5月6日") == {
        date(2026, 10, 10): True,
        date(2026, 10, 1): False,
        date(2026, 5, 6): False,
    }
    _kind, _status, problems = refusal(read_days, "2026-02-30 work\nnext week\n2026-10-10 maybe\n2026-10-11 work")
    assert [text.split(" cannot")[0] for _field, _code, text in problems] == ["Line 1", "Line 2", "Line 3"]


def test_only_administrators_set_days(company):
    assert refusal(set_days, company.zhao, {SATURDAY: True})[0] is Forbidden
    assert signed_in("li").get("/settings/calendar").status_code == 403


def test_the_page_turns_days_reads_lists_and_says_what_is_not_announced(company):
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    assert client.post("/settings/calendar", {"day": "2026-03-07", "year": "2026"}).status_code == 303
    assert own_days() == {SATURDAY: True}
    answer = client.post("/settings/calendar", {"days": "2026-12-31 free\nsoon", "year": "2026"})
    assert answer.status_code == 422
    assert "soon" in answer.content.decode()
    assert own_days() == {SATURDAY: True}
    client.post("/settings/calendar", {"days": "2026-12-31 free", "year": "2026"})
    assert own_days() == {SATURDAY: True, date(2026, 12, 31): False}
    client.post("/settings/calendar", {"announced": "1", "year": "2026"})
    assert own_days() == {}
    assert "not announced" in client.get("/settings/calendar?year=2050").content.decode()
    assert "2024-02-21" in client.get("/settings/calendar?since=2024-02-08&count=5").content.decode()
    for wrong in ("since=2024-02-08&count=soon", "since=&count=5", "since=2024-02-08&count=10001"):
        reckoned = client.get(f"/settings/calendar?{wrong}").content.decode()
        assert "Give a day, and a whole number of days" in reckoned
        assert f'value="{wrong.rpartition("=")[2]}"' in reckoned
    for odd in ("?year=99999", "?since=x&count=9999999", "?since=9999-12-30&count=9", "?year=%00"):
        assert client.get("/settings/calendar" + odd).status_code == 200
    assert client.post("/settings/calendar", {"day": "2026-02-30"}).status_code == 303
