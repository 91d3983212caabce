"""PostgreSQL: structure and rows of the schema, read in one REPEATABLE READ transaction while others write.

A stream of lines: a JSON head with the structure; for each table ``COPY name`` and its rows in COPY's text form, closed by
``\\.``; a JSON tail with the sequences. No program of the database's own is needed, so that server and client cannot differ
in version, and a copy can be tried in a schema of its own by a user who may not make databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import connection

from zhike.kernel.lazy import LazyModule
from zhike.store.snapshots.facts import SnapshotError, Table, Tables
from zhike.store.snapshots.structure import Held, read_sequences, read_structure

psycopg: Any = LazyModule("psycopg")

FORMAT = "zhike-copy"
END = b"\\.\n"
GATHER = 256 * 1024
PLAIN = "; ".join(
    f"SET LOCAL {one}"
    for one in (
        "datestyle = ISO, YMD", "timezone = 'UTC'", "extra_float_digits = 3", "bytea_output = hex", "intervalstyle = postgres",
        "client_encoding = 'UTF8'", "statement_timeout = 0", "check_function_bodies = off",
    )
)  # fmt: skip


@contextmanager
def linked(schema: str = "") -> Iterator[Any]:
    """A connection of its own to the home's database, for one transaction; ``schema`` becomes the current one. What is set
    holds in that transaction alone: a pool gives the line to others afterwards."""
    options = connection.get_connection_params()
    options.pop("context", None)
    options.pop("cursor_factory", None)
    options.pop("prepare_threshold", None)
    with closing(psycopg.connect(**options)) as link:
        link.execute(PLAIN)
        if schema:
            link.execute(f'SET LOCAL search_path = "{schema}"')
        yield link


def dump(tables: Tables) -> Iterator[bytes]:
    """The stream of the database at one instant; ``tables`` is filled as it goes."""
    with linked() as link:
        link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        held = read_structure(link)
        head = {
            "format": FORMAT, "version": 1, "first": held.first, "then": held.then,
            "tables": [{"name": one.name, "columns": one.columns, "order": one.order} for one in held.tables],
        }  # fmt: skip
        yield _line(head)
        for table in held.tables:
            yield f"COPY {table.name}\n".encode()
            digest, number = hashlib.sha256(), 0
            for chunk, rows in _rows(link, table):
                digest.update(chunk)
                number += rows
                yield chunk
            yield END
            tables[table.name] = Table(number, digest.hexdigest())
        yield _line({"sequences": read_sequences(link)})
        link.rollback()


def load(lines: Iterable[bytes], schema: str) -> None:
    """Make ``schema`` and fill it from a stream, in one transaction. Raises SnapshotError when the stream is not whole."""
    source = iter(lines)
    with linked() as link:
        try:
            link.execute(f'CREATE SCHEMA "{schema}"')
            link.execute(f'SET LOCAL search_path = "{schema}"')
            head = _read(source)
            if head.get("format") != FORMAT or head.get("version") != 1:
                raise SnapshotError("the copy of the database is of an unknown form")
            for one in head["first"]:
                link.execute(one)
            for one in head["tables"]:
                _fill(link, source, Held(one["name"], tuple(one["columns"]), tuple(one["order"])))
            for one in head["then"]:
                link.execute(one)
            for one in _read(source)["sequences"]:
                link.execute(one)
            link.commit()
        except psycopg.Error as error:
            raise SnapshotError(str(error).strip()) from error


def prove(schema: str) -> Tables:
    """The tables of a schema that was loaded: their rows counted and hashed anew."""
    with linked(schema) as link:
        found: Tables = {}
        for table in read_structure(link).tables:
            digest, number = hashlib.sha256(), 0
            for chunk, rows in _rows(link, table):
                digest.update(chunk)
                number += rows
            found[table.name] = Table(number, digest.hexdigest())
        return found


def may_make_schemas() -> bool:
    """Whether the database's user may make a schema, as trying a backup and restoring one ask for."""
    with linked() as link:
        found = link.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
        return bool(found[0])


def drop(schema: str) -> None:
    """Throw a schema away with all that is in it."""
    with linked() as link:
        link.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        link.commit()


def is_empty(schema: str) -> bool:
    """Whether a schema holds no table."""
    with linked() as link:
        found = link.execute("SELECT count(*) FROM pg_tables WHERE schemaname = %s", (schema,)).fetchone()
        return not found[0]


def leftovers(prefix: str) -> list[str]:
    """Schemas whose names begin so."""
    with linked() as link:
        found = link.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (prefix,))
        return [line[0] for line in found]


def swap(new: str, aside: str) -> None:
    """Put what is in the schema ``new`` in the place of the current schema's content, which goes to ``aside``; all of it
    at one instant, or nothing."""
    with linked() as link:
        present = link.execute("SELECT current_schema()").fetchone()[0]
        link.execute(f'CREATE SCHEMA "{aside}"')
        _move(link, present, aside)
        _move(link, new, present)
        link.execute(f'DROP SCHEMA "{new}"')
        link.commit()


def _move(link: Any, source: str, target: str) -> None:
    tables = link.execute(
        "SELECT c.relname, c.relkind::text FROM pg_class c WHERE c.relnamespace = %s::regnamespace"
        " AND (c.relkind IN ('r', 'p') OR (c.relkind = 'S' AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid"
        " AND d.deptype IN ('i', 'a')))) ORDER BY c.relname",
        (f'"{source}"',),
    ).fetchall()
    for name, kind in tables:
        what = "SEQUENCE" if kind == "S" else "TABLE"
        link.execute(f'ALTER {what} "{source}"."{name}" SET SCHEMA "{target}"')
    functions = link.execute(
        "SELECT p.oid::regprocedure::text, p.proname, pg_get_function_identity_arguments(p.oid) FROM pg_proc p"
        " WHERE p.pronamespace = %s::regnamespace AND p.prokind = 'f'"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')",
        (f'"{source}"',),
    ).fetchall()
    for _name, name, arguments in functions:
        link.execute(f'ALTER FUNCTION "{source}"."{name}"({arguments}) SET SCHEMA "{target}"')


def _fill(link: Any, source: Iterator[bytes], table: Held) -> None:
    if next(source, b"") != f"COPY {table.name}\n".encode():
        raise SnapshotError(f"the copy of the database ends before the table {table.name}")
    with link.cursor().copy(f'COPY "{table.name}" ({table.listed}) FROM STDIN') as copy:
        gathered = bytearray()
        for line in source:
            if line == END:
                copy.write(bytes(gathered))
                return
            gathered += line
            if len(gathered) > GATHER:
                copy.write(bytes(gathered))
                gathered.clear()
    raise SnapshotError(f"the copy of the database ends within the table {table.name}")


def _rows(link: Any, table: Held) -> Iterator[tuple[bytes, int]]:
    with link.cursor().copy(table.out) as copy:
        gathered, rows = bytearray(), 0
        for chunk in copy:
            gathered += chunk
            rows += 1
            if len(gathered) > GATHER:
                yield bytes(gathered), rows
                gathered.clear()
                rows = 0
        yield bytes(gathered), rows


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _read(source: Iterator[bytes]) -> Any:
    try:
        return json.loads(next(source, b""))
    except ValueError as error:
        raise SnapshotError("the copy of the database is cut or damaged") from error
