"""Assignment rules in the settings: made with rows or text, tried before they are kept, put into the trash."""

from __future__ import annotations

import pytest

from tests.doors.staff import make
from tests.pages.pages_client import signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.sqlite]
FORM = {
    "name": "展会线索轮流", "object": "lead", "where": "source = exhibition", "arrivals": ["hand", "api"], "way": "turn",
    "hours": "09:00-18:00", "position": "10", "active": "yes",
}  # fmt: skip


def rules():
    return read(SYSTEM, Query("assignment_rule", columns=("where", "persons", "arrivals", "active"))).rows


def test_an_administrator_makes_one_and_sees_it_in_words(company):
    office = signed_in("admin")
    answer = office.post("/settings/assignment/0", {**FORM, "persons": [company.li.id, company.wang.id]}, follow=True)
    (rule,) = rules()
    assert (rule["where"], rule["arrivals"], rule["active"]) == ("source = exhibition", ("hand", "api"), True)
    page = answer.content.decode()
    for told in ("展会线索轮流", "来源 是 展会", "李娜, 王磊", "轮流"):
        assert told in page


def test_trying_says_who_would_have_got_how_many_and_keeps_nothing(company):
    for _n in range(3):
        make("lead", name="来客", source="exhibition")
    answer = signed_in("admin").post("/settings/assignment/0", {**FORM, "act": "try", "persons": [company.li.id]})
    page = answer.content.decode()
    assert 'id="tried"' in page
    assert "新来 3 条，规则会分出其中 3 条" in page
    assert rules() == ()


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(company):
    answer = signed_in("admin").post("/settings/assignment/0", {**FORM, "hours": "随时", "persons": [company.li.id]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "工作时间请写成" in page
    assert 'value="随时"' in page
    assert 'value="展会线索轮流"' in page
    assert rules() == ()


def test_a_rule_goes_to_the_trash(company):
    made = make("assignment_rule", name="规则", persons=[company.li.id])
    signed_in("admin").post(f"/settings/assignment/{made}/remove")
    assert rules() == ()


def test_a_seller_does_not_get_in(company):
    assert signed_in("li").get("/settings/assignment").status_code in (403, 404)
