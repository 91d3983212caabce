"""Who can see a record: the page, the API and the command."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import caller_of
from tests.doors.staff import make, share
from tests.pages.pages_client import part, signed_in
from zhike.records.read import read_one
from zhike.records.sharing import shares_of
from zhike.site.cli import main


@pytest.fixture
def account(home, company) -> int:
    return make("account", name="华信", owner=company.li.id)


def test_the_page_names_everybody_who_sees_the_record_and_answers_about_one(company, account):
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    page = client.get(f"/accounts/{account}/access").content.decode()
    for name in ("李娜", "赵敏", "管晓", "郭嘉宾"):
        assert f">{name}</a><small>" in page
    assert ">陈晨</a><small>" not in page
    asked = f"/accounts/{account}/access?person={company.wang.id}&right=edit"
    answer = client.get(asked, headers=part("answer")).content.decode()
    assert "王磊 may not edit this" in answer
    assert "reaches their own records" in answer
    assert "<html" not in answer
    assert f"/accounts/{account}/access" in client.get(f"/accounts/{account}").content.decode()


def test_who_is_not_responsible_hears_only_about_themselves(company, account):
    client = signed_in("guest")
    client.cookies["zhike-language"] = "en"
    page = client.get(f"/accounts/{account}/access?person={company.li.id}").content.decode()
    assert "郭嘉宾 may read this" in page
    assert "李娜 may" not in page
    assert signed_in("wang").get(f"/accounts/{account}/access").status_code == 404


def test_a_share_is_seen_and_taken_back_on_the_page_by_those_responsible(company, account):
    share("account", account, person=company.chen.id, right="edit")
    (one,) = shares_of(account)
    assert signed_in("chen").post(f"/accounts/{account}/shares/{one.id}/stop").status_code == 403
    assert shares_of(account)
    li = signed_in("li")
    assert f"/shares/{one.id}/stop" in li.get(f"/accounts/{account}/access").content.decode()
    assert li.get(f"/accounts/{account}/shares/{one.id}/stop").status_code == 303
    assert shares_of(account)
    assert li.post(f"/accounts/{account}/shares/{one.id}/stop").status_code == 303
    assert shares_of(account) == []
    assert li.post(f"/accounts/{account}/shares/{one.id}/stop").status_code == 404


def test_the_api_and_the_command_say_the_same(company, account, home, capsys):
    api = caller_of(company.admin)
    assert {one["name"] for one in api.get(f"accounts/{account}/access")["people"]} == {
        "李娜",
        "赵敏",
        "管晓",
        "郭嘉宾",
    }
    verdict = api.get(f"accounts/{account}/access?person=wang&right=edit")
    assert (verdict["allowed"], verdict["right"]) == (False, "edit")
    assert verdict["steps"]
    api.get(f"accounts/{account}/access?person=nobody", 400)
    assert caller_of(company.guest)("GET", f"accounts/{account}/access").status_code == 403
    assert caller_of(company.wang)("GET", f"accounts/{account}/access?person=wang").status_code == 404
    command = ["explain", "account", str(account), "wang", "--right", "edit", "--format", "json", "--language", "en"]
    capsys.readouterr()
    assert main([*command, "--home", str(home.path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["text"] for one in said["steps"]] == [one["text"] for one in verdict["steps"]]
    assert main(["explain", "account", str(account), "--home", str(home.path)]) == 0
    assert read_one(company.li, "account", account)
