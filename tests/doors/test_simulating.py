"""What a change of a role or a rule would open and close is told before it is made, and is what happens when it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import department_of, ids, make, nothing_written, person, role
from tests.doors.test_reaching import rule
from zhike.access.people import Rule, people
from zhike.access.rights import field_right
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import BadQuery, Forbidden, Invalid
from zhike.records.declaring.customise import create_field
from zhike.records.roles import simulating
from zhike.records.roles.simulating import Effect, simulate_role, simulate_rule
from zhike.records.roles.table import change_role
from zhike.schema.registry import registry


@pytest.fixture
def firms(home: Any, company: Company) -> dict[str, int]:
    return {
        name: make("account", name=name, level="key", owner=getattr(company, owner).id)
        for name, owner in {"li": "li", "wang": "wang", "chen": "chen"}.items()
    }


def effects(found: simulating.Simulation) -> dict[tuple[str, str], Effect]:
    return {(one.object, one.right): one for one in found.effects}


def test_what_a_role_would_open_and_close_is_what_it_does(firms: dict[str, int], company: Company) -> None:
    sales = people().persons[company.li.id].roles[0]
    grants = {"account": {"read": "department", "edit": "none"}}
    sellers = (company.li, company.wang, company.chen)
    before = {one.id: ids(one, "account") for one in sellers}
    with nothing_written():
        told = effects(simulate_role(company.admin, sales, grants))
    read, edit = told[("account", "read")], told[("account", "edit")]
    assert (read.gained, read.lost) == ({firms["li"], firms["wang"]}, set())
    assert read.people_gaining == {company.li.id, company.wang.id}
    assert {one.title for one in read.samples_gained} == {"li", "wang"}
    assert (edit.gained, edit.lost) == (set(), set(firms.values()))
    assert len(edit.people_losing) == 3
    blind = person("blind", role("blind", {"role": {"read": "all", "edit": "all"}}))
    assert effects(simulate_role(blind, sales, grants))[("account", "read")].samples_gained == []
    change_role(company.admin, sales, grants=grants)
    assert set().union(*(ids(one, "account") - before[one.id] for one in sellers)) == read.gained
    assert effects(simulate_role(company.admin, sales, grants)) == {}


def test_what_a_rule_would_open_is_counted_so_far_and_says_so(
    firms: dict[str, int], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_chen = frozenset({department_of(company.chen)})
    wanted = Rule(0, "r", "account", "level = key", "read", departments=with_chen)
    with nothing_written():
        found = simulate_rule(company.admin, wanted)
    (effect,) = found.effects
    assert (effect.right, effect.gained) == ("read", {firms["li"], firms["wang"]})
    assert (found.people, found.only_newest, effect.capped) == (1, False, False)
    made = rule("level = key", departments=list(with_chen))
    assert simulate_rule(company.admin, replace(wanted, id=made)).effects == ()
    (narrowed,) = simulate_rule(company.admin, replace(wanted, id=made, where="level = normal")).effects
    assert narrowed.lost == {firms["li"], firms["wang"]}
    monkeypatch.setattr(simulating, "MOST_COUNTED", 1)
    monkeypatch.setattr(simulating, "NEWEST", 3)
    found = simulate_rule(company.admin, replace(wanted, people=frozenset({company.wang.id}), departments=frozenset()))
    assert (found.only_newest, found.effects[0].capped) == (False, True)
    make("account", name="new", owner=company.li.id)
    found = simulate_rule(company.admin, replace(wanted, people=frozenset({company.wang.id}), departments=frozenset()))
    assert (found.only_newest, found.effects[0].capped) == (True, False)
    with pytest.raises(BadQuery):
        simulate_rule(company.admin, replace(wanted, where="nothing = 1"))
    for call in (lambda: simulate_rule(company.li, wanted), lambda: simulate_role(company.li, 1, {})):
        with pytest.raises(Forbidden):
            call()


def test_what_a_change_of_rights_on_fields_would_do_is_told_field_by_field(home: Any, company: Company) -> None:
    create_field(
        SYSTEM,
        "account",
        {"key": "twice", "label": "T", "kind": "formula", "result": "number", "formula": "employees * 2"},
    )
    sales = people().persons[company.li.id].roles[0]
    wanted = {("account", "employees"): "hidden", ("account", "phone"): "masked", ("user", "login"): "write"}
    with nothing_written():
        found = simulate_role(company.admin, sales, {}, wanted)
    sellers = {company.li.id, company.wang.id, company.chen.id}
    told = {(one.object, one.field): one for one in found.fields}
    assert found.effects == ()
    assert {key: (one.before, one.after, one.gains) for key, one in told.items()} == {
        ("account", "employees"): ("write", "hidden", False),
        ("account", "twice"): ("write", "hidden", False),
        ("account", "phone"): ("write", "masked", False),
    }
    assert all(one.people == sellers for one in told.values())
    change_role(company.admin, sales, fields=wanted)
    spec = registry.object("account")
    assert {key: field_right(company.li, spec, spec[key[1]]) for key in told} == {
        key: one.after for key, one in told.items()
    }
    (back,) = simulate_role(company.admin, sales, {}, {("account", "phone"): "read"}).fields
    assert (back.before, back.after, back.gains) == ("masked", "read", True)
    with pytest.raises(Invalid):
        simulate_role(company.admin, sales, {}, {("account", "nothing"): "hidden"})
