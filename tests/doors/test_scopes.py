"""What follows its parent, what is shared, and what may be linked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, department_of, ids, make, nothing_written, person, refusal, role, share, trash
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_object
from zhike.records.history import timeline
from zhike.records.read import read_one
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.store.database import run


@pytest.fixture
def parents(home: Any, company: Company) -> dict[str, int]:
    """Li's account, lead, opportunity and contact."""
    account = make("account", name="李娜的客户", owner=company.li.id)
    return {
        "account": account,
        "lead": make("lead", name="线索", owner=company.li.id),
        "opportunity": make("opportunity", name="商机", owner=company.li.id),
        "contact": make("contact", name="联系人", account=account),
    }


@pytest.mark.parametrize("kind", ["account", "lead", "opportunity", "contact"])
@pytest.mark.parametrize("child", ["follow_up", "task", "note"])
def test_what_is_written_about_a_record_is_seen_with_it(
    parents: dict[str, int], company: Company, kind: str, child: str
) -> None:
    title = {"follow_up": "summary", "task": "subject", "note": "title"}[child]
    record = make(child, **{title: "nothing but a word"}, parent=f"{kind}:{parents[kind]}", owner=company.chen.id)
    for actor, sees in (
        (company.li, True),
        (company.zhao, True),
        (company.chen, True),
        (company.guest, True),
        (company.wang, False),
    ):
        assert (record in ids(actor, child)) == sees, actor.name
        assert (record in [hit.id for hit in search(actor, "nothing")]) == sees, actor.name
        if sees:
            assert read_one(actor, child, record).id == record
        else:
            with pytest.raises(NotFound):
                read_one(actor, child, record)
    about = {moment.record.id for moment in timeline(company.li, kind, parents[kind]) if moment.record}
    assert about == {record}


def test_a_record_without_an_own_owner_follows_its_parent_when_that_changes_hands(
    parents: dict[str, int], company: Company
) -> None:
    task = make("task", subject="拜访", parent=f"account:{parents['account']}")
    assert task in ids(company.li, "task")
    assert task not in ids(company.chen, "task")
    change("account", parents["account"], owner=company.chen.id)
    assert task in ids(company.chen, "task")
    assert task not in ids(company.li, "task")


def test_the_author_sees_their_own_work_whatever_it_is_about(parents: dict[str, int], company: Company) -> None:
    record = make("follow_up", company.li, summary="谈过", parent=f"account:{parents['account']}")
    change("account", parents["account"], owner=company.chen.id)
    assert record in ids(company.li, "follow_up")
    assert record in ids(company.chen, "follow_up")


def test_contacts_and_contact_roles_follow_the_account_and_the_deal(parents: dict[str, int], company: Company) -> None:
    part = make("opportunity_contact", opportunity=parents["opportunity"], contact=parents["contact"])
    for actor, sees in ((company.li, True), (company.zhao, True), (company.wang, False)):
        assert (parents["contact"] in ids(actor, "contact")) == sees
        assert (part in ids(actor, "opportunity_contact")) == sees


def test_a_file_on_a_task_is_seen_with_the_task(parents: dict[str, int], company: Company) -> None:
    from zhike.records.files import store_file

    task = make("task", subject="合同", parent=f"lead:{parents['lead']}", owner=company.li.id)
    product = make("product", name="机床")
    for parent, seen_by in ((f"task:{task}", {"li", "zhao"}), (f"product:{product}", {"li", "zhao", "wang"})):
        content = store_file(SYSTEM, "a.txt", [b"a"])
        file = make("file", name="a", content=content, parent=parent)
        for name in ("li", "zhao", "wang"):
            assert (file in ids(getattr(company, name), "file")) == (name in seen_by), (parent, name)


def test_a_timeline_leaves_out_what_is_closed_to_the_reader(parents: dict[str, int]) -> None:
    make("note", title="n", parent=f"account:{parents['account']}")
    task = make("task", subject="t", parent=f"account:{parents['account']}")
    actor = person("no notes", role("no notes", {"account": "all", "task": "all"}))
    moments = timeline(actor, "account", parents["account"])
    assert [one.record.id for one in moments if one.record] == [task]


def test_records_of_a_custom_object_follow_the_parents_named_for_it(home: Any, company: Company) -> None:
    create_object(
        SYSTEM,
        {
            "key": "visit", "label": "Visit", "scope": "follows", "parents": ["firm"],
            "fields": [{"key": "name", "label": "N", "kind": "text"}, {"key": "firm", "label": "F", "kind": "link", "to": "account"}],
        },
    )  # fmt: skip
    role_id = role("visits", {"visit": {"read": "own", "edit": "own"}, "account": {"read": "own", "edit": "own"}})
    somebody, other = person("somebody", role_id), person("other", role_id)
    visit = make("visit", name="v", firm=make("account", name="a", owner=somebody.id))
    assert ids(somebody, "visit") == {visit}
    assert ids(other, "visit") == set()
    change("visit", visit, somebody, name="w")
    with pytest.raises(NotFound):
        change("visit", visit, other, name="x")


