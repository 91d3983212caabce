"""Workbooks: typed cells, read in a process of their own that a hostile file cannot leave."""

from __future__ import annotations

import ast
import os
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.tabular.made_files import (
    old_workbook,
    open_document,
    saved,
    sheet_xml,
    text_row,
    workbook,
    workbook_parts,
    zipped,
)
from zhike.records.tabular import child as tabular_child
from zhike.records.tabular.tables import Limits, TableError, open_table
from zhike.records.tabular.workbook import CHILD

MEGABYTE = 1024 * 1024


def rows_of(path: Path, **how) -> list[list]:
    with open_table(path, **how) as table:
        return [row.values for row in table.rows]


def made(path: Path, *rows: list, **sheets: list) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "首页"
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_come_with_their_types(tmp_path):
    path = made(
        tmp_path / "a.xlsx",
        ["文", "整", "数", "日", "时", "是", "空", "编号"],
        [
            "华信",
            13800000000,
            Decimal("1234.56"),
            date(2026, 2, 1),
            datetime(2026, 2, 1, 13, 5, 9),
            True,
            None,
            "00123",
        ],
        ["𠮷😀", 1.38e10, 0.1 + 0.2, datetime(2026, 2, 1), None, False, None, "1.38E+10"],
    )
    rows = rows_of(path)
    assert rows == [
        [
            "华信",
            13800000000,
            Decimal("1234.56"),
            date(2026, 2, 1),
            datetime(2026, 2, 1, 13, 5, 9),
            True,
            None,
            "00123",
        ],
        ["𠮷😀", 13800000000, Decimal("0.3"), date(2026, 2, 1), None, False, None, "1.38E+10"],
    ]
    assert [type(cell) for cell in rows[0]] == [str, int, Decimal, date, datetime, bool, type(None), str]
    assert type(rows[1][1]) is int


def test_numbers_have_the_digits_excel_shows():
    shown = [
        tabular_child.cell(value) for value in (0.1 + 0.2, 1e-7, 1 / 3, 2.0, -0.0, float("inf"), float("nan"), 1e300)
    ]
    assert shown == [0.3, 1e-07, 0.333333333333333, 2, 0, None, None, 1e300]


def test_numbers_of_more_than_15_digits_are_a_problem_because_excel_lost_some(tmp_path):
    path = made(
        tmp_path / "a.xlsx", ["姓名", "身份证"], ["张三", 110101199003071234], ["李四", 123456789012345], ["王", "x"]
    )
    with open_table(path) as table:
        rows = list(table.rows)
    assert [[problem.code for problem in row.problems] for row in rows] == [["rounded"], [], []]
    problem = rows[0].problems[0]
    assert problem.field == "身份证"
    assert str(problem.text).startswith("Sheet 首页, row 2, column 身份证: Excel keeps 15 digits")
    assert problem.value == 110101199003071200


def test_formulas_give_the_value_last_computed_and_text_like_formulas_stays_text(tmp_path):
    cells = (
        text_row(1, "a", "b", "c")
        + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>"x"&amp;"y"</f><v>xy</v></c>'
        + '<c r="C2"><f>NOW()</f></c></row>'
        + text_row(3, "=1+1", "'=2", "+86")
        + '<row r="4"><c r="A4" t="e"><v>#N/A</v></c><c r="B4" t="b"><v>1</v></c></row>'
    )
    path = saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells))))
    assert rows_of(path) == [[2, "xy", None], ["=1+1", "=2", "+86"], [None, True, None]]


@pytest.mark.parametrize(("from_1904", "expected"), [(False, date(2026, 2, 1)), (True, date(2030, 2, 2))])
def test_both_date_systems_of_excel_are_known(tmp_path, from_1904, expected):
    cells = text_row(1, "日") + '<row r="2"><c r="A2" s="1"><v>46054</v></c></row>'
    path = saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells), from_1904)))
    assert rows_of(path) == [[expected]]


