"""What migrations cannot say: indexes from specs, full-text tables, collations, cubes. Run after every migrate, and when an
administrator switches an index on or off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.cubes import reconcile_cubes
from zhike.store.database import is_postgres, rows, run
from zhike.store.plan import part_of, part_sql

PREFIX = "zk_"


def reconcile() -> list[str]:
    """Bring indexes and full-text tables to what the specs ask for; returns the names of what was made or dropped."""
    done = _postgres_columns() if is_postgres() else []
    _full_text()
    wanted = dict(wanted_indexes())
    existing = set(_existing())
    for name in sorted(existing - set(wanted)):
        run(f'DROP INDEX "{name}"')
        done.append(f"dropped {name}")
    for name, sql in wanted.items():
        if name not in existing:
            run(sql)
            done.append(f"made {name}")
    return done + reconcile_cubes()


def wanted_indexes() -> Iterator[tuple[str, str]]:
    """``(name, CREATE INDEX …)`` for every index the specs ask for. The name carries a digest of the definition."""
    for spec in registry:
        yield from _of_object(spec)


def _of_object(spec: ObjectSpec) -> Iterator[tuple[str, str]]:
    only = '"trashed" IS NULL' + (f" AND \"object\" = '{spec.key}'" if spec.custom else "")
    yield _index(spec, "title_sort", ['"title_sort"', '"id"'], only)
    yield _index(spec, "created", ['"created"', '"id"'], only)
    yield _index(spec, "changed", ['"changed"', '"id"'], only)
    yield _index(spec, "trashed", ['"trashed"', '"id"'], only.replace("IS NULL", "IS NOT NULL"))
    if spec.scope.kind is not ScopeKind.OPEN:
        yield _index(spec, "owner", ['"owner"', '"created"', '"id"', '"archived"', *_added_up(spec)], only)
    yield from _of_board(spec, only)
    for field in spec.fields:
        if field.key in ("owner", "created", "changed", "id"):
            continue
        yield from _of_field(spec, field, only)
    for key in dict.fromkeys(one.yearly or one.field for one in spec.calendar):
        if key not in ("owner", "created", "changed", "id"):
            yield _index(spec, f"day_{key}", ['"owner"', part_sql("", spec[key]), '"id"'], only)


def _added_up(spec: ObjectSpec) -> list[str]:
    """What a list adds up unasked: the first amount among its columns. With it in the index no record has to be read."""
    amounts = (one for one in (spec[key] for key in spec.columns) if "money" in (one.kind, one.result))
    return [part_sql("", one) for one in amounts if not one.slot][:1]


def _of_board(spec: ObjectSpec, only: str) -> Iterator[tuple[str, str]]:
    """The cards of one column in the order of the date they show."""
    board = spec.board
    by = spec.field(board.by) if board else None
    dated = (
        next((spec[key] for key in board.card if key in spec.by_key and spec[key].kind == "date"), None)
        if board
        else None
    )
    if by is not None and dated is not None and dated.index:
        yield _index(spec, "board", [part_sql("", by), part_sql("", dated), '"id"'], only)


def _of_field(spec: ObjectSpec, field: FieldSpec, only: str) -> Iterator[tuple[str, str]]:
    kind = kind_of(field)
    if kind.secret and field.kind != "address":
        for part in kind.parts:
            if part.suffix:
                yield _index(spec, field.key + part.suffix, [part_sql("", field, part.suffix)], only)
        return
    linked = field.kind == "link" and field.key not in ("created_by", "changed_by")
    if (field.index or field.unique or linked or field.kind == "any_link") and part_of(field).type != "long":
        yield _index(spec, field.key, [part_sql("", field), '"id"'], only)


def _index(spec: ObjectSpec, what: str, columns: list[str], only: str) -> tuple[str, str]:
    listed = ", ".join(column if column.startswith('"') else f"({column})" for column in columns)
    body = f'ON "{spec.table}" ({listed}) WHERE {only}'
    digest = hashlib.sha256(body.encode()).hexdigest()[:10]
    name = f"{PREFIX}{spec.key}_{what}"[:48] + "_" + digest
    return name, f'CREATE INDEX "{name}" {body}'


def _existing() -> list[str]:
    if is_postgres():
        found = rows(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'zk\\_%%'", ()
        )
    else:
        found = rows("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'zk!_%%' ESCAPE '!'", ())
    return [line[0] for line in found]


def _full_text() -> None:
    if is_postgres():
        run("CREATE SEQUENCE IF NOT EXISTS record_id START WITH 1000")
        run(
            'ALTER TABLE "store_searchrow" ADD COLUMN IF NOT EXISTS "words" tsvector'
            " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(\"tokens\", ' '))) STORED"
        )
        run('CREATE INDEX IF NOT EXISTS "search_words" ON "store_searchrow" USING gin ("words")')
        return
    if rows("SELECT 1 FROM sqlite_master WHERE name = 'store_search_fts'"):
        if rows("SELECT 1 FROM store_search_fts_config WHERE k = 'secure-delete' AND v = 1"):  # see store/words.py
            run("INSERT INTO store_search_fts(store_search_fts, rank) VALUES ('secure-delete', 0)")
        return
    run(
        "CREATE VIRTUAL TABLE store_search_fts USING fts5"
        "(tokens, content='store_searchrow', content_rowid='record', detail='none', tokenize='unicode61 remove_diacritics 0')"
    )
    run(
        "CREATE TRIGGER store_search_added AFTER INSERT ON store_searchrow BEGIN"
        " INSERT INTO store_search_fts(rowid, tokens) VALUES (new.record, new.tokens); END"
    )
    run(
        "CREATE TRIGGER store_search_gone AFTER DELETE ON store_searchrow BEGIN"
        " INSERT INTO store_search_fts(store_search_fts, rowid, tokens) VALUES ('delete', old.record, old.tokens); END"
    )
    run("INSERT INTO store_search_fts(store_search_fts) VALUES ('rebuild')")


def _postgres_columns() -> list[str]:
    """Text columns compare by code point on PostgreSQL, as they do on SQLite and in Python."""
    done = []
    found = rows(
        "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND data_type IN ('character varying', 'text')"
        " AND (table_name LIKE 'objects\\_%%' OR table_name LIKE 'store\\_%%') AND collation_name IS DISTINCT FROM 'C'"
        " AND is_generated = 'NEVER'",
        (),
    )
    by_table: dict[str, list[str]] = {}
    for table, column, type_, length in found:
        sized = f"varchar({length})" if type_ != "text" and length else "text"
        by_table.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE {sized} COLLATE "C"')
    for table, changes in by_table.items():
        if table == "store_searchrow":
            run('ALTER TABLE "store_searchrow" DROP COLUMN IF EXISTS "words"')
        run(f'ALTER TABLE "{table}" {", ".join(changes)}')
        done.append(f"collation of {table}")
    return done
