"""Reading at one instant while others write, on a connection of its own: the work's own connection stays free to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

from django.db import connection
from pysqlite3 import dbapi2

from zhike.store.database import is_postgres
from zhike.store.snapshots.postgres import linked

Ask = Callable[..., Iterator[tuple[Any, ...]]]
PORTION = 500


@contextmanager
def reading() -> Iterator[Ask]:
    """Gives ``ask(sql, params)``: rows one after the other, all questions answered from the same instant. ``%s`` marks
    parameters on both databases."""
    if is_postgres():
        with linked() as link:
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            numbers = count(1)

            def ask(sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
                with link.cursor(name=f"reading_{next(numbers)}") as cursor:
                    cursor.itersize = PORTION
                    yield from cursor.execute(sql, tuple(params))

            next(ask("SELECT 1"))  # the instant is that of the first question
            yield ask
            link.rollback()
        return
    name = str(connection.settings_dict["NAME"])
    with closing(dbapi2.connect(name, timeout=30, isolation_level=None)) as held:
        held.execute("PRAGMA query_only = ON")
        held.execute("BEGIN")
        held.execute('SELECT 1 FROM "store_counter" LIMIT 1').fetchall()
        yield lambda sql, params=(): iter(held.execute(sql.replace("%s", "?"), tuple(params)))
        held.execute("ROLLBACK")
