"""What an import is held against writes as many rows as the import: a raw limit that does less would say nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.company import Company
from tools.benching import importing
from tools.benching.bed import Bed
from zhike.store.database import rows

TABLES = ("objects_account", "store_searchrow", "store_externalid")


@pytest.fixture
def bed(home: Any, company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bed:
    monkeypatch.setattr(importing, "ROWS", 30)
    monkeypatch.setattr(importing, "REP", "li")
    monkeypatch.setattr(importing, "_folder", lambda: tmp_path)
    made = Bed.__new__(Bed)
    made.chance = Random(3)
    return made


def _held() -> dict[str, int]:
    return {table: rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in TABLES}


def _more(before: dict[str, int]) -> dict[str, int]:
    return {table: many - before[table] for table, many in _held().items()}


def test_the_raw_stages_write_what_an_import_writes(bed: Bed) -> None:
    before = _held()
    importing.brought_in(bed, 30)
    ours = _more(before)
    stages = importing.Stages(importing.written(bed, 30, "raw.csv"))
    before = _held()
    stages.whole()
    assert _more(before) == ours == dict.fromkeys(TABLES, 30)
    assert rows(f'SELECT count(*) FROM "{importing.LOG}"') == [(30,)]
    for table in TABLES:
        column = "id" if table == "objects_account" else "record"
        assert rows(f'SELECT count(*) FROM "{table}" WHERE "{column}" >= {importing.FIRST}') == [(30,)]
    importing.clear()
    assert _more(before) == dict.fromkeys(TABLES, 0)


def test_a_stage_alone_does_its_own_work_only(bed: Bed) -> None:
    stages = importing.Stages(importing.written(bed, 30, "raw.csv"))
    before = _held()
    stages.alone("search")()
    stages.alone("decode")()
    assert _more(before) == {"objects_account": 0, "store_searchrow": 30, "store_externalid": 0}
