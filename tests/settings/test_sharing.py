"""Sharing rules in the settings, and what a change would do before it is made."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import caller_of
from tests.doors.staff import department_of, ids, make, nothing_written
from tests.pages.pages_client import part, signed_in
from zhike.access.people import people
from zhike.access.rights import reach_of
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.site.cli import main


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


@pytest.fixture
def account(home, company) -> int:
    return make("account", name="华信", level="key", owner=company.li.id)


def test_a_rule_is_tried_kept_changed_and_removed(office, company, account):
    sent = {"name": "Key", "object": "account", "where": "level = key", "right": "read", "active": "yes"}
    sent["departments"] = str(department_of(company.chen))
    with nothing_written():
        tried = office.post("/settings/sharing/0", {**sent, "act": "try"}).content.decode()
    assert "1 records for 1 people" in tried
    assert "华信" in tried
    assert 'value="Key"' in tried
    assert office.post("/settings/sharing/0", sent).status_code == 303
    assert ids(company.chen, "account") == {account}
    (rule,) = read(SYSTEM, Query("sharing_rule")).rows
    assert office.get("/settings/sharing/0").status_code == 200
    assert 'value="Key"' in office.get(f"/settings/sharing/{rule.id}").content.decode()
    assert office.get(f"/settings/sharing/{rule.id}/remove", headers=part("dialog")).status_code == 200
    assert "Level is Key" in office.get("/settings/sharing").content.decode()
    off = {key: value for key, value in sent.items() if key != "active"}
    assert office.post(f"/settings/sharing/{rule.id}", off).status_code == 303
    assert ids(company.chen, "account") == set()
    office.post(f"/settings/sharing/{rule.id}", sent)
    assert ids(company.chen, "account") == {account}
    assert office.post(f"/settings/sharing/{rule.id}/remove").status_code == 303
    assert ids(company.chen, "account") == set()


def test_what_cannot_work_is_said_in_place_and_what_was_typed_stays(office, account):
    for act in ("", "try"):
        answer = office.post(
            "/settings/sharing/0", {"name": "My rule", "object": "account", "where": "nothing = 1", "act": act}
        )
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "nothing = 1" in page
        assert 'maxlength="2000"' in page
        assert page.count('aria-invalid="true"') == 1
    assert signed_in("li").get("/settings/sharing").status_code == 403


def test_the_grid_of_a_role_says_what_its_choices_would_do(office, company, account):
    make("account", name="别家", owner=company.wang.id)
    sales = people().persons[company.li.id].roles[0]
    with nothing_written():
        answer = office.post(f"/settings/roles/{sales}/try", {"account.read": "department"}, headers=part("dialog"))
    page = answer.content.decode()
    assert "2 records for 2 people" in page
    fields = {"object": "account", "right.website": "hidden"}
    page = office.post(f"/settings/roles/{sales}/try", fields, headers=part("dialog")).content.decode()
    assert "can change it → does not see it" in page
    assert "3 people" in page
    assert "Nothing is changed" in office.post(f"/settings/roles/{sales}/try", {}).content.decode()
    assert reach_of(company.li, "read", registry.object("account")) == "own"


def test_the_api_tries_a_role_and_a_rule(company, account):
    api, sales = caller_of(company.admin), people().persons[company.li.id].roles[0]
    found = api.post(f"roles/{sales}/rights/try", {"grants": {"account": {"read": "none"}}}, 200)
    lost = {(one["object"], one["right"]): one["lost"] for one in found["effects"]}
    tried = api.post(f"roles/{sales}/rights/try", {"fields": {"account": {"website": "hidden"}}}, 200)["fields"]
    assert tried == [{"object": "account", "field": "website", "before": "write", "after": "hidden", "people": 3}]
    assert lost[("account", "read")] == {
        "records": 1, "people": 1, "samples": [{"person": "李娜", "id": account, "title": "华信"}],
    }  # fmt: skip
    rule = {"object": "account", "where": "level = key", "persons": [company.chen.id]}
    assert api.post("sharing_rules/try", rule, 200)["effects"][0]["gained"]["records"] == 1
    assert caller_of(company.li)("POST", "sharing_rules/try", rule).status_code == 403


def test_the_command_line_tries_a_change_of_a_role(home, company, account, capsys):
    wanted = '{"grants": {"account": {"read": "none"}}, "fields": {"contact": {"about": "hidden"}}}'
    capsys.readouterr()
    with nothing_written():
        assert main(["role", "simulate", "sales", "--json", wanted, "--home", str(home.path), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "-1" in said
    assert "华信" in said
    assert "contact.about" in said
    assert "write → hidden" in said
