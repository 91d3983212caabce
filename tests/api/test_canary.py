"""A hidden field is absent everywhere: one canary in it, and every way out walked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import PASSWORD, Company
from tests.doors.staff import change, make, trash, with_fields
from zhike.access import rights
from zhike.access.signin import set_password
from zhike.kernel import clock
from zhike.kernel.actor import SYSTEM
from zhike.records.actions import run_action
from zhike.records.declaring.customise import create_field
from zhike.records.jobs.queue import run_next
from zhike.site.cli import main
from zhike.site.home import Home

VALUES = ("CANARYVALUE", "CANARYOLD", "canaryvalue")
LABEL = "CANARYLABEL"


def body_of(answer: HttpResponse | StreamingHttpResponse) -> str:
    """Everything that left: headers, the body, and what is packed into a workbook."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined,arg-type]
    text = str(dict(answer.headers)) + raw.decode("utf-8", "replace")
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            text += "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return text


class Made(NamedTuple):
    """What is there to be asked about: two accounts, a deal, the edit of the hidden field, a dashboard, a moment before."""

    account: int
    deal: int
    other: int
    operation: int
    board: int
    begun: str


@pytest.fixture
def walk(home: Home, company: Company, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """What every way out says to somebody who sees all but the hidden fields, by the way."""
    create_field(SYSTEM, "account", {"key": "canary", "label": LABEL, "kind": "text", "index": True, "search": 5})
    hidden = ("canary", "website", "short_name")
    reader = with_fields("reader", {f"account.{key}": "hidden" for key in hidden})
    set_password(reader.id, PASSWORD)
    values = {"canary": "CANARYOLD", "website": "https://canaryvalue.example", "short_name": "CANARYVALUE"}
    account = make("account", name="华信科技", phone="13800138000", owner=reader.id, **values)
    begun = clock.now()
    done = change("account", account, canary="CANARYVALUE")
    deal = make("opportunity", name="华信的商机", account=account, owner=reader.id)
    run_action(company.admin, "account", "share", [account], {"person": reader.id})
    other = make("account", name="华信科技二", owner=reader.id, **values)
    gone = make("account", name="华信旧档", owner=reader.id, **values)
    trash("account", gone)
    board = make("dashboard", name="看板", shared="everybody")
    for by, where in (("canary", ""), ("industry", "canary is not empty"), ("website", "")):
        make("tile", title="块", dashboard=board, object="account", by=by, where=where or None)
    make("comment", text="看看", parent=f"account:{account}", owner=company.admin.id)
    client = Client()
    client.post("/sign-in", {"login": "reader", "password": PASSWORD})
    where = Made(account, deal, other, done.operation or 0, board, begun.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    yield (
        _pages(client, account, deal, other)
        | _more(client, where, reader)
        | _calls(reader, account)
        | _commands(home, account, capsys)
        | _more_commands(home, where, capsys, tmp_path)
    )


def _pages(client: Client, account: int, deal: int, other: int) -> dict[str, str]:
    addresses = (
        "/accounts", "/accounts?columns=name,canary,website", "/accounts?sort=canary", "/accounts?build=1",
        "/accounts?q=CANARY", "/accounts?group=canary", f"/accounts/{account}", f"/accounts/{account}?panel=1",
        f"/accounts/{account}/edit", f"/accounts/{account}/timeline", f"/accounts/{account}/cell/canary", "/accounts/new",
        "/accounts/board", "/accounts/board?by=canary", "/accounts/duplicates", f"/accounts/merge?ids={account},{other}",
        f"/accounts/change?ids={account}&field=canary", "/accounts/import/template", f"/opportunities/{deal}",
        "/opportunities?columns=name,account", "/search?q=CANARYVALUE", "/search?q=canaryvalue.example", "/pick/accounts?q=CANARYVALUE",
        "/pick/accounts?q=华信", "/inbox", "/calendar", "/", "/help", "/api/v1/docs?object=account",
    )  # fmt: skip
    found = {address: body_of(client.get(address)) for address in addresses}
    posted = {
        "/accounts/new": {"name": "华信科技", "canary": "X", "website": "https://other.example"},
        f"/accounts/{account}/edit": {"name": "华信科技三", "version": "1", "canary": "Y", "short_name": "Z"},
        "/accounts/export": {"columns": ["name", "canary"]},
        f"/accounts/{account}/reveal/canary": {"reason": "look"},
    }
    for form in ("csv", "xlsx", "json"):
        found[f"export {form}"] = body_of(client.post("/accounts/export", {"form": form}))
    return found | {f"POST {address}": body_of(client.post(address, sent)) for address, sent in posted.items()}


def _more(client: Client, made: Made, reader: Any) -> dict[str, str]:
    """What is about a record beside its page: history, the past, undoing, who sees it, the trash, figures, jobs, imports."""
    at = f"/accounts/{made.account}"
    addresses = (
        f"{at}/history", f"{at}/as-of?at={made.begun}", f"{at}/access", f"{at}/beside", f"{at}/lists", f"{at}/comments",
        f"/accounts?as_of={made.begun}", "/accounts?peek=1", f"/operations/{made.operation}",
        f"/operations/{made.operation}/undo", "/trash", "/trash?object=account", f"/dashboards/{made.board}", "/dashboard",
        "/jobs", "/favourites", "/accounts/views/new", "/accounts/layout", "/calendar?view=month", "/inbox?kind=followed",
        "/accounts/export", f"{at}.vcf", f"{at}/card", f"/accounts/merge?ids={made.account},{made.other}",
    )  # fmt: skip
    found = {address: body_of(client.get(address)) for address in addresses}
    text = "名称,canary,website\n华信科技,x,https://zzz.example\n".encode()
    taken = client.post("/accounts/import", {"file": SimpleUploadedFile("a.csv", text)})
    form = taken["Location"]
    found["import columns"] = body_of(client.get(form))
    found["import dry run"] = body_of(client.post(f"{form}/try", {"on_error": "skip", "key": "name"}))
    while run_next():
        pass
    for page in ("check", "refused"):
        found[f"import {page}"] = body_of(client.get(f"{form}/{page}"))
    form = client.post("/accounts/merge", {"ids": f"{made.account},{made.other}", "keep": str(made.account)})
    found["merging"] = body_of(form)
    found["undo"] = body_of(client.post(f"/operations/{made.operation}/undo", {"override": "all"}))
    api = caller_of(reader)
    for path in (
        f"accounts/{made.account}?as_of={made.begun}", f"accounts?as_of={made.begun}", f"accounts/{made.account}/access",
        f"operations/{made.operation}", f"operations/{made.operation}/undo", "inbox", "marks", f"tiles?where=dashboard={made.board}",
        "objects", "numbers",
    ):  # fmt: skip
        found[f"api {path}"] = body_of(api("GET", path))
    sent = {"items": [{"verb": "create", "values": {"name": "x", "canary": "Z"}}]}
    found["api batch"] = body_of(api("POST", "accounts/batch", sent))
    found["api export"] = body_of(api("POST", "accounts/export", {"columns": ["name", "canary"]}))
    return found


def _more_commands(home: Home, made: Made, capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, str]:
    table = folder / "a.csv"
    table.write_text("名称,canary\n华信科技,x\n", encoding="utf-8")
    return _said(home, capsys, (
        ["read", "account", "--as-of", made.begun], ["explain", "account", str(made.account)],
        ["explain", "account", str(made.account), "reader", "--field", "canary"], ["undo", str(made.operation), "--dry-run"],
        ["import", "account", str(table), "--key", "name", "--dry-run"], ["aggregate", "account", "--by", "website"],
        ["read", "account", "--trashed", "--columns", "canary"],
    ))  # fmt: skip


def _calls(reader: object, account: int) -> dict[str, str]:
    api = caller_of(reader)  # type: ignore[arg-type]
    asked = (
        "accounts", "accounts?columns=name,canary", "accounts?sort=canary", "accounts?where=canary%20is%20not%20empty",
        f"accounts/{account}", f"accounts/{account}/history", "accounts/aggregate?by=canary", "search?q=CANARYVALUE",
        "search?q=%E5%8D%8E%E4%BF%A1", "schema", "openapi.json",
    )  # fmt: skip
    found = {f"api {path}": body_of(api("GET", path)) for path in asked}
    for value in ("CANARYVALUE", "Y"):
        path = f"accounts?where=canary%20=%20%22{value}%22"
        found[f"api {path}"] = body_of(api("GET", path)).replace(f'"{value}"', "")
    found["api create"] = body_of(api("POST", "accounts", {"name": "华信科技", "canary": "X"}))
    return found


def _commands(home: Home, account: int, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    return _said(home, capsys, (
        ["read", "account", "--format", "json"], ["read", "account", "--where", "canary is not empty"], ["search", "CANARYVALUE"],
        ["export", "account"], ["aggregate", "account", "--by", "canary"], ["duplicates", "account", "--least", "10"],
        ["write", "account", str(account), "--json", '{"canary": "X"}'],
    ))  # fmt: skip


def _said(home: Home, capsys: pytest.CaptureFixture[str], commands: Sequence[list[str]]) -> dict[str, str]:
    """What each command said, to somebody who works as the reader."""
    more = ["--home", str(home.path), "--language", "en", "--as", "reader"]
    found = {}
    for argv in commands:
        capsys.readouterr()
        main([*argv, *more])
        found[" ".join(argv)] = "".join(capsys.readouterr())
    return found


def leaks(walk: dict[str, str]) -> set[str]:
    """The ways on which the canary or the name of its field was heard; what somebody typed may come back to them."""
    return {
        way for way, text in walk.items()
        if any(value in text for value in VALUES if value not in way) or LABEL in text
    }  # fmt: skip


def test_what_a_hidden_field_holds_and_its_name_leave_on_no_way(walk: dict[str, str]) -> None:
    assert leaks(walk) == set()
    assert len(walk) > 90


def test_the_walk_hears_the_canary_of_a_field_that_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(rights, "_field_right", lambda *_args: "write")
    heard = leaks(request.getfixturevalue("walk"))
    assert len(heard) > 25, heard
