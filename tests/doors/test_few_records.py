"""Few records are asked for at once, many in the order of an index: the same ones are found, in the same order, either way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, ids, make, share
from tests.doors.statements import Statement, heard
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Forbidden
from zhike.records import paging
from zhike.records.declaring.customise import create_field
from zhike.records.read import Query, count, read, rights_on
from zhike.schema.registry import registry


@pytest.fixture
def firm(home: Any, company: Company) -> int:
    """An account of Li's with tasks of several people, some without a day, beside tasks of others."""
    create_field(SYSTEM, "task", {"key": "weight", "label": "W", "kind": "number", "index": True})
    account = make("account", name="华信", owner=company.li.id)
    foreign = make("account", name="远大", owner=company.wang.id)
    for number, owner in enumerate((company.li, company.wang, company.chen, company.li, company.zhao) * 2):
        values = {"owner": owner.id, "due_on": f"2026-03-{1 + number % 4:02}" if number % 3 else None}
        values["weight"] = number % 2 or None
        make("task", subject=f"T{number}", parent=f"account:{foreign if number % 4 == 3 else account}", **values)
    share("task", make("task", subject="shared", owner=company.wang.id), person=company.li.id)
    return account


def pages(actor: Actor, query: Query) -> Iterator[int]:
    """Ids of all pages of two, in order."""
    after = ""
    while True:
        page = read(actor, Query(query.object, query.where, query.sort, ("subject",), 2, after))
        yield from (one.id for one in page.rows)
        after = page.next
        if not after:
            return


@pytest.mark.parametrize("sort", ["", "due_on", "-due_on", "subject", "-created", "weight", "-weight"])
@pytest.mark.parametrize("where", ["", "account = {firm}", "status = open", "due_on >= 2026-03-02"])
def test_few_records_and_many_are_found_alike(
    firm: int, company: Company, monkeypatch: pytest.MonkeyPatch, sort: str, where: str
) -> None:
    query = Query("task", where.format(firm=firm), sort)
    people = (company.li, company.wang, company.zhao, company.guest)
    at_once = [list(pages(actor, query)) for actor in people]
    assert len(at_once[0]) > 2
    for walk in (0, 2):
        monkeypatch.setattr(paging, "WALK", walk)
        monkeypatch.setattr(paging, "OF_ONE", walk)
        assert [list(pages(actor, query)) for actor in people] == at_once


def tasks_asked(actor: Actor, where: str) -> list[Statement]:
    """The statements that read tasks, asked for the second time."""
    for _turn in range(2):
        with heard() as found:
            read(actor, Query("task", where, "due_on", ("subject",), count=False))
    return [one for one in found if 'FROM "objects_task" t' in one[0]]


def test_the_tasks_of_one_customer_are_asked_for_once(
    firm: int, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    (only,) = tasks_asked(company.li, f"account = {firm}")
    assert "EXISTS (SELECT 1 FROM" in only[0]
    monkeypatch.setattr(paging, "WALK", 9)  # there are more tasks than that, but not of this customer
    looked, asked = tasks_asked(company.li, f"account = {firm}")
    assert looked[0].startswith("SELECT 1 ")
    assert asked[0] == only[0]
    monkeypatch.setattr(paging, "WALK", 2)  # fewer than this customer has
    assert [one[0] for one in tasks_asked(company.li, f"account = {firm}")] == [looked[0], only[0]]
    monkeypatch.setattr(paging, "OF_ONE", 2)
    assert only[0] not in [one[0] for one in tasks_asked(company.li, f"account = {firm}")]


def test_who_asks_for_their_own_records_needs_no_scope_besides(firm: int, company: Company) -> None:
    own, others, both = (
        tasks_asked(company.li, where)
        for where in ("owner = me", f"owner = {company.wang.id}", f"owner in ({company.li.id}, {company.wang.id})")
    )
    assert all("SELECT tp" not in sql and "EXISTS" not in sql for sql, _params in own)
    assert all("EXISTS" in sql for sql, _params in (*others, *both))
    make("task", subject="unseen", owner=company.wang.id)
    assert ids(company.li, "task", f"owner = {company.wang.id}") < ids(company.wang, "task", "owner = me")
    assert count(company.li, "task", "owner = me") == (len(ids(company.li, "task", "owner = me")), False)


def test_rights_that_reach_as_far_as_sight_are_not_asked_for(firm: int, company: Company) -> None:
    account = registry.object("account")
    theirs = make("account", name="theirs", owner=company.wang.id)
    with heard() as found:
        assert rights_on(company.wang, account, [theirs])[theirs] >= {"read", "edit"}
    assert not [one for one in found if "CASE WHEN" in one[0]]
    shared = make("account", name="shared", owner=company.wang.id)
    share("account", shared, person=company.li.id)
    assert rights_on(company.li, account, [firm, shared]) == {
        firm: rights_on(company.li, account, [firm])[firm],
        shared: frozenset({"read"}),
    }


def test_what_is_worked_out_of_roles_is_forgotten_with_them(firm: int, company: Company) -> None:
    before = ids(company.wang, "task")
    change("user", company.wang.id, department=None, roles=[])
    assert before
    with pytest.raises(Forbidden):
        ids(company.wang, "task")
