"""The web around the pages: nothing inline, nothing without its token, nowhere else to be sent, no name but ours, no text that
becomes code."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from tests.company import PASSWORD
from tests.pages.pages_client import make, signed_in
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.web.links import local

pytestmark = pytest.mark.usefixtures("home")

PAGES = (
    "/ /accounts /accounts/new /accounts/board /contacts /opportunities/board /tasks /calendar /dashboard /inbox /search?q=a"
    " /preferences /security /security/app /security/passkey /security/confirm /settings /settings/people /settings/roles"
    " /settings/mail /settings/objects /settings/log /accounts/import /jobs /no/such/place"
).split()
STRANGERS = "/sign-in /sign-in/forgotten /offline /welcome/none /no/such/place".split()
PAYLOADS = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg/onload=alert(1)>", "</textarea><script>alert(1)</script>",
    "javascript:alert(1)", "{{7*7}}", "${7*7}", "<a href=javascript:alert(1)>x</a>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<div hx-get=/sign-out hx-trigger=load>", "\"hx-on:click=\"alert(1)", "<style>*{display:none}</style>", "<!--", "]]>", "%3Cscript%3E",
]  # fmt: skip
ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
    "http:/evil.example", "javascript:alert(1)", "data:text/html,x", "/\tevil.example", "/\n/evil.example", "\t//evil.example",
    " //evil.example", "/%0d%0aLocation:x\r\nA: b", "//evil.example/@testserver", "https://testserver@evil.example", "//[::1]/",
    "evil.example",
    "/\u2028/evil.example",
]  # fmt: skip


class Inline(HTMLParser):
    """Everything in a page that could run or style by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.nonces: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and names.get("src"):
            self.nonces.add(names.get("nonce") or "")
        if (tag == "script" and not names.get("src")) or tag in ("style", "iframe", "object", "embed", "base"):
            self.found.append(tag)
        for name, value in attrs:
            reads_code = name in ("href", "src", "action", "formaction") and (value or "").strip().lower().startswith(
                ("javascript:", "data:text", "vbscript:")
            )
            if name.startswith(("on", "hx-on")) or name in ("style", "srcdoc") or reads_code:
                self.found.append(f"{tag} {name}={value}")


def test_what_looks_for_inline_code_finds_it():
    assert [len(Inline(payload).found) for payload in (PAYLOADS[0], PAYLOADS[1], PAYLOADS[7], "<p>text</p>")] == [
        1,
        1,
        1,
        0,
    ]


def test_no_page_has_anything_inline_and_each_keeps_itself_to_itself(company):
    for client, pages in ((signed_in("admin"), PAGES), (Client(), STRANGERS)):
        for address in pages:
            answer = client.get(address)
            policy = answer["Content-Security-Policy"]
            assert "'unsafe" not in policy, address
            assert "*" not in policy, address
            assert "no-store" in answer["Cache-Control"], address
            assert answer["X-Content-Type-Options"] == "nosniff"
            page = Inline(answer.content.decode())
            assert page.found == [], address
            assert all(f"'nonce-{one}'" in policy for one in page.nonces), address


def test_no_address_takes_a_form_without_its_token(company):
    client = signed_in("li", enforce_csrf_checks=False)
    client.handler.enforce_csrf_checks = True
    taken = []
    for pattern in walk(get_resolver().url_patterns):
        if pattern.startswith(("api", "static", "hooks", "^")):
            continue
        address = "/" + re.sub(r"<[^>]*>", lambda found: filled(found.group()), pattern)
        answer = client.post(address, {"x": "y"})
        if answer.status_code != 403:
            taken.append((address, answer.status_code))
    assert taken == []


def walk(patterns, before=""):
    for one in patterns:
        here = before + str(one.pattern)
        yield from walk(one.url_patterns, here) if hasattr(one, "url_patterns") else [here]


def filled(part: str) -> str:
    return "accounts" if "plural" in part else "1" if "int:" in part else "x"


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_sent_elsewhere(address):
    assert local(address, "/home") == "/home"
    asked = {"login": "li", "password": PASSWORD, "next": address, "kept_to": address, "kept": '[["a","b"]]'}
    assert Client().post("/sign-in", asked)["Location"] == "/"
    client = signed_in()
    for path, form in (
        ("/language", {"language": "en"}),
        ("/preferences", {"theme": "dark"}),
        ("/security/confirm", {"password": PASSWORD}),
    ):
        where = client.post(path, {**form, "next": address})["Location"]
        assert re.match(r"/[^/\\]|/$", where), (path, where)
    assert client.get("/sign-in", {"next": address})["Location"] == "/"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "testserver@evil.example", "evil.example:80", "testserver, evil"],
)
def test_the_server_answers_only_under_its_own_names(host):
    client = Client(HTTP_HOST=host)
    answer = client.post("/sign-in", {"login": "li", "password": PASSWORD})
    assert answer.status_code == 400
    assert "evil" not in str(answer.headers)


def test_a_forwarded_host_makes_no_link(company):
    office = signed_in("admin", HTTP_X_FORWARDED_HOST="evil.example", HTTP_FORWARDED="host=evil.example")
    page = office.post(f"/settings/people/{company.li.id}/link").content.decode()
    assert "http://testserver/welcome/" in page
    assert "evil.example" not in page


def test_behind_a_proxy_with_tls_cookies_stay_on_https(monkeypatch):
    monkeypatch.setattr(settings, "SESSION_COOKIE_SECURE", True)
    assert Client().post("/sign-in", {"login": "li", "password": PASSWORD}).cookies["zhike"]["secure"]
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"))
    assert "Strict-Transport-Security" in Client(HTTP_X_FORWARDED_PROTO="https").get("/sign-in")


