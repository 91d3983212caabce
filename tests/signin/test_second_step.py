"""The second step: an app, a passkey, recovery codes; roles that ask for it; networks roles are bound to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client

from tests.company import PASSWORD
from tests.pages.pages_client import signed_in
from tests.signin.soft_key import SoftKey
from zhike.access.people import people
from zhike.access.signin import actor_of_session, create_token, sign_in
from zhike.access.signin.sessions import session_of
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.master_key.holders import holders
from zhike.records.signin.office import take_second_step_away
from zhike.records.signin.passkeys import Site, ask_to_make, ask_to_use, enter_by_passkey, make_passkey
from zhike.records.signin.second_step import (
    begin_authenticator,
    confirm_authenticator,
    factors_of,
    is_code_of,
    remove_authenticator,
    take_second_step,
)
from zhike.records.write import write
from zhike.store.database import rows

pytestmark = pytest.mark.usefixtures("home")
HERE = Site("testserver", "http://testserver")


def with_app(actor, token="") -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The actor has an app now; its next codes, and the recovery codes. One step passes, so that a code is fresh."""
    secret = begin_authenticator(actor)
    totp = pyotp.TOTP(secret.text.replace(" ", ""))
    _token, codes = confirm_authenticator(actor, token or sign_in(login_of(actor), PASSWORD), totp.at(now()))
    return totp, codes


def login_of(actor) -> str:
    return people().persons[actor.id].login


def role_of(actor) -> int:
    return people().persons[actor.id].roles[0]


def later(seconds: int = 31):
    return time_machine.travel(now() + timedelta(seconds=seconds))


# -- the app -------------------------------------------------------------------------------------------------------------
def test_with_an_app_the_password_alone_opens_nothing(home, company):
    totp, _codes = with_app(company.li)
    client = Client()
    with later():
        answer = client.post("/sign-in", {"login": "li", "password": PASSWORD, "next": "/accounts", "keep": "on"})
        assert answer.status_code == 200
        assert 'name="code"' in answer.content.decode()
        half = client.cookies["zhike"].value
        assert actor_of_session(half) is None
        assert client.get("/accounts").status_code == 302
        assert client.post("/sign-in/second", {"code": "000000"}).status_code == 422
        done = client.post("/sign-in/second", {"code": totp.at(now()), "next": "/accounts"})
        assert (done.status_code, done["Location"]) == (303, "/accounts")
        assert client.get("/accounts").status_code == 200
    assert client.cookies["zhike"].value != half
    assert session_of(half) is None
    assert client.cookies["zhike"]["max-age"]


def test_the_form_of_the_second_step_carries_the_token_of_the_new_session(home, company):
    _totp, codes = with_app(company.li)
    client = Client(enforce_csrf_checks=True)

    def token(page) -> dict[str, str]:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
        assert found
        return {"csrfmiddlewaretoken": found.group(1)}

    page = client.post("/sign-in", {"login": "li", "password": PASSWORD, **token(client.get("/sign-in"))})
    assert client.post("/sign-in/second", {"code": codes[0]}).status_code == 403
    assert client.post("/sign-in/second", {"code": codes[0], **token(page)}).status_code == 303


def test_a_code_is_taken_once_and_no_older_one_after_it(company):
    totp, _codes = with_app(company.li)
    with later(61):
        code, before = totp.at(now()), totp.at(now() - timedelta(seconds=30))
        assert is_code_of(company.li.id, code)
        assert not is_code_of(company.li.id, code)
        assert not is_code_of(company.li.id, before)
    with later(300):
        assert not is_code_of(company.li.id, code)
        assert is_code_of(company.li.id, f"{totp.at(now())[:3]} {totp.at(now())[3:]}")


def test_the_secret_is_sealed_and_recovery_codes_are_hashed(company):
    totp, codes = with_app(company.li)
    kept = str(rows('SELECT * FROM "store_authenticator"')) + str(rows('SELECT * FROM "store_recoverycode"'))
    assert totp.secret not in kept
    assert not [one for one in codes if one in kept or one.replace("-", "") in kept]


def test_turning_the_master_key_turns_the_key_of_a_secret_too(company):
    totp, _codes = with_app(company.li)
    assert "store_authenticator" in [one.table for one in holders()]
    with later():
        assert is_code_of(company.li.id, totp.at(now()))


def test_a_recovery_code_opens_the_door_once(company):
    _totp, codes = with_app(company.li)
    assert take_second_step(sign_in("li", PASSWORD), codes[0].upper())
    with pytest.raises(Invalid):
        take_second_step(sign_in("li", PASSWORD), codes[0])
    assert factors_of(company.li.id).codes == 9
    assert not is_code_of(company.wang.id, codes[1])


