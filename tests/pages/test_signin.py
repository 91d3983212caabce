"""Signing in, going on to where one wanted to be, and signing out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.company import PASSWORD
from tests.pages.pages_client import part, signed_in
from zhike.web.links import local

pytestmark = pytest.mark.usefixtures("home")


def test_a_stranger_is_sent_to_the_sign_in_page_with_the_way_back():
    answer = Client().get("/accounts?where=owner%20%3D%20me")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Faccounts%3Fwhere%3Downer%2520%253D%2520me"


def test_the_right_password_opens_a_session_and_goes_on():
    client = Client()
    answer = client.post("/sign-in", {"login": "li", "password": PASSWORD, "next": "/accounts"})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts")
    assert client.get("/accounts").status_code == 200


def test_a_wrong_password_is_refused_and_the_login_stays_typed():
    answer = Client().post("/sign-in", {"login": "li", "password": "wrong"})
    assert answer.status_code == 422
    assert 'value="li"' in answer.content.decode()
    assert "zhike" not in answer.cookies


def test_a_wrong_login_reads_like_a_wrong_password():
    texts = []
    for login in ("li", "nobody-at-all"):
        page = Client().post("/sign-in", {"login": login, "password": "wrong"}).content.decode()
        texts.append(page[page.index('id="problem"') : page.index("</div>", page.index('id="problem"'))])
    assert texts[0] == texts[1]


def test_empty_fields_are_refused_before_anything_is_asked():
    assert Client().post("/sign-in", {"login": "", "password": ""}).status_code == 422


def test_the_session_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere():
    answer = Client().post("/sign-in", {"login": "li", "password": PASSWORD, "keep": "on"})
    cookie = answer.cookies["zhike"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == 14 * 24 * 3600
    assert not cookie["secure"]


def test_over_https_the_session_cookie_stays_on_https():
    answer = Client().post("/sign-in", {"login": "li", "password": PASSWORD}, secure=True)
    assert answer.cookies["zhike"]["secure"]
    assert answer.cookies["zhike"]["max-age"] == ""


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/a\nb", "\\/evil", ""],
)
def test_only_paths_of_this_site_are_gone_on_to(address):
    assert local(address, "/home") == "/home"
    answer = Client().post("/sign-in", {"login": "li", "password": PASSWORD, "next": address})
    assert answer["Location"] == "/"


def test_a_path_of_this_site_is_kept_whole():
    assert local("/accounts?where=a%20b#x") == "/accounts?where=a%20b#x"


def test_signing_out_ends_the_session_on_the_server_too():
    client = signed_in()
    token = client.cookies["zhike"].value
    assert client.post("/sign-out").status_code == 303
    other = Client()
    other.cookies["zhike"] = token
    assert other.get("/accounts").status_code == 302


def test_no_link_can_sign_out():
    client = signed_in()
    assert client.get("/sign-out").status_code == 405
    assert client.get("/accounts").status_code == 200


def test_a_script_without_a_session_gets_401_and_the_address_to_sign_in_at():
    answer = Client().get("/accounts", headers={**part("list"), "HX-Current-URL": "http://testserver/accounts?find=x"})
    assert answer.status_code == 401
    assert answer["X-Zhike-Sign-In"] == "/sign-in?next=%2Faccounts%3Ffind%3Dx"
    assert answer.content == b""


def test_a_form_without_its_token_is_refused_with_a_page():
    answer = Client(enforce_csrf_checks=True).post("/sign-in", {"login": "li", "password": PASSWORD})
    assert answer.status_code == 403
    assert "zhike" not in answer.cookies


def test_a_signed_in_person_is_not_asked_again():
    answer = signed_in().get("/sign-in?next=/accounts")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts")