def test_a_form_changes_only_what_it_may(company):
    account = make(company.li, "account", name="江南机械")
    before = read_one(SYSTEM, "account", account)
    forged = {
        "name": "江南机械 2", "id": "7", "version": "99", "created_by": str(company.admin.id), "created_at": "2001-01-01",
        "updated_by": "1", "trashed": "2020-01-01", "vault": "w1.x", "number": "A-1", "is_superuser": "1", "roles": "1",
    }  # fmt: skip
    signed_in("li").post(f"/accounts/{account}/edit", forged)
    after = read_one(SYSTEM, "account", account)
    kept = ("created_by", "created_at", "id", "trashed")
    assert {key: after.values.get(key) for key in kept} == {key: before.values.get(key) for key in kept}
    assert after.version in (before.version, before.version + 1)
    bearer = {"Authorization": f"Bearer {create_token(company.li, company.li.id)}"}
    for key in ("id", "version", "created_by", "created_at", "vault", "is_superuser", "__class__"):
        answer = Client(headers=bearer).patch(
            f"/api/v1/accounts/{account}", f'{{"{key}": 7}}', content_type="application/json"
        )
        assert 400 <= answer.status_code < 500, key


def test_too_much_is_refused_at_once(company):
    bearer = {"Authorization": f"Bearer {create_token(company.li, company.li.id)}"}
    api = Client(headers=bearer)
    api.get("/api/v1/accounts")  # the first request of a process loads what all need
    bodies = {
        "deep": "[" * 100_000,
        "deep objects": '{"a":' * 50_000 + "1" + "}" * 50_000,
        "long number": '{"name":' + "9" * 100_000 + "}",
        "many keys": "{" + ",".join(f'"k{number}":1' for number in range(20_000)) + "}",
        "large": '"' + "x" * 11_000_000 + '"',
    }
    for name, body in bodies.items():
        began = time.monotonic()
        answer = api.post("/api/v1/accounts", body, content_type="application/json")
        assert 400 <= answer.status_code < 500, name
        assert time.monotonic() - began < 5, name
        assert len(answer.content) < 50_000, name
    door = Client()
    odd = '{"id":{"a":1},"response":{"clientDataJSON":5}}'
    for form in ({"passkey": "[" * 100_000}, {"passkey": odd}, {"login": "li\0", "password": "y"}):
        assert door.post("/sign-in", form).status_code == 422
    assert door.post("/sign-in", {"login": "x" * 100_000, "password": "y" * 1_000_000}).status_code == 422
    assert door.post("/sign-in", {f"k{number}": "1" for number in range(6_000)}).status_code == 413


def test_what_only_the_person_knows_is_never_handed_back_with_a_form(company):
    secrets = {
        "current": "geheim-1",
        "password": "geheim-2",
        "secret": "geheim-3",
        "code": "geheim-4",
        "name": "shown again",
    }
    ended = Client().post("/security", secrets)
    stale = Client(enforce_csrf_checks=True).post("/sign-in/second", secrets)
    for answer in (ended, stale):
        assert "geheim" not in answer.content.decode()
        assert "shown again" in answer.content.decode()


def test_nobody_gives_themselves_rights_through_a_form(company):
    signed_in("li").post(f"/users/{company.li.id}/edit", {"name": "李娜", "roles": str(roles_of(company.admin))})
    assert roles_of(company.li) != roles_of(company.admin)
    page = signed_in("li").post(f"/settings/people/{company.li.id}", {"roles": str(roles_of(company.admin))})
    assert page.status_code == 403


def roles_of(actor) -> int:
    found = read_one(SYSTEM, "user", actor.id)["roles"]
    return int(found[0].id)


def test_no_text_becomes_code_on_any_page_nor_in_an_export(company):
    for number, payload in enumerate(PAYLOADS):
        account = make(company.li, "account", **hostile("account", payload, name=f"{number} {payload}"))
        make(company.li, "contact", **hostile("contact", payload, name=payload, account=account))
        make(company.li, "note", **hostile("note", payload, title=payload, parent=f"account:{account}"))
        make(company.li, "task", subject=payload, parent=f"account:{account}")
    client = signed_in("li")
    addresses = [f"/{plural}" for plural in ("accounts", "contacts", "tasks", "notes")]
    addresses += [f"/accounts/{account}", f"/accounts/{account}/edit", "/accounts?find=alert", "/search?q=alert", "/"]
    for address in addresses:
        page = client.get(address).content.decode()
        assert Inline(page).found == [], address
        assert "hx-get=/sign-out" not in re.sub(r"&\w+;[^<]*", "", page), address
    assert "&lt;script&gt;alert(1)" in client.get("/accounts").content.decode()
    bearer = {"Authorization": f"Bearer {create_token(company.li, company.li.id)}"}
    answer = Client(headers=bearer).get("/api/v1/accounts")
    assert (answer["Content-Type"].partition(";")[0], answer["X-Content-Type-Options"]) == (
        "application/json",
        "nosniff",
    )


def hostile(key: str, payload: str, **given) -> dict[str, object]:
    """The payload in every field of text that takes it, besides what is given."""
    spec = registry.object(key)
    takes = [one for one in spec.fields if one.kind in ("text", "long_text", "rich_text") and not one.unique]
    free = [one for one in takes if not (one.formula or one.rollup or one.readonly or one.system or one.format)]
    values = {one.key: payload for one in free if (one.max or 1000) >= len(payload)}
    return {**values, **{name: one for name, one in given.items() if spec.field(name) is not None}}
