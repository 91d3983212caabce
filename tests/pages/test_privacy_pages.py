"""The privacy desk and the log of readings as pages and through the API, for administrators alone."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import Company
from tests.pages.pages_client import make, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.privacy.reading import readings, write_opened
from zhike.records.read import read_one
from zhike.site.home import Home

MOBILE = "13755501234"


@pytest.fixture
def person(home: Home, company: Company) -> tuple[int, int]:
    contact = make(company.admin, "contact", name="金丝雀", mobile=MOBILE, about="话多")
    make(company.admin, "note", title="旧事", body="<p>x</p>", parent=f"contact:{contact}")
    return contact, make(company.admin, "consent", wording="v1", purpose="marketing", parent=f"contact:{contact}")


def test_a_person_is_found_by_number_and_erased_only_with_a_reason_and_a_tick(person: tuple[int, int]) -> None:
    contact, consent = person
    pages = _administrator()
    assert f"/settings/privacy/contacts/{contact}" in pages.post("/settings/privacy", {"q": MOBILE}).content.decode()
    at = f"/settings/privacy/contacts/{contact}"
    shown = pages.get(at).content.decode()
    assert "旧事" in shown
    assert f'value="consent:{consent}"' in shown
    places = {"place": [f"contact:{contact}"], "act": "erase", "mode": "anonymise"}
    assert pages.post(at, {**places, "reason": "asked by mail"}).status_code == 422  # not ticked
    refused = pages.post(at, {**places, "sure": "yes", f"keep-consent:{consent}": "proof of consent"})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert "proof of consent" in refused.content.decode()  # what was typed stays
    assert read_one(SYSTEM, "contact", contact)["name"] == "金丝雀"
    places["place"] = _ticked(shown)
    done = pages.post(
        at, {**places, "sure": "yes", "reason": "asked by mail", f"keep-consent:{consent}": "proof of it"}
    )
    assert done.status_code == 303, done.content.decode()
    assert read_one(SYSTEM, "contact", contact)["name"] is None
    assert "asked by mail" in pages.get("/settings/privacy").content.decode()
    assert pages.get("/settings/privacy/accounts/1").status_code == 404


def _administrator() -> Client:
    pages = signed_in("admin")
    pages.cookies["zhike-language"] = "en"
    return pages


def _ticked(page: str) -> list[str]:
    return [one.split('"')[0] for one in page.split('name="place" value="')[1:] if " checked" in one.split(">")[0]]


def test_the_data_is_given_out_as_a_zip_with_a_reason(person: tuple[int, int]) -> None:
    pages, at = _administrator(), f"/settings/privacy/contacts/{person[0]}"
    assert pages.post(at, {"act": "give"}).status_code == 422
    given = pages.post(at, {"act": "give", "reason": "asked by mail"})
    assert given.content.startswith(b"PK")


def test_opening_a_record_is_in_the_log_and_the_limit_is_set_below_it(
    person: tuple[int, int], company: Company
) -> None:
    pages = _administrator()
    pages.get(f"/contacts/{person[0]}")
    caller_of(company.admin).get(f"contacts/{person[0]}")
    assert write_opened() == 2
    assert {one.via for one in readings(company.admin, act="view")} == {"web", "api"}
    shown = pages.get("/settings/access-log", {"who": "admin", "act": "view"}).content.decode()
    assert "金丝雀" in shown
    assert "金丝雀" not in pages.get("/settings/access-log", {"who": "li"}).content.decode()
    assert "Nobody is called" in pages.get("/settings/access-log", {"who": "nobody at all"}).content.decode()
    limit = {"records": "7", "minutes": "3", "response": "lock"}
    assert pages.post("/settings/access-log", {**limit, "records": "many"}).status_code == 422
    assert pages.post("/settings/access-log", limit).status_code == 303
    assert 'value="7"' in pages.get("/settings/access-log").content.decode()


def test_the_desk_is_closed_to_everybody_else(person: tuple[int, int], company: Company) -> None:
    pages, api = signed_in("zhao"), caller_of(company.zhao)
    for address in (
        "/settings/privacy",
        f"/settings/privacy/contacts/{person[0]}",
        "/settings/access-log",
        "/settings/key",
    ):
        assert pages.get(address).status_code == 403, address
    api.get(f"privacy/person?object=contact&record={person[0]}", 403)
    api.get("privacy/readings", 403)


def test_programs_find_erase_and_ask_whether_they_may_send(person: tuple[int, int], company: Company) -> None:
    contact, consent = person
    api = caller_of(company.admin)
    found = api.get(f"privacy/person?object=contact&record={contact}")
    assert {one["role"] for one in found["places"]} == {"person", "written"}
    asked = f"privacy/may_send?object=contact&record={contact}&channel=mail&purpose="
    assert api.get(asked + "marketing")["may"] is True
    api.post("consents/actions/withdraw", {"ids": [consent]}, 200)
    assert api.get(asked + "marketing")["may"] is False
    body = {"object": "contact", "record": contact, "mode": "erase", "reason": "asked by mail"}
    api.post("privacy/erase", {**body, "places": [f"contact:{contact}"]}, 422)
    places = [f"{one['object']}:{one['id']}" for one in found["places"]]
    assert api.post("privacy/erase", {**body, "places": places}, 200)["erased"] == 3
    assert api.get("privacy/readings")["readings"] == []
