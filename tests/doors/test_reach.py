"""How far each right reaches: own, department, subtree, all; in lists, single records, writes, exports and actions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from tests.company import Company
from tests.doors.staff import change, department_of, ids, make, many, nothing_written, person, refusal, role, trash
from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Forbidden, NotFound
from zhike.records.actions import offered, run_action
from zhike.records.aggregate import aggregate
from zhike.records.exporting import export_rows
from zhike.records.history import history, timeline
from zhike.records.read import count, read_one
from zhike.records.reveal import reveal
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.records.write import write
from zhike.schema.registry import registry

REACHED = {
    "none": set(),
    "own": {"mine"},
    "department": {"mine", "colleague"},
    "subtree": {"mine", "colleague", "below"},
    "all": {"mine", "colleague", "below", "elsewhere", "nobody"},
}
RIGHTS = ("read", "edit", "delete", "export", "transfer", "bulk")


@dataclass
class Ground:
    """Accounts of somebody, a colleague, somebody in a department below, somebody elsewhere, and nobody."""

    first: int
    below: int
    accounts: dict[str, int]
    colleague: Actor

    def person(self, login: str, rights: dict[str, str]) -> Actor:
        """Somebody in the first department with these rights on accounts; the account "mine" is theirs."""
        actor = person(login, role(login, {"account": rights}), department=self.first)
        change("account", self.accounts["mine"], owner=actor.id)
        return actor

    def named(self, found: set[int]) -> set[str]:
        return {name for name, record_id in self.accounts.items() if record_id in found}


@pytest.fixture
def ground(home: Any, company: Company) -> Ground:
    first = department_of(company.li)
    below = make("department", name="销售一部华东组", parent=first)
    somebody_below = person("below", department=below)
    owners = {
        "mine": None,
        "colleague": company.wang.id,
        "below": somebody_below.id,
        "elsewhere": company.chen.id,
        "nobody": None,
    }
    accounts = {
        name: make("account", name=f"Account {name}", owner=owner, phone="13800138000")
        for name, owner in owners.items()
    }
    return Ground(first, below, accounts, company.wang)


@pytest.mark.parametrize("reach", REACHED)
def test_reading_reaches_as_far_as_the_role_says_everywhere(ground: Ground, reach: str) -> None:
    actor = ground.person("reader", {"read": reach})
    expected = REACHED[reach]
    for name, record_id in ground.accounts.items():
        if name in expected:
            assert read_one(actor, "account", record_id).id == record_id
            assert history(actor, "account", record_id)
            assert timeline(actor, "account", record_id)
            continue
        for call in (read_one, history, timeline):
            with pytest.raises(Forbidden if reach == "none" else NotFound):
                call(actor, "account", record_id)
    assert ground.named({hit.id for hit in search(actor, "Account", size=100)}) == expected
    if reach == "none":
        for call in (ids, count, aggregate):
            with pytest.raises(Forbidden):
                call(actor, "account")
        return
    assert ground.named(ids(actor, "account")) == expected
    assert count(actor, "account") == (len(expected), False)
    assert aggregate(actor, "account")[0]["count"] == len(expected)


@pytest.mark.parametrize("reach", REACHED)
@pytest.mark.parametrize("right", RIGHTS[1:])
def test_every_other_right_reaches_as_far_as_the_role_says(ground: Ground, right: str, reach: str) -> None:
    actor = ground.person(
        "doer", {"read": "all", "edit": "all" if right in ("transfer", "bulk") else "none", right: reach}
    )
    doing: dict[str, Callable[[int], Any]] = {
        "edit": lambda record_id: change("account", record_id, actor, about=f"seen by {actor.name}"),
        "delete": lambda record_id: trash("account", record_id, actor),
        "transfer": lambda record_id: change("account", record_id, actor, owner=ground.colleague.id),
        "bulk": lambda record_id: run_action(actor, "account", "archive", [record_id, ground.accounts["mine"]]),
        "export": lambda record_id: exported(actor, record_id),
    }
    done = set()
    for name, record_id in ground.accounts.items():
        assert (right in read_one(actor, "account", record_id).rights) == (name in REACHED[reach])
        if right == "bulk" and name == "mine":
            continue
        try:
            doing[right](record_id)
        except Forbidden:
            continue
        except Exception as problem:  # an owner handed over is a problem of the field owner
            assert getattr(problem, "problems", ())[0].code == "forbidden"
            continue
        done.add(name)
        if right in ("delete", "bulk"):
            for one in {record_id, ground.accounts["mine"]} if right == "bulk" else {record_id}:
                write_back(one, right)
    expected = REACHED[reach] - ({"mine"} if right == "bulk" else set())
    if right == "transfer":
        expected = expected - {"colleague"} | (done & {"colleague"})  # it is the colleague's already: nothing to do
    assert done == expected


def exported(actor: Actor, record_id: int) -> None:
    _heads, lines = export_rows(actor, "account", f"id = {record_id}", ("name",))
    if not list(lines):
        raise Forbidden([])


def write_back(record_id: int, right: str) -> None:
    write(SYSTEM, Command("restore" if right == "delete" else "unarchive", "account", record_id))


def test_a_right_never_reaches_past_what_can_be_read(ground: Ground) -> None:
    actor = ground.person("half", {"read": "own", "edit": "all", "delete": "all", "export": "all", "transfer": "all"})
    other = ground.accounts["elsewhere"]
    for call in (change, trash):
        with pytest.raises(NotFound):
            call("account", other, actor)
    with pytest.raises(NotFound):
        read_one(actor, "account", other, right="edit")
    _heads, lines = export_rows(actor, "account")
    assert ground.named({line[0] for line in lines}) == {"mine"}


def test_hidden_and_missing_answer_the_same_in_every_door(ground: Ground, company: Company) -> None:
    actor = ground.person("own", dict.fromkeys((*RIGHTS, "create"), "own"))
    hidden, missing = ground.accounts["elsewhere"], 2**40
    operation = change("account", hidden, about="changed").operation
    assert operation
    calls: list[Callable[[int], Any]] = [
        lambda one: read_one(actor, "account", one),
        lambda one: history(actor, "account", one),
        lambda one: timeline(actor, "account", one),
        lambda one: reveal(actor, "account", one, "phone", "to call them"),
        lambda one: change("account", one, actor, about="x"),
        lambda one: change("account", one, actor),
        lambda one: trash("account", one, actor),
        lambda one: write(actor, Command("restore", "account", one)),
        lambda one: run_action(actor, "account", "archive", [one]),
        lambda one: run_action(actor, "account", "merge", [one, ground.accounts["mine"]], {}),
    ]
    for call in calls:
        with nothing_written():
            assert refusal(call, hidden) == refusal(call, missing)
    assert refusal(undo, actor, operation) == refusal(undo, actor, missing)


def test_one_may_see_a_record_and_not_change_it(ground: Ground) -> None:
    actor = ground.person("looker", {"read": "all", "edit": "own", "delete": "own"})
    with nothing_written():
        for call in (change, trash):
            with pytest.raises(Forbidden):
                call("account", ground.accounts["below"], actor)
        with pytest.raises(Forbidden):
            run_action(actor, "account", "archive", [ground.accounts["below"]])
    record = read_one(actor, "account", ground.accounts["below"])
    assert record.rights == {"read"}
    assert {one.name for one in offered(actor, record)}.isdisjoint({"archive", "trash", "transfer"})


@pytest.mark.parametrize(
    ("reach", "allowed"),
    [("own", {"mine"}), ("department", {"mine", "colleague"}), ("all", {"mine", "colleague", "elsewhere"})],
)
def test_nobody_creates_a_record_outside_their_reach(
    ground: Ground, company: Company, reach: str, allowed: set[str]
) -> None:
    actor = ground.person("maker", {"read": "all", "create": reach})
    owners = {"mine": actor.id, "colleague": company.wang.id, "elsewhere": company.chen.id}
    for name, owner in owners.items():
        if name in allowed:
            assert make("account", actor, name=name, owner=owner)
        else:
            with nothing_written(), pytest.raises(Forbidden):
                make("account", actor, name=name, owner=owner)


def test_a_batch_that_skips_writes_the_others_of_records_out_of_reach(ground: Ground, company: Company) -> None:
    actor = ground.person("batch", {"read": "own", "create": "own"})
    commands = [
        Command("create", "account", values={"name": f"N{n}", "owner": owner})
        for n, owner in enumerate((actor.id, company.chen.id, actor.id))
    ]
    results = many(commands, actor, on_error="skip")
    assert [type(one) for one in results] == [Done, Failed, Done]
    assert isinstance(results[1].error, Forbidden)
    numbers = [read_one(actor, "account", one.id)["name"] for one in results if isinstance(one, Done)]
    assert numbers == ["N0", "N2"]
    with nothing_written(), pytest.raises(Forbidden):
        many(commands, actor)


def test_nobody_moves_a_record_out_of_their_reach(ground: Ground, company: Company) -> None:
    parent = ground.accounts["mine"]
    record = make("contact", name="甲", account=parent, owner=company.chen.id)
    reader = person(
        "follower", role("follows", {"account": dict.fromkeys(RIGHTS, "own"), "contact": dict.fromkeys(RIGHTS, "own")})
    )
    change("account", parent, owner=reader.id)
    change("contact", record, reader, job="CEO")
    with nothing_written(), pytest.raises(Forbidden):
        change("contact", record, reader, account=None)


def test_the_widest_of_several_roles_counts_and_a_named_object_beats_the_star(home: Any) -> None:
    star = role("star", {"*": "all", "lead": {"read": "own"}})
    narrow = role("narrow", {"account": {"read": "own", "edit": "own"}})
    both, only = person("both", star, narrow), person("only", narrow)
    hidden = make("account", name="Nobody's"), make("lead", name="Nobody's")
    assert read_one(both, "account", hidden[0])
    change("account", hidden[0], both, about="x")
    with pytest.raises(NotFound):
        read_one(only, "account", hidden[0])
    with pytest.raises(NotFound):
        read_one(both, "lead", hidden[1])
    assert not can(only, "read", registry.object("lead"))
    with pytest.raises(Forbidden):
        read_one(only, "lead", hidden[1])


def test_rights_that_were_rolled_back_never_come_back(home: Any) -> None:
    role_id = role("changing", {"account": {"read": "own"}})
    actor, account = person("changing", role_id), make("account", name="A")
    grant = next(iter(ids(SYSTEM, "grant", f"role = {role_id}")))
    with pytest.raises(NotFound):
        read_one(actor, "account", account)
    with suppress(ZeroDivisionError), transaction.atomic():
        change("grant", grant, read="all")
        assert read_one(actor, "account", account)
        raise ZeroDivisionError
    change("role", role_id, about="somewhere else")
    with pytest.raises(NotFound):
        read_one(actor, "account", account)


def test_somebody_inactive_loses_everything_at_once(ground: Ground, company: Company) -> None:
    actor = ground.person("leaver", dict.fromkeys((*RIGHTS, "create"), "all"))
    mine = ground.accounts["mine"]
    operation = change("account", mine, actor, about="x").operation
    assert read_one(actor, "account", mine)
    change("user", actor.id, active=False)
    with nothing_written():
        for call in (
            lambda: read_one(actor, "account", mine),
            lambda: ids(actor, "account"),
            lambda: count(actor, "account"),
            lambda: aggregate(actor, "account"),
            lambda: history(actor, "account", mine),
            lambda: reveal(actor, "account", mine, "phone", "reason"),
            lambda: export_rows(actor, "account"),
            lambda: change("account", mine, actor, about="y"),
            lambda: make("account", actor, name="z"),
            lambda: run_action(actor, "account", "archive", [mine]),
        ):
            with pytest.raises(Forbidden):
                call()
        assert search(actor, "Account") == []
        assert operation is not None
        assert undo(actor, operation, dry_run=True).reverted == 0
    change("user", actor.id, active=True)
    assert read_one(actor, "account", mine)["about"] == "x"
    trash("user", actor.id)
    with pytest.raises(Forbidden):
        read_one(actor, "account", mine)
