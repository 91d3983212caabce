"""Text tables: encoding and separator find themselves, and every fault is told by its line."""

from __future__ import annotations

import codecs
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tabular.made_files import saved
from zhike.records.tabular.encoding import detect
from zhike.records.tabular.shape import column_letter
from zhike.records.tabular.tables import Row, TableError, open_table

CHINESE = "姓名,电话,城市\r\n张三,13800001234,北京\r\n李四,13900001234,上海\r\n"


def read(path: Path, **how) -> tuple[list[str], list[list]]:
    with open_table(path, **how) as table:
        return table.columns, [row.values for row in table.rows]


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("gb18030", b"", "gb18030"),
        ("gbk", b"", "gb18030"),
        ("gb18030", b"\x84\x31\x95\x33", "gb18030"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32"),
        ("utf-32-le", b"", "utf-32-le"),
    ],
)
def test_the_encoding_is_found(tmp_path, encoding, mark, named):
    path = saved(tmp_path, "a.csv", mark + CHINESE.encode(encoding))
    with open_table(path) as table:
        assert table.encoding == named
        assert table.columns == ["姓名", "电话", "城市"]
        assert [row.values for row in table.rows] == [["张三", "13800001234", "北京"], ["李四", "13900001234", "上海"]]
        assert table.count_hint in (2, 3)


def test_western_european_accents_are_not_taken_for_chinese(tmp_path):
    path = saved(tmp_path, "a.csv", "Name;Straße;Ort\nMüller;Hauptstraße;Köln\nGrün;Öde;Würzburg\n".encode("cp1252"))
    with open_table(path) as table:
        assert table.encoding == "cp1252"
        assert next(table.rows).values == ["Müller", "Hauptstraße", "Köln"]


def test_rare_characters_and_emoji_come_through(tmp_path):
    for encoding in ("utf-8", "gb18030", "utf-16"):
        path = saved(tmp_path, f"{encoding}.csv", "店名,评价,备\n𠮷野家,好😀,㐀\n".encode(encoding))
        assert read(path)[1] == [["𠮷野家", "好😀", "㐀"]]


def test_an_encoding_may_be_given(tmp_path):
    path = saved(tmp_path, "a.csv", "名前,都市\n田中,東京\n".encode("shift_jis"))
    assert read(path, encoding="shift_jis") == (["名前", "都市"], [["田中", "東京"]])
    assert read(saved(tmp_path, "b.csv", "名,市\n𠮷,京\n".encode("gb18030")), encoding="GB2312")[1] == [["𠮷", "京"]]
    for wrong in ("klingon", "base64", "rot13", ""):
        if wrong:
            with pytest.raises(TableError, match=wrong):
                open_table(path, encoding=wrong)


@given(
    lines=st.lists(st.text("张三李四王五赵六上中下,电话0123456789", min_size=4, max_size=30), min_size=4, max_size=30),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-16"]),
)
def test_chinese_text_is_decoded_right_in_every_encoding(tmp_path_factory, lines, encoding):
    text = "姓名,电话\n" + "\n".join(lines) + "\n"
    path = saved(tmp_path_factory.mktemp("e"), "a.csv", text.encode(encoding))
    assert path.read_text(encoding=detect(path).encoding).removeprefix("\ufeff") == text


def test_mixed_encodings_are_told_by_the_line_where_they_change(tmp_path):
    utf8 = "姓名,城市\n" + "张三,北京\n" * 40
    path = saved(tmp_path, "a.csv", utf8.encode() + "李四,上海\n".encode("gb18030") + "王五,广州\n".encode())
    with pytest.raises(TableError, match="UTF-8") as caught:
        open_table(path)
    assert caught.value.row == 42
    path = saved(tmp_path, "b.csv", utf8.encode("gb18030") + b"\xff\xff,x\n")
    with pytest.raises(TableError, match="GB18030") as caught:
        open_table(path)
    assert caught.value.row == 42


