"""The calendar as people see it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.clock import standing_at
from zhike.records.declaring.customise import create_object

pytestmark = pytest.mark.usefixtures("home")
NOON = datetime(2026, 3, 18, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wednesday():
    with standing_at(NOON):
        yield


@pytest.fixture
def planned(company):
    account = make(company.li, "account", name="凌渡<精密>")
    make(company.li, "task", subject="出报价", due_on="2026-03-17", parent=f"account:{account}")
    make(company.li, "task", subject="做完了", due_on="2026-03-18", status="done")
    make(
        company.li,
        "follow_up",
        summary="看产线",
        way="visit",
        happened="2026-03-18T02:30:00Z",
        parent=f"account:{account}",
    )
    return account


def page(login: str = "li", address: str = "/calendar") -> str:
    answer = signed_in(login).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_week_shows_each_entry_on_its_day_and_hour(planned):
    text = page()
    assert "2026年3月16日 – 22日" in text
    week = text.partition('<table class="week')[2].partition("</table>")[0]
    assert re.search(r'aria-current="date"><a [^>]*>\S+ <b>18</b>', week)
    hour = re.search(r"<tr><td>10:00</td>.*?</tr>", week, re.DOTALL).group()
    assert "凌渡&lt;精密&gt;" in hour
    assert "看产线" in hour
    assert "10:30" in hour
    assert re.search(r'class="event is-late"[^>]*>(?:(?!</div>).)*出报价', week, re.DOTALL)
    assert re.search(r'class="event is-done"[^>]*>(?:(?!</div>).)*做完了', week, re.DOTALL)
    assert '<td class="is-now">' in week.replace("is-off ", "").replace('class=" ', 'class="')


def test_an_empty_place_makes_a_task_on_that_day_and_an_open_one_can_be_moved(planned):
    text = page()
    assert "/tasks/new?due_on=2026-03-20&amp;due_time=10%3A00&amp;next=%2Fcalendar" in text
    form = signed_in().get("/tasks/new?due_on=2026-03-20&next=%2Fcalendar").content.decode()
    assert 'value="2026-03-20"' in form
    assert text.count("/actions/postpone?next=%2Fcalendar") >= 2  # table and agenda
    assert "做完了" in text


def test_month_day_and_other_times(planned):
    month = page(address="/calendar?view=month&day=2026-03-05")
    assert "2026年3月" in month
    assert "出报价" in month
    assert 'href="/calendar?view=month&amp;day=2026-04-01"' in month
    day = page(address="/calendar?view=day&day=2026-03-17")
    assert "出报价" in day
    assert "看产线" not in day
    assert "出报价" not in page(address="/calendar?day=2026-03-24")
    for odd in ("2026-13-01", "x", "0001-01-01", "9999-12-31", "2026-W12-1"):
        assert "2026年3月16日" in page(address=f"/calendar?day={odd}")


def test_a_crowded_day_of_a_month_leads_to_the_day(company):
    for number in range(9):
        make(company.li, "task", subject=f"第{number}项", due_on="2026-03-18")
    text = page(address="/calendar?view=month").partition('<table class="week month')[2].partition("</table>")[0]
    assert text.count('class="event"') == 4
    assert "view=day" in re.search(r'class="more-events" href="([^"]+)"', text).group(1)


def test_kinds_are_switched_off_and_on_by_links(planned):
    text = page(address="/calendar?off=task.due_on,nonsense")
    assert "出报价" not in text
    assert "看产线" in text
    assert re.search(r'href="/calendar" role="checkbox" aria-checked="false"', text)


def test_a_manager_looks_at_one_person_or_the_department_a_seller_only_at_themselves(company, planned):
    assert "出报价" not in page("zhao")
    assert "出报价" in page("zhao", f"/calendar?who={company.li.id}")
    department = page("zhao", "/calendar?who=department")
    assert "出报价" in department
    assert "李娜" in department
    assert "who=department" not in page("wang")
    assert f"who={company.li.id}" not in page("wang")
    assert "出报价" not in page("wang", f"/calendar?who={company.li.id}")
    assert "出报价" not in page("chen", f"/calendar?who={company.li.id}")


def test_what_lasts_goes_over_its_hours_unless_something_begins_meanwhile(company):
    fields = [
        {"key": "name", "label": "Name", "kind": "text"},
        {"key": "begins", "label": "Begins", "kind": "instant"},
        {"key": "ends", "label": "Ends", "kind": "instant"},
    ]
    create_object(
        company.admin,
        {"key": "trip", "label": "Trip", "fields": fields, "calendar": [{"field": "begins", "ends": "ends"}]},
    )
    make(company.admin, "trip", name="长的", begins="2026-03-18T01:00:00Z", ends="2026-03-18T03:30:00Z")
    text = page("admin")
    assert 'rowspan="3"' in text
    assert "09:00–11:30" in text
    make(company.admin, "trip", name="中间", begins="2026-03-18T02:00:00Z")
    assert "rowspan" not in page("admin")


def test_the_rail_leads_to_the_calendar(company):
    assert '<a href="/calendar" aria-current="page"' in page("guest")


def test_what_one_gave_to_others_stands_on_a_calendar_of_its_own(company):
    make(company.zhao, "task", subject="盯回款", due_on="2026-03-19", owner=company.li.id)
    make(company.zhao, "task", subject="自己的事", due_on="2026-03-19")
    given = page("zhao", "/calendar?who=given")
    assert "盯回款" in given
    assert "李娜" in given
    assert "自己的事" not in given
    assert "盯回款" not in page("zhao")
    assert "盯回款" not in page("wang", "/calendar?who=given")
