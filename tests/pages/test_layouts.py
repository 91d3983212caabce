"""Layouts: what stands on forms, in lists and at the top of a record, for everybody and for one role."""

from __future__ import annotations

import re

import pytest

from tests.doors.staff import fields_of, make, refusal
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import speaking
from zhike.records.company.layouts import laid_out, layout, set_layout
from zhike.records.company.settings_log import setting_changes
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")
FORM = [
    {"label": {"zh-hans": "要紧的", "en": "What matters"}, "fields": ["name", "level", "owner"]},
    {"label": {"zh-hans": "其余"}, "fields": ["phone"]},
]


def names_in(page: str) -> list[str]:
    return re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_]+)', page)


def page_of(login: str, address: str) -> str:
    client = signed_in(login)
    client.cookies["zhike-language"] = "en"
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_gets_the_form_columns_and_highlights_that_were_arranged(company):
    account = make("account", name="A", level="key", industry="finance", owner=company.li.id)
    set_layout(company.admin, "account", None, {"form": FORM, "columns": ["name", "industry"], "highlights": ["level"]})
    form = page_of("li", "/accounts/new")
    assert "What matters" in form
    assert {"name", "level", "phone"} <= set(names_in(form))
    assert not {"industry", "short_name", "website"} & set(names_in(form))
    heads = re.findall(r"<th[^>]*>(.*?)</th>", page_of("li", "/accounts"), re.DOTALL)
    assert [one for one in ("Region", "Level", "Industry") if any(one in head for head in heads)] == ["Industry"]
    assert page_of("li", f"/accounts/{account}").count("Industry") == 0


def test_a_list_has_the_arranged_columns_in_their_order_and_no_other(company):
    make("account", name="A", owner=company.li.id)
    spec = registry.object("account")
    phone = next(key for key in spec.phone if key in spec.columns and key != spec.title)  # read for the row on a phone
    columns = ["short_name", *reversed([key for key in spec.columns if key not in (phone, spec.title)])]
    set_layout(company.admin, "account", None, {"columns": columns})
    heads = re.findall(r'<th[^>]* title="([^"]*)"', page_of("li", "/accounts"))
    with speaking("en"):
        assert heads == [str(spec[key].label) for key in (spec.title, *columns)]


def test_a_role_has_its_own_and_the_others_keep_theirs(company):
    sales = people().persons[company.li.id].roles[0]
    spec = registry.object("account")
    set_layout(company.admin, "account", sales, {"columns": ["name", "phone"]})
    assert laid_out(company.li, spec).columns == ("name", "phone")
    assert laid_out(company.li, spec) is laid_out(company.li, spec)
    assert laid_out(company.zhao, spec) is spec
    set_layout(company.admin, "account", sales, None)
    assert laid_out(company.li, spec) is spec
    assert [one.key for one in setting_changes()[:2]] == [f"layout.account.{sales}"] * 2


def test_what_cannot_be_arranged_is_said_in_words(company):
    admin = company.admin
    without_name = [{"label": {"en": "X"}, "fields": ["phone"]}]
    assert fields_of(set_layout, admin, "account", None, {"form": without_name}) == {("form", "required")}
    twice = [{"label": {"en": "X"}, "fields": ["name", "name"]}]
    assert fields_of(set_layout, admin, "account", None, {"form": twice}) == {("form", "field")}
    assert fields_of(set_layout, admin, "account", None, {"columns": ["nothing"]}) == {("columns", "field")}
    assert refusal(set_layout, company.zhao, "account", None, {"columns": ["name"]})[0] is Forbidden
    assert layout("account") == {}


def test_the_page_keeps_only_what_differs_and_lets_go_again(company):
    client = signed_in("admin")
    shown = client.get("/settings/layouts/account").content.decode()
    rows = re.findall(r'name="row" value="([^"]+)"', shown)
    sections = re.findall(r'name="section\.(zh|en)" value="([^"]*)"', shown)
    columns = re.findall(r'name="column" value="([a-z_]+)" checked', shown)
    highlights = re.findall(r'name="highlight" value="([a-z_]+)" checked', shown)
    sent = {
        "row": rows,
        "section.zh": [text for language, text in sections if language == "zh"],
        "section.en": [text for language, text in sections if language == "en"],
        "column": columns,
        "highlight": highlights,
    }
    assert client.post("/settings/layouts/account", sent).status_code == 303
    assert layout("account") == {}
    assert client.post("/settings/layouts/account", {**sent, "column": ["name", "owner"]}).status_code == 303
    assert layout("account") == {"columns": ["name", "owner"]}
    bare = {**sent, "row": ["rest", *rows]}
    answer = client.post("/settings/layouts/account", bare)
    assert answer.status_code in (303, 422)
    hidden = [one for one in rows if one != "field:name"] + ["field:name"]
    answer = client.post("/settings/layouts/account", {**sent, "row": hidden})
    assert answer.status_code == 422
    assert client.post("/settings/layouts/account", {"reset": "1"}).status_code == 303
    assert layout("account") == {}
    assert signed_in("li").get("/settings/layouts").status_code == 403