def test_the_faulty_line_is_right_far_into_a_large_file(tmp_path):
    good = "张三,北京海淀区中关村大街\n"
    count = 3 * 1024 * 1024 // len(good.encode())
    path = saved(tmp_path, "a.csv", "姓名,地址\n".encode() + good.encode() * count + b"\xff\xfe\n" + good.encode())
    with pytest.raises(TableError) as caught:
        open_table(path)
    assert caught.value.row == count + 2
    wide = ("姓名,地址\n" + good * count).encode("utf-16-be") + b"\xd8\x00\x00\x41"
    with pytest.raises(TableError) as caught:
        open_table(saved(tmp_path, "b.csv", codecs.BOM_UTF16_BE + wide))
    assert caught.value.row == count + 2


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n4,5;5,5;6\n", ";"),
        ("a\tb\tc\n1,2\t3\t4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('"a,x";"b,y";c\n1;2;3\n', ";"),
        ('a,b\n"x;y;z","1;2"\n', ","),
        ("name\nx;y\nz;w\n", ","),
        ("sep=;\na;b\n1;2\n", ";"),
        ("sep=|\r\na,b|c\r\n1|2\r\n", "|"),
        ('a,b\n"two\nlines; here",2\n', ","),
    ],
)
def test_the_separator_is_found(tmp_path, text, separator):
    with open_table(saved(tmp_path, "a.csv", text)) as table:
        assert table.separator == separator
        rows = list(table.rows)
        assert all(not row.problems and len(row.values) == len(table.columns) for row in rows)


def test_a_separator_may_be_given(tmp_path):
    path = saved(tmp_path, "a.csv", "a;b,c\n1;2,3\n")
    assert read(path, separator=";") == (["a", "b,c"], [["1", "2,3"]])
    assert read(path, separator=",") == (["a;b", "c"], [["1;2", "3"]])
    assert read(saved(tmp_path, "b.csv", "a\tb\n1\t2\n"), separator="tab") == (["a", "b"], [["1", "2"]])
    for wrong in ("ab", '"', "\n"):
        with pytest.raises(TableError, match="one character"):
            open_table(path, separator=wrong)


def test_mixed_line_ends_and_lines_inside_quotation_marks(tmp_path):
    path = saved(tmp_path, "a.csv", 'a,b\r\n1,2\n3,4\r5,"six\r\nseven"\r\n\r\n8,9')
    with open_table(path) as table:
        assert [(row.number, row.values) for row in table.rows] == [
            (2, ["1", "2"]),
            (3, ["3", "4"]),
            (4, ["5", "six\r\nseven"]),
            (6, ["8", "9"]),
        ]


def test_short_rows_are_filled_and_long_ones_are_a_problem_of_their_own(tmp_path):
    path = saved(tmp_path, "a.csv", "a,b,c\n1\n1,2,3,,\n1,2,3,4,5\n1,2,3\n")
    with open_table(path) as table:
        rows = list(table.rows)
    assert [row.values for row in rows] == [["1", None, None], ["1", "2", "3"], ["1", "2", "3"], ["1", "2", "3"]]
    assert [len(row.problems) for row in rows] == [0, 0, 1, 0]
    problem = rows[2].problems[0]
    assert problem.code == "ragged"
    assert problem.value == "4, 5"
    assert str(problem.text).startswith("Row 4: This row has 5 cells, the heading 3.")


