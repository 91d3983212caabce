"""After a leak, as pages, through the API and on the command line: the list to take along and the drafts of reports."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import Company
from tests.doors.staff import make
from tests.pages.pages_client import signed_in
from zhike.records.reveal import reveal
from zhike.records.tabular.tables import open_table
from zhike.site.cli import main
from zhike.site.home import Home

MOBILE = "13755501234"


@pytest.fixture
def office(home: Home) -> Client:
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    return client


@pytest.fixture
def read_by_zhao(home: Home, company: Company) -> int:
    contact = make("contact", name="=HYPERLINK(1)", mobile=MOBILE, owner=company.li.id)
    reveal(company.zhao, "contact", contact, "mobile", "to call")
    return contact


def test_the_page_answers_and_gives_the_list_and_the_drafts(office: Client, read_by_zhao: int, tmp_path: Path) -> None:
    assert "What was read" not in office.get("/settings/breach").content.decode()
    page = office.get("/settings/breach", {"who": "zhao", "fields": "Mobile"}).content.decode()
    assert "1 people, 1 records in all" in page
    assert "=HYPERLINK(1)" in page
    assert "nobody’s data" in office.get("/settings/breach", {"who": "li"}).content.decode()
    assert office.get("/settings/breach", {"fields": "nothing"}).status_code == 422
    for form in ("csv", "xlsx"):
        given = office.post("/settings/breach/list", {"who": "zhao", "form": form})
        assert given["Content-Disposition"].startswith("attachment")
        assert given["X-Content-Type-Options"] == "nosniff"
        path = tmp_path / f"list.{form}"
        path.write_bytes(given.content)
        with open_table(path) as table:
            (line,) = table.rows
        assert line.values[2] == "=HYPERLINK(1)"  # as it was written, and to a spreadsheet a text
    assert b"'=HYPERLINK" in office.post("/settings/breach/list", {"who": "zhao", "form": "csv"}).content
    assert office.get("/settings/breach/list").status_code == 404
    at = "/settings/breach/report?who=zhao&kind=four_hours&language=en"
    assert "People concerned: 1; records: 1" in office.get(at).content.decode()
    assert "个人信息" in office.get(at.replace("language=en", "language=zh-hans")).content.decode()
    text = "Mine <script>alert(1)</script>"
    printed = office.post(at, {"text": text, "act": "print"}).content.decode()
    assert 'class="paper"' in printed
    assert "<script>alert" not in printed
    written = office.post(at, {"text": text, "act": "file"})
    assert written.content.decode() == text
    assert written["Content-Type"].startswith("text/plain")
    assert written["Content-Disposition"].startswith("attachment")
    assert office.get("/settings/breach/report?kind=x&language=en").status_code == 404
    for address in ("/settings/breach", at):
        assert signed_in("zhao").get(address).status_code == 403, address


def test_programs_and_commands_ask_the_same(
    home: Home, company: Company, read_by_zhao: int, capsys: pytest.CaptureFixture[str]
) -> None:
    api = caller_of(company.admin)
    found = api.get(f"privacy/leak?who={company.zhao.id}&fields=contact.mobile&report=three_days")
    assert (found["persons"], found["subjects"][0]["id"], found["subjects"][0]["ways"]) == (1, read_by_zhao, ["reveal"])
    assert "Likely consequences" in found["draft"]
    assert api.get("privacy/leak?until=2020-01-01")["records"] == 0
    api.get("privacy/leak?since=yesterday", 400)
    caller_of(company.zhao).get("privacy/leak", 403)
    more = ["--home", str(home.path), "--language", "en", "--as", "admin"]
    capsys.readouterr()
    assert main(["privacy", "leak", "--who", "zhao", "--format", "json", *more]) == 0
    (line,) = json.load(io.StringIO(capsys.readouterr().out))
    assert line["Number"] == read_by_zhao
    assert main(["privacy", "leak", "--report", "four_hours", *more]) == 0
    assert "People concerned: 1" in capsys.readouterr().out
