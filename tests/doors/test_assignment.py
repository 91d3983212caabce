"""Who gets what comes in: by turn, load, region, skill and hours, whichever way it came; never against its maker's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.doors.staff import change, make
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Invalid
from zhike.records.actions import run_action
from zhike.records.acts import Act
from zhike.records.assigning.assigning import given_by
from zhike.records.assigning.trying import tried
from zhike.records.history import history
from zhike.records.notices.notices import inbox
from zhike.records.read import Query, read, read_one
from zhike.records.write import write, write_many

pytestmark = pytest.mark.usefixtures("home")
TUESDAY_MORNING = datetime(2026, 12, 1, 2, tzinfo=UTC)  # ten o'clock in Shanghai
TUESDAY_NIGHT = datetime(2026, 12, 1, 15, tzinfo=UTC)


def rule(*persons, **more):
    values = {"name": "规则", "object": "lead", "persons": [one.id for one in persons] or None} | more
    return make("assignment_rule", **values)


def lead(by=SYSTEM, **values):
    return make("lead", by, **({"name": "来客"} | values))


def owners(ids):
    work_off()
    held = {one.id: one["owner"] for one in read(SYSTEM, Query("lead", sort="id", columns=("owner",))).rows}
    return [held[one].id if held[one] else None for one in ids]


def test_leads_that_come_in_go_round(company):
    rule(company.li, company.wang, company.chen)
    came = [lead() for _n in range(7)]
    first = [company.li.id, company.wang.id, company.chen.id]
    assert owners(came) == [*first, *first, company.li.id]
    assert owners([lead()]) == [company.wang.id]


def test_turns_go_on_where_they_stood_in_the_round_before(company):
    rule(company.li, company.wang)
    assert owners([lead()]) == [company.li.id]
    assert owners([lead()]) == [company.wang.id]
    assert owners([lead()]) == [company.li.id]


def test_a_lead_typed_in_by_hand_is_assigned_too_but_not_one_its_maker_gave_to_somebody(company):
    rule(company.wang)
    own, given = lead(company.li), lead(company.zhao, owner=company.li.id)
    assert owners([own, given]) == [company.wang.id, company.li.id]


@pytest.mark.parametrize(("arrivals", "told"), [(["api"], "api"), (["hand"], "web"), (["import"], "import")])
def test_a_rule_takes_only_what_came_its_way(company, arrivals, told):
    rule(company.wang, arrivals=arrivals)
    ways = {"web": company.li, "api": replace(company.li, via="api")}
    came = {name: lead(actor) for name, actor in ways.items()}
    act = Act(company.admin, kind="import")
    came["import"] = (
        write_many(company.admin, [Command("create", "lead", values={"name": "表"})], act=act).results[0].id
    )
    assert [name for name, one in came.items() if owners([one]) == [company.wang.id]] == [told]


def test_the_first_rule_that_finds_somebody_counts(company):
    rule(company.li, where="source = exhibition", position=1)
    rule(company.chen, position=2)
    assert owners([lead(source="exhibition"), lead(source="website")]) == [company.li.id, company.chen.id]


def test_a_rule_that_is_off_takes_nothing(company):
    rule(company.wang, active=False)
    assert owners([lead()]) == [None]


def test_load_goes_by_open_leads_not_by_closed_ones(company):
    for _n in range(2):
        lead(owner=company.li.id)
    for _n in range(3):
        lead(owner=company.wang.id, status="disqualified")
    rule(company.li, company.wang, way="load")
    assert owners([lead() for _n in range(3)]) == [company.wang.id, company.wang.id, company.li.id]


def test_whoever_has_as_many_as_the_rule_allows_gets_no_more(company):
    rule(company.li, company.wang, most=1)
    assert owners([lead() for _n in range(3)]) == [company.li.id, company.wang.id, None]


def test_region_and_skill_narrow_the_choice(company):
    change("user", company.li.id, regions=["east"], skills=["english"])
    change("user", company.wang.id, regions=["east", "north"])
    rule(company.li, company.wang, by_region=True, position=1)
    rule(company.li, company.wang, skill="english", where="need is not empty", position=2)
    came = [lead(region="north"), lead(region="east"), lead(need="English manual"), lead()]
    assert owners(came) == [company.wang.id, company.li.id, company.li.id, None]


def test_those_at_work_come_first_and_at_night_anybody_who_is_not_away(company):
    rule(company.li, company.wang, at_work=True)
    make(
        "stand_in", absent=company.li.id, deputy=company.wang.id, first="2026-12-01", last="2026-12-01", rights=["read"]
    )
    change("user", company.wang.id, timezone="America/New_York")
    with standing_at(TUESDAY_MORNING):
        assert owners([lead()]) == [company.wang.id]
    with standing_at(TUESDAY_NIGHT):
        assert owners([lead()]) == [company.wang.id]
    with standing_at(datetime(2026, 12, 2, 2, tzinfo=UTC)):
        assert owners([lead(), lead()]) == [company.li.id, company.li.id]


def test_people_without_access_or_right_get_nothing(company):
    rule(company.guest, company.chen)
    change("user", company.chen.id, active=False)
    assert owners([lead()]) == [None]


def test_departments_bring_their_people_and_those_below(company):
    first = read_one(SYSTEM, "user", company.li.id)["department"].id
    below = make("department", name="一部一组", parent=first)
    change("user", company.chen.id, department=below)
    rule(departments=[first])
    assert set(owners([lead() for _n in range(4)])) == {
        one.id for one in (company.zhao, company.li, company.wang, company.chen)
    }


def test_the_history_says_by_which_rule_and_the_ledger_counts(company):
    made = rule(company.wang, name="展会线索")
    one = lead()
    assert owners([one]) == [company.wang.id]
    entry = next(entry for entry in history(company.admin, "lead", one) if entry.why)
    assert "展会线索" in entry.why
    assert given_by(made) == [(company.wang.id, 1)]


def test_telling_the_same_arrival_twice_assigns_once(company):
    rule(company.li, company.wang)
    one = lead()
    assert owners([one]) == [company.li.id]
    write(company.li, Command("update", "lead", one, {"owner": company.li.id, "company": "甲"}))
    assert owners([one]) == [company.li.id]


def test_the_action_gives_records_away_whoever_has_them(company):
    rule(company.chen, arrivals=["import"])
    one = lead(owner=company.li.id)
    work_off()
    done = run_action(company.zhao, "lead", "assign", [one])
    assert "规则" in str(done.message)
    assert owners([one]) == [company.chen.id]


def test_the_action_says_when_no_rule_takes_it(company):
    one = lead(owner=company.li.id)
    with pytest.raises(Invalid, match="来客"):
        run_action(company.zhao, "lead", "assign", [one])
    assert owners([one]) == [company.li.id]


def test_a_rule_is_tried_on_what_came_in_before(company):
    for _n in range(4):
        lead(source="exhibition")
    lead(source="website")
    work_off()
    made = rule(company.li, company.wang, where="source = exhibition", most=1, at_work=True)
    found = tried(company.admin, made)
    assert (found.seen, sorted(found.shares)) == (5, [("李娜", 2), ("王磊", 2)])
    assert given_by(made) == []


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("object", {"object": "product"}),
        ("object", {"object": "nothing"}),
        ("persons", {"persons": None}),
        ("where", {"where": "colour = blue"}),
        ("where", {"where": 'phone = "13800001111"'}),
        ("hours", {"hours": "18:00-09:00"}),
        ("hours", {"hours": "9 to 5"}),
        ("most", {"most": 0}),
        ("by_region", {"object": "opportunity", "by_region": True}),
    ],
)
def test_a_rule_that_cannot_work_is_refused_in_words(company, field, values):
    with pytest.raises(Invalid) as refused:
        rule(company.li, **values)
    assert field in {one.field for one in refused.value.problems}


def test_the_owner_hears_of_it(company):
    rule(company.wang)
    lead(name="凌渡的王总")
    work_off()
    work_off()
    assert [str(one.text) for one in inbox(company.wang)[0] if "凌渡的王总" in str(one.text)]