# -- shares ----------------------------------------------------------------------------------------------------------
def _can(actor: Actor, record_id: int) -> str:
    """Nothing, read or edit."""
    try:
        rights = read_one(actor, "account", record_id).rights
    except NotFound:
        assert record_id not in ids(actor, "account")
        with pytest.raises(NotFound):
            change("account", record_id, actor, about="x")
        return "nothing"
    assert record_id in ids(actor, "account")
    try:
        change("account", record_id, actor, about=f"by {actor.id}")
    except Forbidden:
        assert "edit" not in rights
        return "read"
    assert "edit" in rights
    return "edit"


def test_a_share_gives_one_person_the_right_it_names_and_no_other(parents: dict[str, int], company: Company) -> None:
    account = parents["account"]
    assert _can(company.chen, account) == "nothing"
    share("account", account, person=company.chen.id)
    assert _can(company.chen, account) == "read"
    assert _can(company.wang, account) == "nothing"
    share("account", account, person=company.wang.id, right="edit")
    assert _can(company.wang, account) == "edit"
    assert ids(company.chen, "account", "shared with me") == {account}
    for actor in (company.wang, company.chen):
        assert read_one(actor, "account", account).rights.isdisjoint({"delete", "transfer"})
        with nothing_written():
            with pytest.raises(Forbidden):
                trash("account", account, actor)
            with pytest.raises((Invalid, Forbidden)):
                change("account", account, actor, owner=actor.id)
            with pytest.raises(Forbidden):
                run_action(actor, "account", "transfer", [account], {"owner": actor.id})
    other = make("account", name="other")
    assert _can(company.chen, other) == "nothing"


def test_a_share_with_a_department_reaches_those_below_it_and_nobody_else(
    parents: dict[str, int], company: Company
) -> None:
    second = department_of(company.chen)
    team = make("department", name="二部一组", parent=second)
    below = person("teammate", role("own accounts", {"account": {"read": "own", "edit": "own"}}), department=team)
    share("account", parents["account"], department=second, right="edit")
    assert _can(company.chen, parents["account"]) == "edit"
    assert _can(below, parents["account"]) == "edit"
    assert _can(company.wang, parents["account"]) == "nothing"


def test_a_share_ends(parents: dict[str, int], company: Company) -> None:
    account, lasting = parents["account"], make("account", name="shared for good")
    share("account", lasting, person=company.chen.id)
    share("account", account, person=company.chen.id, right="edit", until=now() + timedelta(hours=1))
    assert _can(company.chen, account) == "edit"
    with standing_at(now() + timedelta(hours=2)):
        assert _can(company.chen, account) == "nothing"
        assert _can(company.chen, lasting) == "read"
    run('DELETE FROM "store_share"')
    assert _can(company.chen, account) == "nothing"


def test_what_belongs_to_a_shared_account_is_seen_and_found_with_it(parents: dict[str, int], company: Company) -> None:
    task = make("task", subject="zzz visit", parent=f"account:{parents['account']}")
    assert ids(company.chen, "task") == set()
    share("account", parents["account"], person=company.chen.id)
    assert ids(company.chen, "task") == {task}
    assert parents["contact"] in ids(company.chen, "contact")
    assert {hit.id for hit in search(company.chen, "zzz")} == {task}
    assert parents["account"] in {hit.id for hit in search(company.chen, "李娜的客户")}
    with pytest.raises(Forbidden):
        change("task", task, company.chen, subject="y")


def test_a_share_opens_no_object_the_role_closes(parents: dict[str, int]) -> None:
    actor = person("tasks only", role("tasks only", {"task": "all"}))
    share("account", parents["account"], person=actor.id, right="edit")
    with pytest.raises(Forbidden):
        read_one(actor, "account", parents["account"])


def test_sharing_is_an_action_that_is_taken_back_by_its_opposite_or_by_undo(
    parents: dict[str, int], company: Company
) -> None:
    account = parents["account"]
    for values, field in (
        ({}, "person"),
        ({"person": 2**40}, "person"),
        ({"person": company.chen.id, "right": "own"}, "right"),
    ):
        with nothing_written():
            told = refusal(run_action, company.li, "account", "share", [account], values)
        assert [one[0] for one in told[2]] == [field]
    for actor in (company.chen, company.guest):
        with nothing_written(), pytest.raises((Forbidden, NotFound)):
            run_action(actor, "account", "share", [account], {"person": company.chen.id})
    first = run_action(company.li, "account", "share", [account], {"person": company.chen.id, "right": "edit"})
    assert _can(company.chen, account) == "edit"
    run_action(company.li, "account", "share", [account], {"person": company.chen.id, "right": "read"})
    assert _can(company.chen, account) == "read"
    run_action(company.li, "account", "unshare", [account])
    assert _can(company.chen, account) == "nothing"
    again = run_action(company.li, "account", "share", [account], {"department": department_of(company.chen)})
    assert _can(company.chen, account) == "read"
    assert again.operation
    undo(company.li, again.operation)
    assert _can(company.chen, account) == "nothing"
    assert first.operation != again.operation


