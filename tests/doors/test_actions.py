"""Actions: convert, win, lose, move on, follow up, tasks, hand over; all of it in one operation or nothing of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, ids, make, nothing_written, person, refusal, role
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Refused
from zhike.records.actions import ActionDone, offered, run_action
from zhike.records.history import history, timeline
from zhike.records.read import Query, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write

MOBILE, MAIL = "13812349876", "z@example.cn"


def convert(actor: Actor, lead: int, **values: Any) -> ActionDone:
    return run_action(actor, "lead", "convert", [lead], values)


def problems(call: Any, *args: Any, **more: Any) -> set[tuple[str, str]]:
    with nothing_written():
        _kind, _status, found = refusal(call, *args, **more)
    return {(field, code) for field, code, _text in found}


# -- leads -----------------------------------------------------------------------------------------------------------
def test_converting_a_lead_makes_account_contact_and_deal_for_its_owner(home: Any, company: Company) -> None:
    product = make("product", name="机床")
    facts = {
        "company": "华信",
        "phone": MOBILE,
        "email": MAIL,
        "wechat": "wx",
        "source": "exhibition",
        "product": product,
        "need": "要快",
    }
    lead = make("lead", name="张三", owner=company.li.id, **facts)
    done = convert(company.zhao, lead, amount="5000")
    kept = read_one(SYSTEM, "lead", lead)
    assert kept["status"] == "converted"
    assert kept["converted_on"] is not None
    account, contact, deal = (read_one(company.li, key, kept[key].id) for key in ("account", "contact", "opportunity"))
    assert (account.title, account["source"]) == ("华信", "exhibition")
    assert (contact.title, contact["mobile"], contact["email"], contact["account"].id) == (
        "张三",
        "+86" + MOBILE,
        MAIL,
        account.id,
    )
    assert (deal["amount"].amount, deal["product"].id, deal["need"], deal["account"].id) == (
        Decimal(5000),
        product,
        "要快",
        account.id,
    )
    assert {one["owner"].id for one in (account, contact, deal)} == {company.li.id}
    (part,) = read(company.li, Query("opportunity_contact", columns=("opportunity", "contact", "main"))).rows
    assert (part["opportunity"].id, part["contact"].id, part["main"]) == (deal.id, contact.id, True)
    assert {entry.operation for entry in history(SYSTEM, "account", account.id)} == {done.operation}
    assert problems(convert, SYSTEM, lead) == {("", "not-now")}


def test_converting_finds_the_account_and_the_contact_that_are_there(home: Any) -> None:
    account = make("account", name="华信科技股份有限公司", short_name="华信")
    contact = make("contact", name="张总", account=account, mobile=MOBILE)
    for facts in ({"company": "华信", "phone": MOBILE}, {"company": "华信科技股份有限公司", "phone": "138 1234 9876"}):
        lead = make("lead", name="张三", **facts)
        convert(SYSTEM, lead, with_opportunity=False)
        kept = read_one(SYSTEM, "lead", lead)
        assert (kept["account"].id, kept["contact"].id, kept["opportunity"]) == (account, contact, None)
    lead = make("lead", name="李四", company="别的")
    convert(SYSTEM, lead, account=account)
    assert read_one(SYSTEM, "lead", lead)["account"].id == account
    assert ids(SYSTEM, "account") == {account}


def test_a_conversion_is_undone_as_one(home: Any, company: Company) -> None:
    lead = make("lead", name="张三", company="华信", phone=MOBILE, owner=company.li.id)
    before = read_one(SYSTEM, "lead", lead)
    done = convert(company.li, lead)
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert (result.conflicts, result.reverted) == ([], 5)
    after = read_one(SYSTEM, "lead", lead)
    changed = {key for key in before.values if before[key] != after[key]}
    assert changed <= {"changed", "changed_by", "version"}
    for key in ("account", "contact", "opportunity", "opportunity_contact"):
        assert ids(SYSTEM, key) == set()
    again = convert(company.li, lead)
    assert again.operation != done.operation


def test_a_conversion_that_fails_at_its_end_leaves_nothing(home: Any) -> None:
    actor = person("no deals", role("no deals", {"lead": "all", "account": "all", "contact": "all"}))
    lead = make("lead", name="张三", company="华信", phone=MOBILE)
    with nothing_written(), pytest.raises(Forbidden):
        convert(actor, lead)
    convert(actor, lead, with_opportunity=False)


def test_a_lead_with_nothing_but_a_source_can_be_converted(home: Any) -> None:
    lead = make("lead", source="website")
    convert(SYSTEM, lead, account_name="新客户")
    assert read_one(SYSTEM, "lead", lead)["account"].title == "新客户"
    assert read_one(SYSTEM, "lead", lead)["contact"] is None


# -- deals -----------------------------------------------------------------------------------------------------------
def test_winning_and_losing_close_a_deal_on_the_day(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    won, lost = (make("opportunity", name=f"D{n}", account=account, owner=company.li.id) for n in range(2))
    assert problems(run_action, company.li, "opportunity", "win", [won]) == {("amount", "stage-asks")}
    assert problems(run_action, company.li, "opportunity", "lose", [lost]) == {("lost_reason", "required")}
    assert problems(run_action, company.li, "opportunity", "lose", [lost], {"lost_reason": "no such"}) == {
        ("lost_reason", "invalid")
    }
    with standing_at(datetime(2026, 3, 9, 20, tzinfo=UTC)):
        run_action(company.li, "opportunity", "win", [won], {"amount": "700"})
        run_action(company.li, "opportunity", "lose", [lost], {"lost_reason": "price", "competitor": "某某"})
    deal = read_one(SYSTEM, "opportunity", won)
    assert (deal["stage"].title, deal["probability"], deal["close_on"], deal["amount"].amount) == (
        "签约",
        100,
        date(2026, 3, 10),
        700,
    )
    deal = read_one(SYSTEM, "opportunity", lost)
    assert (deal["stage"].title, deal["probability"], deal["lost_reason"], deal["competitor"]) == (
        "输单",
        0,
        "price",
        "某某",
    )
    for name in ("win", "lose"):
        assert problems(
            run_action, company.li, "opportunity", name, [won], {"lost_reason": "price"} if name == "lose" else {}
        ) == {("", "not-now")}
    assert {one.name for one in offered(company.li, read_one(company.li, "opportunity", won))}.isdisjoint(
        {"win", "lose"}
    )


def test_moving_on_asks_for_what_the_stage_asks(home: Any) -> None:
    deal = make("opportunity", name="D")
    assert problems(run_action, SYSTEM, "opportunity", "move_stage", [deal]) == {("stage", "required")}
    assert problems(run_action, SYSTEM, "opportunity", "move_stage", [deal], {"stage": "negotiation"}) == {
        ("amount", "stage-asks"),
        ("close_on", "stage-asks"),
    }
    assert problems(
        run_action, SYSTEM, "opportunity", "move_stage", [deal], {"stage": "no such stage", "nofield": 1}
    ) == {("stage", "link"), ("nofield", "unknown")}
    done = run_action(
        SYSTEM, "opportunity", "move_stage", [deal], {"stage": "negotiation", "amount": "5", "close_on": "2026-12-24"}
    )
    assert str(done.message) == "“D” is now in “谈判”"
    record = read_one(SYSTEM, "opportunity", deal)
    assert (record["stage"].title, record["close_on"]) == ("谈判", date(2026, 12, 24))


# -- follow-ups and tasks --------------------------------------------------------------------------------------------
def test_a_follow_up_ends_the_reminder_and_sets_the_next(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    deal = make("opportunity", name="D", account=account, owner=company.li.id)
    target = {"parent": f"opportunity:{deal}", "kind": "follow_up"}
    mine = make("task", company.li, subject="remind", **target)
    theirs = make("task", subject="theirs", owner=company.zhao.id, **target)
    other = make("task", company.li, subject="not a reminder", parent=f"opportunity:{deal}")
    done = run_action(
        company.li,
        "opportunity",
        "log_follow_up",
        [deal],
        {"summary": "谈了价格", "next_on": "2026-12-01", "next_step": "发报价"},
    )
    assert [read_one(SYSTEM, "task", one)["status"] for one in (mine, theirs, other)] == ["done", "open", "open"]
    (following,) = ids(company.li, "task", "kind = follow_up and status = open and owner = me")
    task = read_one(company.li, "task", following)
    assert (task.title, task["due_on"], task["parent"].id, task["account"].id) == (
        "发报价",
        date(2026, 12, 1),
        deal,
        account,
    )
    (written,) = ids(company.li, "follow_up")
    record = read_one(company.li, "follow_up", written)
    assert (record["opportunity"].id, record["account"].id, record["owner"].id, record["way"]) == (
        deal,
        account,
        company.li.id,
        "call",
    )
    assert written in {moment.record.id for moment in timeline(company.li, "account", account) if moment.record}
    assert done.operation is not None
    undo(company.li, done.operation)
    assert ids(company.li, "follow_up") == set()
    assert read_one(SYSTEM, "task", mine)["status"] == "open"
    assert problems(run_action, company.li, "opportunity", "log_follow_up", [deal], {}) == {("summary", "required")}


def test_an_action_runs_only_where_it_is_offered(home: Any) -> None:
    product = make("product", name="P")
    for key, name in (("product", "log_follow_up"), ("account", "win"), ("account", "no such"), ("account", "\x00")):
        with nothing_written(), pytest.raises(NotFound):
            run_action(SYSTEM, key, name, [product], {"summary": "x"})
    with pytest.raises(NotFound):
        run_action(SYSTEM, "nothing", "archive", [product])
    for wrong in ([], [0], [2**60], [2**40]):
        with nothing_written(), pytest.raises(Refused):
            run_action(SYSTEM, "product", "archive", wrong)


def test_a_task_is_completed_opened_again_and_postponed(home: Any) -> None:
    task = make("task", subject="T")
    run_action(SYSTEM, "task", "complete", [task])
    assert read_one(SYSTEM, "task", task)["done_at"] is not None
    assert problems(run_action, SYSTEM, "task", "complete", [task]) == {("", "not-now")}
    assert problems(run_action, SYSTEM, "task", "postpone", [task], {"due_on": "2026-12-01"}) == {("", "not-now")}
    run_action(SYSTEM, "task", "reopen", [task])
    assert read_one(SYSTEM, "task", task)["done_at"] is None
    assert problems(run_action, SYSTEM, "task", "postpone", [task], {"due_on": "2026-02-30"}) == {("due_on", "invalid")}
    assert problems(run_action, SYSTEM, "task", "postpone", [task], {}) == {("due_on", "required")}
    run_action(SYSTEM, "task", "postpone", [task], {"due_on": "2026-12-01"})
    assert read_one(SYSTEM, "task", task)["due_on"] == date(2026, 12, 1)


# -- many at once ----------------------------------------------------------------------------------------------------
def test_a_bulk_action_is_one_operation_and_whole_or_nothing(home: Any, company: Company) -> None:
    accounts = [make("account", name=f"A{n}", owner=company.li.id) for n in range(4)]
    done = run_action(company.li, "account", "transfer", [*accounts, accounts[0]], {"owner": company.wang.id})
    assert done.operation is not None
    assert ids(company.wang, "account") == set(accounts)
    assert ids(company.li, "account") == set()
    result = undo(company.admin, done.operation)
    assert (result.reverted, result.conflicts) == (4, [])
    assert ids(company.li, "account") == set(accounts)
    hidden = make("account", name="H", owner=company.chen.id)
    with nothing_written(), pytest.raises(NotFound):
        run_action(company.li, "account", "archive", [*accounts, hidden])
    write(SYSTEM, Command("archive", "account", accounts[3]))
    with nothing_written(), pytest.raises(Invalid):
        run_action(company.li, "account", "archive", accounts)
    with nothing_written(), pytest.raises(Invalid):
        run_action(company.li, "account", "archive", list(range(1, 5002)))


def test_handing_over_needs_its_own_right_and_a_person(home: Any, company: Company) -> None:
    actor = person("keeper", role("keeper", {"account": {"read": "own", "edit": "own"}}))
    account = make("account", name="A", owner=actor.id)
    with nothing_written(), pytest.raises(Forbidden):
        run_action(actor, "account", "transfer", [account], {"owner": company.li.id})
    assert problems(change, "account", account, actor, owner=company.li.id) == {("owner", "forbidden")}
    for wrong in (None, 2**40, "nobody of this name", account):
        with nothing_written(), pytest.raises(Invalid):
            run_action(SYSTEM, "account", "transfer", [account], {"owner": wrong})
    run_action(SYSTEM, "account", "transfer", [account], {"owner": "李娜"})
    assert read_one(SYSTEM, "account", account)["owner"].id == company.li.id


def test_archive_and_trash_and_back(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    steps = [("archive", "unarchive"), ("trash", "restore")]
    for away, back in steps:
        names = {one.name for one in offered(company.li, read_one(company.li, "account", account))}
        assert away in names
        assert back not in names
        run_action(company.li, "account", away, [account])
        assert ids(company.li, "account") == set()
        names = {one.name for one in offered(company.li, read_one(company.li, "account", account))}
        assert back in names
        assert away not in names
        run_action(company.li, "account", back, [account])
        assert ids(company.li, "account") == {account}


def test_an_action_on_several_records_says_how_many(home: Any, company: Company) -> None:
    some = [make("account", company.li, name=name) for name in ("甲", "乙")]
    assert str(run_action(company.li, "account", "archive", some, {}).message).endswith(": 2 records")
    assert not str(run_action(company.li, "account", "unarchive", some[:1], {}).message).endswith(" records")
