"""A list as a file."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from tests.pages.pages_client import make, signed_in
from zhike.kernel.clock import standing_at

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def accounts(company):
    return [
        make(company.li, "account", name=name, phone="13812341234", status=status)
        for name, status in (("凌渡", "customer"), ("青禾", "new"))
    ]


def test_csv_holds_what_the_list_shows_with_its_heads_and_masks_phones(accounts):
    answer = signed_in("admin").post("/accounts/export", {"where": "status = customer", "columns": ["name", "phone"]})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"{accounts[0]},凌渡,138")
    assert "13812341234" not in lines[1]


def test_long_lists_come_whole_and_with_one_heading(company, monkeypatch):
    monkeypatch.setattr("zhike.web.generic.exports.AT_ONCE", 3)
    for number in range(8):
        make(company.li, "account", name=f"客户 {number}")
    answer = signed_in("admin").post("/accounts/export", {"columns": ["name"], "sort": "name"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == [f"客户 {number}" for number in range(8)]


def test_a_workbook_opens_and_holds_the_same(accounts):
    answer = signed_in("admin").post("/accounts/export", {"columns": ["name"], "form": "xlsx", "sort": "name"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:]] == ["凌渡", "青禾"]
    assert ".xlsx" in answer["Content-Disposition"]


def test_without_the_right_nothing_is_exported(accounts):
    assert signed_in("guest").post("/accounts/export", {}).status_code == 403


def test_a_link_only_asks_in_which_form(accounts):
    answer = signed_in("admin").get("/accounts/export", {"ids": accounts})
    assert "text/html" in answer["Content-Type"]
    assert "凌渡" not in answer.content.decode()


def test_an_export_says_who_took_it_and_when(company):
    make(company.li, "account", name="凌渡精密机械")
    with standing_at(datetime(2026, 3, 9, 2, 5, tzinfo=UTC)):
        answer = signed_in("admin").post("/accounts/export", {"form": "xlsx", "columns": ["name"]})
    assert unquote(answer["Content-Disposition"]).endswith("2026-03-09 1005 管晓.xlsx")
    properties = load_workbook(io.BytesIO(answer.content)).properties
    assert (properties.creator, properties.created) == ("管晓", datetime(2026, 3, 9, 2, 5))
