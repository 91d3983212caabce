"""The one place that talks to the database: cursors, the write transaction, and the scalars' two spellings."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

from zhike.store.turns import Turns, file_turn

STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine, well under a millisecond of work
TOOK_TOO_LONG = "57014"  # query canceled
WAITED_FOR_EACH_OTHER = ("40P01", "40001")  # deadlock detected, serialization failure

PAGES_LEFT = 1000  # of SQLite's write-ahead log; nobody reads slower for that many
COPIED_FROM = 20  # rows: from here on PostgreSQL takes them in as a stream
ROWS_AT_ONCE = 500

T = TypeVar("T")

_writing = Turns()


class _Running(threading.local):
    """The write transaction of this thread: how deep it is nested, and what was left for its end."""

    depth = 0

    def __init__(self) -> None:
        self.left: list[Any] = []


_running = _Running()
_asked: ContextVar[str] = ContextVar("asked_database", default=DEFAULT_DB_ALIAS)
_at_the_end: list[Callable[[list[Any]], None]] = []


@cache
def is_postgres() -> bool:
    """True on PostgreSQL, False on SQLite. Remembered: whoever lets this process work on another database clears it."""
    return connection.vendor == "postgresql"


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query; ``%s`` marks parameters on both databases."""
    with connections[_asked.get()].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def row(sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row, or None."""
    with connections[_asked.get()].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Execute one statement; returns the number of rows it touched."""
    with connections[_asked.get()].cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


@contextmanager
def asking(alias: str) -> Iterator[None]:
    """Within the block, questions go to another of Django's databases: a replica."""
    token = _asked.set(alias)
    try:
        yield
    finally:
        _asked.reset(token)


def run_many(sql: str, lines: Sequence[Sequence[Any]]) -> int:
    """Execute one statement for many rows; returns the number of rows they touched together."""
    if not lines:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(sql, lines)
        return int(cursor.rowcount)


def hold(name: str) -> None:
    """Let other transactions that hold the same name wait until this one ends. On SQLite writers queue anyway."""
    if is_postgres():
        row("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))


@contextmanager
def one_process_at_a_time(name: str) -> Iterator[None]:
    """Let other processes that come here with the same name wait until the block ends. On PostgreSQL only, on a line of its
    own: the block may commit as it likes. Whoever stands on a SQLite file has the home's lock."""
    if not is_postgres():
        yield
        return
    line = connection.copy()
    try:
        line.set_autocommit(False)
        with line.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
        yield
    finally:
        line.close()


def insert_many(table: str, columns: Sequence[str], lines: Sequence[Sequence[Any]], *, at_once: bool = False) -> None:
    """Insert rows into a table of the project; column names come from code, never from people.

    ``at_once``: as one statement for some hundred rows. SQLite writes a full-text index after every statement that a
    trigger takes part in: row by row that is most of what a document costs."""
    if not lines:
        return
    names, one = ", ".join(f'"{name}"' for name in columns), f"({marks(columns)})"
    if is_postgres() and len(lines) >= COPIED_FROM:
        sql = f'COPY "{table}" ({names}) FROM STDIN'
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as copy:
            for line in lines:
                copy.write_row(line)
    elif at_once:
        for start in range(0, len(lines), ROWS_AT_ONCE):
            some = lines[start : start + ROWS_AT_ONCE]
            run(
                f'INSERT INTO "{table}" ({names}) VALUES {", ".join([one] * len(some))}',
                [x for line in some for x in line],
            )
    else:
        run_many(f'INSERT INTO "{table}" ({names}) VALUES {one}', lines)


def marks(values: Sequence[Any]) -> str:
    """``%s, %s, %s`` for an IN list."""
    return ", ".join(["%s"] * len(values))


class TookTooLong(Exception):
    """A question was given up because its time was over."""


@contextmanager
def within_seconds(seconds: float) -> Iterator[None]:
    """Questions asked in the block are given up when they take longer: :class:`TookTooLong`. For questions only: what a
    block writes would be undone on PostgreSQL."""
    if is_postgres():
        outer = connection.in_atomic_block
        try:
            with transaction.atomic(using=_asked.get()):
                run(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
                yield
                if outer:  # otherwise it goes with the transaction
                    run("SET LOCAL statement_timeout TO DEFAULT")
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) == TOOK_TOO_LONG:
                raise TookTooLong from error
            raise
        return
    connection.ensure_connection()
    until = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: time.monotonic() > until, STEPS_BETWEEN_LOOKS)
    try:
        yield
    except OperationalError as error:
        if str(error) == "interrupted":
            raise TookTooLong from error
        raise
    finally:
        connection.connection.set_progress_handler(None, 0)


def in_transaction() -> bool:
    """Whether a transaction is running on this thread's connection."""
    return bool(connection.in_atomic_block)


def until_through(work: Callable[[], T], tries: int = 5) -> T:
    """Do ``work``, which opens a transaction of its own. PostgreSQL ends one of two transactions that wait for each other:
    that one is done again from its beginning, a few times. Inside a running transaction nothing is repeated; whoever
    opened that one repeats the whole."""
    for turn in range(tries):
        try:
            return work()
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if in_transaction() or turn == tries - 1 or state not in WAITED_FOR_EACH_OTHER:
                raise
            time.sleep(random.uniform(0.01, 0.05) * (turn + 1))  # noqa: S311
    raise AssertionError(tries)


@contextmanager
def write_transaction() -> Iterator[None]:
    """A transaction that writes. On SQLite writers of one machine queue at a lock, in the order in which they came, so
    that nobody starves in the database's own busy loop or behind an import; nested use joins the running transaction."""
    if connection.in_atomic_block or is_postgres():
        with transaction.atomic(), _ending():
            yield
        return
    with _writing, _file_turn(), transaction.atomic(), _ending():
        yield


def tidy_log(pages: int = PAGES_LEFT) -> None:
    """Copy commits from SQLite's write-ahead log into its file when they are more than so many pages. Readers and writers
    go on meanwhile; done by whoever nobody waits for, lest a commit does it within its turn. Nothing inside a transaction."""
    if is_postgres() or connection.in_atomic_block:
        return
    found = row("PRAGMA wal_checkpoint(NOOP)")
    if found is not None and found[1] - found[2] > pages:
        row("PRAGMA wal_checkpoint(PASSIVE)")


def leave(thing: Any) -> None:
    """Leave something for the end of the running write transaction; a part that is rolled back takes its own along."""
    assert _running.depth, "leave() outside a write transaction"
    _running.left.append(thing)


def at_the_end(work: Callable[[list[Any]], None]) -> None:
    """From now on, ``work`` gets what was left in a write transaction just before that commits, and may write."""
    _at_the_end.append(work)


@contextmanager
def _ending() -> Iterator[None]:
    kept = len(_running.left)
    _running.depth += 1
    try:
        yield
        if _running.depth == 1 and _running.left:
            for work in _at_the_end:
                work(_running.left)
            _running.left.clear()
    except BaseException:
        del _running.left[kept:]
        raise
    finally:
        _running.depth -= 1


@contextmanager
def _file_turn() -> Iterator[None]:
    name = str(connection.settings_dict["NAME"])
    if ":memory:" in name or "mode=memory" in name:
        yield
        return
    with file_turn(name + ".write-lock"):
        yield


def to_db(value: Any) -> Any:
    """A stored scalar as a statement parameter. Instants on SQLite are fixed-width text, so that they sort as text."""
    if value.__class__ is str or value.__class__ is int:
        return value
    if isinstance(value, datetime):
        return value if is_postgres() else instant_text(value)
    if isinstance(value, bool):
        return value if is_postgres() else int(value)
    if isinstance(value, date):
        return value if is_postgres() else value.isoformat()
    return value


def instant_text(value: datetime) -> str:
    """``2026-03-09 14:30:00.000000`` in UTC."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def from_db(value: Any, type_: str) -> Any:
    """A scalar read from a column or from the JSON column, as the Python type of its part."""
    if value is None:
        return None
    if type_ == "instant":
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if type_ == "date":
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        return value.date() if isinstance(value, datetime) else value
    if type_ == "bool":
        return bool(value)
    return value


def to_json_scalar(value: Any) -> Any:
    """A stored scalar inside the JSON column: dates and instants as sortable text."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
