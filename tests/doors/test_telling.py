"""Notices that follow from a save: given, shared, followed. Told by the worker, each once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, department_of, make, person, role
from tests.doors.statements import heard
from zhike.automation.telling import tell_followers, tell_new_owners
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_object
from zhike.records.marks import mark
from zhike.records.notices.notices import inbox, mark_read
from zhike.records.outbox import claim
from zhike.records.undo import undo
from zhike.records.write import write_many

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def account(company: Company) -> int:
    made = make("account", company.li, name="凌渡")
    work_off()
    return made


def told(actor: Any) -> list[tuple[str, str]]:
    work_off()
    return [(one.kind, str(one.text)) for one in inbox(actor)[0]]


def test_a_new_owner_hears_who_gave_the_record(company: Company, account: int) -> None:
    change("account", account, company.zhao, owner=company.wang.id)
    assert told(company.wang) == [("assigned", "赵敏 gave “凌渡” to you")]
    assert told(company.li) == told(company.zhao) == []


def test_what_one_makes_or_takes_oneself_is_no_news(company: Company, account: int) -> None:
    change("account", account, company.zhao, owner=company.zhao.id)
    make("account", company.zhao, name="自己的")
    assert told(company.zhao) == []
    make("account", company.zhao, name="给李娜的", owner=company.li.id)
    make("account", SYSTEM, name="原来就有的", owner=company.li.id)
    assert told(company.li) == [("assigned", "赵敏 gave “给李娜的” to you")]


def test_many_at_once_are_one_notice_that_leads_to_the_list(company: Company) -> None:
    made = [make("account", company.zhao, name=f"客户{n}") for n in range(12)]
    work_off()
    moves = [Command("update", "account", one, values={"owner": company.li.id}) for one in made]
    write_many(company.zhao, moves)
    assert told(company.li) == [("assigned", "赵敏 gave 12 Accounts to you")]
    assert inbox(company.li)[0][0].record == 0


def test_a_batch_told_twice_is_told_once_and_a_later_batch_of_the_same_operation_is_added(company: Company) -> None:
    made = [make("account", company.zhao, name=f"客户{n}") for n in range(5)]
    work_off()
    write_many(company.zhao, [Command("update", "account", one, values={"owner": company.li.id}) for one in made])
    events = claim()
    for some in (events[:1], events[:1], events[:3], events[2:], events):
        tell_new_owners(some)
    (only,) = inbox(company.li)[0]
    assert str(only.text) == "赵敏 gave 5 Accounts to you"


def test_a_custom_object_is_given_like_any_other(company: Company) -> None:
    create_object(company.admin, {"key": "visit", "label": "Visit"})
    made = make("visit", company.admin, name="参观", owner=company.admin.id)
    change("visit", made, company.admin, owner=company.li.id)
    work_off()
    assert told(company.li) == []  # the shipped roles do not open it
    helper = person("helper", role("Visits", {"visit": "all"}))
    change("visit", made, company.admin, owner=helper.id)
    assert told(helper) == [("assigned", "管晓 gave “参观” to you")]


def test_a_share_tells_the_person_and_every_member_of_the_department(company: Company, account: int) -> None:
    run_action(company.li, "account", "share", [account], {"person": company.chen.id})
    assert told(company.chen) == [("shared", "李娜 shared “凌渡” with you")]
    other = make("account", company.chen, name="他的")
    run_action(company.chen, "account", "share", [other], {"department": department_of(company.li)})
    assert ("shared", "陈晨 shared “他的” with you") in told(company.li)
    assert told(company.wang) == [("shared", "陈晨 shared “他的” with you")]
    assert told(company.guest) == []


def test_a_share_that_was_undone_is_not_shown_and_many_shares_are_one_notice(company: Company, account: int) -> None:
    done = run_action(company.li, "account", "share", [account], {"person": company.chen.id})
    assert done.operation is not None
    undo(company.li, done.operation)
    assert told(company.chen) == []
    more = [make("account", company.li, name=f"{n}") for n in range(3)]
    run_action(company.li, "account", "share", more, {"person": company.chen.id})
    assert told(company.chen) == [("shared", "李娜 shared 3 Accounts with you")]


def test_followers_hear_of_changes_counted_by_the_day(company: Company, account: int) -> None:
    mark(company.zhao, "follow", "account", account)
    change("account", account, company.li, short_name="凌")
    assert told(company.zhao) == [("followed", "李娜 changed “凌渡”")]
    for name in ("凌一", "凌二"):
        change("account", account, company.li, short_name=name)
    change("account", account, company.zhao, short_name="自己改的")
    assert told(company.zhao) == [("followed", "“凌渡” was changed 3 times today")]
    (only,) = inbox(company.zhao)[0]
    assert (only.object, only.record) == ("account", account)
    mark_read(company.zhao, [only.id])
    change("account", account, company.li, short_name="凌三")
    work_off()
    assert [one.read for one in inbox(company.zhao)[0]] == [False]
    assert told(company.li) == []


def test_followers_hear_of_what_is_added_as_far_as_they_see_it(company: Company, account: int) -> None:
    blind = person("blind", role("Accounts only", {"account": "all"}))
    for one in (company.zhao, blind):
        mark(one, "follow", "account", account)
    make("follow_up", company.li, summary="打了电话", parent=f"account:{account}")
    assert ("followed", "李娜 added to “凌渡”: Follow-up") in told(company.zhao)
    assert [text for _kind, text in told(blind) if "added" in text] == []


def test_who_no_longer_sees_a_followed_record_hears_nothing(company: Company, account: int) -> None:
    mark(company.zhao, "follow", "account", account)
    change("account", account, company.admin, owner=company.chen.id)
    work_off()
    change("account", account, company.admin, short_name="x")
    assert told(company.zhao) == []


def test_telling_followers_asks_little_when_nobody_follows(company: Company, account: int) -> None:
    for name in ("x", "y", "z"):
        change("account", account, company.li, short_name=name)
    events = claim()
    with heard() as asked:
        tell_followers(events)
    assert len([sql for sql, _params in asked if "store_mark" in sql]) == 1
