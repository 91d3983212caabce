"""How long records stand on each step: kept with every write, made from the log for what is older."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.pages.pages_client import make
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.records.actions import run_action
from zhike.records.read import Query, read
from zhike.records.stays import remake_stays
from zhike.records.step_times import step_times
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.store.database import from_db, rows

pytestmark = pytest.mark.usefixtures("home")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def stage_ids():
    return [one.id for one in read(SYSTEM, Query("stage", sort="position")).rows]


def stays(record):
    found = rows('SELECT "step", "entered", "left" FROM "store_stay" WHERE "record" = %s ORDER BY "id"', (record,))
    return [(int(step), from_db(entered, "instant"), from_db(left, "instant")) for step, entered, left in found]


@pytest.fixture
def moved(company):
    """A deal that moved on after four days and again after ten."""
    with standing_at(START):
        deal = make(company.li, "opportunity", name="单", amount="1000", close_on="2026-05-01")
    first, second, third = stage_ids()[:3]
    for stage, days in ((second, 4), (third, 14)):
        with standing_at(START + timedelta(days=days)):
            run_action(company.li, "opportunity", "move_stage", [deal], {"stage": stage})
    return deal, (first, second, third)


def test_every_move_ends_one_stay_and_begins_another(moved):
    deal, (first, second, third) = moved
    assert stays(deal) == [
        (first, START, START + timedelta(days=4)),
        (second, START + timedelta(days=4), START + timedelta(days=14)),
        (third, START + timedelta(days=14), None),
    ]


def test_a_change_of_something_else_ends_no_stay(company, moved):
    deal, _stages = moved
    before = stays(deal)
    write(company.li, Command("update", "opportunity", deal, {"amount": "2000"}))
    assert stays(deal) == before


def test_stays_made_from_the_log_are_the_same(moved):
    deal, _stages = moved
    before = stays(deal)
    remake_stays(registry.object("opportunity"))
    assert stays(deal) == before


def test_history_that_is_imported_tells_when_it_came_to_its_step(company):
    values = {"name": "旧单", "stage": stage_ids()[1], "stage_entered": "2026-01-05T08:00:00Z", "owner": company.li.id}
    deal = write(SYSTEM, Command("create", "opportunity", values=values, historic=True)).id
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert stays(deal) == [(stage_ids()[1], at, None)]
    remake_stays(registry.object("opportunity"))
    assert stays(deal) == [(stage_ids()[1], at, None)]


def test_the_average_stay_is_of_those_that_ended(company, moved):
    _deal, (first, second, third) = moved
    steps = [str(one) for one in (first, second, third)]
    found, won = step_times(company.li, "opportunity", steps, [])
    assert [(one.reached, one.left, None if one.days is None else round(one.days, 3)) for one in found] == [
        (1, 1, 4.0), (1, 1, 10.0), (1, 0, None),
    ]  # fmt: skip
    assert won == 0
    assert step_times(company.chen, "opportunity", steps, [])[0][0].reached == 0