def test_codes_cannot_be_guessed_for_long(company):
    with_app(company.li)
    for _time in range(5):
        with pytest.raises(Invalid, match="code"):
            take_second_step(sign_in("li", PASSWORD), "000000")
    with pytest.raises(Invalid, match="Too many"):
        take_second_step(sign_in("li", PASSWORD), "000000")


def test_a_half_open_session_is_over_after_ten_minutes_and_can_do_nothing(home, company):
    totp, _codes = with_app(company.li)
    half = sign_in("li", PASSWORD)
    client = Client()
    client.cookies["zhike"] = half
    assert client.get("/security").status_code == 302
    assert client.get("/api/v1/accounts").status_code == 401
    with later(601):
        assert take_second_step(half, totp.at(now())) == ""


def test_setting_up_an_app_ends_all_other_sessions_and_shows_the_codes_once(home, company):
    here, there = signed_in("li"), signed_in("li")
    assert here.get("/security/app").status_code == 200
    assert begin_is_nothing_yet(company)
    page = here.post("/security/app").content.decode()
    assert "data:image/png" in page
    secret = re.search(r'secret-text">([^<]+)<', page).group(1).replace(" ", "")
    assert here.post("/security/app", {"code": "123"}).status_code == 422
    done = here.post("/security/app", {"code": pyotp.TOTP(secret).at(now())})
    assert done.content.decode().count("<li><code>") == 10
    assert here.get("/security").status_code == 200
    assert there.get("/security").status_code == 302
    assert here.get("/security/app").status_code == 303


def begin_is_nothing_yet(company) -> bool:
    return not rows('SELECT 1 FROM "store_authenticator"') and sign_in("li", PASSWORD) != ""


def test_ways_in_are_changed_only_by_who_showed_who_they_are_a_moment_ago(home, company):
    client = signed_in("li")
    with later(16 * 60):
        answer = client.post("/security", {"do": "new-token", "name": "x"})
        assert answer["Location"].startswith("/security/confirm?next=")
        assert client.get("/security/app")["Location"].startswith("/security/confirm?next=")
        assert client.post("/security/confirm", {"password": "no", "next": "/security"}).status_code == 422
        done = client.post("/security/confirm", {"password": PASSWORD, "next": "//evil.example"})
        assert done["Location"] == "/security"
        page = client.post("/security", {"do": "new-token", "name": "x"}).content.decode()
    assert 'value="zk_' in page
    assert "zk_" not in client.get("/security").content.decode()


def test_a_token_makes_no_tokens(company):
    with pytest.raises(Forbidden):
        create_token(replace(company.li, via="api"), company.li.id)
    with pytest.raises(Forbidden):
        create_token(company.li, company.wang.id)


# -- roles that ask for it -----------------------------------------------------------------------------------------------
def test_a_role_that_asks_for_a_second_step_lets_nobody_do_anything_before(home, company, admin):
    write(admin, Command("update", "role", role_of(company.li), {"second_step": True}))
    client = signed_in("li")
    assert client.get("/accounts")["Location"] == "/security/begin"
    assert client.post("/tasks/new", {"subject": "x"})["Location"] == "/security/begin"
    assert client.get("/api/v1/accounts").status_code == 401
    assert client.get("/security/begin").status_code == 200
    page = client.post("/security/app").content.decode()
    secret = re.search(r'secret-text">([^<]+)<', page).group(1).replace(" ", "")
    client.post("/security/app", {"code": pyotp.TOTP(secret).at(now())})
    assert client.get("/accounts").status_code == 200
    with pytest.raises(Invalid):
        remove_authenticator(company.li)


def test_a_lost_phone_is_helped_by_an_administrator_only(home, company, admin):
    with_app(company.li)
    with pytest.raises(Forbidden):
        take_second_step_away(company.wang, company.li.id)
    inside = session_of(sign_in("li", PASSWORD))
    assert inside is not None
    take_second_step_away(admin, company.li.id)
    assert not factors_of(company.li.id).any
    assert actor_of_session(sign_in("li", PASSWORD))


# -- passkeys ------------------------------------------------------------------------------------------------------------
def with_key(company) -> SoftKey:
    key = SoftKey()
    make_passkey(company.li, sign_in("li", PASSWORD), HERE, key.make(ask_to_make(company.li, HERE)), "Laptop")
    return key


def test_a_passkey_opens_a_strong_session_without_a_password(home, company):
    key = with_key(company)
    client = Client()
    asked = client.post("/sign-in/passkey")
    answer = client.post("/sign-in", {"passkey": key.use(asked.content.decode()), "next": "/accounts"})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts")
    session = session_of(client.cookies["zhike"].value)
    assert session is not None
    assert (session.user, session.stage) == (company.li.id, "strong")


