"""A phone number, a mail address and an id number go in at every door, and lie nowhere in the clear: not in the database,
its files, the home or the logs."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import tables
from tests.pages.pages_client import signed_in
from zhike.automation import worker
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.scrubbing import DOTS, scrubbed
from zhike.records.declaring.customise import create_field
from zhike.records.files import store_file
from zhike.records.jobs.jobs import KINDS, JobRun, job, start
from zhike.records.jobs.queue import run_next
from zhike.records.write import write
from zhike.site.home import Home
from zhike.store.database import is_postgres, row, rows

MOBILE, MAIL, IDENTITY = "13755501234", "canary.person@reeds-mail.cn", "110105194912310038"
SPELLED = (MOBILE, "137 5550 1234", "137-5550-1234", MAIL, "canary.person", "reeds-mail", IDENTITY)
PLAIN = "Canary Reedworks"


def _through_every_door(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    create_field(SYSTEM, "lead", {"key": "identity", "label": "I", "kind": "secret_text", "format": "id_number"})
    pages, api = signed_in("admin"), caller_of(company.admin)
    values = {"name": PLAIN, "company": "C", "phone": MOBILE, "email": MAIL, "identity": IDENTITY}
    assert pages.post("/leads/new", {**values, "_once": f"{MOBILE}-once"}).status_code == 303
    assert (
        pages.post("/leads/new", {**values, "company": "", "name": "", "phone": f"{MOBILE}x{MAIL}"}).status_code == 422
    )
    made = api.post("leads", values, Idempotency_Key=MOBILE)
    lead = made["id"]
    api.post("leads", {**values, "email": f"{MAIL}@", "phone": f"{MOBILE}{MOBILE}99"}, 422)
    api.patch(f"leads/{lead}", {"phone": "13900001111"})
    api.patch(f"leads/{lead}", {"phone": MOBILE})
    for query in (MOBILE, MAIL, IDENTITY, "1234"):
        pages.get("/search", {"q": query})
        api.get(f"search?q={query}")
    for where in (f'phone = "{MOBILE}"', f'email = "{MAIL}"', f'identity ends "{IDENTITY[-6:]}"', f'phone = "{MAIL}"'):
        pages.get("/leads", {"where": where})
        pages.get("/leads/export", {"where": where, "format": "csv"})
    pages.get(f"/leads/{lead}")
    pages.post(f"/leads/{lead}/reveal/phone", {"reason": "to call"})
    view = {"name": "V", "object": "lead", "filter": f'phone = "{MOBILE}"', "shared": "private"}
    assert "filter" in str(api.post("saved_views", view, 422))
    assert pages.post("/sign-in", {"login": MAIL, "password": MOBILE}).status_code in (200, 303, 422)
    _import(pages)
    ref = store_file(company.admin, f"{MOBILE} {MAIL}.pdf", [f"{IDENTITY}".encode()])
    made = api.post("consents", {"wording": "v1", "purpose": "service", "parent": f"lead:{lead}"})
    write(SYSTEM, Command("update", "consent", made["id"], {"proof": ref}))
    assert MOBILE in str(api.get(f"consents/{made['id']}"))

    def stumble(run: JobRun) -> None:
        raise ValueError(f"cannot make sense of {run.args['phone']} and {MAIL}, {IDENTITY}")

    job("clear.test")(stumble)
    start(company.admin, "clear.test", {"phone": MOBILE}, "x")
    while run_next():
        pass
    KINDS.pop("clear.test")

    def misfire(events: Any) -> None:
        raise ValueError(f"event about {MOBILE}, {MAIL}, {IDENTITY}")

    monkeypatch.setattr(worker, "CONSUMERS", [misfire])
    worker.work_off(3)
    assert row('SELECT "last_error" FROM "store_outboxrow" WHERE "last_error" IS NOT NULL') is not None
    api("POST", f"leads/{lead}/no-such-thing", {"phone": MOBILE})
    logging.getLogger("zhike.web").error("failure at %s", MOBILE)


def _import(pages: Client) -> None:
    """One row comes in, one is refused; a second file stays where it is."""
    text = f"姓名,公司,电话,邮箱\n甲,A,{MOBILE},{MAIL}\n乙,B,{MOBILE}{MOBILE}77,{MAIL}@@\n"
    for name in (f"{MOBILE}.csv", "people.csv"):
        answer = pages.post("/leads/import", {"file": SimpleUploadedFile(name, text.encode())})
        assert answer.status_code == 303, answer.content.decode()[:500]
    at = answer["Location"]
    pages.get(at)
    for step in ("try", "run"):
        assert pages.post(f"{at}/{step}", {"on_error": "skip"}).status_code == 303
        while run_next():
            pass
    pages.get(f"{at}/check")
    pages.get(f"{at}/refused")


def _columns() -> dict[str, str]:
    """Every table as one text."""
    special = {"store_searchrow": '"record", "object", "tokens", "words"::text'} if is_postgres() else {}
    return {
        one: "\n".join(map(str, rows(f'SELECT {special.get(one, "*")} FROM "{one}"')))
        for one in tables()
        if "_fts" not in one or is_postgres()
    }


def _codings(text: str) -> tuple[bytes, ...]:
    return text.encode(), text.encode("utf-16-le"), text.encode().hex().encode()


def test_nothing_typed_at_any_door_lies_in_the_clear(
    fresh_home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _through_every_door(company, monkeypatch)
    texts = _columns()
    assert PLAIN in texts["objects_lead"]  # the looking works
    for table, text in texts.items():
        for one in SPELLED:
            assert one not in text, (table, one)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.flush()
    logs = "".join(path.read_text() for path in Path(fresh_home.path).glob("logs/*"))
    assert "zhike.jobs failure" in logs
    assert "cannot make sense of" in logs
    if os.environ.get("ZHIKE_TEST_DB") != "postgresql":
        connection.close()
        assert PLAIN.encode() in b"".join(path.read_bytes() for path in fresh_home.path.glob("zhike.db*"))
    looked = 0
    for path in sorted(path for path in Path(fresh_home.path).rglob("*") if path.is_file()):
        held = path.read_bytes()
        looked += 1
        for one in SPELLED:
            assert not any(coded in held for coded in _codings(one)), (path.name, one)
    assert looked > 4


@pytest.mark.parametrize(
    "text",
    [MOBILE, "137 5550 1234", "+86 137-5550-1234", MAIL, IDENTITY, "11010519491231002X", "0512-65880000", "6222021234567894321"],
)  # fmt: skip
def test_a_failure_is_written_down_without_what_somebody_typed(text: str) -> None:
    assert scrubbed(f"ValueError: '{text}' is wrong") == f"ValueError: '{DOTS}' is wrong"


@pytest.mark.parametrize(
    "text", ["2026-03-09T14:30:00Z", "job 12345 at 0.25 s", "v1.abcdef.1234", "failure 1a2b-3c4d", "line 4096"]
)
def test_what_is_nobodys_stays_in_the_log(text: str) -> None:
    assert scrubbed(text) == text
