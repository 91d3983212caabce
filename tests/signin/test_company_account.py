"""Signing in with a company account: what a provider says is believed only when all of it is right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from joserfc import jwk

from tests.company import PASSWORD
from tests.pages.pages_client import signed_in
from tests.signin.local_provider import LocalProvider
from tests.signin.soft_key import SoftKey
from zhike.access.people import people
from zhike.access.signin import WrongSignIn, accept_invitation, actor_of_token, create_token, invite, sign_in
from zhike.access.signin.sessions import session_of
from zhike.channels.identity import houses
from zhike.channels.identity.oidc import forget_providers
from zhike.channels.identity.shape import Account, NotSignedIn, Trip
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound
from zhike.records.company.settings import kept
from zhike.records.company.settings_log import setting_changes
from zhike.records.feeds import new_feed, reader_of_feed
from zhike.records.privacy.mass_reading import set_limit
from zhike.records.reveal import log_reading
from zhike.records.signin.entry import enter
from zhike.records.signin.identities import Vouched, enter_by_provider
from zhike.records.signin.office import unlock
from zhike.records.signin.passkeys import Site, ask_to_make, ask_to_use, enter_by_passkey, make_passkey
from zhike.records.signin.provider import set_single_sign_on, single_sign_on
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def running() -> Iterator[LocalProvider]:
    provider = LocalProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running, admin, monkeypatch) -> LocalProvider:
    """The local provider, named in the settings; its key, header and answers as they should be."""
    forget_providers()
    running.signed_by, running.header, running.issuer = running.key, {"alg": "RS256", "kid": "one"}, running.base
    running.answers, running.asked = {}, []
    monkeypatch.setattr(settings, "PRIVATE_HOSTS", ["127.0.0.1"])
    set_single_sign_on(admin, form(running))
    return running


def form(provider: LocalProvider, **changed: Any) -> dict[str, Any]:
    usual = {"kind": "oidc", "issuer": provider.base, "client": "zhike", "secret": "s3cret:+", "domain": "example.com"}
    return {**usual, **changed}


def role(login: str) -> int:
    person = people().by_login(login)
    assert person is not None
    return person.roles[0]


def go(client: Client, next_: str = "") -> dict[str, str]:
    """To the provider: what the browser was sent with."""
    answer = client.get("/sign-in/with", {"next": next_} if next_ else {})
    assert answer.status_code == 302, answer.content.decode()
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def test_whoever_the_provider_vouches_for_comes_in_and_goes_on(provider, company, admin):
    write(admin, Command("update", "user", company.li.id, {"email": "li.na@example.com"}))
    client = Client()
    sent = go(client, "/accounts")
    assert (sent["client_id"], sent["code_challenge_method"], sent["redirect_uri"]) == (
        "zhike",
        "S256",
        "http://testserver/sign-in/back",
    )
    provider.says(sent["nonce"], email="Li.Na@example.com", email_verified=True)
    answer = client.get("/sign-in/back", {"code": "c-1", "state": sent["state"], "iss": provider.base})
    assert (answer.status_code, answer["Location"]) == (303, "/accounts")
    session = session_of(client.cookies["zhike"].value)
    assert session is not None
    assert (session.user, session.stage) == (company.li.id, "strong")
    asked = dict(provider.asked)["/token"]
    assert asked["code"] == "c-1"
    trip = Trip("", "", "", asked["code_verifier"])
    assert trip.challenge == sent["code_challenge"]
    assert asked["authorization"].startswith("Basic ")
    write(admin, Command("update", "user", company.li.id, {"email": None}))
    again = Client()
    sent = go(again)
    provider.says(sent["nonce"])
    assert again.get("/sign-in/back", {"code": "c-2", "state": sent["state"]}).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["zhike", "another"]}, {"azp": "another"}, {"nonce": "another"},
        {"nonce": None}, {"exp": 1}, {"iat": 1}, {"exp": None}, {"sub": None}, {"sub": ""}, {"iat": "soon"}, {"iss": None}, {"aud": None},
    ],
)  # fmt: skip
def test_an_id_token_that_is_not_right_in_everything_is_not_believed(provider, company, wrong):
    client = Client()
    sent = go(client)
    provider.says(sent["nonce"], **{"email": "li@example.com", "email_verified": True, **wrong})
    answer = client.get("/sign-in/back", {"code": "c", "state": sent["state"]})
    assert answer.status_code == 403
    assert "zhike" not in client.cookies
    assert "无法核实" in answer.content.decode()


@pytest.mark.parametrize("how", ["another key", "no signature", "our own secret"])
def test_a_signature_that_is_not_the_providers_is_not_believed(provider, company, how):
    client = Client()
    sent = go(client)
    provider.says(sent["nonce"])
    if how == "another key":
        provider.signed_by = jwk.RSAKey.generate_key(2048, {"kid": "one"})
    else:
        provider.header = {"alg": "HS256", "kid": "one"}
        provider.signed_by = jwk.OctKey.import_key("s3cret:+ and some more to be long enough")
    if how == "no signature":
        provider.header = {"alg": "none"}
    answer = client.get("/sign-in/back", {"code": "c", "state": sent["state"]})
    assert answer.status_code == 403
    assert "zhike" not in client.cookies


def test_a_way_back_belongs_to_the_browser_that_went_and_is_gone_once(provider, company):
    mine, theirs = Client(), Client()
    sent, _other = go(mine), go(theirs)
    provider.says(sent["nonce"])
    assert theirs.get("/sign-in/back", {"code": "c", "state": sent["state"]}).status_code == 403
    assert Client().get("/sign-in/back", {"code": "c", "state": sent["state"]}).status_code == 403
    assert mine.get("/sign-in/back", {"code": "c", "state": sent["state"] + "x"}).status_code == 403
    assert not mine.cookies["zhike-trip"].value
    sent = go(mine)
    assert (
        mine.get("/sign-in/back", {"code": "c", "state": sent["state"], "iss": "https://evil.example"}).status_code
        == 403
    )
    sent = go(mine)
    assert mine.get("/sign-in/back", {"error": "access_denied", "state": sent["state"]}).status_code == 403


def test_an_issuer_that_calls_itself_something_else_is_not_asked(provider, company):
    provider.issuer = "https://evil.example"
    answer = Client().get("/sign-in/with")
    assert answer.status_code == 403
    assert "evil.example" in answer.content.decode()


def test_who_read_a_great_deal_and_was_locked_out_comes_in_by_no_way_until_the_lock_ends(provider, company, admin):
    li, site = company.li, Site("testserver", "http://testserver")
    write(admin, Command("update", "user", li.id, {"email": "li.na@example.com"}))
    key = SoftKey()
    make_passkey(li, sign_in("li", PASSWORD), site, key.make(ask_to_make(li, site)), "phone")
    inside, half, bearer = signed_in("wang"), sign_in("li", PASSWORD), create_token(li, li.id)
    feed = new_feed(li)
    set_limit(admin, "1", "10", "lock")
    for actor in (li, company.wang):
        log_reading(actor, "export", "contact", None, None, "", fields=("mobile",), count=5)
    set_limit(admin, "1", "10", "off")

    def by_provider() -> None:
        enter_by_provider("oidc", Vouched("sub-li", email="li.na@example.com"))

    def by_link() -> None:
        token, _ends = invite(admin, li.id)
        accept_invitation(token, "Willows-along-the-bank-9")
        sign_in("li", "Willows-along-the-bank-9")

    ways = (
        lambda: sign_in("li", PASSWORD), lambda: enter("li.na@example.com", PASSWORD), by_provider, by_link,
        lambda: enter_by_passkey(site, key.use(ask_to_use(site))),
        lambda: enter_by_passkey(site, key.use(ask_to_use(site, half)), half=half),
    )  # fmt: skip
    for way in ways:
        with pytest.raises((Invalid, Forbidden)):
            way()
    client = Client()
    sent = go(client)
    provider.says(sent["nonce"], email="li.na@example.com", email_verified=True)
    assert client.get("/sign-in/back", {"code": "c-1", "state": sent["state"]}).status_code == 422
    assert session_of(half) is None
    assert actor_of_token(bearer) is None
    assert inside.get("/accounts").status_code == 302  # the session of the other one, too
    with pytest.raises(NotFound):
        reader_of_feed(feed)
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        assert enter_by_passkey(site, key.use(ask_to_use(site)))
    unlock(admin, li.id)  # or an administrator ends it sooner
    by_provider()


def test_wrong_passwords_of_anybody_hold_up_no_passkey(company, admin):
    li, site = company.li, Site("testserver", "http://testserver")
    key = SoftKey()
    make_passkey(li, sign_in("li", PASSWORD), site, key.make(ask_to_make(li, site)), "phone")
    for _try in range(7):
        with pytest.raises(Invalid):
            sign_in("li", "wrong")
    assert enter_by_passkey(site, key.use(ask_to_use(site)))


def test_somebody_unknown_comes_in_only_where_that_is_wanted_and_from_the_companys_domain(provider, company, admin):
    stranger = Vouched("u-9", "Sun Yi", "sun.yi@example.com")
    with pytest.raises(Forbidden):
        enter_by_provider("oidc", stranger)
    set_single_sign_on(admin, form(provider, create=True, role=role("li")))
    for other in (
        Vouched("u-8", "Eve", "eve@evil.example"),
        Vouched("u-7", "Eve"),
        Vouched("u-6", "E", "e@sub.example.com"),
    ):
        with pytest.raises(Forbidden):
            enter_by_provider("oidc", other)
    assert enter_by_provider("oidc", stranger)
    made = people().by_login("sun.yi@example.com")
    assert made is not None
    assert (made.name, made.roles) == ("Sun Yi", (role("li"),))
    with pytest.raises(Forbidden):
        enter_by_provider("lark", stranger)
    write(admin, Command("update", "user", made.id, {"active": False}))
    with pytest.raises(Forbidden):
        enter_by_provider("oidc", stranger)


def test_a_login_chosen_at_the_provider_never_becomes_an_administrator_nor_takes_a_linked_person(
    provider, company, admin
):
    set_single_sign_on(admin, form(provider, kind="wecom", agent="7", issuer=""))
    with pytest.raises(Forbidden):
        enter_by_provider("wecom", Vouched("admin", login="admin"))
    assert enter_by_provider("wecom", Vouched("li", login="li"))
    with pytest.raises(Forbidden):
        enter_by_provider("wecom", Vouched("another", login="li"))


def test_who_is_signed_in_links_their_own_account(provider, company):
    client = signed_in("admin")
    sent = dict(parse_qsl(urlsplit(client.get("/sign-in/with?link=1")["Location"]).query))
    provider.says(sent["nonce"], sub="boss")
    answer = client.get("/sign-in/back", {"code": "c", "state": sent["state"]})
    assert answer["Location"] == "/security#company-account"
    assert enter_by_provider("oidc", Vouched("boss"))
    with pytest.raises(WrongSignIn):
        sign_in("admin", "not it")


def test_where_there_is_no_other_way_only_the_emergency_administrator_uses_a_password(provider, company, admin):
    key = SoftKey()
    here = Site("testserver", "http://testserver")
    make_passkey(company.li, sign_in("li", PASSWORD), here, key.make(ask_to_make(company.li, here)), "x")
    for wrong in ("", "li", "nobody"):
        with pytest.raises(Invalid):
            set_single_sign_on(admin, form(provider, only=True, except_login=wrong))
    set_single_sign_on(admin, form(provider, only=True, except_login="admin"))
    with pytest.raises(WrongSignIn):
        enter("wang", PASSWORD)
    with pytest.raises(Invalid):
        enter_by_passkey(here, key.use(ask_to_use(here)))
    assert enter("admin", PASSWORD).token
    page = Client().get("/sign-in").content.decode()
    assert "/sign-in/with" in page


def test_the_secret_is_sealed_and_logged_nowhere_and_ends_with_another_client(provider, admin):
    assert "s3cret" not in str(kept("single_sign_on"))
    assert "s3cret" not in str(setting_changes())
    set_single_sign_on(admin, form(provider, secret="", domain="example.org"))
    assert single_sign_on().has_secret
    with pytest.raises(Invalid):
        set_single_sign_on(admin, form(provider, secret="", client="another"))
    with pytest.raises(Invalid):
        set_single_sign_on(admin, form(provider, create=True, role=role("li"), domain=""))


def test_the_settings_page_keeps_what_was_typed_and_is_for_administrators(provider, company):
    office = signed_in("admin")
    answer = office.post("/settings/single-sign-on", {"kind": "lark", "client": "cli_x", "secret": "geheim"})
    assert answer.status_code == 422
    assert "cli_x" in answer.content.decode()
    assert "geheim" not in answer.content.decode()
    for kind in ("", "oidc", "wecom", "dingtalk", "lark"):
        assert office.get(f"/settings/single-sign-on?kind={kind}").status_code == 200
    assert signed_in("li").get("/settings/single-sign-on").status_code == 403


# -- the three houses ----------------------------------------------------------------------------------------------------
TRIP = Trip("http://testserver/sign-in/back", "state", "nonce", "verifier")


@pytest.fixture
def houses_here(provider, monkeypatch) -> LocalProvider:
    for name in ("WECOM", "DINGTALK", "LARK"):
        monkeypatch.setattr(houses, name, provider.base)
    return provider


def test_wecom_tells_the_member_and_no_stranger(houses_here):
    account = Account("wecom", "ww1", "secret", agent="7")
    assert "agentid=7" in houses.WeCom().address(account, TRIP)
    houses_here.answers = {
        "/cgi-bin/gettoken": {"access_token": "t"},
        "/cgi-bin/auth/getuserinfo": {"userid": "lina"},
        "/cgi-bin/user/get": {"name": "李娜", "biz_mail": "lina@example.com"},
    }
    who = houses.WeCom().who(account, TRIP, "c")
    assert (who.subject, who.name, who.email, who.login) == ("lina", "李娜", "lina@example.com", "lina")
    houses_here.answers["/cgi-bin/auth/getuserinfo"] = {"openid": "a stranger"}
    with pytest.raises(NotSignedIn):
        houses.WeCom().who(account, TRIP, "c")


def test_dingtalk_and_lark_let_only_the_companys_own_organisation_in(houses_here):
    houses_here.answers = {
        "/v1.0/oauth2/userAccessToken": {"accessToken": "t", "corpId": "ding1"},
        "/v1.0/contact/users/me": {"unionId": "U", "nick": "李娜", "email": "self-made@example.com"},
        "/open-apis/authen/v2/oauth/token": {"access_token": "t"},
        "/open-apis/authen/v1/user_info": {
            "data": {"open_id": "O", "name": "李娜", "tenant_key": "t1", "enterprise_email": "l@example.com"}
        },
    }
    ding = houses.DingTalk().who(Account("dingtalk", "k", "s", organisation="ding1"), TRIP, "c")
    assert (ding.subject, ding.email) == ("U", "")
    lark = houses.Lark().who(Account("lark", "k", "s", organisation="t1"), TRIP, "c")
    assert (lark.subject, lark.email) == ("O", "l@example.com")
    assert dict(houses_here.asked)["/open-apis/authen/v2/oauth/token"]["code_verifier"] == "verifier"
    for adapter in (houses.DingTalk(), houses.Lark()):
        for other in ("another", ""):
            with pytest.raises(NotSignedIn):
                adapter.who(Account("x", "k", "s", organisation=other), TRIP, "c")
