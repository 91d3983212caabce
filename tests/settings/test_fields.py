"""Fields and objects made by hand on the settings pages: seen before they are made, changed with warning, taken away."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.errors import Invalid
from zhike.records.company.settings_log import setting_changes
from zhike.records.declaring.customise import change_field, change_object, create_field
from zhike.records.declaring.drafting import draft_field, suggest_key
from zhike.records.declaring.field_use import index_bytes, uses_of, values_held
from zhike.records.read import count, read_one
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")
NEW = "/settings/objects/account/fields/new"


@pytest.fixture
def office(home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


# -- before a field is made --------------------------------------------------------------------------------------------
def test_a_key_is_made_of_the_name_and_never_twice():
    assert suggest_key({"zh-hans": "年采购额", "en": "Yearly purchases"}, ()) == "yearly_purchases"
    assert suggest_key({"zh-hans": "年采购额"}, ()) == "nian_cai_gou_e"
    assert suggest_key({"zh-hans": "年采购额"}, {"nian_cai_gou_e"}) == "nian_cai_gou_e_2"
    assert suggest_key({"en": "Owner"}, ()) == "owner_2"  # a word of the system
    assert suggest_key({"en": "2nd phone"}, ()) == "n_2nd_phone"
    assert suggest_key({"en": "★"}, ()) == "field"


@pytest.mark.parametrize(
    "kind", ["text", "money", "choice", "link", "formula", "roll_up", "auto_number", "phone", "address", "file"]
)
def test_every_kind_has_a_form_and_can_be_looked_at(office, kind):
    page = office.get(f"{NEW}?kind={kind}").content.decode()
    assert 'name="label_en"' in page
    typed = {"kind": kind, "act": "look", "label_en": "Fresh", "option.key": "", "option.zh": "", "option.en": "One", "option.hue": "red",
             "to": "contact", "formula": "employees * 2", "result": "number", "rollup_from": "opportunity.account"}  # fmt: skip
    look = office.post(NEW, typed, headers=part("look"))
    assert look.status_code == 200
    assert "Fresh" in look.content.decode()
    assert registry.object("account").field("fresh") is None


def test_a_formula_shows_its_result_on_a_real_record_while_it_is_typed(office, company):
    make(company.li, "account", name="甲", employees="21")
    typed = {"kind": "formula", "act": "look", "label_en": "Twice", "formula": "employees * 2", "result": "number"}
    assert ">42<" in office.post(NEW, typed, headers=part("look")).content.decode()
    wrong = office.post(NEW, {**typed, "formula": "emploees * 2"}, headers=part("look")).content.decode()
    assert "employees" in wrong
    assert ">42<" not in wrong


def test_a_roll_up_shows_what_it_counts_before_it_is_made(admin, company):
    account = make(company.li, "account", name="甲")
    make(company.li, "opportunity", name="乙", account=account, amount="700")
    body = {
        "label": "Sum", "kind": "roll_up", "result": "money",
        "rollup": {"object": "opportunity", "via": "account", "measure": "sum:amount", "where": ""},
    }  # fmt: skip
    draft = draft_field(admin, "account", "sum", body)
    assert draft.problems == ()
    assert [(one.title, one.value.amount) for one in draft.samples] == [("甲", 700)]


# -- making, changing, removing ------------------------------------------------------------------------------------------
def test_a_choice_is_added_with_its_options_and_works_at_once(office, company):
    typed = {
        "kind": "choice", "label_zh": "付款方式", "label_en": "", "option.key": ["", "", ""], "option.zh": ["月结", "", "现结"],
        "option.en": ["Monthly", "", ""], "option.hue": ["green", "grey", "nonsense"], "index": "yes",
    }  # fmt: skip
    answer = office.post(NEW, typed)
    assert (answer.status_code, answer["Location"]) == (303, "/settings/objects/account")
    field = registry.object("account")["fu_kuan_fang_shi"]
    assert [(one.key, one.hue) for one in field.options] == [("monthly", "green"), ("xian_jie", "grey")]
    make(company.li, "account", name="甲", fu_kuan_fang_shi="monthly")
    assert count(company.li, "account", "fu_kuan_fang_shi = monthly")[0] == 1
    assert "付款方式" in office.get("/accounts/new").content.decode()
    assert setting_changes(1)[0].key == "field.account.fu_kuan_fang_shi"


def test_a_field_without_a_name_is_refused_and_what_was_typed_stays(office):
    answer = office.post(NEW, {"kind": "text", "label_zh": "", "hint_en": "Keep me", "max": "0"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Keep me" in page
    assert 'id="d-label-zh-problem"' in page
    assert 'id="d-max-problem"' in page


def test_a_change_of_kind_first_says_what_would_be_lost(office, admin, company):
    create_field(admin, "account", {"key": "weight", "label": "Weight", "kind": "text"})
    make(company.li, "account", name="甲", weight="12")
    make(company.li, "account", name="乙", weight="twelve")
    address = "/settings/objects/account/fields/weight"
    typed = {"kind": "number", "label_zh": "Weight"}
    look = office.post(address, {**typed, "act": "look"}, headers=part("side")).content.decode()
    assert "1 values convert, 1 do not." in look
    assert "twelve" in look
    assert registry.object("account")["weight"].kind == "text"
    assert office.post(address, typed).status_code == 422
    assert registry.object("account")["weight"].kind == "text"
    assert office.post(address, {**typed, "drop": "yes"}).status_code == 303
    assert count(company.li, "account", "weight = 12")[0] == 1
    assert count(company.li, "account", "weight is empty")[0] == 1


def test_removing_a_field_says_how_many_values_go_and_where_it_was_used(office, admin, company):
    create_field(admin, "account", {"key": "weight", "label": "Weight", "kind": "number"})
    create_field(
        admin,
        "account",
        {"key": "twice", "label": "Twice", "kind": "formula", "formula": "weight * 2", "result": "number"},
    )
    make(company.li, "account", name="甲", weight="12")
    address = "/settings/objects/account/fields/weight/remove"
    asked = office.get(address, headers=part("dialog")).content.decode()
    assert "1 records hold a value" in asked
    assert "Formula: Twice" in asked
    refused = office.post(address, headers=part("dialog"))
    assert refused.status_code == 422
    assert "no longer work" in refused.content.decode()
    assert office.post("/settings/objects/account/fields/twice/remove").status_code == 303
    assert office.post(address).status_code == 303
    assert registry.object("account").field("weight") is None


def test_fields_of_the_system_are_shown_and_stay(office):
    address = "/settings/objects/account/fields/industry"
    assert "came with the system" in office.get(address).content.decode()
    assert office.post(address, {"kind": "text", "label_zh": "x"}).status_code == 403
    assert office.get(f"{address}/remove").status_code == 404
    assert office.get("/settings/objects/account/fields/nonsense").status_code == 404
    assert office.get("/settings/objects/grant").status_code == 404


def test_where_a_field_is_used_is_read_from_every_declaration():
    account = registry.object("account")
    sorts = {one.sort for one in uses_of(account, account["name"])}
    assert {"form", "title", "list"} <= sorts
    deal = registry.object("opportunity")
    assert any(one.sort == "derived" for one in uses_of(deal, deal["amount"]))
    assert any(one.sort == "board" and one.firm for one in uses_of(deal, deal["stage"]))


def test_an_index_has_a_size_and_lists_use_it(admin, company):
    field = create_field(admin, "account", {"key": "weight", "label": "Weight", "kind": "number", "index": True})
    for n in range(3):
        make(company.li, "account", name=f"甲{n}", weight=str(n))
    spec = registry.object("account")
    assert values_held(spec, spec["weight"]) == (3, False)
    assert index_bytes(spec, field)[0] > 0
    assert index_bytes(spec, spec["phone"]) == (0, False)


# -- objects -------------------------------------------------------------------------------------------------------------
def test_an_object_is_made_with_its_first_fields_and_its_pages_are_there(office, company):
    typed = {
        "label_zh": "设备", "label_en": "Machine", "plural_en": "Machines", "icon": "cpu", "scope": "follows", "group": "sales",
        "field.zh": ["型号", "状态", "客户", ""], "field.en": ["Model", "", "", ""], "field.kind": ["text", "choice", "link", "text"],
        "field.options": ["", "在用，停机", "", ""], "field.to": ["", "", "account", ""],
    }  # fmt: skip
    answer = office.post("/settings/objects/new", typed)
    assert (answer.status_code, answer["Location"]) == (303, "/settings/objects/machine")
    spec = registry.object("machine")
    assert [one.key for one in spec.fields if not one.system] == ["name", "model", "zhuang_tai", "ke_hu"]
    assert spec.scope.parents == ("ke_hu",)
    assert [str(one.label) for one in spec["zhuang_tai"].options] == ["在用", "停机"]
    for address in ("/machines", "/machines/new", "/settings/objects/machine", "/settings/objects/machine/about"):
        assert office.get(address).status_code == 200, address
    assert 'href="/machines"' in office.get("/accounts").content.decode()


def test_a_field_added_later_comes_after_those_there_are(office, admin):
    office.post("/settings/objects/new", {"label_en": "Site", "scope": "owner"})
    create_field(admin, "site", {"key": "area", "label": "Area", "kind": "number"})
    create_field(admin, "site", {"key": "rent", "label": "Rent", "kind": "money"})
    assert [one.key for one in registry.object("site").fields if not one.system] == ["name", "area", "rent"]


def test_an_object_that_follows_nothing_is_refused_with_its_rows_kept(office):
    typed = {
        "label_en": "Site",
        "scope": "follows",
        "field.zh": ["面积"],
        "field.en": [""],
        "field.kind": ["number"],
        "field.options": [""],
        "field.to": [""],
    }
    answer = office.post("/settings/objects/new", typed)
    assert answer.status_code == 422
    assert "面积" in answer.content.decode()
    assert registry.find("site") is None


def test_an_own_object_is_renamed_and_a_shipped_one_stays(office, admin):
    office.post("/settings/objects/new", {"label_en": "Site", "scope": "owner"})
    assert (
        office.post(
            "/settings/objects/site/about", {"label_en": "Place", "icon": "house", "scope": "open", "group": "day"}
        ).status_code
        == 303
    )
    spec = registry.object("site")
    assert (str(spec.label), spec.icon, spec.scope.kind, spec.group) == ("Place", "house", "open", "day")
    with pytest.raises(Invalid):
        change_object(admin, "account", {"label": "Customer"})
    with pytest.raises(Invalid):
        change_object(admin, "site", {"plural": "places"})


def test_saved_lists_tiles_and_stages_that_name_a_field_are_counted(office, company):
    make(
        company.li,
        "saved_view",
        name="Big",
        object="opportunity",
        filter="competitor is not empty",
        columns="name amount",
    )
    page = office.get("/settings/objects/opportunity/fields/competitor").content.decode()
    assert "Saved lists: 1" in page
    assert "Big" not in page
    assert "Asked for by" in office.get("/settings/objects/opportunity/fields/amount").content.decode()


def test_a_kept_formula_shows_what_it_gives_while_it_is_changed(office, admin, company):
    create_field(
        admin,
        "account",
        {"key": "twice", "label": "Twice", "kind": "formula", "formula": "employees * 2", "result": "number"},
    )
    make(company.li, "account", name="甲", employees="21")
    address = "/settings/objects/account/fields/twice"
    assert ">42<" in office.get(address).content.decode()
    typed = {"kind": "formula", "label_zh": "Twice", "result": "number", "act": "look"}
    assert ">63<" in office.post(address, {**typed, "formula": "employees * 3"}, headers=part("side")).content.decode()
    assert "no field called" in office.post(address, {**typed, "formula": "emp"}, headers=part("side")).content.decode()


def test_a_formula_without_decimals_keeps_those_it_calls_for(office, admin, company):
    facts = {"label": "Part", "kind": "formula", "result": "number"}
    create_field(admin, "account", {"key": "part", "formula": "employees * 2", **facts})
    create_field(admin, "account", {"key": "whole", "formula": "employees / 8", "decimals": 0, **facts})
    held = make(company.li, "account", name="甲", employees="21")
    assert read_one(admin, "account", held)["part"] == 42
    change_field(admin, "account", "part", {"formula": "employees / 8"})
    account = read_one(admin, "account", held)
    assert (account["part"], account["whole"]) == (Decimal("2.625"), 3)
    assert ">2.625<" in office.get("/settings/objects/account/fields/part").content.decode()
    change_field(admin, "account", "part", {"formula": "employees + 1"})
    assert read_one(admin, "account", held)["part"] == 22
