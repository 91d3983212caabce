"""The explainer says what the doors do, for everybody, every record and every right; and says why in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, department_of, make, person, role, share, trash
from tests.doors.statements import heard
from tests.doors.test_reaching import away, rule
from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound, Refused
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_object
from zhike.records.read import read_one
from zhike.records.roles.explaining import RIGHTS, explain, seers
from zhike.records.roles.verdicts import judged, may
from zhike.records.write import write
from zhike.schema.registry import registry


@pytest.fixture
def ground(home: Any, company: Company) -> dict[str, tuple[str, int]]:
    """Records reached in every way there is."""
    owned = {"name": "华信", "level": "key", "owner": company.li.id}
    account, other = make("account", **owned), make("account", name="别家", owner=company.chen.id)
    gone, nobodys = make("account", name="旧", owner=company.li.id), make("account", name="无主", owner=None)
    trash("account", gone)
    create_object(
        SYSTEM,
        {"key": "crate", "label": "Crate", "fields": [
            {"key": "name", "label": "N", "kind": "text"}, {"key": "size", "label": "S", "kind": "number"},
        ]},
    )  # fmt: skip
    parent = f"account:{account}"
    found = {
        "account": ("account", account),
        "other": ("account", other),
        "gone": ("account", gone),
        "nobodys": ("account", nobodys),
        "contact": ("contact", make("contact", name="人", account=account)),
        "task": ("task", make("task", subject="做", parent=parent, owner=company.wang.id)),
        "comment": ("comment", make("comment", company.li, text="好", parent=parent)),
        "crate": ("crate", make("crate", name="箱", size=9)),
        "product": ("product", make("product", name="机床")),
        "view": ("saved_view", make("saved_view", company.li, name="v", object="account", filter="level = key")),
        "role": ("role", people().persons[company.li.id].roles[0]),
    }
    share("account", other, person=company.wang.id, right="edit")
    share("contact", found["contact"][1], department=department_of(company.chen))
    run_action(company.admin, "account", "team", [nobodys], {"person": company.chen.id, "part": "pre-sales"})
    rule("level = key", "edit", persons=[company.chen.id])
    rule("size > 5", object="crate", departments=[department_of(company.admin)])
    away(company.zhao, company.chen, "edit", "delete")
    person("crates", role("crates", {"crate": "own", "account": {"read": "all", "transfer": "all", "delete": "own"}}))
    person("many", role("many", {"*": "department"}), department=department_of(company.li))
    return found


def _door(actor: Actor, right: str, object_key: str, record: int) -> bool:
    """What the doors do when it is tried."""
    spec = registry.object(object_key)
    values: dict[str, Any] = {"owner": people().by_login("guest").id} if right == "transfer" else {}  # type: ignore[union-attr]
    if right == "edit":
        key = next(
            one.key
            for one in spec.fields
            if one.kind in ("text", "long_text") and not one.readonly and one.key != "code"
        )
        values = {key: {"object": "account", "login": "x"}.get(key, "changed")}
    try:
        if right in ("edit", "transfer"):
            write(actor, Command("update", object_key, record, values=values), dry_run=True)
        elif right == "delete":
            write(actor, Command("trash", object_key, record), dry_run=True)
        else:
            return right in read_one(actor, object_key, record).rights
    except (Forbidden, NotFound):
        return False
    except Refused as refused:
        return {one.code for one in refused.problems} != {"forbidden"}
    return True


def test_the_explainer_and_the_doors_agree_on_everybody_every_record_and_every_right(
    ground: dict[str, tuple[str, int]], company: Company
) -> None:
    persons = [one for one in people().persons.values() if one.active]
    told = {True: 0, False: 0}
    for name, (object_key, record) in ground.items():
        decided = judged(registry.object(object_key), record, [one.id for one in persons], RIGHTS)
        for one in persons:
            actor = Actor(one.id, one.name, "web", "en")
            for right in ("read", "edit", "delete", "transfer"):
                expected = may(right, decided[one.id], trashed=name == "gone")
                assert _door(actor, right, object_key, record) == expected, (one.login, right, name)
                told[expected] += 1
            if decided[one.id]["read"].holds:
                rights = {right for right in RIGHTS if decided[one.id][right].holds}
                assert read_one(actor, object_key, record).rights == rights, (one.login, name)
    assert min(told.values()) > 60, told


def _text(actor: Actor, who: Actor, record: tuple[str, int], right: str = "read", field: str = "") -> str:
    verdict = explain(actor, *record, who.id, right, field)
    return f"{verdict.allowed} " + " | ".join(f"{'+' if one.holds else '-'}{one.text}" for one in verdict.steps)


def test_every_reason_is_said_in_words(ground: dict[str, tuple[str, int]], company: Company) -> None:
    admin = company.admin
    said = {
        (company.li, "account", "read"): "True +To read: It belongs to 李娜 (role “销售”)",
        (company.admin, "account", "read"): "” reaches all Accounts",
        (
            company.zhao,
            "account",
            "edit",
        ): "It belongs to 李娜, department “销售一部”; the role “销售主管” reaches records of their",
        (
            company.wang,
            "account",
            "read",
        ): "False -To read: The role “销售” reaches their own records; this one is 李娜’s",
        (company.chen, "account", "edit"): "The sharing rule “account level = key” gives what satisfies",
        (company.chen, "account", "delete"): "陈晨 stands in for 赵敏 through",
        (company.wang, "other", "edit"): "Shared with 王磊",
        (company.chen, "nobodys", "read"): "陈晨 is in its team as “pre-sales”",
        (company.chen, "contact", "read"): "Shared with 销售二部",
        (company.li, "contact", "read"): "It belongs to Account",
        (company.guest, "account", "edit"): "No role of theirs (“只读”) lets them edit Accounts",
        (company.admin, "gone", "edit"): "-It is in the trash",
    }
    for (who, name, right), text in said.items():
        assert text in _text(admin, who, ground[name], right), (
            who.name,
            name,
            right,
            _text(admin, who, ground[name], right),
        )


def test_fields_are_explained_too(ground: dict[str, tuple[str, int]], company: Company) -> None:
    sales = people().persons[company.li.id].roles[0]
    make("field_right", role=sales, object="account", field="level", right="read")
    admin, account = company.admin, ground["account"]
    assert "True" in _text(admin, company.li, account, "read", "level")
    assert "-The role “销售”: “Level” is only read" in _text(admin, company.li, account, "edit", "level")
    assert "is filled in by the system" in _text(admin, company.admin, account, "edit", "open_amount")
    change(
        "field_right",
        make("field_right", role=sales, object="account", field="website", right="hidden"),
        right="hidden",
    )
    with pytest.raises(NotFound):
        explain(company.li, *account, company.li.id, "read", "website")


def test_who_sees_a_record_is_asked_with_few_statements_by_those_responsible_only(
    ground: dict[str, tuple[str, int]], company: Company
) -> None:
    with heard() as statements:
        found, more = seers(company.admin, *ground["account"])
    assert len(statements) < 20
    assert not more
    seen = {people().persons[one.person].login for one in found}
    assert seen == {"admin", "zhao", "li", "chen", "guest", "many", "crates"}
    assert seers(company.li, *ground["account"])[0]
    for actor in (company.guest, company.chen):
        with pytest.raises(Forbidden):
            seers(actor, *ground["account"])
        assert explain(actor, *ground["account"], actor.id).allowed
    with pytest.raises(NotFound):
        explain(company.wang, *ground["account"], company.wang.id)
