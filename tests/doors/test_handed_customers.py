"""Customers that changed hands: a message only to whom it may be sent, watched for a while, handed over on the day planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, ids, make
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.access.signin import FORGOTTEN, actor_of_token, create_token, invitation, invite
from zhike.access.signin.sessions import sessions_of
from zhike.automation.handing import hand_over_due, remind_of_receipts
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.feeds import new_feed, reader_of_feed
from zhike.records.handing.received import next_steps, page_of, received
from zhike.records.handing.watching import watched
from zhike.records.marks import FAVOURITE, FOLLOW, mark, marks_on
from zhike.records.notices.notices import inbox
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.store.database import run, to_db


@pytest.fixture
def accounts(home: Any, company: Company) -> dict[str, int]:
    """Three customers of Li Na: one to write to, one who withdrew, one without an address."""
    found = {}
    for name in ("东方", "西方", "南方"):
        found[name] = make("account", name=name, owner=company.li.id)
        mail = {} if name == "南方" else {"email": "who@example.com"}
        contact = make("contact", name=f"{name}经理", account=found[name], owner=company.li.id, **mail)
        if name == "西方":
            about = {"object": "contact", "id": contact}
            consent = make(
                "consent",
                wording="v1",
                parent=about,
                purpose="service",
                channel="mail",
                given_on="2026-01-01T00:00:00Z",
            )
            run_action(SYSTEM, "consent", "withdraw", [consent])
    return found


def handed(company: Company, by: Actor | None = None, **facts: Any) -> int:
    by = by or company.zhao
    made = make("handover", by, leaver=company.li.id, rest=company.wang.id, **facts)
    run_action(by, "handover", "hand_over", [made])
    return made


def customer(account: int) -> Record:
    (found,) = ids(SYSTEM, "handover_customer", f"account = {account}")
    return read_one(SYSTEM, "handover_customer", found)


def told(actor: Actor) -> list[str]:
    return [str(one.text) for one in inbox(actor)[0] if one.kind == "handover"]


def test_a_message_is_drafted_for_those_who_may_be_written_to(accounts: dict[str, int], company: Company) -> None:
    handed(
        company, notice_language="en", notice_body="Dear {contact} of {customer}: {successor} follows {leaver}. {other}"
    )
    one = customer(accounts["东方"])
    assert (one["notice"], one["body"]) == ("draft", "Dear 东方经理 of 东方: 王磊 follows 李娜. {other}")
    assert "王磊" in one["subject"]
    for name, why in (("西方", "同意已撤回。"), ("南方", "没有联系人留有邮箱。")):
        one = customer(accounts[name])
        assert (one["notice"], one["withheld"], one["body"]) == ("withheld", why, None)


def test_the_successor_changes_the_draft_and_notes_it_as_sent(accounts: dict[str, int], company: Company) -> None:
    handed(company)
    draft = customer(accounts["东方"])
    change("handover_customer", draft.id, company.wang, body="您好")
    run_action(company.wang, "handover_customer", "sent", [draft.id])
    assert customer(accounts["东方"])["notice"] == "sent"
    with pytest.raises(Invalid):
        run_action(company.wang, "handover_customer", "write_draft", [draft.id])
    without = customer(accounts["南方"])
    make("contact", name="新经理", account=accounts["南方"], email="new@example.com")
    run_action(company.wang, "handover_customer", "write_draft", [without.id])
    assert customer(accounts["南方"])["notice"] == "draft"


def test_no_message_is_drafted_where_none_is_wanted(accounts: dict[str, int], company: Company) -> None:
    handed(company, notices=False)
    assert customer(accounts["东方"])["notice"] == "none"


def test_the_watch_list_flags_silence_and_lost_deals_and_ends(accounts: dict[str, int], company: Company) -> None:
    deal = make("opportunity", name="旧单", account=accounts["西方"], owner=company.li.id)
    handed(company)
    assert [one.troubled for one in watched(company.wang)] == [False] * 3
    assert watched(company.chen) == []
    ago = now() - timedelta(days=20)
    run('UPDATE "objects_handovercustomer" SET "handed_on" = %s', (to_db(ago),))
    run('UPDATE "objects_account" SET "last_follow_up" = %s WHERE "id" = %s', (to_db(now()), accounts["东方"]))
    change("opportunity", deal, stage="lost", lost_reason="price")
    for sight in (company.wang, company.zhao):
        found = {one.account.title: one for one in watched(sight, 14)}
        assert {name: (one.days, one.quiet, one.lost) for name, one in found.items()} == {
            "东方": (20, False, 0), "西方": (20, True, 1), "南方": (20, True, 0)
        }  # fmt: skip
    assert [one.account.title for one in watched(company.zhao, 30) if one.quiet] == []
    change(
        "handover_customer",
        customer(accounts["南方"]).id,
        watched_until=str(today("Asia/Shanghai") - timedelta(days=1)),
    )
    assert len(watched(company.zhao)) == 2


def test_a_successor_sees_what_they_received_with_the_next_step(accounts: dict[str, int], company: Company) -> None:
    make(
        "task",
        subject="拜访",
        due_on="2099-03-01",
        parent={"object": "account", "id": accounts["东方"]},
        owner=company.li.id,
    )
    handed(company)
    (part,) = ids(company.wang, "handover_part")
    got = received(company.wang, part)
    assert set(got.records["account"]) == set(accounts.values())
    assert len(got.records["contact"]) == 3
    spec = registry.object("account")
    assert [one.title for one in page_of(company.wang, got, spec, "name ~ 东").rows] == ["东方"]
    assert next_steps(company.wang, list(accounts.values()))[accounts["东方"]][0] == "拜访"
    assert any("what 李娜 had" in one for one in told(company.wang))


def test_what_is_planned_is_done_when_the_last_day_is_over(accounts: dict[str, int], company: Company) -> None:
    day = today("Asia/Shanghai")
    made = make("handover", company.zhao, leaver=company.li.id, rest=company.wang.id, last_day=str(day))
    run_action(company.zhao, "handover", "plan", [made])
    hand_over_due()
    assert read_one(SYSTEM, "handover", made)["state"] == "planned"
    change("handover", made, last_day=str(day - timedelta(days=1)))
    hand_over_due()
    assert read_one(SYSTEM, "handover", made)["state"] == "handed_over"
    assert read_one(SYSTEM, "account", accounts["东方"])["owner"].id == company.wang.id


@pytest.mark.parametrize("gone", [False, True], ids=["who planned it is there", "who planned it has left"])
def test_on_the_last_day_access_ends_although_the_package_waits(
    accounts: dict[str, int], company: Company, gone: bool
) -> None:
    day = today("Asia/Shanghai")
    made = make("handover", company.zhao, leaver=company.li.id, rest=company.wang.id, last_day=str(day))
    run_action(company.zhao, "handover", "plan", [made])
    browser, token, feed = signed_in("li"), create_token(company.li, company.li.id), new_feed(company.li)
    invited, _ends = invite(company.admin, company.li.id, FORGOTTEN)
    assert actor_of_token(token) is not None
    assert reader_of_feed(feed).id == company.li.id
    change("user", company.wang.id, active=False)
    hand_over_due()
    assert people().persons[company.li.id].active
    change("handover", made, last_day=str(day - timedelta(days=1)))
    if gone:
        change("user", company.zhao.id, active=False)
    hand_over_due()
    hand_over_due()
    assert read_one(SYSTEM, "handover", made)["state"] == "planned"
    assert read_one(SYSTEM, "account", accounts["东方"])["owner"].id == company.li.id
    for one in (company.admin,) if gone else (company.admin, company.zhao):
        (said,) = [text for text in told(one) if "still waits" in text]
        assert "The access of 李娜 has ended" in said
    for opened in (False, True):  # nothing old works again either, should the account be opened again
        change("user", company.li.id, active=opened)
        assert not sessions_of(company.li.id)
        assert browser.get("/").status_code in (302, 303)
        assert invitation(invited) is None
        assert actor_of_token(token) is None
        with pytest.raises(NotFound):
            reader_of_feed(feed)


def test_whoever_keeps_access_keeps_it_while_the_package_waits(accounts: dict[str, int], company: Company) -> None:
    day = today("Asia/Shanghai")
    facts = {"rest": company.wang.id, "last_day": str(day), "keeps_access": True}
    made = make("handover", company.zhao, leaver=company.li.id, **facts)
    run_action(company.zhao, "handover", "plan", [made])
    change("handover", made, last_day=str(day - timedelta(days=1)))
    change("user", company.wang.id, active=False)
    hand_over_due()
    assert people().persons[company.li.id].active
    assert any("still waits" in one for one in told(company.zhao))
    change("user", company.wang.id, active=True)
    hand_over_due()
    assert read_one(SYSTEM, "handover", made)["state"] == "handed_over"


def test_a_successor_gets_the_handovers_own_notice_alone_and_follows_what_was_followed(
    accounts: dict[str, int], company: Company
) -> None:
    mark(company.li, FOLLOW, "account", accounts["东方"])
    mark(company.li, FAVOURITE, "account", accounts["西方"])
    mark(company.zhao, FOLLOW, "account", accounts["东方"])
    work_off()
    handed(company, by=company.admin)
    work_off()
    assert [one.kind for one in inbox(company.wang)[0]] == ["handover"]
    assert "followed" in [one.kind for one in inbox(company.zhao)[0]]
    assert marks_on(company.wang, accounts["东方"]) == {FOLLOW}
    assert marks_on(company.wang, accounts["西方"]) == set()
    change("account", accounts["东方"], company.zhao, name="东方集团")
    work_off()
    assert "followed" in [one.kind for one in inbox(company.wang)[0]]


def test_an_open_receipt_is_reminded_of_and_a_confirmed_one_is_not(accounts: dict[str, int], company: Company) -> None:
    handed(company)
    remind_of_receipts()
    assert len(told(company.wang)) == 1
    run('UPDATE "objects_handoverpart" SET "created" = %s', (to_db(now() - timedelta(days=4)),))
    remind_of_receipts()
    remind_of_receipts()
    assert len(told(company.wang)) == 2
    run_action(company.wang, "handover_part", "receive", sorted(ids(company.wang, "handover_part")))
    run('UPDATE "objects_handoverpart" SET "created" = %s', (to_db(now() - timedelta(days=9)),))
    remind_of_receipts()
    assert len(told(company.wang)) == 2
    assert any("confirmed the receipt" in one for one in told(company.zhao))