def test_merged_cells_are_blank_after_the_first_and_row_numbers_are_the_sheets(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A3"], sheet["B3"] = "a", "b"
    sheet["A5"] = "over two"
    sheet.merge_cells("A5:B6")
    sheet["B9"] = "x"
    book.save(tmp_path / "a.xlsx")
    with open_table(tmp_path / "a.xlsx") as table:
        assert table.columns == ["a", "b"]
        assert [(row.number, row.values) for row in table.rows] == [(5, ["over two", None]), (9, [None, "x"])]


def test_a_merged_title_above_the_heading_is_passed_over(tmp_path):
    path = made(tmp_path / "a.xlsx", ["客户登记表"], ["姓名", "电话", "城市"], ["张三", 1, "北京"])
    with open_table(path) as table:
        assert table.columns == ["姓名", "电话", "城市"]
        assert [note.code for note in table.notes] == ["above"]
        assert [row.number for row in table.rows] == [3]


def test_the_first_visible_filled_sheet_is_read_unless_one_is_named(tmp_path):
    path = made(tmp_path / "a.xlsx", 第二=[["a"], ["1"]], 第三=[["b"], ["2"]])
    with open_table(path) as table:
        assert (table.sheet, table.sheets) == ("第二", ("首页", "第二", "第三"))
    assert rows_of(path, sheet="第三") == [["2"]]
    with pytest.raises(TableError, match="首页, 第二, 第三"):
        open_table(path, sheet="第四")
    with pytest.raises(TableError, match="empty") as caught:
        open_table(path, sheet="首页")
    assert caught.value.sheet == "首页"


def test_hidden_sheets_are_left_alone_unless_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("见").append(["shown"])
    book.save(tmp_path / "a.xlsx")
    with open_table(tmp_path / "a.xlsx") as table:
        assert table.columns == ["shown"]


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a"])
def test_content_decides_not_the_name(tmp_path, name):
    old = saved(tmp_path, name, old_workbook([["姓名", "数"], ["张三", 1.38e10], ["李四", 2.5]]))
    assert rows_of(old) == [["张三", 13800000000], ["李四", Decimal("2.5")]]
    new = saved(tmp_path, name, workbook(("a", "b"), ("1", "2")))
    assert rows_of(new) == [["1", "2"]]
    document = saved(tmp_path, name, open_document([["a", "b"], ["1", "2"]]))
    assert rows_of(document) == [["1", "2"]]
    text = saved(tmp_path, name, "a,b\n1,2\n")
    assert rows_of(text) == [["1", "2"]]


def test_a_macro_workbook_is_read_for_its_values(tmp_path):
    parts = workbook_parts(sheet_xml(text_row(1, "a") + text_row(2, "1")))
    path = saved(tmp_path, "a.xlsm", zipped({**parts, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macro"}))
    assert rows_of(path) == [["1"]]


def test_many_rows_come_through_in_order(tmp_path):
    count = 5000
    cells = "".join(text_row(number, str(number), "x") for number in range(1, count + 1))
    with open_table(saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells))))) as table:
        assert table.count_hint == count - 1
        assert [row.values[0] for row in table.rows] == [str(number) for number in range(2, count + 1)]


def running_children() -> list[str]:
    mine = str(os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "stat").read_text().rsplit(")", 1)[1].split()[1] == mine:
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
    return [command for command in found if CHILD.name in command]


def test_closing_early_and_reading_to_the_end_both_end_the_child(tmp_path):
    cells = "".join(text_row(number, "x" * 200, "y") for number in range(1, 5001))
    path = saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells))))
    with open_table(path) as table:
        next(table.rows)
        assert running_children()
    assert not running_children()
    with open_table(path) as table:
        assert sum(1 for _row in table.rows) == 4999
        assert not running_children()
    with pytest.raises(TableError):
        open_table(path, sheet="none")
    assert not running_children()


def test_a_sheet_that_claims_every_cell_of_excel_cannot_take_memory(tmp_path):
    cells = text_row(1, "a") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells))))
    with pytest.raises(TableError, match="empty columns and rows"):
        rows_of(path)


def test_a_child_that_needs_more_memory_than_allowed_is_refused(tmp_path):
    text = os.urandom(8 * MEGABYTE).hex()
    path = saved(tmp_path, "a.xlsx", workbook(*[("a", text[n::7]) for n in range(7)]))
    assert len(rows_of(path)) == 6
    with pytest.raises(TableError, match="memory"):
        rows_of(path, limits=Limits(memory=64 * MEGABYTE))


def test_a_child_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    slow = saved(
        tmp_path,
        "slow.py",
        CHILD.read_text(encoding="utf-8").replace(
            "    try:\n        with open", "    while True: pass\n    try:\n        with open", 1
        ),
    )
    monkeypatch.setattr("zhike.records.tabular.workbook.CHILD", slow)
    path = saved(tmp_path, "a.xlsx", workbook(("a",), ("1",)))
    started = time.monotonic()
    with pytest.raises(TableError, match="too long"):
        open_table(path, limits=Limits(seconds=1))
    assert time.monotonic() - started < 60


def test_a_child_that_dies_midway_is_noticed(tmp_path, monkeypatch):
    broken = CHILD.read_text(encoding="utf-8").replace(
        'say({"end": count})', "sys.stdout.flush(); __import__('os').abort()"
    )
    monkeypatch.setattr("zhike.records.tabular.workbook.CHILD", saved(tmp_path, "broken.py", broken))
    path = saved(tmp_path, "a.xlsx", workbook(("a",), ("1",)))
    with pytest.raises(TableError):
        rows_of(path)


def test_the_child_imports_nothing_of_ours_and_writes_no_file():
    tree = ast.parse(CHILD.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in names if name.startswith(("zhike", "django"))}
    assert "python_calamine" in names


def test_formulas_that_were_never_computed_are_told_by_cell_and_lose_no_row(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["name", "n", "t"], ["a", "=1+1", "x"], [None, "=2", None], ["b", 3, "y"], ["=A2", "=3", None]):
        sheet.append(row)
    path = tmp_path / "formulas.xlsx"
    book.save(path)
    with open_table(path) as table:
        found = {row.number: sorted(one.field for one in row.problems if one.code == "formula") for row in table.rows}
    assert found == {2: ["n"], 3: ["n"], 4: [], 5: ["n", "name"]}


def test_a_formula_whose_text_is_empty_has_a_value(tmp_path):
    cells = (
        text_row(1, "a", "b")
        + '<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
    )
    path = saved(tmp_path, "a.xlsx", zipped(workbook_parts(sheet_xml(cells))))
    with open_table(path) as table:
        assert [row.problems for row in table.rows] == [()]
