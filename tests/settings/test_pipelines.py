"""Pipelines: stages in order, what each asks for, and a stage that goes only when its deals have a place."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid
from zhike.records.actions import run_action
from zhike.records.jobs.jobs import KINDS
from zhike.records.jobs.queue import run_next
from zhike.records.moving_out import move_out
from zhike.records.read import Query, count, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write, write_many

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


def stages(admin, pipeline: int = 0) -> list:
    rows = read(
        admin,
        Query("stage", sort="position", columns=("name", "code", "outcome", "position", "pipeline", "required_fields")),
    ).rows
    return [one for one in rows if not pipeline or one["pipeline"].id == pipeline]


def deal(company, stage: int, **more) -> int:
    account = make(company.li, "account", name=f"甲{stage}{len(more)}")
    return make(company.li, "opportunity", name="乙", account=account, stage=stage, amount="100", **more)


def test_stages_are_put_in_order_and_that_can_be_undone(office, admin):
    before = stages(admin)
    pipeline = before[0]["pipeline"].id
    wanted = [before[1].id, before[0].id, *(one.id for one in before[2:])]
    answer = office.post(f"/settings/pipelines/{pipeline}/order", {"stage": wanted}, headers=part("stages"))
    assert answer.status_code == 200
    assert [one.id for one in stages(admin)] == wanted
    assert "undo" in answer["HX-Trigger"]


def test_a_stage_asks_for_the_fields_ticked_and_deals_feel_it(office, admin, company):
    first = stages(admin)[0]
    pipeline = first["pipeline"].id
    address = f"/settings/pipelines/{pipeline}/stages/{stages(admin)[1].id}"
    page = office.get(address).content.decode()
    seen = page.split('name="_seen" value="')[1].split('"')[0]
    typed = {
        "_seen": seen,
        "name": "Need",
        "outcome": "open",
        "probability": "30",
        "resting_days": "9",
        "asks": ["product", "nonsense"],
        "guidance": "Ask who decides.",
    }
    assert office.post(address, typed).status_code == 303
    record = read_one(admin, "stage", stages(admin)[1].id)
    assert (record.title, record["required_fields"], record["guidance"]) == ("Need", "product", "Ask who decides.")
    with pytest.raises(Invalid) as refused:
        write(company.li, Command("update", "opportunity", deal(company, first.id), {"stage": record.id}))
    assert refused.value.problems[0].field == "product"


def test_a_new_stage_under_way_stands_before_those_that_end_a_deal(office, admin):
    pipeline = stages(admin)[0]["pipeline"].id
    typed = {"name": "试用", "outcome": "open", "probability": "50"}
    assert office.post(f"/settings/pipelines/{pipeline}/stages/0", typed).status_code == 303
    line = stages(admin, pipeline)
    names = [one.title for one in line]
    assert names.index("试用") == next(n for n, one in enumerate(line) if one["outcome"] != "open") - 1
    assert next(one["code"] for one in line if one.title == "试用") == "shi_yong"
    refused = office.post(
        f"/settings/pipelines/{pipeline}/stages/0", {"name": "", "outcome": "open", "guidance": "Keep me"}
    )
    assert refused.status_code == 422
    assert "Keep me" in refused.content.decode()


def test_a_stage_in_use_goes_only_when_its_deals_have_a_place(office, admin, company):
    first, second, *_others = stages(admin)
    kept = [deal(company, first.id), deal(company, first.id, close_on="2026-05-01")]
    write(company.li, Command("archive", "opportunity", kept[1]))
    address = f"/settings/pipelines/{first['pipeline'].id}/stages/{first.id}/remove"
    assert "2 deals are in it" in office.get(address, headers=part("dialog")).content.decode()
    assert office.post(address, {"to": ""}, headers=part("dialog")).status_code == 422
    assert office.post(address, {"to": str(first.id)}, headers=part("dialog")).status_code == 422
    assert office.post(address, {"to": str(second.id)}).status_code == 303
    assert count(admin, "opportunity", f"stage = {second.id}", archived="all")[0] == 2
    assert read_one(admin, "stage", first.id).trashed


def test_removing_a_stage_is_one_operation_that_can_be_undone(admin, company):
    first, second, *_others = stages(admin)
    one = deal(company, first.id)
    done = move_out(admin, "stage", first.id, "opportunity", "stage", second.id)
    undo(admin, done.operation)
    assert not read_one(admin, "stage", first.id).trashed
    assert read_one(admin, "opportunity", one)["stage"].id == first.id


def test_deals_that_the_other_stage_does_not_take_keep_the_stage_there(admin, company):
    line = stages(admin)
    asking = next(one for one in line if one["required_fields"] and one["outcome"] == "open")
    account = make(company.li, "account", name="甲")
    one = make(company.li, "opportunity", name="乙", account=account, stage=line[0].id)
    with pytest.raises(Invalid) as refused:
        move_out(admin, "stage", line[0].id, "opportunity", "stage", asking.id)
    assert "1 of them" in str(refused.value)
    assert read_one(admin, "opportunity", one)["stage"].id == line[0].id
    assert not read_one(admin, "stage", line[0].id).trashed


def test_many_deals_are_moved_by_a_job_that_takes_the_stage_away_at_its_end(fresh_home, admin, company):
    assert "move.out" in KINDS
    first, second, *_others = stages(admin)
    account = make(company.li, "account", name="甲")
    values = {"account": account, "stage": first.id, "amount": "1"}
    write_many(company.li, [Command("create", "opportunity", values={"name": f"乙{n}", **values}) for n in range(301)])
    done = move_out(admin, "stage", first.id, "opportunity", "stage", second.id)
    assert done.job
    assert run_next(lambda: False)
    assert count(admin, "opportunity", f"stage = {second.id}")[0] == 301
    assert read_one(admin, "stage", first.id).trashed


def test_a_pipeline_begins_like_another_or_with_three_stages_and_goes_while_it_is_empty(office, admin, company):
    model = stages(admin)[0]["pipeline"].id
    answer = office.post("/settings/pipelines/new", {"name": "渠道", "like": str(model)})
    made = int(answer["Location"].rpartition("/")[2])
    assert [one.title for one in stages(admin, made)] == [one.title for one in stages(admin, model)]
    assert len({one["code"] for one in stages(admin)}) == len(stages(admin))
    small = int(office.post("/settings/pipelines/new", {"name": "Renewals"})["Location"].rpartition("/")[2])
    assert [one["outcome"] for one in stages(admin, small)] == ["open", "won", "lost"]
    deal(company, stages(admin, small)[0].id)
    assert office.post(f"/settings/pipelines/{small}/remove", headers=part("dialog")).status_code == 422
    assert office.post(f"/settings/pipelines/{made}/remove").status_code == 303
    assert office.post("/settings/pipelines/new", {"name": ""}).status_code == 422


def test_the_api_and_the_command_line_remove_a_stage_by_its_action(admin, company):
    first, second, *_others = stages(admin)
    deal(company, first.id)
    with pytest.raises(Invalid):
        run_action(admin, "stage", "remove", [first.id], {})
    run_action(admin, "stage", "remove", [first.id], {"to": second.id})
    assert read_one(admin, "stage", first.id).trashed
