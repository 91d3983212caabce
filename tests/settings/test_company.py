"""The list of settings and the company's own facts: who may open them, what is refused, what the log remembers."""

from __future__ import annotations

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.company.company import set_company
from zhike.records.company.settings import company as facts
from zhike.records.company.settings_log import setting_changes
from zhike.web.pages.settings.places import PLACES

pytestmark = pytest.mark.usefixtures("home")
WHOLE = {"name": "衡川科技", "currency": "CNY", "country": "CN", "timezone": "Asia/Shanghai", "language": "zh-hans"}


def test_an_administrator_finds_every_place_in_the_list():
    page = signed_in("admin").get("/settings").content.decode()
    assert all(f'href="{place.address}"' in page for place in PLACES if place.listed())


@pytest.mark.parametrize(
    "address", ["/settings", *(place.address for place in PLACES if place.address.startswith("/settings"))]
)
def test_a_seller_is_told_that_the_settings_are_closed(address):
    client = signed_in("li")
    assert client.get(address).status_code == 403
    assert "/settings" not in client.get("/accounts").content.decode()


@pytest.mark.parametrize("address", [place.address for place in PLACES])
def test_every_place_opens_in_both_languages_without_changing_anything(address):
    client = signed_in("admin")
    before = setting_changes()
    for language in ("zh-hans", "en"):
        client.cookies["zhike-language"] = language
        answer = client.get(address)
        assert answer.status_code == 200, address
    assert setting_changes() == before


def test_the_company_is_renamed_and_the_log_says_by_whom(admin):
    answer = signed_in("admin").post("/settings/company", {**WHOLE, "name": "  远航 "})
    assert (answer.status_code, facts().name) == (303, "远航")
    line = setting_changes(1)[0]
    assert (line.actor, line.key, line.before, line.after) == (admin.id, "company.name", "知客", "远航")


def test_wrong_facts_are_refused_at_their_fields_and_what_was_typed_stays():
    answer = signed_in("admin").post(
        "/settings/company", {**WHOLE, "name": "", "timezone": "Mars/Olympus", "country": "China"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(f'id="f-{key}-problem"' in page for key in ("name", "timezone", "country"))
    assert facts().timezone == "Asia/Shanghai"


def test_the_base_currency_can_change_until_an_amount_is_stored(admin, company):
    set_company(admin, {"currency": "EUR"})
    assert facts().currency == "EUR"
    account = make(company.li, "account", name="甲")
    make(company.li, "opportunity", name="乙", account=account, amount="100")
    with pytest.raises(Invalid) as refused:
        set_company(admin, {"currency": "CNY"})
    assert refused.value.problems[0].field == "currency"
    assert facts().currency == "EUR"


def test_nobody_else_changes_the_company(company):
    with pytest.raises(Forbidden):
        set_company(company.zhao, {"name": "mine"})
