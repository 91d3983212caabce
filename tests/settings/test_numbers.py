"""Automatic numbers: the next one is seen before it is saved, counting never gives a number twice."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.access.signin import create_token
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.company.number_rules import next_number, numbered, numbered_field, set_rule
from zhike.records.company.settings_log import setting_changes
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.read import read_one
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")
PAGE = "/settings/numbers/account/number"


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


def given(actor, name: str) -> str:
    return str(read_one(actor, "account", make(actor, "account", name=name))["number"])


def test_the_next_number_is_the_one_the_next_record_gets(company):
    foreseen = next_number(*numbered_field("account", "number"))
    assert given(company.li, "甲") == foreseen


def test_a_shipped_rule_changes_for_new_records_only(admin, company):
    old = given(company.li, "甲")
    set_rule(admin, "account", "number", {"prefix": "C", "dated": "", "digits": 3, "yearly": False})
    foreseen = next_number(*numbered_field("account", "number"))
    assert given(company.li, "乙") == foreseen
    assert foreseen.startswith("C")
    assert old.startswith("KH-")
    assert setting_changes(1)[0].key == "number.account.number"
    set_rule(admin, "account", "number", {"prefix": "KH-", "dated": "", "digits": 5, "yearly": False})
    assert int(given(company.li, "丙")[3:]) > int(old[3:])


def test_numbers_with_a_date_count_anew_and_never_come_twice(admin, company):
    with time_machine.travel(datetime(2026, 12, 30, 4, tzinfo=UTC)):
        set_rule(admin, "account", "number", {"prefix": "K", "dated": "%Y", "digits": 4, "yearly": False})
        first = given(company.li, "甲")
        set_rule(admin, "account", "number", {"prefix": "K", "dated": "%Y", "digits": 4, "yearly": True})
        second = given(company.li, "乙")
        assert second == f"K2026{int(first[5:]) + 1:04d}"
    with time_machine.travel(datetime(2027, 1, 5, 4, tzinfo=UTC)):
        assert given(company.li, "丙") == "K20270001"


def test_an_own_object_counts_anew_at_midnight_of_the_company_s_year(admin, company):
    rule = {"prefix": "R-", "dated": "%Y", "digits": 3, "yearly": True}
    fields = [
        {"key": "name", "label": "Name", "kind": "text"},
        {"key": "number", "label": "Number", "kind": "auto_number", "number": rule},
    ]
    create_object(admin, {"key": "rig", "label": "Rig", "fields": fields})

    def given_at(*when: int) -> str:
        with standing_at(datetime(*when, tzinfo=UTC)):
            return str(read_one(admin, "rig", make(admin, "rig", name="一"))["number"])

    assert [given_at(2026, 12, 31, 15, 58), given_at(2026, 12, 31, 15, 59)] == ["R-2026001", "R-2026002"]
    assert given_at(2026, 12, 31, 16, 1) == "R-2027001"
    assert given_at(2026, 12, 30) == "R-2026003"
    assert given_at(2027, 6, 1) == "R-2027002"


def test_counting_goes_on_where_one_says_but_never_back(admin, company):
    given(company.li, "甲")
    rule = {"prefix": "KH-", "dated": "", "digits": 5, "yearly": False}
    set_rule(admin, "account", "number", rule, next_one=500)
    assert given(company.li, "乙") == "KH-00500"
    with pytest.raises(Invalid) as refused:
        set_rule(admin, "account", "number", rule, next_one=500)
    assert refused.value.problems[0].field == "next"


@pytest.mark.parametrize(
    "rule",
    [
        {"digits": 0},
        {"digits": 13},
        {"digits": "five"},
        {"prefix": "x" * 21},
        {"dated": "%H"},
        {"yearly": True},
        {"unknown": 1},
    ],
)
def test_rules_that_cannot_be_are_refused(admin, rule):
    with pytest.raises(Invalid):
        set_rule(admin, "account", "number", {"prefix": "A", "digits": 5, **rule})


def test_fields_of_ones_own_are_numbered_by_the_same_page(admin, company):
    create_field(admin, "account", {"key": "file_no", "label": "File", "kind": "auto_number"})
    assert ("account", "file_no") in {(spec.key, field.key) for spec, field in numbered()}
    set_rule(admin, "account", "file_no", {"prefix": "F", "dated": "", "digits": 2, "yearly": False})
    assert read_one(company.li, "account", make(company.li, "account", name="甲"))["file_no"] == "F01"


def test_the_page_shows_the_next_number_while_typing_and_then_keeps_the_rule(office):
    typed = {"number_prefix": "NEW-", "number_dated": "", "number_digits": "3", "next": "800"}
    look = office.post(PAGE, {**typed, "act": "look"}, headers=part("number-look")).content.decode()
    assert "NEW-800" in look
    assert registry.object("account")["number"].number.prefix == "KH-"
    assert office.post(PAGE, typed).status_code == 303
    assert "NEW-800" in office.get("/settings/numbers").content.decode()
    refused = office.post(PAGE, {**typed, "number_digits": "40"})
    assert refused.status_code == 422
    assert 'value="40"' in refused.content.decode()
    assert office.get("/settings/numbers/account/name").status_code == 404


@pytest.mark.parametrize(
    ("field", "text"), [("number_digits", "many"), ("number_digits", "13"), ("next", "soon"), ("next", "0")]
)
def test_what_is_no_number_is_said_at_its_field_and_nothing_is_kept(office, field, text):
    typed = {"number_prefix": "NEW-", "number_dated": "", "number_digits": "3", "next": "800", field: text}
    refused = office.post(PAGE, typed)
    assert refused.status_code == 422
    drawn = re.search(rf"<input[^>]*name=\"{field}\"[^>]*value=\"{text}\"[^>]*>", refused.content.decode())
    assert drawn
    assert "aria-invalid" in drawn.group()
    assert refused.content.decode().count('aria-invalid="true"') == 1
    assert registry.object("account")["number"].number.prefix == "KH-"


def test_rules_go_through_the_api(admin, company):
    client = Client(headers={"Authorization": f"Bearer {create_token(admin, admin.id)}"})
    sent = client.patch(
        "/api/v1/numbers/account/number", json.dumps({"prefix": "API-", "next": 70}), content_type="application/json"
    )
    assert (sent.status_code, sent.json()["next"]) == (200, "API-00070")
    assert client.get("/api/v1/numbers").json()["numbers"][0]["object"]
    with pytest.raises(Forbidden):
        set_rule(company.li, "account", "number", {"prefix": "X", "digits": 5})
