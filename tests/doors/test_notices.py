"""The inbox: who is told of what, what they still see of it, and how it is read and forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, person, role, trash
from tests.doors.statements import heard, plan_of
from zhike.kernel.clock import now, standing_at
from zhike.kernel.words import Plain, _
from zhike.records.housekeeping import tidy
from zhike.records.notices import notices
from zhike.records.notices.notices import (
    counted,
    inbox,
    mark_all_read,
    mark_read,
    notice,
    notify,
    unread_count,
)

pytestmark = pytest.mark.usefixtures("home")
GIVEN = _("{by} gave you “{title}”")


@pytest.fixture
def account(company: Company) -> int:
    return make("account", company.li, name="凌渡精密机械")


def told(actor: Any, **more: Any) -> list[str]:
    return [str(one.text) for one in inbox(actor, **more)[0]]


def test_a_notice_names_the_record_and_who_is_behind_it(company: Company, account: int) -> None:
    assert notify([company.li.id], "assigned", GIVEN, "account", account, company.zhao.id) == [company.li.id]
    assert told(company.li) == ["赵敏 gave you “凌渡精密机械”"]
    change("account", account, name="凌渡")
    assert told(company.li) == ["赵敏 gave you “凌渡”"]
    (shown,) = inbox(company.li)[0]
    assert (shown.title, shown.by_name, shown.read, shown.kind) == ("凌渡", "赵敏", False, "assigned")


def test_nobody_is_told_of_what_they_did_themselves_nor_twice_nor_after_they_left(
    company: Company, account: int
) -> None:
    people = [company.li.id, company.li.id, company.zhao.id, 999_999]
    assert notify(people, "followed", GIVEN, "account", account, company.zhao.id) == [company.li.id]
    change("user", company.li.id, active=False)
    assert notify([company.li.id], "followed", GIVEN, "account", account, company.zhao.id) == []


def test_nobody_is_told_of_a_record_they_cannot_see(company: Company, account: int) -> None:
    assert notify([company.chen.id], "mentioned", GIVEN, "account", account, company.li.id) == []
    nothing = person("nothing", role("No accounts", {"task": "all"}))
    assert notify([nothing.id], "mentioned", GIVEN, "account", account, company.li.id) == []
    assert notify([nothing.id], "mentioned", GIVEN, "account", 0, company.li.id) == []
    assert notify([nothing.id], "mentioned", GIVEN, "no_such_object", 5, company.li.id) == []
    assert notify([nothing.id], "job", _("Done")) == [nothing.id]


def test_what_went_out_of_sight_is_not_shown_and_soon_not_counted(company: Company, account: int) -> None:
    notify([company.li.id], "mentioned", GIVEN, "account", account, company.zhao.id)
    number = inbox(company.li)[0][0].id
    change("account", account, owner=company.chen.id)
    assert inbox(company.li) == ([], 0)
    assert notice(company.li, number) is None
    assert notices.notices(company.li, [number]) == []
    tidy()
    assert unread_count(company.li) == 0


def test_a_hidden_title_stays_hidden(company: Company, account: int) -> None:
    blind = person("blind", role("No names", {"account": "all"}, {"account.name": "hidden"}))
    notify([blind.id], "mentioned", GIVEN, "account", account, company.li.id)
    assert told(blind) == [f"李娜 gave you “#{account}”"]


def test_the_same_event_is_told_once(company: Company, account: int) -> None:
    for _time in range(2):
        notify([company.li.id, company.wang.id], "shared", GIVEN, "account", account, company.zhao.id, once="event:7")
    assert len(inbox(company.li)[0]) == 1
    notify([company.li.id], "shared", GIVEN, "account", account, company.zhao.id, once="event:8")
    assert len(inbox(company.li)[0]) == 2


def test_words_keep_their_parameters_whatever_they_are(company: Company) -> None:
    inner = _("{n} rows").with_(n=3)
    notify([company.li.id], "job", _("“{name}” ended: {what}").with_(name=Plain("{导入}"), what=inner), once="a")
    notify([company.li.id], "job", Plain("50 % {done}", {"zh-hans": "一半"}), once="b")
    assert told(company.li) == ["50 % {done}", "“{导入}” ended: 3 rows"]


def test_reading_one_some_and_all(company: Company) -> None:
    for number in range(5):
        notify([company.li.id, company.zhao.id], "job" if number % 2 else "due", _("{n}").with_(n=number))
    ids = [one.id for one in inbox(company.li)[0]]
    assert unread_count(company.li) == 5
    assert mark_read(company.li, ids[:2]) == 2
    assert mark_read(company.zhao, ids) == 0
    assert told(company.li, unread_only=True) == ["2", "1", "0"]
    assert mark_read(company.li, ids[:1], read=False) == 1
    assert told(company.li, kind="job") == ["3", "1"]
    assert mark_all_read(company.li, "job") == 1
    assert mark_all_read(company.li) == 3
    assert (unread_count(company.li), unread_count(company.zhao)) == (0, 5)


def test_pages_follow_each_other_without_gaps_even_where_records_are_out_of_sight(
    company: Company, account: int
) -> None:
    other = make("account", company.li, name="另一家")
    for number in range(9):
        notify([company.li.id], "due", _("{n}").with_(n=number), "account", other if number % 3 else account)
    change("account", other, owner=company.chen.id)
    seen: list[str] = []
    after = 0
    for _page in range(9):
        some, after = inbox(company.li, after=after, size=2)
        seen += [str(one.text) for one in some]
        if not after:
            break
    assert seen == ["6", "3", "0"]


def test_the_count_stops_at_99(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MOST_COUNTED", 3)
    for number in range(6):
        notify([company.li.id], "due", _("{n}").with_(n=number))
    assert unread_count(company.li) == 4
    assert [counted(one) for one in (0, 3, 4)] == ["", "3", "3+"]


def test_notices_are_kept_for_90_days(company: Company) -> None:
    notify([company.li.id], "job", _("old"))
    with standing_at(now() + timedelta(days=60)):
        notify([company.li.id], "job", _("new"))
    with standing_at(now() + timedelta(days=100)):
        tidy()
    assert told(company.li) == ["new"]


def test_the_inbox_asks_a_steady_number_of_questions_and_walks_indexes(company: Company, account: int) -> None:
    def cost() -> int:
        with heard() as asked:
            inbox(company.li)
        return len(asked)

    notify([company.li.id], "due", GIVEN, "account", account)
    one = cost()
    for number in range(40):
        notify([company.li.id], "due", GIVEN, "account", account, once=str(number))
    assert cost() == one
    with heard() as asked:
        unread_count(company.li)
        inbox(company.li)
    for statement in [one for one in asked if "store_notice" in one[0]]:
        assert "notice_" in plan_of(statement)
    trash("account", account)
    assert len(inbox(company.li)[0]) == 41
