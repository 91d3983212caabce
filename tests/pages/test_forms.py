"""Forms: what they show, how a refusal keeps what was typed, conflicts, duplicates, and the inputs of every kind."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.records.read import Query, read, read_one
from zhike.records.write import write
from zhike.schema.kinds import KINDS, Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, Option
from zhike.schema.values import Address, FileRef, Lookup, Money, Ref
from zhike.web.kinds import widgets

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


def hidden(answer, name):
    return re.search(rf'name="{re.escape(name)}" value="([^"]*)"', answer.content.decode()).group(1)


def only_account(actor):
    (row,) = read(actor, Query("account")).rows
    return read_one(actor, "account", row.id)


def test_the_form_of_a_new_record_asks_for_what_the_declaration_names():
    page = text_of(signed_in().get("/accounts/new"))
    for key in ("name", "short_name", "industry", "phone", "website"):
        assert f'id="f-{key.replace("_", "-")}"' in page
    assert 'id="f-open-amount"' not in page, "a roll-up is never typed"


def test_saving_creates_the_record_and_leads_to_its_page(company):
    answer = signed_in().post("/accounts/new", {"name": "凌渡精密机械", "phone": "0512-65880000", "level": "key"})
    made = only_account(company.li)
    assert answer.status_code == 303
    assert answer["Location"] == f"/accounts/{made.id}"
    assert made.values["level"] == "key"


def test_a_refused_form_answers_422_and_keeps_everything_typed():
    answer = signed_in().post(
        "/accounts/new", {"name": "苏州凌渡", "short_name": "凌渡", "credit_code": "123", "employees": "很多"}
    )
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="凌渡"' in page
    assert 'value="123"' in page
    assert 'href="#f-employees"' in page
    assert 'href="#f-credit-code"' in page
    assert re.search(r'id="f-credit-code"[^>]*aria-invalid="true"', page)
    assert not re.search(r'id="f-name"[^>]*aria-invalid', page)


def test_a_script_gets_only_the_form_back(company):
    answer = signed_in().post("/accounts/new", {"name": ""}, headers=part("form-page"))
    assert answer.status_code == 422
    assert "<html" not in text_of(answer)
    assert 'id="form"' in text_of(answer)


def test_the_same_form_sent_twice_makes_one_record(company):
    client = signed_in()
    once = hidden(client.get("/accounts/new"), "_once")
    for _again in range(2):
        client.post("/accounts/new", {"name": "青禾里食品", "_once": once})
    assert len(read(company.li, Query("account")).rows) == 1


def test_the_address_fills_the_form_in_advance(company):
    account = make(company.li, "account", name="北岸冷链物流")
    page = text_of(signed_in().get(f"/opportunities/new?account={account}&name=冷库温控"))
    assert 'value="冷库温控"' in page
    assert re.search(rf'name="account" value="{account}"', page)
    assert 'value="北岸冷链物流"' in page


def test_a_record_one_cannot_see_fills_in_nothing(company):
    account = make(company.chen, "account", name="他人的客户")
    page = text_of(signed_in().get(f"/opportunities/new?account={account}"))
    assert "他人的客户" not in page


def test_a_viewer_gets_no_form_for_new_records():
    assert signed_in("guest").get("/accounts/new").status_code == 403


# -- changing ------------------------------------------------------------------------------------------------------
@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械", level="normal", status="new", phone="13800001234")


def test_saving_without_a_change_writes_nothing(company, account):
    client = signed_in()
    page = client.get(f"/accounts/{account}/edit")
    sent = {"_seen": hidden(page, "_seen"), "name": "凌渡精密机械", "level": "normal"}
    assert client.post(f"/accounts/{account}/edit", sent).status_code == 303
    assert read_one(company.li, "account", account).version == 1


def test_changes_to_different_fields_merge(company, account):
    client = signed_in()
    seen = hidden(client.get(f"/accounts/{account}/edit"), "_seen")
    write(company.zhao, Command("update", "account", account, {"status": "customer"}))
    sent = {"_seen": seen, "name": "凌渡精密机械", "level": "key", "status": "new"}
    assert client.post(f"/accounts/{account}/edit", sent).status_code == 303
    now = read_one(company.li, "account", account)
    assert (now.values["level"], now.values["status"]) == ("key", "customer")


def test_the_same_field_changed_by_two_answers_409_with_both_values(company, account):
    client = signed_in()
    seen = hidden(client.get(f"/accounts/{account}/edit"), "_seen")
    write(company.zhao, Command("update", "account", account, {"level": "key"}))
    sent = {"_seen": seen, "name": "凌渡精密机械有限公司", "level": "small"}
    answer = client.post(f"/accounts/{account}/edit", sent)
    page = text_of(answer)
    assert answer.status_code == 409
    assert 'name="_keep.level" value="theirs" checked' in page
    assert 'name="_keep.level" value="yours"' in page
    assert "赵敏" in page
    assert 'value="凌渡精密机械有限公司"' in page


@pytest.mark.parametrize(("keep", "level"), [("theirs", "key"), ("yours", "small")])
def test_the_value_chosen_after_a_conflict_is_the_one_that_stays(company, account, keep, level):
    client = signed_in()
    seen = hidden(client.get(f"/accounts/{account}/edit"), "_seen")
    write(company.zhao, Command("update", "account", account, {"level": "key"}))
    sent = {"_seen": seen, "name": "凌渡精密", "level": "small"}
    refused = client.post(f"/accounts/{account}/edit", sent)
    again = {**sent, "_seen": hidden(refused, "_seen"), "_keep.level": keep}
    assert client.post(f"/accounts/{account}/edit", again).status_code == 303
    now = read_one(company.li, "account", account)
    assert (now.values["level"], now.values["name"]) == (level, "凌渡精密")


def test_a_masked_phone_left_empty_stays(company, account):
    client = signed_in("zhao")
    page = client.get(f"/accounts/{account}/edit")
    assert "13800001234" not in text_of(page)
    sent = {"_seen": hidden(page, "_seen"), "name": "凌渡", "phone": "", "phone.was": "138****1234"}
    assert client.post(f"/accounts/{account}/edit", sent).status_code == 303
    assert read_one(company.li, "account", account).values["phone"].endswith("13800001234")


def test_one_field_can_be_changed_in_place(company, account):
    client = signed_in()
    form = client.get(f"/accounts/{account}/edit?only=level", headers=part("fact"))
    assert "<html" not in text_of(form)
    assert 'name="level"' in text_of(form)
    assert 'name="name"' not in text_of(form)
    sent = {"_seen": hidden(form, "_seen"), "level": "key"}
    answer = client.post(f"/accounts/{account}/edit?only=level", sent, headers=part("fact"))
    assert answer.status_code == 200
    assert 'data-field="level"' in text_of(answer)
    assert read_one(company.li, "account", account).values["level"] == "key"


def test_a_viewer_cannot_open_the_form_of_a_record(account):
    assert signed_in("guest").get(f"/accounts/{account}/edit").status_code == 403


# -- while typing --------------------------------------------------------------------------------------------------
def test_a_record_that_is_here_already_is_named_while_typing(account):
    answer = signed_in().post("/accounts/new?part=same", {"name": "凌渡精密机械"}, headers=part("same"))
    assert f"/accounts/{account}" in text_of(answer)
    assert not text_of(signed_in().post("/accounts/new?part=same", {"name": "没有的"}, headers=part("same"))).strip()


def test_the_picker_finds_by_name_and_shows_the_latest_when_nothing_is_typed(account):
    client = signed_in()
    for query in ("凌渡", ""):
        page = text_of(client.get("/pick/accounts", {"q": query}, headers=part("list")))
        assert f'data-id="{account}"' in page


def test_the_picker_shows_nobody_elses_records(account):
    assert f'data-id="{account}"' not in text_of(
        signed_in("chen").get("/pick/accounts", {"q": "凌渡"}, headers=part("list"))
    )


def test_a_name_typed_instead_of_picked_is_looked_up_when_saving(company, account):
    sent = {"name": "数控产线升级", "account": "", "account.text": "凌渡精密机械", "account.was": ""}
    assert signed_in().post("/opportunities/new", sent).status_code == 303
    (row,) = read(company.li, Query("opportunity", columns=("account",))).rows
    assert row.values["account"].id == account


def test_regions_come_as_provinces_with_cities_and_districts():
    provinces = {code: cities for code, _name, cities in signed_in().get("/regions.json").json()}
    suzhou = next(city for city in provinces["320000"] if city[0] == "320500")
    assert ["320506", "吴中区"] in suzhou[2]


def test_an_uploaded_file_is_kept_when_the_form_is_refused(company, account):
    client = signed_in()
    sent = {
        "name": "",
        "parent": str(account),
        "parent.object": "account",
        "parent.text": "凌渡精密机械",
        "parent.was": "凌渡精密机械",
    }
    upload = SimpleUploadedFile("方案.pdf", b"%PDF-1.7 x", content_type="application/pdf")
    refused = client.post("/files/new", {**sent, "content": upload})
    assert refused.status_code == 422
    kept = hidden(refused, "content.keep")
    saved = client.post("/files/new", {**sent, "name": "方案", "content.keep": kept, "content.name": "方案.pdf"})
    assert saved.status_code == 303
    (row,) = read(company.li, Query("file", columns=("content",))).rows
    got = client.get(f"/files/file/{row.id}/content")
    assert b"".join(got.streaming_content) == b"%PDF-1.7 x"
    assert got["Content-Disposition"].startswith("attachment")


# -- every kind ----------------------------------------------------------------------------------------------------
OPTIONS = (Option("a", _("A")), Option("b", _("B")))
SAMPLES = {
    "text": "凌渡", "long_text": "两行\n文字", "number": Decimal("12.5"), "percent": Decimal(80),
    "money": Money(Decimal("860000.50"), "USD"),
    "duration": 90, "yes_no": True, "choice": "b", "choices": ("a", "b"), "link": Ref("account", 7, "凌渡"),
    "links": (Ref("account", 7, "凌渡"), Ref("account", 8, "青禾里")), "any_link": Ref("account", 7, "凌渡"),
    "file": FileRef(9, "a.pdf", 3, "application/pdf"), "url": "https://example.com/", "rich_text": "<p>好</p>",
    "address": Address("CN", "320000", "320500", "320506", "尧峰路1号", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_value_shown_in_its_input_and_sent_back_is_the_same_value(kind):
    field = FieldSpec("x", _("X"), kind, options=OPTIONS, to="account" if kind in ("link", "links") else "", decimals=2)
    setting = Setting()
    value = SAMPLES[kind]
    raw = widgets.raw(field, widgets.typed_of_value(value, field, setting))
    parsed = kind_of(field).parse(raw, field, setting)
    assert kind_of(field).to_json(parsed, field) is not None
    strip = (
        Ref("account", 7)
        if kind in ("link", "any_link")
        else (Ref("account", 7), Ref("account", 8))
        if kind == "links"
        else value
    )
    assert parsed == strip or getattr(parsed, "id", None) == getattr(value, "id", 0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_an_input_that_can_be_drawn(kind):
    field = FieldSpec(
        "x", _("Example"), kind, options=OPTIONS, to="account" if kind.startswith("link") else "", result="number"
    )
    held = widgets.control(field, {}, Setting(), problem="wrong")
    drawn = widgets_drawn(held)
    assert "Example" in drawn
    assert 'id="f-x' in drawn


def widgets_drawn(held):
    from zhike.web.jinja import engine

    return engine().get_template("widgets/field.html").render(control=held)


def test_words_instead_of_a_picked_record_are_looked_up():
    field = FieldSpec("x", _("X"), "link", to="account")
    assert widgets.raw(field, {"": [""], "text": ["凌渡"], "was": [""]}) == Lookup("凌渡")
    assert widgets.raw(field, {"": ["7"], "text": ["凌渡"], "was": ["旧名"]}) == Lookup("凌渡"), (
        "the text was changed without script"
    )
    assert widgets.raw(field, {"": ["7"], "text": [""], "was": ["旧名"]}) is None


def test_every_object_has_a_form(company):
    client = signed_in("admin")
    for spec in registry.shipped():
        assert client.get(f"/{spec.plural}/new").status_code == 200, spec.key


def test_doubles_are_looked_for_while_one_types():
    page = text_of(signed_in().get("/accounts/new"))
    aside = page[page.index('id="same"') :]
    assert "input from:#f-name delay" in aside[: aside.index("</aside>")]
