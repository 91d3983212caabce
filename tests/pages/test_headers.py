"""Headers that keep a page to itself, and languages."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.web.generic import lists

pytestmark = pytest.mark.usefixtures("home")


def policy_of(answer):
    return {part.split(" ")[0]: part.split(" ")[1:] for part in answer["Content-Security-Policy"].split("; ")}


def test_nothing_inline_may_run_and_nothing_may_be_loaded_from_elsewhere():
    policy = policy_of(Client().get("/sign-in"))
    assert policy["default-src"] == ["'none'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not [word for words in policy.values() for word in words if "unsafe" in word or "http" in word]


def test_every_page_has_a_nonce_of_its_own_and_its_script_carries_it():
    seen = set()
    for _time in range(2):
        answer = Client().get("/sign-in")
        nonce = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"]).group(1)
        assert set(re.findall(r"<script[^>]*nonce=\"([^\"]+)\"", answer.content.decode())) == {nonce}
        seen.add(nonce)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ],
)
def test_personal_pages_are_kept_to_themselves(name, value):
    assert signed_in().get("/accounts")[name] == value


def test_https_is_remembered_only_when_it_is_used():
    assert "Strict-Transport-Security" not in Client().get("/sign-in")
    assert "Strict-Transport-Security" in Client().get("/sign-in", secure=True)


def test_pages_speak_the_language_of_the_person_and_say_so():
    page = signed_in("li").get("/accounts")
    assert page["Content-Language"] == "zh-CN"
    assert '<html lang="zh-CN"' in page.content.decode()


def test_a_stranger_chooses_the_language_on_the_device():
    client = Client()
    client.post("/language", {"language": "en", "next": "/sign-in"})
    assert '<html lang="en"' in client.get("/sign-in").content.decode()
    client.post("/language", {"language": "zh-hans"})
    assert '<html lang="zh-CN"' in client.get("/sign-in").content.decode()


def test_an_unknown_language_changes_nothing():
    client = Client()
    client.post("/language", {"language": "xx"})
    assert "zhike-language" not in client.cookies


def test_a_missing_and_a_hidden_record_give_the_very_same_page(company):
    hidden = make(company.chen, "account", name="只有陈晨看得到")
    client = signed_in("li")
    answers = [client.get(f"/accounts/{ident}") for ident in (hidden, 999_999_999)]
    assert [one.status_code for one in answers] == [404, 404]
    pages = [
        re.sub(r'nonce="[^"]*"|content="[^"]*"|value="[^"]{40,}"|/accounts/\d+', "", one.content.decode())
        for one in answers
    ]
    assert pages[0] == pages[1]


def test_an_address_that_leads_nowhere_looks_like_a_missing_record():
    assert signed_in().get("/no/such/place").status_code == 404


def test_a_refusal_for_a_part_is_a_toast_and_swaps_nothing(monkeypatch):
    def refuse(*_anything, **_more):
        raise Forbidden(_("Not today."))

    monkeypatch.setattr(lists, "read", refuse)
    answer = signed_in().get("/accounts", headers=part("table"))
    assert answer.status_code == 403
    assert answer["HX-Reswap"] == "none"
    assert "zhike:toast" in answer["HX-Trigger"]
    assert "<html" not in answer.content.decode()


def test_a_failure_shows_a_number_that_is_in_the_log(monkeypatch, caplog):
    def fail(*_anything, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(lists, "read", fail)
    client = signed_in()
    client.raise_request_exception = False
    answer = client.get("/accounts")
    assert answer.status_code == 500
    number = re.search(r"[0-9a-f]{4}-[0-9a-f]{4}", answer.content.decode().split("<main", 1)[1]).group()
    assert number in caplog.text


def test_the_theme_is_drawn_by_the_server_so_that_nothing_flashes():
    client = signed_in()
    client.post("/preferences", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/preferences").content.decode()
    client.post("/preferences", {"theme": "system"})
    assert "data-theme=" not in client.get("/preferences").content.decode().split(">", 2)[1]


def test_a_made_up_theme_is_ignored():
    client = signed_in()
    client.post("/preferences", {"theme": '"><script>'})
    assert "zhike-theme" not in client.cookies


def test_pages_travel_compressed_and_files_as_they_are():
    client = signed_in()
    page = client.get("/accounts", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) < len(client.get("/accounts").content) / 3
    assert "Accept-Encoding" in page["Vary"]
    assert "Content-Encoding" not in client.get("/accounts")
    answer = client.get("/app.webmanifest", headers={"accept-encoding": "gzip"})
    assert answer.headers.get("Content-Encoding") in (None, "gzip")