def test_headings_are_told_apart(tmp_path):
    path = saved(tmp_path, "a.csv", "电话,电话, 电话 ,,电话 (2),,\n1,2,3,4,5\n")
    with open_table(path) as table:
        assert table.columns == ["电话", "电话 (3)", "电话 (4)", "(D)", "电话 (2)"]
        assert [note.code for note in table.notes] == ["heading"] * 3
        assert [row.values for row in table.rows] == [["1", "2", "3", "4", "5"]]
    assert [column_letter(n) for n in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


@given(names=st.lists(st.sampled_from(["a", "a (2)", "a (3)", "", "b", "(B)", "B (2)"]), min_size=1, max_size=8))
def test_column_names_are_always_unique(tmp_path_factory, names):
    path = saved(tmp_path_factory.mktemp("h"), "a.csv", "|".join([*names, "last"]) + "\n")
    with open_table(path) as table:
        assert len(set(table.columns)) == len(table.columns) == len(names) + 1
        assert all(name in table.columns for name in names if name)


def test_titles_above_the_heading_are_passed_over_with_a_note(tmp_path):
    path = saved(tmp_path, "a.csv", "交易记录\n账号:[123]\n\n时间,金额,对方,备注\n1,2,3,4\n5,6,7,\n")
    with open_table(path) as table:
        assert table.columns == ["时间", "金额", "对方", "备注"]
        assert [note.code for note in table.notes] == ["above"]
        assert [(row.number, row.values[0]) for row in table.rows] == [(5, "1"), (6, "5")]


def test_a_heading_of_one_column_is_a_heading(tmp_path):
    assert read(saved(tmp_path, "a.csv", "电话\n1\n2\n")) == (["电话"], [["1"], ["2"]])
    assert read(saved(tmp_path, "b.csv", "a,b,c\n")) == (["a", "b", "c"], [])


def test_a_file_marked_twice_or_in_quotation_marks_reads_right(tmp_path):
    path = saved(tmp_path, "a.csv", '\ufeff\ufeff"a,x",b\n1,2\n')
    assert read(path) == (["a,x", "b"], [["1", "2"]])


def test_blank_rows_and_cells_of_blanks_only(tmp_path):
    path = saved(tmp_path, "a.csv", "\n \na,b\n,\n  ,\n1, x \n")
    with open_table(path) as table:
        assert list(table.rows) == [Row(6, "", ["1", " x "])]


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n7,8\n', 3, "never closed"),
        ('a,b\n1,"x"y\n', 2, "written twice"),
        ('a,b\n1,2\n3,"one\n4,"two"\n', 3, "written twice"),
        ('a,b\n1,2\n"' + "x" * 1_100_000, 3, "more than a million"),
        ('a,b\n1,2\n"' + "x,y\n" * 400_000, 3, "more than a million"),
    ],
)
def test_a_broken_quotation_is_told_by_the_line_it_begins_in(tmp_path, text, row, said):
    with pytest.raises(TableError, match=said) as caught:
        read(saved(tmp_path, "a.csv", text))
    assert caught.value.row == row
    assert str(caught.value).startswith(f"Row {row}: ")


def test_rows_before_a_fault_have_been_given(tmp_path):
    path = saved(tmp_path, "a.csv", "a,b\n" + "1,2\n" * 100 + '3,"4\n')
    table = open_table(path)
    for _ in range(100):
        assert next(table.rows).values == ["1", "2"]
    with pytest.raises(TableError) as caught:
        next(table.rows)
    assert caught.value.row == 102


def test_closing_early_lets_go_of_the_file(tmp_path):
    path = saved(tmp_path, "a.csv", "a,b\n" + "1,2\n" * 100_000)
    with open_table(path) as table:
        next(table.rows)
    with pytest.raises(ValueError, match="closed"):
        list(table.rows)
    table.close()


def test_many_rows_need_little_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "a.csv"
    with path.open("w") as out:
        out.write("a,b\n")
        for _ in range(200):
            out.write("张三,13800001234\n" * 1000)
    tracemalloc.start()
    with open_table(path) as table:
        assert sum(1 for _row in table.rows) == 200_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("content", "doubted"),
    [
        ("客户,电话\n华东精密机械有限公司,1\n".encode("gb18030"), ""),
        ("联通公司,电话\n李娜,1\n".encode("gb18030"), ""),  # the bytes of 联通 are good UTF-8, too
        ("客户,n\n".encode() + "张三,1\n".encode("gb18030"), "Line 1 reads like UTF-8"),
        ("n,名\n张三,1\n".encode("gb18030") + "李四,2\n".encode(), "Line 3 reads like UTF-8"),
        ("客戶名稱,電話\n華東精密機械股份,1\n".encode("big5"), "hardly ever used"),
        ("客户,电话\n凌渡,1\n".encode(), ""),
    ],
)
def test_a_reading_that_may_be_the_wrong_one_says_so(tmp_path, content, doubted):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with open_table(path) as table:
        assert (doubted in str(table.doubt)) if doubted else table.doubt is None


def test_200_megabytes_without_a_line_end_are_refused_in_little_memory(tmp_path):
    for unit in (b"a", b"a,", b","):
        path = tmp_path / "endless.csv"
        with path.open("wb") as out:
            out.truncate(0)
            block = unit * (1024 * 1024 // len(unit))
            for _megabyte in range(200):
                out.write(block)
        tracemalloc.start()
        try:
            with pytest.raises(TableError, match="characters"):
                open_table(path)
            assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
        finally:
            tracemalloc.stop()
