"""A cell of a list edited in place."""

from __future__ import annotations

import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.records.read import read_one
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械", level="normal", employees=40)


def seen(client, account, field):
    page = client.get(f"/accounts/{account}/cell/{field}", headers=part("")).content.decode()
    return re.search(r'name="_seen" value="([^"]*)"', page).group(1)


def test_a_cell_becomes_its_input_with_the_present_value(account):
    answer = signed_in().get(f"/accounts/{account}/cell/employees", headers=part(""))
    text = answer.content.decode()
    assert text.lstrip().startswith("<form")
    assert 'value="40"' in text


def test_saving_a_cell_answers_the_cell_and_an_offer_to_undo(account, company):
    client = signed_in()
    data = {"level": "key", "_seen": seen(client, account, "level")}
    answer = client.post(f"/accounts/{account}/cell/level", data, headers=part(""))
    assert answer.status_code == 200
    assert 'data-hue="gold"' in answer.content.decode()
    assert "/undo" in answer["HX-Trigger"]
    assert read_one(company.li, "account", account)["level"] == "key"


def test_an_unchanged_cell_writes_nothing(account, company):
    client = signed_in()
    before = read_one(company.li, "account", account).version
    data = {"level": "normal", "_seen": seen(client, account, "level")}
    answer = client.post(f"/accounts/{account}/cell/level", data, headers=part(""))
    assert answer.status_code == 200
    assert "HX-Trigger" not in answer
    assert read_one(company.li, "account", account).version == before


def test_a_refused_cell_keeps_what_was_typed_and_says_why(account, company):
    client = signed_in()
    data = {"employees": "forty", "_seen": seen(client, account, "employees")}
    answer = client.post(f"/accounts/{account}/cell/employees", data, headers=part(""))
    assert answer.status_code == 422
    assert 'value="forty"' in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert read_one(company.li, "account", account)["employees"] == 40


def test_a_cell_somebody_else_changed_meanwhile_is_a_conflict(account, company):
    client = signed_in()
    mine = seen(client, account, "employees")
    write(company.admin, Command("update", "account", account, {"employees": 50}))
    answer = client.post(f"/accounts/{account}/cell/employees", {"employees": "60", "_seen": mine}, headers=part(""))
    assert answer.status_code == 409
    assert 'value="60"' in answer.content.decode()
    assert "现在是「50」" in answer.content.decode()
    assert read_one(company.li, "account", account)["employees"] == 50


def test_a_field_that_rules_fill_cannot_be_edited_in_place(account):
    answer = signed_in().get(f"/accounts/{account}/cell/number", headers=part(""))
    assert answer.status_code == 403


def test_a_record_of_somebody_else_cannot_be_edited_in_place(company):
    other = make(company.chen, "account", name="别处的客户", employees=1)
    assert (
        signed_in().post(f"/accounts/{other}/cell/employees", {"employees": "2"}, headers=part("")).status_code == 404
    )


def test_those_who_may_only_read_see_no_cells_to_edit(account):
    assert "data-cell" in signed_in("li").get("/accounts").content.decode()
    assert "data-cell" not in signed_in("guest").get("/accounts").content.decode()


def test_without_a_script_the_form_of_the_field_opens(account):
    answer = signed_in().get(f"/accounts/{account}/cell/level")
    assert answer["Location"] == f"/accounts/{account}/edit?only=level&next=%2Faccounts"
