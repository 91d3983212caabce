"""What commands print."""

from __future__ import annotations

import csv
import io
import json

from zhike.site.commands.output import as_csv, clipped, print_rows, table, width
from zhike.site.commands.progress import Bar


def test_chinese_characters_take_two_columns() -> None:
    assert width("知客CRM") == 7
    assert width("é") == width("e\u0301") == 1
    assert width("，") == 2


def test_columns_line_up_with_chinese_cells() -> None:
    text = table(["名称", "n"], [["苏州精密", "1"], ["ab", "1000"]], [False, True])
    ends = {width(line) for line in text.splitlines()}
    assert ends == {len("苏州精密") * 2 + 2 + 4}


def test_long_cells_are_cut_by_columns_not_by_characters() -> None:
    assert clipped("苏州精密机械", 7) == "苏州精…"
    assert clipped("short", 7) == "short"


def test_a_line_break_in_a_cell_does_not_break_the_table() -> None:
    assert len(table(["a"], [["one\ntwo\x1b[31m"]]).splitlines()) == 3
    assert "\x1b" not in table(["a"], [["\x1b[31m"]])


def test_json_keeps_characters_and_nulls() -> None:
    out = io.StringIO()
    print_rows(out, "json", ["a"], [{"a": "𠮷", "b": None}])
    assert json.loads(out.getvalue()) == [{"a": "𠮷", "b": None}]
    assert "𠮷" in out.getvalue()


def test_csv_has_exactly_the_columns_asked_for() -> None:
    out = io.StringIO()
    print_rows(out, "csv", ["a", "b"], [{"a": 1, "b": None, "c": 3}, {"a": True, "b": ["x", "y"]}])
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [["a", "b"], ["1", ""], ["true", "x, y"]]


def test_a_csv_cell_that_could_be_a_formula_is_disarmed() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["a"], [["=1+1"], [" @x"], ["-12.50"], ["苏州"]]))))
    assert rows == [["a"], ["'=1+1"], ["' @x"], ["-12.50"], ["苏州"]]


def test_csv_survives_commas_quotes_and_line_breaks() -> None:
    cells = ['a,"b"', "one\ntwo"]
    assert list(csv.reader(io.StringIO(as_csv(["x", "y"], [cells]))))[1] == cells


def test_the_bar_is_silent_when_nobody_watches() -> None:
    stream = io.StringIO()
    with Bar("rows", stream) as bar:
        bar(1, 2)
    assert stream.getvalue() == ""


def test_the_bar_shows_how_far_the_work_is_and_goes_away() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with Bar("行", stream) as bar:
        bar(2, 2)
    assert "2/2" in stream.getvalue()
    assert stream.getvalue().endswith("\r")
