"""Changing many chosen records: one field, by hand or by filter, at once or in a job, as one operation."""

from __future__ import annotations

import re

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records import bulk
from zhike.records.bulk import change_many
from zhike.records.jobs.queue import run_next
from zhike.records.jobs.views import listed
from zhike.records.read import Query, count, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def accounts(company):
    return [make(company.li, "account", name=f"客户 {n}", tags=["reference"] if n else None) for n in range(3)]


def test_a_field_of_the_chosen_records_is_changed_as_one_operation(company, accounts):
    sent = {"ids": accounts[:2], "field": "level", "value.level": "key", "go": "1", "next": "/accounts?view=mine"}
    answer = signed_in().post("/accounts/change", sent)
    assert answer["Location"] == "/accounts?view=mine"
    assert [read_one(company.li, "account", one)["level"] for one in accounts] == ["key", "key", "normal"]
    operation = change_many(company.li, "account", accounts, "region", "east").operation
    undo(company.li, operation)
    assert count(company.li, "account", "region = east") == (0, False)


def test_tags_are_added_to_those_that_are_there_and_taken_off_again(company, accounts):
    sent = {"ids": accounts, "field": "tags", "value.tags": ["slow_payer"], "mode": "add", "go": "1"}
    signed_in().post("/accounts/change", sent)
    tags = [set(read_one(company.li, "account", one)["tags"]) for one in accounts]
    assert tags == [{"slow_payer"}, {"reference", "slow_payer"}, {"reference", "slow_payer"}]
    change_many(company.li, "account", accounts, "tags", ["reference"], "remove")
    assert count(company.li, "account", "tags has reference") == (0, False)
    assert count(company.li, "account", "tags has slow_payer") == (3, False)


def test_everything_that_matches_is_changed_and_nothing_else(company, accounts):
    make(company.li, "account", name="别的")
    sent = {"all": "1", "where": 'name ~ "客户"', "field": "region", "value.region": "east", "go": "1"}
    signed_in().post("/accounts/change", sent)
    assert count(company.li, "account", "region = east") == (3, False)


def test_records_out_of_reach_and_refused_ones_are_left_alone_and_told(company, accounts):
    other = make(company.chen, "account", name="别处")
    done = change_many(company.li, "account", [*accounts, other], "level", "key")
    assert (done.changed, done.refused) == (3, 1)
    assert read_one(company.chen, "account", other)["level"] == "normal"


def test_what_one_may_change_singly_but_not_in_bulk_is_left_alone(company, accounts):
    manager = read(company.admin, Query("role", "code = manager")).rows[0].id
    grant = read(company.admin, Query("grant", f"role = {manager} and object = account")).rows[0].id
    write(company.admin, Command("update", "grant", grant, {"bulk": "own"}))
    done = change_many(company.zhao, "account", accounts, "level", "key")
    assert (done.changed, done.refused) == (0, 3)
    write(company.zhao, Command("update", "account", accounts[0], {"level": "key"}))


def test_without_the_right_there_is_no_form_and_no_change(company, accounts):
    with pytest.raises(Forbidden):
        change_many(company.guest, "account", accounts, "level", "key")
    assert signed_in("guest").get("/accounts/change", {"ids": accounts}).status_code == 403


def test_unique_fields_and_fields_one_may_not_write_are_not_offered(company, accounts):
    role = read(company.admin, Query("role", "code = sales")).rows[0].id
    make(company.admin, "field_right", role=role, object="account", field="region", right="read")
    page = signed_in().get("/accounts/change", {"ids": accounts}).content.decode()
    assert '<option value="level"' in page
    for key in ("credit_code", "number", "phone", "region"):
        assert f'<option value="{key}"' not in page
    with pytest.raises(Invalid):
        change_many(company.li, "account", accounts, "credit_code", "x")
    done = change_many(company.li, "account", accounts, "region", "east")
    assert (done.changed, done.refused) == (0, 3)


def test_no_value_is_no_wish_to_empty_the_field(company, accounts):
    client = signed_in()
    sent = {"ids": accounts, "field": "tags", "mode": "set", "go": "1"}
    assert client.post("/accounts/change", sent).status_code == 422
    assert count(company.li, "account", "tags has reference") == (2, False)
    client.post("/accounts/change", {**sent, "clear": "1"})
    assert count(company.li, "account", "tags has reference") == (0, False)


def test_asking_for_the_form_changes_nothing(company, accounts):
    signed_in().post("/accounts/change", {"ids": accounts, "field": "level", "value.level": "key"})
    assert count(company.li, "account", "level = key") == (0, False)


@pytest.mark.parametrize("portion", [2, 100])
def test_many_are_changed_in_a_job_as_one_operation(company, accounts, monkeypatch, portion):
    monkeypatch.setattr("zhike.web.generic.list_bulk.AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PORTION", portion)
    sent = {"all": "1", "where": "", "field": "level", "value.level": "key", "go": "1"}
    answer = signed_in().post("/accounts/change", sent)
    assert re.fullmatch(r"/jobs/\d+", answer["Location"])
    assert count(company.li, "account", "level = key") == (0, False)
    run_next(lambda: False)
    assert count(company.li, "account", "level = key") == (3, False)
    (job,) = listed(company.li)[0]
    assert job.state == "done"
    assert "3" in job.result["text"]
    undo(company.li, job.operation)
    assert count(company.li, "account", "level = key") == (0, False)


def test_an_action_on_many_runs_in_a_job_and_leaves_those_it_does_not_fit(company, monkeypatch):
    monkeypatch.setattr("zhike.web.generic.actions.AT_ONCE", 2)
    tasks = [make(company.li, "task", subject=f"任务 {n}", status="done" if n == 1 else "open") for n in range(4)]
    answer = signed_in().post("/tasks/actions/postpone", {"ids": tasks, "due_on": "2030-01-01"})
    assert answer["Location"].startswith("/jobs/")
    run_next(lambda: False)
    assert count(company.li, "task", "due_on = 2030-01-01") == (3, False)
    (job,) = listed(company.li)[0]
    assert (job.state, job.done) == ("done", 4)
    undo(company.li, job.operation)
    assert count(company.li, "task", "due_on = 2030-01-01") == (0, False)


def test_an_action_on_many_asks_for_what_it_needs_before_the_job_begins(company, monkeypatch):
    monkeypatch.setattr("zhike.web.generic.actions.AT_ONCE", 1)
    tasks = [make(company.li, "task", subject=f"任务 {n}") for n in range(2)]
    answer = signed_in().post("/tasks/actions/postpone", {"ids": tasks, "due_on": "soon"})
    assert answer.status_code == 422
    assert listed(company.li)[0] == []


def test_chosen_rows_are_tagged_with_tags_and_not_with_whatever_holds_several_options(company, accounts):
    make(company.li, "task", subject="试", owner=company.li.id)
    client = signed_in()
    assert "/accounts/change?field=tags" in client.get("/accounts").content.decode()
    assert "/tasks/change?field=repeat_on" not in client.get("/tasks").content.decode()
