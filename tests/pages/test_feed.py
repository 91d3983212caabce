"""The calendar for a phone: a secret address, the rights of now, and a file that calendars understand."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import icalendar
import pytest
from django.test import Client

from tests.pages.pages_client import make, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.records.feeds import feed_since
from zhike.records.write import write
from zhike.store.database import rows

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(autouse=True)
def wednesday():
    with standing_at(datetime(2026, 3, 18, 4, tzinfo=UTC)):
        yield


def address_for(login: str = "li") -> str:
    text = signed_in(login).post("/preferences", {"feed": "new"}).content.decode()
    return re.search(r"https?://[^/]+(/calendar/[\w-]+\.ics)", text).group(1)


def events(address: str) -> dict[str, icalendar.Event]:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = icalendar.Calendar.from_ical(answer.content)
    return {str(one["summary"]): one for one in found.walk("VEVENT")}


def test_what_is_planned_is_there_with_titles_only(company):
    account = make(company.li, "account", name="凌渡")
    make(company.li, "task", subject="出报价", due_on="2026-03-20", note="底价 7 万", parent=f"account:{account}")
    make(company.li, "task", subject="打电话", due_on="2026-03-20", due_time="14:30")
    make(company.li, "contact", name="甲", account=account, birthday="1984-02-29", mobile="13800138000")
    make(company.li, "follow_up", summary="谈过", parent=f"account:{account}", next_on="2026-03-21", next_step="再谈")
    address = address_for()
    found = events(address)
    assert set(found) == {"出报价", "打电话", "甲", "凌渡"}
    assert (found["出报价"]["dtstart"].dt, found["出报价"]["dtend"].dt) == (date(2026, 3, 20), date(2026, 3, 21))
    assert found["打电话"]["dtstart"].dt == datetime(2026, 3, 20, 6, 30, tzinfo=UTC)
    assert found["甲"]["dtstart"].dt in (date(2026, 2, 28), date(2027, 2, 28))
    text = Client().get(address).content.decode()
    assert "13800138000" not in text
    assert "底价" not in text
    assert "再谈" not in text


def test_an_entry_keeps_its_uid_when_it_moves_and_no_two_share_one(company):
    task = make(company.li, "task", subject="出报价", due_on="2026-03-20")
    make(company.li, "task", subject="另一件", due_on="2026-03-20")
    address = address_for()
    before = events(address)
    write(company.li, Command("update", "task", task, values={"due_on": "2026-03-25"}))
    after = events(address)
    assert after["出报价"]["uid"] == before["出报价"]["uid"]
    assert after["出报价"]["dtstart"].dt == date(2026, 3, 25)
    assert after["另一件"]["uid"] != after["出报价"]["uid"]


def test_the_rights_of_now_hold_and_who_left_has_no_calendar(company):
    make(company.li, "task", subject="出报价", due_on="2026-03-20")
    address = address_for()
    task = next(iter(events(address)))
    assert task == "出报价"
    write(company.admin, Command("update", "user", company.li.id, values={"roles": []}))
    assert events(address) == {}
    write(company.admin, Command("update", "user", company.li.id, values={"active": False}))
    assert Client().get(address).status_code == 404


def test_a_renewed_or_ended_address_no_longer_works_and_only_a_hash_is_kept(company):
    first = address_for()
    second = address_for()
    assert first != second
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert second.split("/")[2][:-4] not in str(rows('SELECT * FROM "store_feed"'))
    client = signed_in()
    assert second not in client.get("/preferences").content.decode()
    client.post("/preferences", {"feed": "end"})
    assert Client().get(second).status_code == 404
    assert feed_since(company.li) is None
    for odd in ("x", "x" * 500, "%00", "é"):
        assert Client().get(f"/calendar/{odd}.ics").status_code == 404


def test_an_unchanged_calendar_is_not_sent_again(company):
    make(company.li, "task", subject="出报价", due_on="2026-03-20")
    address = address_for()
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Last-Modified"]
    make(company.li, "task", subject="又一件", due_on="2026-03-20")
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_calendar_that_holds_too_much_says_what_is_left_out(company, monkeypatch):
    for number in range(5):
        make(company.li, "task", subject=f"任务{number}", due_on="2026-03-20")
    monkeypatch.setattr("zhike.records.read.MOST_ROWS", 2)  # several readings
    address = address_for()
    assert set(events(address)) == {f"任务{number}" for number in range(5)}
    monkeypatch.setattr("zhike.web.pages.feed.MOST", 3)
    found = events(address)
    assert len(found) == 4
    assert sum("3" in title and "只" in title for title in found) == 1
