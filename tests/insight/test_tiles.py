"""What a tile answers: figures of any grouping, comparisons, shares; nothing its reader may not see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.doors.staff import hide
from tests.pages.pages_client import make
from zhike.insight.paths import path_answer
from zhike.insight.periods import Window, window_before, window_of
from zhike.insight.tiles import Asked, Narrowed, answer, both
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.actions import run_action
from zhike.records.read import Query, count, read
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")
TODAY = date(2026, 11, 24)


@pytest.fixture
def stages():
    return {one["code"]: one.id for one in read(SYSTEM, Query("stage", columns=("code",))).rows}


@pytest.fixture
def sold(company, stages):
    """Four closed deals: two of Li, one of Chen won; one of Li lost."""
    account = make(company.li, "account", name="凌渡精密机械")
    for owner, on, code, amount in (
        (company.li, "2026-02-10", "won", "1000"),
        (company.li, "2025-02-11", "won", "600"),
        (company.chen, "2026-04-01", "won", "2000"),
        (company.li, "2026-05-01", "lost", "400"),
    ):
        values = {"name": on, "account": account, "stage": stages[code], "amount": amount, "close_on": on}
        values |= {"owner": owner.id, "opened_on": "2025-01-01"} | ({"lost_reason": "price"} if code == "lost" else {})
        write(SYSTEM, Command("create", "opportunity", values=values, historic=True))


def ask(actor, page=None, **asked):
    return answer(actor, Asked("opportunity", **asked), page or Narrowed(), TODAY)


def test_a_tile_counts_what_its_reader_may_see(company, sold):
    won = {"measure": "sum:amount", "where": "stage.outcome = won", "shape": "number"}
    assert ask(company.admin, **won).total == Decimal("3600.00")
    assert ask(company.li, **won).total == Decimal("1600.00")
    assert ask(company.wang, **won).total in (None, Decimal(0))


def test_every_group_names_the_filter_of_its_records(company, sold):
    found = ask(company.admin, by="owner", where="stage.outcome = won", measure="sum:amount")
    assert [(one.label, one.value) for one in found.points] == [("陈晨", Decimal(2000)), ("李娜", Decimal(1600))]
    assert [count(company.admin, "opportunity", one.where)[0] for one in found.points] == [1, 2]


def test_the_page_narrows_period_person_and_department(company, sold):
    won = {"measure": "sum:amount", "where": "stage.outcome = won", "shape": "number", "dated": "close_on"}
    assert ask(company.admin, Narrowed("year"), **won).total == Decimal(3000)
    assert ask(company.admin, Narrowed(person=company.li.id), **won).total == Decimal(1600)
    department = read(SYSTEM, Query("department", 'name = "销售二部"')).rows[0].id
    assert ask(company.admin, Narrowed(department=department), **won).total == Decimal(2000)


def test_steps_over_time_have_no_gaps_and_stand_beside_last_year(company, sold):
    asked = {"measure": "sum:amount", "by": "close_on:month", "dated": "close_on", "compare": "year"}
    found = ask(company.admin, Narrowed("year"), where="stage.outcome = won", **asked)
    assert [one.label for one in found.points] == ["2026-02", "2026-03", "2026-04"]
    assert [one.before for one in found.points] == [Decimal(600), None, None]


def test_a_share_is_of_each_group(company, sold):
    found = ask(company.admin, by="owner", where="stage.outcome != open", part="stage.outcome = won")
    assert {one.label: one.value for one in found.points} == {"李娜": Decimal("66.6667"), "陈晨": Decimal("100.0")}
    assert found.total == Decimal("75.0")


def test_two_groupings_cross(company, sold):
    found = ask(company.admin, by="owner", by_too="stage", shape="stacked")
    table = {
        (row.label, column.label): found.values[i][j]
        for i, row in enumerate(found.points)
        for j, column in enumerate(found.across)
    }
    assert table[("李娜", "签约")] == 2
    assert table[("李娜", "输单")] == 1
    assert not table[("陈晨", "输单")]


def test_a_hidden_field_gives_no_figure_at_all(company, sold):
    hide("sales", "opportunity", "amount")
    for asked in (
        {"measure": "sum:amount", "shape": "number"},
        {"by": "owner", "measure": "avg:amount"},
        {"where": "amount > 100", "shape": "number"},
        {"part": "amount > 100", "shape": "number"},
    ):
        found = ask(company.li, **asked)
        assert found.hidden, asked
        assert (found.total, found.points, found.problem) == (None, (), None)


def test_a_question_that_makes_no_sense_says_why_and_is_not_called_hidden(company):
    found = ask(company.admin, by="no_such_field")
    assert not found.hidden
    assert found.problem is not None


def test_a_period_that_runs_is_compared_with_as_many_days():
    assert window_of("year", TODAY) == Window(date(2026, 1, 1), date(2027, 1, 1))
    assert window_before("year", TODAY, last_year=True) == Window(date(2025, 1, 1), date(2025, 11, 25))
    assert window_before("month", TODAY, last_year=False) == Window(date(2026, 10, 1), date(2026, 10, 25))
    assert window_before("last_month", TODAY, last_year=False) == Window(date(2026, 9, 1), date(2026, 10, 1))
    assert window_before("all", TODAY, last_year=True) is None


def test_filters_together_keep_their_meaning():
    assert both("a = 1 or b = 2", "", "c = 3") == "(a = 1 or b = 2) and c = 3"


def test_won_deals_came_all_the_way_and_unknown_ways_count_as_begun(company, sold):
    steps, _told = path_answer(company.admin, Asked("opportunity", "path"), Narrowed()).more
    assert [one.reached for one in steps] == [4, 3, 3, 3, 3, 3]
    assert [one.days for one in steps] == [None] * 6


def test_every_step_of_a_path_opens_exactly_the_deals_it_counts(company, sold, stages):
    going, back = (make(company.li, "opportunity", name=name, amount="1", close_on="2026-12-31") for name in "甲乙")
    for deal, code in ((going, "proposal"), (back, "quote"), (back, "contact")):
        run_action(company.li, "opportunity", "move_stage", [deal], {"stage": stages[code]})
    run_action(company.li, "opportunity", "archive", [back], {})
    for actor, told in ((company.admin, [6, 5, 5, 4, 3, 3]), (company.li, [5, 4, 4, 3, 2, 2])):
        steps, _told = path_answer(actor, Asked("opportunity", "path"), Narrowed()).more
        assert [one.reached for one in steps] == told
        found = [read(actor, Query("opportunity", one.where, archived="all")).count for one in steps]
        assert found == told


def test_the_time_on_a_step_is_told_only_of_records_the_reader_sees(company, sold):
    steps, _told = path_answer(company.chen, Asked("opportunity", "path"), Narrowed()).more
    assert steps[0].reached == 1
