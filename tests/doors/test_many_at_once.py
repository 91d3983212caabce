"""Many records written together: what a batch asks the database, and that it leaves the same rows as one after another."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import make
from tests.doors.statements import crowd, heard, plan_of
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.clock import standing_at
from zhike.records.declaring.customise import create_field
from zhike.records.importing.table import import_table
from zhike.records.write import write, write_many
from zhike.store.database import COPIED_FROM, is_postgres, marks, rows, write_transaction

MANY = COPIED_FROM + 5
OWN_KEYS = {"id", "record", "source", "operation", "vault", "entry", "words"}


def _contacts(count: int, name: str = "王明") -> list[Command]:
    values = {
        "name": name,
        "account": "苏州凌渡",
        "mobile": "13812345678",
        "email": "w@example.cn",
        "department": "采购",
    }
    return [Command("create", "contact", values={**values, "name": f"{name}{n}"}) for n in range(count)]


def _said(line: dict[str, Any]) -> dict[str, Any]:
    """A row without what is different for every record: ids, keys and sealed values."""
    if "body" in line:
        body = json.loads(line["body"]).items()
        line["body"] = {key: [one if not isinstance(one, dict) else sorted(one) for one in pair] for key, pair in body}
    if "tokens" in line:
        line["tokens"] = sorted(line["tokens"].split())
    return {key: value for key, value in line.items() if key not in OWN_KEYS and not str(value).startswith("v1.")}


def _left_by(ids: list[int]) -> dict[str, list[Any]]:
    """Every row that names one of these records, by table."""
    tables = {
        "objects_contact": "id", "store_changerow": "record", "store_searchrow": "record", "store_alikekey": "record",
        "store_outboxrow": "record", "store_linkrow": "source", "store_timelinerow": "source", "store_stay": "record",
        "store_reminder": "record",
    }  # fmt: skip
    found = {}
    for table, key in tables.items():
        names = [line[0] for line in rows(_columns_of(table), (table,))]
        listed = ", ".join(f'"{name}"' for name in names)
        lines = rows(f'SELECT {listed} FROM "{table}" WHERE "{key}" IN ({marks(ids)})', ids)
        found[table] = sorted((_said(dict(zip(names, line, strict=True))) for line in lines), key=repr)
    return found


def _columns_of(table: str) -> str:
    if is_postgres():
        return "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
    return "SELECT name FROM pragma_table_info(%s)"


def test_one_at_a_time_and_many_at_once_leave_the_same_rows(home: Any, company: Company) -> None:
    make("account", company.li, name="苏州凌渡")
    create_field(company.admin, "contact", {"key": "hobby", "label": "Hobby", "kind": "text", "search": 3})
    options = [{"key": "tea", "label": "Tea"}, {"key": "go", "label": "Go"}]
    talks = {"key": "talks", "label": "Talks", "kind": "choices", "options": options}
    create_field(company.admin, "contact", talks)
    commands = [
        Command(one.verb, one.object, values={**one.values, "hobby": "茶", "talks": ["tea", "go"]})
        for one in _contacts(MANY)
    ]
    with standing_at(datetime(2026, 3, 9, 8, tzinfo=UTC)):
        single = [write(company.li, command).id for command in commands]
        together = write_many(company.li, commands).results
    assert all(isinstance(one, Done) for one in together)
    alone, many = _left_by(single), _left_by([one.id for one in together if isinstance(one, Done)])
    assert {table: len(lines) for table, lines in alone.items()} == {table: len(lines) for table, lines in many.items()}
    for table, lines in alone.items():
        assert many[table] == lines, table
    assert len(alone["store_searchrow"]) == len(alone["store_changerow"]) == len(alone["store_outboxrow"]) == MANY


def test_words_of_a_batch_are_looked_up_together_and_by_an_index(home: Any) -> None:
    for n in range(8):
        make("account", name=f"苏州凌渡{n}")
    commands = [Command("create", "contact", values={"name": f"王{n}", "account": f"苏州凌渡{n}"}) for n in range(8)]
    with heard() as found:
        write_many(SYSTEM, commands)
    asked = [one for one in found if "title_sort" in one[0] and one[0].startswith("SELECT")]
    assert len(asked) == 1
    make("account", name="上海华信")
    crowd("objects_account")
    with write_transaction():
        assert "zk_account_title_sort" in plan_of(asked[0])


def test_a_name_two_records_have_is_asked_about_in_a_batch_too(home: Any) -> None:
    for _n in range(2):
        make("account", name="同名")
    only = make("account", name="唯一")
    commands = [
        Command("create", "contact", values={"name": "王", "account": name}) for name in ("同名", "唯一", "没有")
    ]
    results = write_many(SYSTEM, commands, on_error="skip").results
    assert [isinstance(one, Done) for one in results] == [False, True, False]
    assert rows('SELECT "account" FROM "objects_contact"') == [(only,)]


def test_an_import_asks_the_database_as_much_for_many_rows_as_for_few(home: Any, tmp_path: Path) -> None:
    make("account", name="苏州凌渡")
    counts = []
    for size in (COPIED_FROM, COPIED_FROM + 1, COPIED_FROM * 3):  # the first finds out what is kept
        path = tmp_path / f"{size}.csv"
        lines = [f"王明{size}x{n},苏州凌渡,138{n:08d},w{n}@example.cn" for n in range(size)]
        path.write_text("\n".join(["name,account,mobile,email", *lines]), encoding="utf-8")
        with heard() as found:
            assert import_table(SYSTEM, "contact", path, on_error="skip").created == size
        counts.append(len(found))
    assert counts[1] == counts[2] < 30


@pytest.mark.sqlite
def test_documents_of_a_batch_are_one_statement(home: Any) -> None:
    make("account", name="苏州凌渡")
    with heard() as found:
        write_many(SYSTEM, _contacts(MANY))
    (statement,) = [sql for sql, _params in found if sql.startswith('INSERT INTO "store_searchrow"')]
    assert statement.count("(%s") == MANY


def test_results_of_a_batch_tell_no_values_back_where_nobody_reads_them(home: Any) -> None:
    account = make("account", name="A")
    commands = [
        Command("create", "account", values={"name": "B"}),
        Command("update", "account", account, values={"name": "C"}),
    ]
    new, old = write_many(SYSTEM, commands, echo=False).results
    assert isinstance(new, Done)
    assert isinstance(old, Done)
    assert not new.changes
    assert "name" in [one.field for one in old.changes]
    assert write(SYSTEM, Command("create", "contact", values={"name": "D", "account": account})).changes
