"""What hostile people write and send: texts stay texts, files stay files, and what the system keeps cannot be set."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.conftest import caller_of
from tests.company import Company
from tests.contract.made import EVERYTHING, make_custom_object, values, writable
from tests.pages.pages_client import make, signed_in
from tests.proof.matrix import patterns
from zhike.kernel.actor import SYSTEM
from zhike.records.importing.table import import_table
from zhike.records.read import Query, read, read_one
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.store.database import row

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.sqlite]
TEMPLATES = (
    "{{7*7}}7", "${7*7}7", "#{7*7}7", "{%if 1%}49{%endif%}7", "<%= 7*7 %>7", "{{x.__class__.__mro__}}", "{0.__init__.__globals__}",
    "%(name)s", "{name}", "{{settings.SECRET_KEY}}", "{% include '/etc/passwd' %}", "$name", "{{ cycler.__init__ }}",
)  # fmt: skip
NAMES = (
    "../../../evil.txt", "..\\..\\evil.txt", "/etc/passwd", "C:\\windows\\evil.txt", "%2e%2e%2fevil.txt", "a\x00b.txt", "CON", "NUL.txt",
    "x" * 300 + ".txt", "\u202egpj.exe", "a/../../b.txt", "evil.html", "evil.svg", "evil.xhtml", "evil.js", "evil.shtml", "evil.php",
    "evil.exe", ".htaccess", "a\r\nSet-Cookie: x=y.txt", 'a";filename=b.html', "ａ．ｈｔｍｌ", "evil.xml", "evil.mht", "evil.svgz",
)  # fmt: skip
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg><html><script>alert(1)</script>"


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_text_that_looks_like_a_template_stays_that_text(company: Company, text: str) -> None:
    account = make(company.li, "account", name=f"A {text}", about=text)
    contact = make(company.li, "contact", name=text, account=account)
    make(company.li, "snippet", name=text, text=text)
    client = signed_in("li")
    addresses = (
        "/accounts",
        f"/accounts/{account}",
        f"/contacts/{contact}",
        f"/accounts/{account}/edit",
        "/snippets",
        "/",
    )
    for address in addresses:
        page = client.get(address).content.decode()
        assert "497" not in re.sub(r'"[^"]*"', "", page), address
    for plural, id, key in (("accounts", account, "about"), ("contacts", contact, "name")):
        assert caller_of(company.li).get(f"{plural}/{id}")[key] == text


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_lies_under_a_random_name_and_is_never_run_by_a_browser(
    home: Any, company: Company, name: str
) -> None:
    caller = caller_of(company.li)
    sent = caller("POST", f"uploads?name={quote(name)}", SCRIPT, **{"Content-Type": "image/png"})
    if sent.status_code != 201:
        assert sent.status_code in (400, 422), sent.content
        return
    told = sent.json()
    assert not re.search(r"[/\\\x00]", told["name"])
    found = row('SELECT "place" FROM "store_blob" WHERE "id" = %s', (told["id"],))
    assert found
    assert re.fullmatch(r"[0-9a-f]{32}", found[0])
    assert SCRIPT not in (home.path / "files" / found[0][:2] / found[0]).read_bytes()
    parent = {"object": "account", "id": make(company.li, "account", name="甲")}
    record = caller.post("files", {"name": "x", "content": told["id"], "parent": parent})["id"]
    for address in (f"/files/file/{record}/content", f"/files/file/{record}/content?inline=1"):
        answer = signed_in("li").get(address)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert not re.search(r"html|svg|xml|script", answer["Content-Type"]), answer["Content-Type"]
        assert "\n" not in answer["Content-Disposition"]
        assert answer["Content-Disposition"].startswith("attachment") or answer["Content-Type"].startswith("text/plain")


def test_no_field_that_the_system_keeps_is_set_from_outside_on_any_object(company: Company) -> None:
    make_custom_object()
    caller, tried = caller_of(company.admin), 0
    for key in ("account", "contact", "lead", "opportunity", "task", "note", "product", EVERYTHING):
        spec = registry.object(key)
        needed = {one.key for one in writable(spec) if one.required or one.key == spec.title}
        id = make(SYSTEM, key, **values(spec, 1, needed))
        kept = [one for one in spec.fields if one.system or one.readonly or not kind_of(one).writable]
        before = read_one(SYSTEM, key, id).values
        for one in kept:
            value = {"text": "x", "yes_no": True, "instant": "2001-01-01T00:00:00+00:00", "date": "2001-01-01"}.get(
                one.kind, 1
            )
            for body in ({one.key: value}, {one.key: str(value)}):
                answer = caller("PATCH", f"{spec.plural}/{id}", body, If_Match="*")
                assert 200 <= answer.status_code < 500
                tried += 1
        after = read_one(SYSTEM, key, id).values
        changed = {one.key for one in kept if before.get(one.key) != after.get(one.key)}
        assert changed <= {"owner", "changed", "changed_by", "version"}, (key, changed)
    assert tried > 100


def test_a_session_alone_writes_nothing_through_the_api(company: Company) -> None:
    account = make(company.li, "account", name="甲")
    client, taken = signed_in("li"), []
    for route, _names in patterns():
        if route.startswith("api/"):
            address = "/" + route.replace("<str:plural>", "accounts").replace("<str:id>", str(account))
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = client.generic(method, address, b"{}", "application/json", headers={"If-Match": "*"})
                taken += [(method, address)] if answer.status_code not in (401, 404, 405) else []
    assert not taken
    assert read_one(SYSTEM, "account", account).version == 1


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_the_api_answers_a_hidden_and_a_missing_record_alike(company: Company, method: str) -> None:
    hidden = make(company.chen, "account", name="只有陈晨看得到")
    told = []
    for id in (hidden, 999_999_999):
        answer = caller_of(company.li)(method, f"accounts/{id}", {"name": "x"}, If_Match="*")
        told.append((answer.status_code, answer.content.replace(str(id).encode(), b"ID")))
    assert told[0] == told[1]
    assert told[0][0] == 404


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1+1", "=HYPERLINK(1)"]
)
def test_an_exported_list_holds_no_formula_and_comes_back_as_it_was(home: Any, company: Company, text: str) -> None:
    make(company.admin, "account", name=text, about=text)
    answer = signed_in("admin").post("/accounts/export", {"columns": ["name", "about"]})
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    cells = next(csv.reader(io.StringIO(body.splitlines()[-1])))
    assert all(cell.lstrip("\t ")[:1] not in tuple("=+-@＝＋－＠\t") for cell in cells), cells
    file = home.path / "again.csv"
    file.write_text(body, encoding="utf-8")
    try:
        assert import_table(SYSTEM, "account", file).created == 1
    finally:
        file.unlink()
    names = [one.title for one in read(SYSTEM, Query("account")).rows]
    assert len(set(names)) == 1
