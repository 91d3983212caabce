"""How many statements the pages cost that are opened all day. Each of them costs a way to the database and back: who adds
one says here what it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.company import Company
from tests.doors.statements import heard
from tests.pages.pages_client import make, part, signed_in
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM
from zhike.store.database import is_postgres

ASKED = {
    "list": 7,  # session, stamps, what the reader chose, rows, their sum, jobs, notices
    "list as JSON": 3,  # token, stamps, rows
    "record": 27,  # the segments it is in among them
    "panel": 18,
    "home": 29,
    "search": 6,
}
MORE_ON_POSTGRESQL = {
    "list": 2,  # the sum in the foot of a list is given up in time: PostgreSQL is told so, and inside a test told to stop
    "home": 16,  # so is each block
    "search": 2,  # the newest documents are tried before the index is asked
}


@pytest.fixture
def ask(home: Any, company: Company) -> Callable[[str], None]:
    """Opens the pages as a seller with an account that has something of everything."""
    make(company.li, "account", name="海宁纺织", phone="13800138000")
    account = make(company.li, "account", name="华信机械", phone="13800138001")
    contact = make(company.li, "contact", name="王芳", account=account, mobile="13800138002")
    make(company.li, "opportunity", name="产线", account=account, amount="120000")
    for number in range(3):
        about = {"parent": f"account:{account}"}
        make(company.li, "follow_up", summary=f"谈到报价 {number}", contacts=[contact], **about)
        make(company.li, "task", subject=f"寄样品 {number}", due_on="2026-03-02", **about)
        make(company.li, "note", title=f"备忘 {number}", **about)
    browser = signed_in("li")
    program = Client(headers={"authorization": "Bearer " + create_token(SYSTEM, company.li.id)})
    pages: dict[str, Callable[[], Any]] = {
        "list": lambda: browser.get("/accounts"),
        "list as JSON": lambda: program.get("/api/v1/accounts"),
        "record": lambda: browser.get(f"/accounts/{account}"),
        "panel": lambda: browser.get(f"/accounts?peek={account}", headers=part("peek")),
        "home": lambda: browser.get("/"),
        "search": lambda: browser.get("/search?q=华信", headers=part("palette-hits")),
    }

    def opened(name: str) -> None:
        assert pages[name]().status_code == 200

    return opened


@pytest.mark.parametrize("name", ASKED)
def test_a_page_asks_no_more_than_it_did(ask: Callable[[str], None], name: str) -> None:
    ask(name)
    ask(name)  # what is kept of a minute, of declarations and of rights is kept now
    with heard() as asked:
        ask(name)
    more = MORE_ON_POSTGRESQL.get(name, 0) if is_postgres() else 0
    assert len(asked) == ASKED[name] + more, "\n".join(sql[:300] for sql, _params in asked)