def test_a_share_lasts_through_its_last_day(parents: dict[str, int], company: Company) -> None:
    with standing_at(datetime(2026, 3, 1, 4, tzinfo=UTC)):
        run_action(
            company.li, "account", "share", [parents["account"]], {"person": company.chen.id, "until": "2026-03-09"}
        )
    for day, hour, sees in ((9, 15, "read"), (9, 17, "nothing")):  # midnight in Shanghai is 16:00 UTC
        with standing_at(datetime(2026, 3, day, hour, tzinfo=UTC)):
            assert _can(company.chen, parents["account"]) == sees


# -- links -----------------------------------------------------------------------------------------------------------
def test_linking_to_what_one_cannot_see_is_refused_like_linking_to_nothing(home: Any, company: Company) -> None:
    hidden = make("account", name="王磊的客户", owner=company.wang.id)
    person_there = make("contact", name="王磊的人", account=hidden)
    contact = make("contact", company.li, name="甲")
    for given, missing in (
        ({"account": hidden}, {"account": 2**40}),
        ({"account": {"id": hidden}}, {"account": {"id": 2**40}}),
        ({"account": "王磊的客户"}, {"account": "没有的客户"}),
        ({"account": f"account:{hidden}"}, {"account": f"account:{2**40}"}),
    ):
        with nothing_written():
            told, expected = (
                refusal(change, "contact", contact, company.li, **given),
                refusal(change, "contact", contact, company.li, **missing),
            )
        assert told[:2] == expected[:2] == (Invalid, 422)
        assert str(told).replace("王磊的客户", "没有的客户") == str(expected)
    account = make("account", company.li, name="李")
    for values in ({"parent": f"account:{hidden}"}, {"parent": f"account:{account}", "contacts": [person_there]}):
        told = refusal(make, "follow_up", company.li, summary="x", **values)
        gone = {
            key: str(value).replace(str(hidden), str(2**40)) if key == "parent" else [2**40]
            for key, value in values.items()
        }
        assert told == refusal(make, "follow_up", company.li, summary="x", **gone)
    assert refusal(
        run_action, company.li, "account", "log_follow_up", [account], {"summary": "x", "contacts": [person_there]}
    ) == refusal(run_action, company.li, "account", "log_follow_up", [account], {"summary": "x", "contacts": [2**40]})


def test_a_name_several_have_means_the_one_that_can_be_seen(home: Any, company: Company) -> None:
    for owner in (company.wang, company.chen, company.wang, company.chen):
        make("account", name="同名公司", owner=owner.id)
    mine = make("account", name="同名公司", owner=company.li.id)
    contact = make("contact", company.li, name="甲", account="同名公司")
    assert read_one(company.li, "contact", contact)["account"].id == mine
    make("account", name="同名公司", owner=company.li.id)
    _kind, _status, problems = refusal(make, "contact", company.li, name="乙", account="同名公司")
    assert [(field, code) for field, code, _text in problems] == [("account", "link")]


def test_a_link_takes_no_record_of_another_object_or_from_the_trash(home: Any) -> None:
    for key in ("crate", "shelf"):
        create_object(
            SYSTEM,
            {"key": key, "label": key, "plural": f"{key}_s", "fields": [{"key": "name", "label": "N", "kind": "text"}]},
        )
    create_object(
        SYSTEM,
        {
            "key": "label",
            "label": "Label",
            "fields": [
                {"key": "name", "label": "N", "kind": "text"},
                {"key": "on", "label": "On", "kind": "link", "to": "crate"},
            ],
        },
    )
    crate, shelf, lead = make("crate", name="c"), make("shelf", name="s"), make("lead", name="l")
    label = make("label", name="ok", on=crate)
    trash("label", label)
    trash("crate", crate)
    for wrong in (shelf, lead, crate, 2**53 - 1):
        with nothing_written():
            told = refusal(make, "label", name="x", on=wrong)
        assert [(field, code) for field, code, _text in told[2]] == [("on", "link")]
    for wrong_id in (0, -1, 2**53, 2**63, 2**70, "9" * 30):
        with nothing_written():
            assert refusal(make, "label", name="x", on=wrong_id)[0] is Invalid


def test_only_an_administrator_undoes_what_somebody_else_did(home: Any, company: Company) -> None:
    account = make("account", name="甲", owner=company.li.id)
    operation = change("account", account, company.li, about="x").operation
    assert operation is not None
    for actor in (company.wang, company.zhao, company.guest):
        with nothing_written():
            assert refusal(undo, actor, operation) == refusal(undo, actor, 2**40)
    assert undo(company.admin, operation).reverted == 1
    assert read_one(company.li, "account", account)["about"] is None
