"""Previous and next in a list: what the list itself would show, at a cost that does not grow with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make
from tests.doors.statements import heard
from zhike.kernel.actor import Actor
from zhike.records.neighbours import neighbours
from zhike.records.read import Query, read

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def accounts(home: Any, company: Company) -> list[int]:
    """Some with the same level, some without employees, some of Chen's."""
    made = []
    for index in range(14):
        facts: dict[str, Any] = {"employees": index % 4} if index % 3 else {}
        owner = company.chen.id if index in (5, 9) else company.li.id
        made.append(
            make("account", name=f"客户{index % 5}", short_name="S" if index % 2 else None, owner=owner, **facts)
        )
    return made


def walk(actor: Actor, query: Query, start: int, side: int) -> list[int]:
    found = []
    here: int | None = start
    while (here := neighbours(actor, query, here)[side]) is not None:
        found.append(here)
        assert len(found) < 50
    return found


@pytest.mark.parametrize("sort", ["", "name", "-name", "-created", "short_name", "-short_name", "employees", "-id"])
@pytest.mark.parametrize("where", ["", "short_name is empty"])
def test_walking_from_neighbour_to_neighbour_is_the_list(
    accounts: list[int], company: Company, sort: str, where: str
) -> None:
    for actor in (company.li, company.admin):
        assert_walkable(actor, where, sort)


def assert_walkable(actor: Actor, where: str, sort: str) -> None:
    query = Query("account", where=where, sort=sort, size=100)
    listed = [one.id for one in read(actor, query).rows]
    assert len(listed) > 3
    assert [listed[0], *walk(actor, query, listed[0], 1)] == listed
    assert [listed[-1], *walk(actor, query, listed[-1], 0)] == listed[::-1]


def test_a_record_that_left_the_list_still_has_its_place(accounts: list[int], company: Company) -> None:
    query = Query("account", where="level = normal", sort="-id")
    change("account", accounts[3], level="key")
    assert neighbours(company.admin, query, accounts[3]) == (accounts[4], accounts[2])


def test_what_is_out_of_sight_is_nobodys_neighbour(accounts: list[int], company: Company) -> None:
    query = Query("account", sort="-id")
    assert neighbours(company.li, query, accounts[5]) == (None, None)
    assert neighbours(company.li, query, accounts[6]) == (accounts[7], accounts[4])


def test_looking_for_neighbours_costs_the_same_in_a_longer_list(accounts: list[int], company: Company) -> None:
    query = Query("account", sort="-id")

    def cost() -> int:
        with heard() as asked:
            neighbours(company.li, query, accounts[3])
        return len(asked)

    cost()  # what the process has to load once
    few = cost()
    for index in range(30):
        make("account", name=f"more {index}", owner=company.li.id)
    assert cost() == few <= 5
