"""Importing a table through the doors: keys, links, maps, refusals, reports, undo."""

from __future__ import annotations

import csv
import weakref
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Forbidden, Invalid
from zhike.records.importing import run
from zhike.records.importing.mapping import mapping_of
from zhike.records.importing.rows import Line
from zhike.records.importing.run import BATCH, HELD_FOR, SMALLEST, next_size
from zhike.records.importing.table import import_table
from zhike.records.read import Query, count, read
from zhike.records.undo import undo


def table(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def names(object_key: str, where: str = "") -> list[str]:
    return sorted(row.title for row in read(SYSTEM, Query(object_key, where, size=500)).rows)


def test_headings_that_are_labels_or_keys_need_no_map(home: Any, tmp_path: Path) -> None:
    done = import_table(
        SYSTEM, "product", table(tmp_path, "name,code,price,Category", "GTX Pro,g1,4821,GTX", "MG,g2,55.5,MG")
    )
    assert (done.created, done.refused) == (2, 0)
    assert names("product") == ["GTX Pro", "MG"]
    assert read(SYSTEM, Query("product", "code = g1", columns=("price",))).rows[0]["price"].amount == Decimal(4821)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_and_separators_are_found(home: Any, tmp_path: Path, encoding: str) -> None:
    done = import_table(
        SYSTEM, "account", table(tmp_path, "name;short_name", "苏州凌渡精密机械有限公司;凌渡", encoding=encoding)
    )
    assert done.created == 1
    assert names("account", "short_name = 凌渡") == ["苏州凌渡精密机械有限公司"]


def test_a_key_updates_what_is_there_and_inserts_the_rest(home: Any, tmp_path: Path) -> None:
    import_table(SYSTEM, "product", table(tmp_path, "name,code", "Old name,a"))
    done = import_table(SYSTEM, "product", table(tmp_path, "name,code", "New name,a", "Other,b"), key="code")
    assert (done.created, done.updated, done.unchanged) == (1, 1, 0)
    again = import_table(SYSTEM, "product", table(tmp_path, "name,code", "New name,a", "Other,b"), key="code")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert names("product") == ["New name", "Other"]


def test_external_ids_meet_their_records_again(home: Any, tmp_path: Path) -> None:
    mapping = mapping_of({"key": "external", "columns": {"id": "external:erp", "n": "name"}})
    import_table(SYSTEM, "account", table(tmp_path, "id,n", "7,One", "8,Two"), mapping)
    done = import_table(SYSTEM, "account", table(tmp_path, "id,n", "7,One changed"), mapping)
    assert (done.created, done.updated) == (0, 1)
    assert names("account") == ["One changed", "Two"]


def test_an_external_id_somebody_has_is_told_at_its_column(home: Any, tmp_path: Path) -> None:
    mapping = mapping_of({"columns": {"编号": "external:erp", "n": "name"}})
    done = import_table(SYSTEM, "account", table(tmp_path, "编号,n", "7,One", "7,Two"), mapping)
    assert [(one.row, one.column, one.value) for one in done.problems] == [(3, "编号", "7")]


def test_one_bad_row_writes_nothing_by_default(home: Any, tmp_path: Path) -> None:
    path = table(tmp_path, "name,founded", "Good,1999", "Bad,not a number")
    done = import_table(SYSTEM, "account", path)
    assert not done.written
    assert names("account") == []
    (problem,) = done.problems
    assert (problem.row, problem.column, problem.value) == (3, "founded", "not a number")
    assert problem.text


def test_skipping_writes_the_good_rows_and_the_report_can_be_imported_again(home: Any, tmp_path: Path) -> None:
    path = table(tmp_path, "name,founded,remark", "Good,1999,x", "Bad,soon,=1+1")
    report = tmp_path / "report.csv"
    done = import_table(SYSTEM, "account", path, on_error="skip", report=report)
    assert (done.created, done.refused) == (1, 1)
    with open(report, encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][:3] == ["name", "founded", "remark"]
    assert "founded" in lines[1][-1]
    mended = report.read_text(encoding="utf-8-sig").replace("soon", "2001")
    report.write_text(mended, encoding="utf-8")
    assert import_table(SYSTEM, "account", report).created == 1
    assert names("account") == ["Bad", "Good"]


def test_a_dry_run_counts_and_writes_nothing(home: Any, tmp_path: Path) -> None:
    done = import_table(SYSTEM, "account", table(tmp_path, "name", "One", "Two"), dry_run=True)
    assert (done.created, done.operation) == (2, None)
    assert names("account") == []


def test_links_are_found_by_name_and_a_near_miss_is_offered(home: Any, tmp_path: Path) -> None:
    import_table(SYSTEM, "product", table(tmp_path, "name", "GTX Pro"))
    path = table(tmp_path, "name,product", "Deal one,GTX Pro", "Deal two,GTXPro")
    done = import_table(SYSTEM, "opportunity", path, on_error="skip")
    assert (done.created, done.refused) == (1, 1)
    assert "GTX Pro" in done.problems[0].text
    mapping = mapping_of(
        {"columns": {"name": "name", "product": "product"}, "values": {"product": {"GTXPro": "GTX Pro"}}}
    )
    assert import_table(SYSTEM, "opportunity", path, mapping).created == 2


def test_a_parent_may_stand_further_down_in_the_same_file(home: Any, tmp_path: Path) -> None:
    path = table(tmp_path, "name,parent", "Daughter,Mother", "Mother,")
    done = import_table(SYSTEM, "account", path)
    assert (done.created, done.refused) == (2, 0)
    assert names("account", 'parent = "Mother"') == ["Daughter"]
    missing = import_table(SYSTEM, "account", table(tmp_path, "name,parent", "Lost,Nobody at all"))
    assert not missing.written
    assert "Nobody at all" in missing.problems[0].text


def test_an_import_is_one_operation_and_can_be_undone(home: Any, tmp_path: Path) -> None:
    done = import_table(SYSTEM, "account", table(tmp_path, "name", *[f"Company {i}" for i in range(1200)]))
    assert done.created == 1200
    assert done.operation is not None
    undo(SYSTEM, done.operation)
    assert count(SYSTEM, "account", archived="all") == (0, False)


def test_historic_facts_need_the_import_right(home: Any, company: Company, tmp_path: Path) -> None:
    mapping = mapping_of({"historic": True, "columns": {"name": "name", "made": "created"}})
    path = table(tmp_path, "name,made", "Old,2017-03-01")
    assert import_table(SYSTEM, "account", path, mapping).created == 1
    assert names("account", "created < 2018-01-01") == ["Old"]
    with pytest.raises(Forbidden):
        import_table(company.li, "account", path, mapping)


def test_dates_in_the_american_order_are_read_as_the_map_says(home: Any, tmp_path: Path) -> None:
    mapping = mapping_of({"dates": "mdy", "columns": {"name": "name", "on": "close_on"}})
    assert import_table(SYSTEM, "opportunity", table(tmp_path, "name,on", "Deal,3/11/2017"), mapping).created == 1
    assert names("opportunity", "close_on = 2017-03-11") == ["Deal"]
    done = import_table(SYSTEM, "opportunity", table(tmp_path, "name,on", "Deal,2026-02-30"), mapping)
    assert not done.written
    assert done.problems[0].column == "on"


@pytest.mark.parametrize(
    "body",
    [
        {"columns": {"nowhere": "name"}},
        {"columns": {"name": "no_such_field"}},
        {"colums": {}},
        {"columns": {"name": "name"}, "mode": "maybe"},
    ],
)
def test_a_wrong_map_is_refused_in_words(home: Any, tmp_path: Path, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        import_table(SYSTEM, "account", table(tmp_path, "name", "One"), mapping_of(body))
    assert caught.value.problems[0].text
    assert names("account") == []


def test_rare_characters_and_formula_like_cells_are_kept_as_they_are(home: Any, tmp_path: Path) -> None:
    import_table(SYSTEM, "account", table(tmp_path, "name,short_name", "𠮷野家🍜,=SUM(A1)"))
    row = read(SYSTEM, Query("account", columns=("name", "short_name"))).rows[0]
    assert (row["name"], row["short_name"]) == ("𠮷野家🍜", "=SUM(A1)")


def test_a_transaction_takes_as_many_rows_as_are_soon_through() -> None:
    assert next_size(500, 500, HELD_FOR) == 500
    assert next_size(500, 500, HELD_FOR * 4) == 125
    assert next_size(125, 125, HELD_FOR / 10) == 250
    assert next_size(500, 500, 3600) == SMALLEST
    assert next_size(SMALLEST, 1, 0) == 2 * SMALLEST
    assert next_size(BATCH, BATCH, 0.001) == BATCH


def test_rows_are_held_in_portions_however_long_the_file_is(
    home: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 10)
    alive: weakref.WeakSet[Line] = weakref.WeakSet()
    most = 0

    class Watched(Line):
        __hash__ = object.__hash__

        def __init__(self, *facts: Any, **more: Any) -> None:
            nonlocal most
            super().__init__(*facts, **more)
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr(run, "Line", Watched)
    path = table(tmp_path, "name,short_name", *(f"Firm {n},F{n}" for n in range(95)))
    assert import_table(SYSTEM, "account", path, on_error="skip").created == 95
    assert 10 <= most <= 21
