"""Moving all rows from one database to another, of the same kind or the other: copied table by table, then counted and
hashed on both sides.

Both sides have the same tables, made by the same migrations. A row's hash is taken over its values in one spelling, whatever
the database's own is, so that equal hashes mean equal content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import connection, connections
from pysqlite3 import dbapi2

from zhike.kernel.lazy import LazyModule
from zhike.store.database import instant_text, is_postgres, marks, rows, run, run_many, to_db, write_transaction
from zhike.store.ids import raise_to

psycopg: Any = LazyModule("psycopg")

OWN = ("django_migrations", "sqlite_sequence")
GATHER = 5000
IDS = "record_id"
Step = Callable[[int, int], None]


class Counted(NamedTuple):
    """What a table holds: its rows, and a hash of their content that does not depend on their order."""

    rows: int
    digest: str


class Unequal(Exception):
    """A table that does not hold the same on both sides, by name."""


class Source(Protocol):
    """A database to read from, at one instant."""

    def tables(self) -> dict[str, tuple[str, ...]]:
        """Column names by table."""

    def read(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """All rows of a table."""

    def size(self, table: str) -> int:
        """How many rows a table holds."""

    def last_id(self) -> int:
        """The highest record id that was given out."""


@contextmanager
def standing_on(entry: dict[str, Any]) -> Iterator[None]:
    """Within the block this process works on another database, given as Django's settings name one."""
    before = settings.DATABASES["default"]
    _stand(entry)
    try:
        yield
    finally:
        _stand(before)


def move(source: Source, step: Step) -> dict[str, Counted]:
    """Copy every row of ``source`` into the empty database this process stands on, in one transaction; answers what each
    table holds. Raises Unequal when the two sides differ afterwards: then nothing was written."""
    shared = source.tables()
    held = {name: columns for name, columns in _tables().items() if name in shared}
    if missing := sorted(set(shared) - set(held)) or [
        name for name, columns in held.items() if set(columns) != set(shared[name])
    ]:
        raise Unequal(", ".join(missing))
    sizes = {name: source.size(name) for name in held}
    total, done = 2 * sum(sizes.values()), 0

    def told(lines: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        nonlocal done
        for line in lines:
            done += 1
            if done % GATHER == 0:
                step(done, total)
            yield line

    found: dict[str, Counted] = {}
    with write_transaction():
        for name, columns in held.items():
            run(f'DELETE FROM "{name}"')
            summed = _Summed(columns)
            _fill(name, columns, summed.passing(told(source.read(name, columns))))
            found[name] = summed.counted()
        for name, columns in held.items():
            if digest_of(told(_own_rows(name, columns)), columns) != found[name]:
                raise Unequal(name)
        _go_on_from(source.last_id())
    step(total, total)
    return found


def digest_of(lines: Iterable[Sequence[Any]], columns: Sequence[str]) -> Counted:
    """Rows counted and hashed."""
    summed = _Summed(columns)
    for _line in summed.passing(lines):
        pass
    return summed.counted()


class _Summed:
    """Adds up the hashes of rows, so that their order does not matter."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._order = sorted(range(len(columns)), key=columns.__getitem__)
        self._rows, self._sum = 0, 0

    def passing(self, lines: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for line in lines:
            spelled = "\x1f".join([_spelled(line[at]) for at in self._order])
            self._sum += int.from_bytes(hashlib.blake2b(spelled.encode(), digest_size=16).digest())
            self._rows += 1
            yield line

    def counted(self) -> Counted:
        return Counted(self._rows, f"{self._sum % 2**128:032x}")


def _spelled(value: Any) -> str:
    """A value in the one spelling both databases are compared in."""
    if value is None:
        return "\x00"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return _sorted_json(value)
    text = str(value)
    if text[:1] in ("{", "["):
        try:
            return _sorted_json(json.loads(text))
        except ValueError:
            return text
    return text


def _sorted_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# -- the two kinds of source ---------------------------------------------------------------------------------------------
class SqliteSource:
    """A SQLite file. Nobody else may be at work on it."""

    def __init__(self, path: str) -> None:
        self._link = dbapi2.connect(f"file:{path}?mode=ro", uri=True)
        self._link.execute("BEGIN")

    def close(self) -> None:
        """Let go of the file."""
        self._link.close()

    def tables(self) -> dict[str, tuple[str, ...]]:
        """Column names by table."""
        listed = self._link.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"
        ).fetchall()
        return {name: self._columns(name) for (name,) in listed if name not in OWN and not name.startswith("sqlite_")}

    def read(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """All rows of a table."""
        yield from self._link.execute(f'SELECT {_listed(columns)} FROM "{table}"')

    def size(self, table: str) -> int:
        """How many rows a table holds."""
        return int(self._link.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])

    def last_id(self) -> int:
        """The highest record id that was given out."""
        found = self._link.execute("SELECT value FROM store_counter WHERE name = ?", (IDS,)).fetchone()
        return int(found[0]) if found else 0

    def _columns(self, table: str) -> tuple[str, ...]:
        return tuple(line[1] for line in self._link.execute(f'PRAGMA table_info("{table}")'))


class PostgresSource:
    """A PostgreSQL database, read in one snapshot."""

    def __init__(self, url: str) -> None:
        self._link = psycopg.connect(url, connect_timeout=10)
        self._link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._link.execute("SET LOCAL timezone = 'UTC'")

    def close(self) -> None:
        """Let go of the database."""
        self._link.close()

    def tables(self) -> dict[str, tuple[str, ...]]:
        """Column names by table."""
        return _of_schema(self._link.execute(_COLUMNS).fetchall())

    def read(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """All rows of a table."""
        with self._link.cursor(name="moving") as cursor:
            cursor.itersize = GATHER
            cursor.execute(f'SELECT {_listed(columns)} FROM "{table}"'.encode())
            yield from cursor

    def size(self, table: str) -> int:
        """How many rows a table holds."""
        found = self._link.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
        return int(found[0]) if found else 0

    def last_id(self) -> int:
        """The highest record id that was given out."""
        found = self._link.execute(f"SELECT last_value FROM {IDS}".encode()).fetchone()
        return int(found[0]) if found else 0


def opened(url: str) -> Any:
    """The source an address names, to be closed afterwards: ``postgresql://…`` or the path of a SQLite file."""
    return closing(PostgresSource(url) if "://" in url else SqliteSource(url))


# -- the database this process stands on -----------------------------------------------------------------------------------
_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND is_generated = 'NEVER' AND NOT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass(quote_ident(table_name))"
    " AND relispartition) ORDER BY table_name, ordinal_position"
)


