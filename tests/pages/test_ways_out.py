"""What leaves as a file: never a formula to a spreadsheet, the same text when it comes back, and never opened by a browser."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import make
from tests.pages.pages_client import signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.files import store_file
from zhike.records.jobs.queue import run_next
from zhike.records.reveal import reveal
from zhike.records.tabular.tables import open_table
from zhike.site.home import Home

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1")


@pytest.fixture
def contacts(home: Home, company: Company) -> list[int]:
    made = [make("contact", name=text, mobile="13755501234", owner=company.admin.id) for text in FORMULAS]
    for one in made:
        reveal(company.admin, "contact", one, "mobile", "to call")
    return made


def _bytes(answer: HttpResponse | StreamingHttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined,arg-type]


def _kept_apart(answer: HttpResponse | StreamingHttpResponse) -> bytes:
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    return _bytes(answer)


def _guarded(content: bytes, path: Path) -> set[str]:
    """The names in a table as they come back; in a text file none of them begins like a formula."""
    path.write_bytes(content)
    if path.suffix == ".csv":
        for line in content.decode("utf-8-sig").splitlines():
            assert not any(cell.strip('"')[:1] in ("=", "+", "@", "＝") for cell in line.split(",")), line
    with open_table(path) as table:
        at = next(i for i, one in enumerate(table.columns) if one in ("name", "Name"))
        return {str(row.values[at]) for row in table.rows}


def test_tables_hold_no_formula_and_come_back_as_they_were(
    contacts: list[int], company: Company, tmp_path: Path
) -> None:
    pages, api = signed_in("admin"), caller_of(company.admin)
    pages.cookies["zhike-language"] = "en"
    found = {}
    for form in ("csv", "xlsx"):
        found[f"page.{form}"] = _kept_apart(pages.post("/contacts/export", {"form": form}))
        found[f"leak.{form}"] = _kept_apart(pages.post("/settings/breach/list", {"form": form, "who": "admin"}))
        job = api.post("contacts/export", {"form": form}, 202)["id"]
        while run_next():
            pass
        found[f"api.{form}"] = _kept_apart(api("GET", f"jobs/{job}/file"))
    for name, content in found.items():
        assert set(FORMULAS) <= _guarded(content, tmp_path / name), name
    zipped = _kept_apart(
        pages.post(f"/settings/privacy/contacts/{contacts[0]}", {"act": "give", "reason": "asked by mail"})
    )
    with zipfile.ZipFile(io.BytesIO(zipped)) as packed:
        assert set(FORMULAS) == _guarded(packed.read("contacts.csv"), tmp_path / "zip.csv")  # one number: one person


@pytest.mark.sqlite
def test_a_file_of_a_record_is_never_opened_as_a_page(home: Home, company: Company) -> None:
    pages = signed_in("admin")
    for name in ("a.html", "a.svg", "a.pdf", "a.js"):
        ref = store_file(SYSTEM, name, [b"<script>alert(1)</script>"])
        file = make("file", name=name, content=ref, parent=f"account:{make('account', name=name)}")
        answer = pages.get(f"/files/file/{file}/content")
        _kept_apart(answer)
        assert answer["Content-Type"].split(";")[0] in ("application/octet-stream", "application/pdf"), name
        looked = pages.get(f"/files/file/{file}/content/look")
        assert looked["X-Content-Type-Options"] == "nosniff"
        if not name.endswith(".pdf"):
            assert not looked.get("Content-Disposition", "").startswith("inline"), name
