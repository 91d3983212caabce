"""Retention rules in the settings, with their conditions as rows and as text; through the API and on the command line."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import make, nothing_written
from tests.pages.pages_client import part, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read, read_one
from zhike.site.cli import main
from zhike.site.home import Home

NEW = "/settings/retention/0"


@pytest.fixture
def office(home: Home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


@pytest.fixture
def leads(home: Home) -> list[int]:
    made = [make("lead", name=f"甲{n}", status="disqualified") for n in range(2)]
    make("task", subject="回电", parent=f"lead:{made[1]}")
    return made


def test_a_rule_is_tried_kept_switched_on_and_off_and_removed(
    office: Client, company: Company, leads: list[int]
) -> None:
    sent = {"name": "Old", "object": "lead", "where": "status = disqualified", "then": "erase"}
    with nothing_written():
        tried = office.post(NEW, {**sent, "act": "try"}).content.decode()
    assert "1 lead" in tried
    assert "甲0" in tried
    assert "A task is still open: " in " ".join(tried.split()).replace("<a", " <a").replace("  ", " ")
    assert 'value="on"' not in tried  # what is not kept cannot be switched on
    kept = office.post(NEW, sent)
    assert kept.status_code == 303
    at = kept["Location"]
    (rule,) = read(SYSTEM, Query("retention_rule")).rows
    assert office.post(at, {"act": "on", "seen": "0"}).status_code == 422
    assert office.post(at, {"act": "on", "seen": "1"}).status_code == 303
    assert read_one(SYSTEM, "retention_rule", rule.id)["state"] == "on"
    assert "Status is Not suitable" in office.get("/settings/retention").content.decode()
    assert office.post(at, {"act": "off"}).status_code == 303
    assert read_one(SYSTEM, "retention_rule", rule.id)["state"] == "off"
    assert office.get(f"{at}/remove", headers=part("dialog")).status_code == 200
    assert office.post(f"{at}/remove").status_code == 303
    assert read_one(SYSTEM, "retention_rule", rule.id).trashed


def test_what_cannot_work_is_said_in_place_and_the_pages_are_an_administrators(office: Client, home: Home) -> None:
    for act in ("", "try"):
        answer = office.post(NEW, {"name": "X", "object": "lead", "where": "nothing = 1", "then": "trash", "act": act})
        assert answer.status_code == 422
        assert "nothing = 1" in answer.content.decode()
    for address in ("/settings/retention", NEW, "/settings/conditions?object=lead"):
        assert signed_in("zhao").get(address).status_code == 403, address


def test_rows_and_text_of_the_conditions_follow_one_another(office: Client, home: Home) -> None:
    at = "/settings/conditions"
    empty = office.get(at, {"object": "lead", "where": "", "was": "", "do": "add"}).content.decode()
    assert empty.count('name="row"') == 1
    row = {"row": "0", "c0.path": "status", "c0.way": "in", "c0.options": "new"}
    by_rows = office.get(at, {"object": "lead", "where": "", "was": "", "side": "values", **row}).content.decode()
    assert "status in (new)" in by_rows
    by_text = office.get(at, {"object": "lead", "where": "source is empty", "was": "", "side": "text", **row})
    assert 'name="c0.path" value="source" checked' in by_text.content.decode()
    wrong = office.get(at, {"object": "lead", "where": "nothing = 1", "was": "status in (new)", "side": "text", **row})
    assert "nothing = 1" in wrong.content.decode()
    assert 'name="was" value=""' in wrong.content.decode()  # what is wrong is not lost to the rows
    sent = {"name": "Rows", "object": "lead", "then": "trash", "where": "", "was": "", **row}
    assert 'name="c0.path"' in office.post(NEW, {**sent, "do": "add"}).content.decode()  # without a script
    assert office.post(NEW, sent).status_code == 303
    assert read(SYSTEM, Query("retention_rule", columns=("where",))).rows[0]["where"] == "status in (new)"
    sent = {"name": "Key", "object": "account", "persons": "1", "where": "level = key", "was": "x", **row}
    kept = office.post("/settings/sharing/0", {**sent, "act": "try"}).content.decode()
    assert "level = key" in kept or "level in (key)" in kept  # the text was changed last


def test_programs_and_commands_see_what_a_rule_would_take(
    home: Home, company: Company, leads: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    terms = {"object": "lead", "where": "status = disqualified", "then": "trash"}
    found = caller_of(company.admin).post("retention_rules/try", terms, 200)
    assert found["taken"] == 1
    assert found["kept"] == [{"why": "A task is still open", "records": 1}]
    assert caller_of(company.zhao)("POST", "retention_rules/try", terms).status_code == 403
    assert caller_of(company.admin)("POST", "retention_rules/try", {**terms, "then": "x"}).status_code == 400
    more = ["--home", str(home.path), "--language", "en", "--as", "admin"]
    capsys.readouterr()
    assert main(["privacy", "retention", "lead", "--where", terms["where"], *more]) == 0
    said = capsys.readouterr().out
    assert "1 would be taken" in said
    assert "1 are kept: A task is still open" in said