def _of_schema(found: Iterable[Sequence[Any]]) -> dict[str, tuple[str, ...]]:
    tables: dict[str, tuple[str, ...]] = {}
    for table, column in found:
        if table not in OWN:
            tables[table] = (*tables.get(table, ()), column)
    return tables


def _tables() -> dict[str, tuple[str, ...]]:
    if is_postgres():
        return _of_schema(rows(_COLUMNS))
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return {
            name: tuple(one.name for one in connection.introspection.get_table_description(cursor, name))
            for name in names
            if name not in OWN and not name.startswith("store_search_fts")
        }


def _own_rows(table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    sql = f'SELECT {_listed(columns)} FROM "{table}"'
    if not is_postgres():
        connection.ensure_connection()
        yield from connection.connection.cursor().execute(sql)
        return
    with connection.connection.cursor(name="moved") as cursor:
        cursor.itersize = GATHER
        cursor.execute(sql)
        yield from cursor


def _fill(table: str, columns: Sequence[str], lines: Iterator[Sequence[Any]]) -> None:
    if is_postgres():
        # In COPY's text form the server reads every value by the type of its column, so that 1 and t are both true.
        with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({_listed(columns)}) FROM STDIN') as into:
            for line in lines:
                into.write_row([json.dumps(one) if isinstance(one, dict | list) else one for one in line])
        for column in _counted_columns(table):
            run(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'),"
                f' GREATEST((SELECT max("{column}") FROM "{table}"), 1))'
            )
        return
    sql = f'INSERT INTO "{table}" ({_listed(columns)}) VALUES ({marks(columns)})'
    gathered: list[list[Any]] = []
    for line in lines:
        gathered.append([_for_sqlite(one) for one in line])
        if len(gathered) == GATHER:
            run_many(sql, gathered)
            gathered = []
    run_many(sql, gathered)


def _for_sqlite(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else to_db(value)


def _counted_columns(table: str) -> list[str]:
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s"
    return [line[0] for line in rows(f"{sql} AND (is_identity = 'YES' OR column_default LIKE 'nextval%%')", (table,))]


def _go_on_from(last: int) -> None:
    """No record gets an id again that was given out before the move."""
    if is_postgres():
        rows(f"SELECT setval('{IDS}', GREATEST(last_value, %s)) FROM {IDS}", (max(last, 1),))
    else:
        raise_to(IDS, last)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{one}"' for one in columns)


def _stand(entry: dict[str, Any]) -> None:
    connections.close_all()
    with_defaults = connections.configure_settings({"default": entry})["default"]
    connections.settings["default"] = with_defaults
    settings.DATABASES["default"] = entry
    is_postgres.cache_clear()
    with suppress(AttributeError):  # this thread had none
        del connections["default"]
