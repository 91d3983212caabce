"""Several servers and workers on one database: what is done on one holds on all, and everything is done once."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from http.cookiejar import CookieJar
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from tests.company import PASSWORD, Company
from tests.servers.conftest import Pair, worker
from tests.servers.noting_worker import PERIOD
from tools.prove.homes import Served

WITHIN = 1.0  # seconds


def soon(holds: Callable[[], bool], seconds: float = WITHIN) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def right(answer: tuple[int, Any], status: int = 200) -> Any:
    assert answer[0] == status, answer
    return answer[1]


def test_a_role_changed_on_one_server_is_obeyed_by_the_other(servers: Pair, company: Company) -> None:
    first, second = servers.first, servers.second
    as_seller = {"Authorization": f"Bearer {servers.seller}"}
    roles = right(first.ask("GET", "/api/v1/roles?columns=code"))["items"]
    (sales,) = [one["id"] for one in roles if one["code"] == "sales"]
    path, tag = f"/api/v1/roles/{sales}/rights", {"If_Match": "*"}
    before = right(first.ask("GET", path))["grants"]["account"]["read"]
    assert second.ask("GET", "/api/v1/accounts", **as_seller)[0] == 200
    right(first.ask("PATCH", path, {"grants": {"account": {"read": "none"}}}, **tag))
    assert soon(lambda: second.ask("GET", "/api/v1/accounts", **as_seller)[0] == 403)
    right(second.ask("PATCH", path, {"grants": {"account": {"read": before}}}, **tag))
    assert soon(lambda: first.ask("GET", "/api/v1/accounts", **as_seller)[0] == 200)


def test_a_field_added_on_one_server_is_known_to_the_other(servers: Pair) -> None:
    field = {"object": "account", "key": "berth", "label": "Berth", "kind": "text"}
    right(servers.first.ask("POST", "/api/v1/fields", field), 201)
    made = right(servers.second.ask("POST", "/api/v1/accounts", {"name": "D", "berth": "12"}), 201)
    assert right(servers.first.ask("GET", f"/api/v1/accounts/{made['id']}"))["berth"] == "12"


def test_a_session_opened_on_one_server_holds_on_the_other_and_ends_on_both(servers: Pair) -> None:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))  # cookies go by the name of the host, whatever its port
    page = _open(browser, servers.first, "/sign-in")
    form = {"csrfmiddlewaretoken": _token(page), "login": "wang", "password": PASSWORD}
    assert "王磊" in _open(browser, servers.first, "/sign-in", form)
    there = _open(browser, servers.second, "/")
    assert "王磊" in there
    _open(browser, servers.second, "/sign-out", {"csrfmiddlewaretoken": _token(there)})
    assert "王磊" not in _open(browser, servers.first, "/")


def test_two_workers_tell_each_event_once_and_each_records_in_order(servers: Pair, tmp_path: Path) -> None:
    with worker(servers.more, "-m", "tests.servers.noting_worker", str(tmp_path / "told")):
        assert soon(lambda: not _waiting(servers), 30)  # what the other tests left
    noted = tmp_path / "noted"
    names = [{"verb": "create", "values": {"name": f"E{n}"}} for n in range(50)]
    made = right(servers.first.ask("POST", "/api/v1/accounts/batch", {"items": names}))["results"]
    for turn in range(3):
        again = [{"verb": "update", "id": one["id"], "values": {"about": f"{turn}"}} for one in made]
        right(servers.second.ask("POST", "/api/v1/accounts/batch", {"items": again}))
    wanted = {str(line[0]) for line in servers.first.rows('SELECT "id" FROM "store_outboxrow"')}
    assert len(wanted) == 200
    note = ("-m", "tests.servers.noting_worker", str(noted))
    with worker(servers.more, *note), worker(servers.first.surroundings(), *note):
        assert soon(lambda: not _waiting(servers), 30)
        assert soon(lambda: len(_lines(noted, "tick")) > 5, 10)
    events = _lines(noted, "event")
    assert Counter(line[3] for line in events) == dict.fromkeys(wanted, 1)
    by_record: dict[str, list[int]] = {}
    for line in events:
        by_record.setdefault(line[4], []).append(int(line[3]))
    assert all(ids == sorted(ids) for ids in by_record.values())
    assert len({line[1] for line in _lines(noted, "here")}) == 2
    ticks = sorted(float(line[2]) for line in _lines(noted, "tick"))
    assert min(later - sooner for sooner, later in pairwise(ticks)) > PERIOD * 0.9


def _waiting(servers: Pair) -> int:
    return int(servers.first.rows('SELECT count(*) FROM "store_outboxrow"')[0][0])


def _lines(file: Path, what: str) -> list[list[str]]:
    lines = (line.split() for line in file.read_text().splitlines()) if file.exists() else ()
    return [line for line in lines if line[0] == what]


def _open(browser: OpenerDirector, server: Served, path: str, form: dict[str, str] | None = None) -> str:
    sent = urlencode(form).encode() if form else None
    try:
        with browser.open(Request(f"http://127.0.0.1:{server.port}{path}", sent), timeout=30) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        raise AssertionError(f"{path}: {error.code} {error.read().decode()[:500]}") from error


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found.group(1)
