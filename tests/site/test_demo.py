"""The demo company is a plausible one: things happen in order, and everybody has a day before them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from zhike.access.people import people
from zhike.access.signin import actor_of_login
from zhike.insight.duplicates import scan
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import standing_at
from zhike.records.aggregate import aggregate
from zhike.records.derived import check_derived
from zhike.records.history import history
from zhike.records.notices.notices import inbox
from zhike.records.read import Query, count, read
from zhike.site.demo import FULL, SMALL, load, words
from zhike.site.demo.customers import Customers
from zhike.site.demo.deals import Deal, Deals
from zhike.site.demo.making import Making
from zhike.store.database import rows, run


def empty(object_key: str) -> None:
    run(f'DELETE FROM "objects_{object_key}"')


@pytest.fixture
def demo(home: Any) -> None:
    for key in ("user", "department"):
        empty(key)
    load(size=SMALL)


@pytest.mark.sqlite
@pytest.mark.parametrize("today", [datetime(2027, month, 17, 12, tzinfo=UTC) for month in (2, 5, 8, 11)])
def test_the_demo_company_grows_steadily_over_eighteen_months(home: Any, today: datetime) -> None:
    with standing_at(today):
        making = Making(lambda _text: None)
    making.people = {person[0]: number for number, person in enumerate(words.PEOPLE, 1)}
    deals = Deals(making, FULL, Customers(making, FULL).accounts, range(1, len(words.PRODUCTS) + 1)).all
    won = [0] * 6
    for deal in deals:
        age = (making.today - deal.ended).days // 91 if deal.end == "won" and deal.ended else len(won)
        if age < len(won):
            won[age] += amount_of(deal)
    won.reverse()
    assert all(before * 0.45 < after < before * 2.5 for before, after in pairwise(won)), won
    for before, after in zip(won, won[4:], strict=False):  # the same quarter a year later
        assert before * 1.05 < after < before * 2.8, won
    assert 0.12 < sum(deal.end == "" for deal in deals) / len(deals) < 0.4


def amount_of(deal: Deal) -> int:
    said = [deal.values["amount"], *(step.get("amount") for _day, step in deal.steps)]
    return max(int(amount) for amount in said if amount)


@pytest.mark.slow
def test_the_demo_company_is_plausible(demo: None) -> None:
    sizes = {"user": 30, "account": SMALL.accounts, "lead": SMALL.leads, "opportunity": SMALL.deals}
    assert {key: count(SYSTEM, key, archived="all")[0] for key in sizes} == sizes
    # In order: nothing about a deal before it was opened, no stage entered before the one before it.
    assert count(SYSTEM, "follow_up", "happened > now")[0] == 0
    for deal in read(SYSTEM, Query("opportunity", where="stage.outcome = won", size=20, columns=("opened_on",))).rows:
        entries = history(SYSTEM, "opportunity", deal.id)[::-1]
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
        stages = [after for entry in entries for field, _before, after in entry.changes if field.key == "stage"]
        assert len(stages) == 6
    # Everybody who sells has something overdue, something for today, and open deals.
    due = {one["owner"] for one in aggregate(SYSTEM, "task", ("owner",), where="status = open and due_on <= today")}
    selling = {one["owner"] for one in aggregate(SYSTEM, "opportunity", ("owner",), where="stage.outcome = open")}
    assert "李娜" in due & selling
    assert len(due) >= len(selling) - 2
    # What the history says was done by the people themselves, not by the system.
    by = {
        line[0] for line in rows('SELECT DISTINCT "actor" FROM "store_changerow" WHERE "object" = %s', ("opportunity",))
    }
    assert by <= set(people().persons)
    assert not list(check_derived())
    assert count(actor_of_login("li.na", "web"), "snippet")[0] > 2
    # Somebody is there twice, and the scan has found them.
    assert all(len(scan(SYSTEM, key).pairs) >= 2 for key in ("account", "contact", "lead"))
    # Everybody who sells was told of things: the older ones are read, and managers keep sight of what they gave away.
    told, _more = inbox(actor_of_login("li.na", "web"), size=50)
    assert {one.kind for one in told} >= {"assigned", "mentioned", "due"}
    assert {one.read for one in told} == {True, False}
    assert rows('SELECT 1 FROM "store_notice" WHERE "kind" = %s', ("shared",))
    assert count(actor_of_login("chen.siyuan", "web"), "task", "given_by = me and owner != me")[0] > 1