def test_an_answer_counts_once(company):
    key = with_key(company)
    said = key.use(ask_to_use(HERE))
    assert enter_by_passkey(HERE, said)
    with pytest.raises(Invalid):
        enter_by_passkey(HERE, said)


@pytest.mark.parametrize("how", ["elsewhere", "no finger", "another key", "old", "not asked", "rubbish"])
def test_an_answer_that_is_not_right_is_refused(company, how):
    key = with_key(company)
    asked = ask_to_use(HERE)
    if how == "elsewhere":
        key.origin = "http://testserver.evil.example"
    if how == "no finger":
        key.verified = False
    if how == "another key":
        stranger = SoftKey()
        stranger.id = key.id
        key = stranger
    if how == "not asked":
        asked = json.dumps({**json.loads(asked), "challenge": "AAAA"})
    said = "[]" if how == "rubbish" else key.use(asked)
    with later(301 if how == "old" else 0), pytest.raises(Invalid):
        enter_by_passkey(HERE, said)


def test_a_passkey_is_the_second_step_of_its_own_person_only(home, company):
    key = with_key(company)
    with_app(company.wang)
    half = sign_in("wang", PASSWORD)
    with pytest.raises(Invalid):
        enter_by_passkey(HERE, key.use(ask_to_use(HERE, half)), half=half)
    half = sign_in("li", PASSWORD)
    token = enter_by_passkey(HERE, key.use(ask_to_use(HERE, half)), half=half)
    actor = actor_of_session(token)
    assert actor is not None
    assert actor.id == company.li.id


def test_who_was_let_go_comes_in_by_no_passkey(company, admin):
    key = with_key(company)
    write(admin, Command("update", "user", company.li.id, {"active": False}))
    with pytest.raises(Invalid):
        enter_by_passkey(HERE, key.use(ask_to_use(HERE)))


# -- networks ------------------------------------------------------------------------------------------------------------
def test_a_role_can_be_bound_to_networks_at_sign_in_and_at_each_request(home, company, admin):
    inside = signed_in("li", REMOTE_ADDR="10.1.2.3")
    token = create_token(company.li, company.li.id)
    write(admin, Command("update", "role", role_of(company.li), {"networks": "10.0.0.0/8, 2001:db8::/32"}))
    assert inside.get("/accounts").status_code == 200
    assert inside.get("/accounts", REMOTE_ADDR="::ffff:10.1.2.3").status_code == 200
    assert inside.get("/accounts", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert inside.get("/accounts", REMOTE_ADDR="rubbish").status_code == 403
    outside = Client(REMOTE_ADDR="203.0.113.9")
    refused = outside.post("/sign-in", {"login": "li", "password": PASSWORD})
    assert refused.status_code == 422
    assert (
        "not right"
        in Client(REMOTE_ADDR="203.0.113.9", headers={"Cookie": "zhike-language=en"})
        .post("/sign-in", {"login": "li", "password": PASSWORD})
        .content.decode()
    )
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client(headers=bearer, REMOTE_ADDR="10.9.9.9").get("/api/v1/accounts").status_code == 200
    assert Client(headers=bearer, REMOTE_ADDR="203.0.113.9").get("/api/v1/accounts").status_code == 401


def test_a_forwarded_address_counts_only_behind_a_proxy(company, admin, monkeypatch):
    write(admin, Command("update", "role", role_of(company.li), {"networks": "10.0.0.0/8"}))
    client = signed_in("li", REMOTE_ADDR="10.1.2.3")
    forged = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}
    assert client.get("/accounts", **forged).status_code == 403
    monkeypatch.setattr("zhike.web.visitor.settings.BEHIND_PROXY", True)
    proxied = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 10.1.2.3"}
    assert client.get("/accounts", **proxied).status_code == 200
    forged = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3, 203.0.113.9"}
    assert client.get("/accounts", **forged).status_code == 403


def test_an_administrator_cannot_lock_themselves_out(home, company, admin):
    office = signed_in("admin", REMOTE_ADDR="203.0.113.9")
    office.cookies["zhike-language"] = "en"
    form = {"name": "Administrator", "about": "", "networks": "10.0.0.0/8"}
    answer = office.post(f"/settings/roles/{role_of(admin)}/about", form)
    assert answer.status_code == 422
    assert "203.0.113.9" in answer.content.decode()
    assert office.post(f"/settings/roles/{role_of(admin)}/about", {**form, "networks": "10.0.0/33"}).status_code == 422
    assert (
        office.post(f"/settings/roles/{role_of(admin)}/about", {**form, "networks": "203.0.113.0/24"}).status_code
        == 303
    )
    assert office.get("/settings").status_code == 200
