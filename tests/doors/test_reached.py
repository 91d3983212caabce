"""``stage reached (…)``: found by the way a record went, in lists, in rules, at a time in the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.doors.staff import hide
from tests.pages.pages_client import make
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import speaking
from zhike.query.predicate import compile_predicate
from zhike.query.sentence import sentence
from zhike.records.actions import run_action
from zhike.records.as_of import read_as_of
from zhike.records.asking import question
from zhike.records.company.settings import setting_for
from zhike.records.draft import Draft
from zhike.records.judging import scalar_of
from zhike.records.read import Query, read, read_one
from zhike.records.write import write
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUESTIONS = (
    "stage reached proposal",
    "stage reached (analysis, proposal)",
    "stage not reached (analysis)",
    'stage reached "需求分析" and stage = contact',
    "not stage reached (won, lost)",
    "stage reached ()",
)


@pytest.fixture
def stages():
    return {one["code"]: one.id for one in read(SYSTEM, Query("stage", columns=("code",))).rows}


@pytest.fixture
def deals(company, stages):
    """Three deals of Li: one stayed at the first stage, one went to the third and back, one stands on the second."""
    with standing_at(START):
        made = [make(company.li, "opportunity", name=name, amount="1000", close_on="2026-05-01") for name in "甲乙丙"]
    for days, deal, code in ((1, 1, "analysis"), (2, 1, "proposal"), (3, 1, "contact"), (4, 2, "analysis")):
        with standing_at(START + timedelta(days=days)):
            run_action(company.li, "opportunity", "move_stage", [made[deal]], {"stage": stages[code]})
    return made


def found(actor, where, **more):
    return [one.id for one in read(actor, Query("opportunity", where, "id", archived="all", **more)).rows]


def test_a_deal_that_went_back_has_reached_where_it_was(company, deals):
    stayed, back, second = deals
    assert found(company.li, "stage reached proposal") == [back]
    assert found(company.li, "stage reached (analysis)") == [back, second]
    assert found(company.li, "stage not reached analysis") == [stayed]
    assert found(company.li, "stage reached contact") == deals
    assert found(company.li, "stage reached nobody") == []


def test_it_is_asked_over_links_within_rights(company, deals):
    _stayed, back, _second = deals
    contact = make(company.li, "contact", name="王总")
    part = make(company.li, "opportunity_contact", opportunity=back, contact=contact, part="决策人")
    asked = Query("opportunity_contact", "opportunity.stage reached proposal")
    assert [one.id for one in read(company.li, asked).rows] == [part]
    assert found(company.chen, "stage reached contact") == []


def test_who_may_not_see_the_stage_may_not_ask_what_was_reached(company, deals):
    hide("sales", "opportunity", "stage")
    with pytest.raises(BadQuery):
        found(company.li, "stage reached proposal")


@pytest.mark.parametrize("text", QUESTIONS)
def test_rules_and_lists_mean_the_same_by_it(company, deals, text):
    spec = registry.object("opportunity")
    holds = compile_predicate(question(company.li, spec, text))
    accepted = []
    for deal in deals:
        draft = Draft(spec, Command("update", spec.key, deal), START.date(), START, company.li.id, id=deal)
        draft.values = dict(read_one(SYSTEM, spec.key, deal).values)
        draft.linked = {
            f"stage.{key}": value for key, value in read_one(SYSTEM, "stage", draft.values["stage"].id).values.items()
        }
        if holds(partial(scalar_of, draft)):
            accepted.append(deal)
    assert found(company.li, text) == accepted


def test_a_past_list_counts_only_what_was_reached_by_then(company, deals):
    _stayed, back, second = deals

    def then(where, days):
        page = read_as_of(company.li, Query("opportunity", where, "created"), START + timedelta(days=days))
        return [one.id for one in page.rows]

    assert then("stage reached analysis", 1.5) == [back]
    assert then("stage reached proposal", 1.5) == []
    assert then("stage reached (analysis)", 5) == [back, second]


def test_only_the_path_of_an_object_is_walked(company):
    for where in ("account reached 5", "amount reached 5", "name reached x"):
        with pytest.raises(BadQuery, match="reached"):
            found(company.li, where)


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "stage reached (analysis)", "Stage has reached analysis"),
        ("en", "stage not reached proposal", "Stage has never reached proposal"),
        ("zh-hans", "stage reached proposal", "阶段 到过 proposal"),
    ],
)
def test_it_reads_as_a_sentence(company, language, text, told):
    setting = setting_for(company.li)
    with speaking(language):
        assert sentence(question(company.li, registry.object("opportunity"), text), setting) == told


def test_archived_deals_have_their_way_too(company, deals):
    _stayed, back, _second = deals
    run_action(company.li, "opportunity", "archive", [back], {})
    assert found(company.li, "stage reached proposal") == [back]
    write(company.li, Command("update", "opportunity", back, {"amount": "5"}))
    assert found(company.li, "stage reached proposal") == [back]
