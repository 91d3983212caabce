"""Sharing rules, teams and standing in: what they open, to whom, how far, and that they end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, department_of, ids, make, many, person, role
from tests.doors.statements import crowd, heard, plan_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at, today
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records import paging
from zhike.records.actions import run_action
from zhike.records.aggregate import aggregate
from zhike.records.declaring.customise import create_object, remove_field
from zhike.records.history import timeline
from zhike.records.read import Query, count, read, read_one
from zhike.records.search import search
from zhike.records.write import write
from zhike.store.database import is_postgres


def day(by: int) -> str:
    return (today("Asia/Shanghai") + timedelta(days=by)).isoformat()


def rule(where: str, right: str = "read", object: str = "account", **with_: Any) -> int:
    return make("sharing_rule", name=f"{object} {where}", object=object, where=where, right=right, **with_)


def away(absent: Actor, deputy: Actor, *rights: str, first: int = 0, last: int = 3, by: Actor = SYSTEM) -> int:
    facts = {"absent": absent.id, "deputy": deputy.id, "first": day(first), "last": day(last), "rights": list(rights)}
    return make("stand_in", by, **facts)


@pytest.fixture
def firms(home: Any, company: Company) -> dict[str, int]:
    """Two accounts of Li, whom Chen of another department does not see."""
    return {
        "key": make("account", name="华信钥匙", level="key", owner=company.li.id),
        "small": make("account", name="华信小号", level="normal", owner=company.li.id),
    }


# -- rules -----------------------------------------------------------------------------------------------------------
def test_a_rule_shows_what_its_filter_finds_in_every_reading_door(firms: dict[str, int], company: Company) -> None:
    contact = make("contact", name="联系人", account=firms["key"])
    note = make("note", title="记录", parent=f"account:{firms['key']}")
    assert ids(company.chen, "account") == set()
    rule("level = key", departments=[department_of(company.chen)])
    assert ids(company.chen, "account") == {firms["key"]}
    assert read_one(company.chen, "account", firms["key"]).rights == {"read"}
    assert count(company.chen, "account")[0] == 1
    assert {hit.id for hit in search(company.chen, "华信")} == {firms["key"]}
    assert aggregate(company.chen, "account", (), ("count",)) is not None
    assert (ids(company.chen, "contact"), ids(company.chen, "note")) == ({contact}, {note})
    assert timeline(company.chen, "account", firms["key"])
    with pytest.raises(NotFound):
        read_one(company.chen, "account", firms["small"])
    change("account", firms["key"], level="normal")
    assert ids(company.chen, "account") == set()
    assert ids(company.chen, "contact") == set()
    assert ids(company.wang, "account") == set()


def test_a_rule_to_edit_lets_change_and_no_more_and_nobody_moves_a_record_out_of_it(
    firms: dict[str, int], company: Company
) -> None:
    rule("level = key", "edit", persons=[company.chen.id])
    change("account", firms["key"], company.chen, short_name="x")
    assert read_one(company.chen, "account", firms["key"]).rights == {"read", "edit", "bulk"}
    with pytest.raises(Forbidden):
        change("account", firms["key"], company.chen, level="normal")
    with pytest.raises(Forbidden):
        write(company.chen, Command("trash", "account", firms["key"]))
    with pytest.raises(Invalid):
        change("account", firms["key"], company.chen, owner=company.chen.id)
    with pytest.raises(Forbidden):
        run_action(company.chen, "account", "share", [firms["key"]], {"person": company.wang.id})
    assert read_one(SYSTEM, "account", firms["key"])["level"] == "key"


@pytest.mark.parametrize("how", ["role", "above", "custom"])
def test_rules_reach_roles_departments_below_and_objects_of_ones_own(
    firms: dict[str, int], company: Company, how: str
) -> None:
    top = read_one(SYSTEM, "department", department_of(company.admin)).id
    sales = read_one(SYSTEM, "user", company.chen.id)["roles"][0].id
    if how == "custom":
        fields = [
            {"key": "name", "label": "N", "kind": "text"},
            {"key": "size", "label": "S", "kind": "number", "index": True},
        ]
        create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": fields})
        somebody = person("crates", role("crates", {"crate": "own"}))
        large, _small = make("crate", name="a", size=9), make("crate", name="b", size=1)
        made = rule("size > 5", "edit", "crate", persons=[somebody.id])
        assert ids(somebody, "crate") == {large}
        change("crate", large, somebody, name="c")
        with pytest.raises(Forbidden):
            change("crate", large, somebody, size=2)
        change("sharing_rule", made, active=False)
        assert ids(somebody, "crate") == set()
        return
    rule("level = key", **({"roles": [sales]} if how == "role" else {"departments": [top]}))
    for actor in (company.chen, company.wang):
        assert ids(actor, "account") == {firms["key"]}


def test_a_rule_does_not_open_an_object_that_is_closed(firms: dict[str, int], company: Company) -> None:
    somebody = person("closed", role("closed", {"lead": "own"}))
    rule("level = key", persons=[somebody.id])
    with pytest.raises(Forbidden):
        ids(somebody, "account")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"where": "nothing = 1"}, "where"),
        ({"where": ""}, "where"),
        ({"where": 'phone = "13800138000"'}, "where"),
        ({"object": "role"}, "object"),
        ({"object": "nowhere"}, "object"),
        ({"persons": None}, "persons"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_in_place(
    firms: dict[str, int], company: Company, facts: dict[str, Any], field: str
) -> None:
    whole = {"name": "r", "object": "account", "where": "level = key", "persons": [company.chen.id], **facts}
    with pytest.raises(Invalid) as caught:
        make("sharing_rule", company.admin, **whole)
    assert field in {one.field for one in caught.value.problems}


def test_a_rule_whose_field_went_away_opens_nothing(home: Any, company: Company) -> None:
    fields = [{"key": "name", "label": "N", "kind": "text"}, {"key": "size", "label": "S", "kind": "number"}]
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": fields})
    somebody = person("crates", role("crates", {"crate": "own"}))
    make("crate", name="a", size=9)
    rule("size > 5", object="crate", persons=[somebody.id])
    assert len(ids(somebody, "crate")) == 1
    remove_field(SYSTEM, "crate", "size")
    assert ids(somebody, "crate") == set()


def test_only_who_may_change_roles_makes_rules(firms: dict[str, int], company: Company) -> None:
    facts = {"name": "r", "object": "account", "where": "level = key", "persons": [company.chen.id]}
    for actor in (company.li, company.zhao, company.guest):
        with pytest.raises(Forbidden):
            make("sharing_rule", actor, **facts)


def test_each_rule_is_a_question_of_its_own_that_stands_on_an_index(
    home: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "WALK", 3)
    account = make("account", name="A", owner=company.li.id)
    theirs = make("opportunity", name="theirs", account=account)
    closing = make("opportunity", name="closing", close_on="2026-03-01")
    mine = make("opportunity", name="mine", owner=company.chen.id)
    rule(f"account = {account}", object="opportunity", persons=[company.chen.id])
    rule("close_on = 2026-03-01", object="opportunity", persons=[company.chen.id])
    many([Command("create", "opportunity", values={"name": f"N{n}"}) for n in range(10)])
    with heard() as found:
        page = read(company.chen, Query("opportunity", sort="name", count=False))
    assert {one.id for one in page.rows} == {theirs, closing, mine}
    crowd("objects_opportunity")
    wanted = {
        't."owner" IN': "zk_opportunity_(owner|day)",
        't."account" =': "zk_opportunity_account",
        't."close_on" =': "zk_opportunity_close_on",
    }
    for condition, index in wanted.items():
        alone = [
            one
            for one in found
            if 'FROM "objects_opportunity" t' in one[0] and condition in one[0] and " OR " not in one[0]
        ]
        assert alone, condition
        for one in alone:
            plan = plan_of(one)
            assert re.search("Index" if is_postgres() else index, plan), plan
            assert not re.search(r"SCAN t\b|Seq Scan on objects", plan), plan


# -- teams -----------------------------------------------------------------------------------------------------------
def test_somebody_in_the_team_works_on_the_record_until_their_last_day(firms: dict[str, int], company: Company) -> None:
    facts = {"person": company.chen.id, "part": "pre-sales", "right": "edit", "until": day(2)}
    run_action(company.li, "account", "team", [firms["small"]], facts)
    change("account", firms["small"], company.chen, short_name="x")
    assert ids(company.chen, "account") == {firms["small"]}
    with standing_at(now() + timedelta(days=4)):
        assert ids(company.chen, "account") == set()


# -- standing in -----------------------------------------------------------------------------------------------------
def test_standing_in_opens_what_the_other_one_may_and_ends_by_itself(firms: dict[str, int], company: Company) -> None:
    task = make("task", subject="拜访", parent=f"account:{firms['key']}")
    away(company.li, company.chen, "edit", first=1, last=3)
    assert ids(company.chen, "account") == set()
    with standing_at(now() + timedelta(days=2)):
        assert ids(company.chen, "account") == set(firms.values())
        assert ids(company.chen, "task") == {task}
        assert {hit.id for hit in search(company.chen, "华信")} == set(firms.values())
        change("account", firms["key"], company.chen, short_name="x")
        assert read_one(company.chen, "account", firms["key"]).rights == {"read", "edit"}
        with pytest.raises(Forbidden):
            write(company.chen, Command("trash", "account", firms["key"]))
        with pytest.raises(Forbidden):
            change("task", task, company.wang, subject="y") if False else write(
                company.chen, Command("trash", "task", task)
            )
    with standing_at(now() + timedelta(days=5)):
        assert ids(company.chen, "account") == set()
        with pytest.raises(NotFound):
            change("account", firms["key"], company.chen, short_name="y")


def test_standing_in_never_gives_more_than_the_one_away_has_and_is_not_handed_on(
    firms: dict[str, int], company: Company
) -> None:
    away(company.guest, company.chen, "edit", "delete")
    assert ids(company.chen, "account") == set(firms.values())  # the guest reads everything
    with pytest.raises(Forbidden):
        change("account", firms["key"], company.chen, short_name="x")
    away(company.chen, company.wang, "read")
    assert ids(company.wang, "account") == set()
    change("user", company.guest.id, active=False)
    assert ids(company.chen, "account") == set()


def test_standing_in_for_an_administrator_opens_no_settings(home: Any, company: Company) -> None:
    away(company.admin, company.chen, "edit", "delete", "transfer", "export", "bulk")
    for key in ("role", "grant", "sharing_rule"):
        with pytest.raises(Forbidden):
            read(company.chen, Query(key))
    with pytest.raises(Forbidden):
        change("user", company.chen.id, company.chen, name="Boss")


def test_people_name_who_stands_in_for_themselves_only(home: Any, company: Company) -> None:
    made = away(company.li, company.chen, "edit", by=company.li)
    assert read_one(company.chen, "stand_in", made).title
    with pytest.raises(Invalid):
        away(company.zhao, company.li, "edit", by=company.li)
    with pytest.raises(Invalid):
        change("stand_in", made, company.chen, last=day(300))
    with pytest.raises(NotFound):
        read_one(company.wang, "stand_in", made)
    for facts in ({"last": day(-1)}, {"deputy": company.li.id}):
        with pytest.raises(Invalid):
            change("stand_in", made, company.li, **facts)
    write(company.li, Command("trash", "stand_in", made))
    assert away(company.zhao, company.li, "read", by=company.admin)
