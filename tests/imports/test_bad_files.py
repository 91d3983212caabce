"""Files nobody should import, and bad rows: told by sheet, row, column, value and reason, and nothing half written."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.tabular.made_files import old_workbook, ole, saved
from tests.tabular.test_malformed_files import bomb
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Invalid, Refused
from zhike.records.declaring.customise import create_object
from zhike.records.importing.table import import_table
from zhike.records.read import Query, count, read
from zhike.site import cli

MEGABYTE = 1024 * 1024
BAD_FILES = {
    "a zip bomb": (lambda: bomb(40 * MEGABYTE), "xlsx"),
    "a workbook with a password": (lambda: ole("EncryptedPackage", b"x" * 5000), "xlsx"),
    "an old workbook with a password": (lambda: old_workbook([["a"]], password=True), "xlsx"),
    "nothing": (lambda: b"", "csv"),
    "only NUL bytes": (lambda: b"\0" * MEGABYTE, "csv"),
    "a NUL inside a name": (lambda: "name\n公\0司\n".encode(), "csv"),
    "two encodings": (lambda: b"name\n" + "苏州公司有限\n".encode() * 30 + "客户资料\n".encode("gbk"), "csv"),
    "one endless line": (lambda: b"a" * 20 * MEGABYTE, "csv"),
}


def accounts() -> int:
    return count(SYSTEM, "account")[0]


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_bad_file_is_refused_in_the_readers_language_and_writes_nothing(
    home: Any, tmp_path: Path, kind: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, ending = BAD_FILES[kind]
    file = saved(tmp_path, f"rows.{ending}", make())
    code = cli.main(["import", "account", str(file), "--language", language, "--home", str(home.path)])
    said = capsys.readouterr().err
    assert code == 1
    assert "Traceback" not in said
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said) == (language == "zh-hans"), said
    assert accounts() == 0


def test_an_old_workbook_under_a_new_name_is_read_for_what_it_is(home: Any, tmp_path: Path) -> None:
    file = saved(tmp_path, "rows.xlsx", old_workbook([["name", "employees"], ["凌渡精密", 40.0]]))
    assert import_table(SYSTEM, "account", file).created == 1
    assert read(SYSTEM, Query("account", columns=("employees",))).rows[0]["employees"] == 40


def test_cells_that_look_like_formulas_are_text_and_never_worked_out(home: Any, tmp_path: Path) -> None:
    file = saved(tmp_path, "rows.csv", 'name\n"=HYPERLINK(""http://x"",""y"")"\n@SUM(A1)\n+1+cmd|x\n')
    assert import_table(SYSTEM, "account", file).created == 3
    titles = {row.title for row in read(SYSTEM, Query("account")).rows}
    assert titles == {'=HYPERLINK("http://x","y")', "@SUM(A1)", "+1+cmd|x"}


def test_every_bad_cell_of_a_row_is_told_at_once_and_the_report_names_them(home: Any, tmp_path: Path) -> None:
    fields = [
        {"key": "name", "label": "车牌", "kind": "text", "required": True},
        {"key": "bought", "label": "购买日", "kind": "date"},
        {"key": "seats", "label": "座位", "kind": "number"},
        {"key": "account", "label": "客户", "kind": "link", "to": "account"},
        {"key": "state", "label": "状态", "kind": "choice", "options": [{"key": "new", "label": "新车"}]},
    ]
    create_object(SYSTEM, {"key": "vehicle", "label": "车辆", "fields": fields})
    lines = ["车牌,购买日,座位,客户,状态", "苏A,2026-02-30,四,没有这家,旧", "苏B,2026-02-28,4,,新车"]
    report = tmp_path / "bad.csv"
    done = import_table(
        SYSTEM, "vehicle", saved(tmp_path, "rows.csv", "\n".join(lines)), on_error="skip", report=report
    )
    told = {(one.row, one.column, one.value) for one in done.problems}
    assert told == {(2, "购买日", "2026-02-30"), (2, "座位", "四"), (2, "客户", "没有这家"), (2, "状态", "旧")}
    assert (done.created, done.refused) == (1, 1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert all(column in list(row.values())[-1] for column in ("购买日", "座位", "客户", "状态"))


def test_a_workbook_of_wrong_values_writes_nothing_and_names_the_sheet(home: Any, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "客户表"
    sheet.append(["name", "employees", "website"])
    sheet.append(["𠮷野家😀", 5, "example.com"])
    sheet.append(["甲" * 30_000, "99999999999999999999", "javascript:alert(1)"])
    path = tmp_path / "rows.xlsx"
    book.save(path)
    done = import_table(SYSTEM, "account", path)
    assert {(one.sheet, one.row, one.column) for one in done.problems} == {
        ("客户表", 3, "name"),
        ("客户表", 3, "employees"),
        ("客户表", 3, "website"),
    }
    assert accounts() == 0
    assert import_table(SYSTEM, "account", path, on_error="skip").created == 1
    assert read(SYSTEM, Query("account")).rows[0].title == "𠮷野家😀"


def test_a_file_without_a_known_heading_asks_for_a_map(home: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        import_table(SYSTEM, "account", saved(tmp_path, "rows.csv", "nope,nix\n1,2\n"))


def test_a_row_with_one_cell_too_many_is_refused_not_shifted(home: Any, tmp_path: Path) -> None:
    done = import_table(
        SYSTEM, "account", saved(tmp_path, "rows.csv", "name,short_name\n甲,乙,丙\n丁,戊\n"), on_error="skip"
    )
    assert (done.created, done.refused) == (1, 1)
    assert read(SYSTEM, Query("account")).rows[0].title == "丁"


def test_a_folder_is_not_a_file(home: Any, tmp_path: Path) -> None:
    with pytest.raises((OSError, Refused)):
        import_table(SYSTEM, "account", tmp_path)
