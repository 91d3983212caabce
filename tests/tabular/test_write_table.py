"""Written tables: no cell becomes a formula, and reading them back gives what was written."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.records.tabular import xlsx as tabular_xlsx
from zhike.records.tabular.tables import TableError, guard_cell, open_table, restore_cell, write_table

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
BEFORE = ["", " ", "\u3000", "\ufeff", '"', "'", "''", " \t"]
DANGEROUS = [before + start + "1+cmd|' /C calc'!A1" for before in BEFORE for start in STARTS]

CELL = st.one_of(
    st.text(
        alphabet=st.one_of(
            st.sampled_from("=+-@'\"＝ ,;|0125.%华a\t\r\n"), st.characters(exclude_categories=["Cs", "Cc"])
        ),
        max_size=12,
    ),
    st.sampled_from(DANGEROUS),
)


def read_back(path: Path) -> list[list]:
    with open_table(path) as table:
        return [row.values for row in table.rows]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_begins_with_an_apostrophe_in_csv(tmp_path, text):
    path = tmp_path / "a.csv"
    write_table(["a", "b"], [[text, "x"]], path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream))[1][0].startswith("'")
    assert read_back(path) == [[text, "x"]]


def test_headings_are_guarded_and_restored_too(tmp_path):
    for kind in ("csv", "xlsx"):
        path = tmp_path / f"a.{kind}"
        write_table(["=a", "'=b", "c"], [["1", "2", "3"]], path, kind)
        with open_table(path) as table:
            assert table.columns == ["=a", "'=b", "c"]
            assert len(list(table.rows)) == 1


@pytest.mark.parametrize(
    "text",
    ["-5", "-5.25", "-1,234.50", "-3%", "5", "a=b", "a-b", "2026-01-01", "", "华信", "O'Brien", "'quoted'", "1+1"],
)
def test_harmless_texts_and_negative_numbers_are_untouched(text):
    assert guard_cell(text) == text == restore_cell(text)


@given(text=CELL)
def test_restoring_undoes_guarding_and_nothing_else(text):
    assert restore_cell(guard_cell(text)) == text
    assert guard_cell(text) in (text, "'" + text)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6))
def test_csv_comes_back_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("w") / "a.csv"
    assert write_table(["姓名", "b;c", "d"], rows, path).rows == len(rows)
    filled = [row for row in rows if "".join(map(guard_cell, row)).strip()]
    assert read_back(path) == [[cell or None for cell in row] for row in filled]


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(CELL, max_size=6), heading=st.sampled_from(["a", "a;b;c", "电|话", "x,y"]))
def test_a_single_column_comes_back_as_it_was(tmp_path_factory, cells, heading):
    path = tmp_path_factory.mktemp("w") / "a.csv"
    write_table([heading], [[cell] for cell in cells], path)
    with open_table(path) as table:
        assert table.columns == [heading]
        assert [row.values for row in table.rows] == [[cell] for cell in cells if guard_cell(cell).strip()]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.one_of(CELL, st.sampled_from(["_x0041_", "a\r\nb", "<&>"])), min_size=2, max_size=2), max_size=8
    )
)
def test_a_workbook_comes_back_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("w") / "a.xlsx"
    write_table(["a", "b"], rows, path, "xlsx")
    clean = [["".join(one if one not in "\ufffe\uffff" else "\ufffd" for one in cell) for cell in row] for row in rows]
    assert read_back(path) == [[cell or None for cell in row] for row in clean if "".join(row).strip()]


def test_every_text_of_a_workbook_is_a_text_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    texts = ["=1+1", *DANGEROUS, "#N/A", "TRUE", "00123", "2026-01-01"]
    write_table(["=a()"], [[text] for text in texts], path, "xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}
    assert sheet["A1"].value == "=a()"
    assert sheet["A2"].value == texts[0]


def test_values_are_written_plainly(tmp_path):
    shanghai = timezone(timedelta(hours=8))
    row = ["张三", 5, Decimal("1E+3"), date(2026, 2, 1), datetime(2026, 2, 1, 9, 30, tzinfo=shanghai), True, None, -1.5]
    path = tmp_path / "a.csv"
    write_table(list("abcdefgh"), [row], path)
    assert path.read_bytes() == (
        "\ufeffa,b,c,d,e,f,g,h\r\n张三,5,1000,2026-02-01,2026-02-01 09:30:00+08:00,true,,-1.5\r\n".encode()
    )


def test_values_keep_their_type_in_a_workbook(tmp_path):
    instant = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
    row = ["张三", 5, Decimal("1234.56"), date(2026, 2, 1), instant, True, None, 110101199003071234, 0.5]
    path = tmp_path / "a.xlsx"
    write_table(list("abcdefghi"), [row], path, "xlsx")
    expected = [*row[:4], instant.replace(tzinfo=None), True, None, "110101199003071234", Decimal("0.5")]
    assert read_back(path) == [expected]


def test_writing_goes_to_a_stream_and_leaves_it_open():
    for kind in ("csv", "xlsx"):
        out = io.BytesIO()
        assert write_table(["a"], iter([["1"], ["2"]]), out, kind).rows == 2
        assert not out.closed
        assert out.getvalue()[:2] == (b"PK" if kind == "xlsx" else b"\xef\xbb")


def test_texts_too_long_for_excel_are_cut_and_counted(tmp_path):
    path = tmp_path / "a.xlsx"
    assert write_table(["a"], [["x" * 40_000], ["y"]], path, "xlsx").cut == 1
    assert [len(row[0]) for row in read_back(path)] == [32_767, 1]
    assert write_table(["a"], [["x" * 40_000]], tmp_path / "a.csv").cut == 0


def test_days_before_excels_calendar_are_written_as_text(tmp_path):
    path = tmp_path / "a.xlsx"
    days = [date(1899, 12, 31), date(1900, 2, 28), date(1900, 3, 1), date(2100, 12, 31), datetime(1850, 1, 1, 8)]
    write_table(["a"], [[day] for day in days], path, "xlsx")
    assert [row[0] for row in read_back(path)] == ["1899-12-31", "1900-02-28", *days[2:4], "1850-01-01 08:00:00"]


@given(instant=st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)).map(lambda one: one.replace(microsecond=0)))
def test_every_second_survives_a_workbook(instant):
    out = io.BytesIO()
    write_table(["a"], [[instant]], out, "xlsx")
    cell = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active["A2"].value
    assert abs(cell - instant) < timedelta(seconds=1)


def test_a_workbook_is_written_without_a_file_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    write_table(["a"], [["secret"]] * 1000, io.BytesIO(), "xlsx")


def test_a_workbook_without_room_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tabular_xlsx, "MOST_ROWS", 3)
    write_table(["a"], [["1"]] * 3, tmp_path / "a.xlsx", "xlsx")
    with pytest.raises(TableError, match="csv"):
        write_table(["a"], [["1"]] * 4, tmp_path / "b.xlsx", "xlsx")


def test_characters_no_file_can_hold_do_not_stop_an_export(tmp_path):
    write_table(["a", "b"], [["x\0y\ud800", "\x01\ufffe"]], tmp_path / "a.csv")
    assert read_back(tmp_path / "a.csv") == [["x\ufffdy?", "\x01\ufffe"]]
    write_table(["a", "b"], [["x\0y\ud800", "\x01\ufffe"]], tmp_path / "a.xlsx", "xlsx")
    assert read_back(tmp_path / "a.xlsx") == [["x\ufffdy\ufffd", "\ufffd\ufffd"]]


def test_reading_and_importing_load_no_heavy_library():
    code = (
        "import sys; import zhike.records.tabular.tables;"
        "assert not [n for n in sys.modules if n.startswith(('openpyxl', 'python_calamine', 'django'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
