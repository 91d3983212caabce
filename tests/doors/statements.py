"""What a call asks the database, and how the database would go about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from zhike.store.database import is_postgres, rows, run

Statement = tuple[str, Any]


@contextmanager
def heard() -> Iterator[list[Statement]]:
    """Every statement of the block with its parameters, savepoints left out."""
    found: list[Statement] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield found


def plan_of(statement: Statement, *without: str) -> str:
    """How the database would answer; on PostgreSQL without the way out of reading a small table whole, and without others."""
    sql, params = statement
    if not is_postgres():
        return "\n".join(str(line[3]) for line in rows(f"EXPLAIN QUERY PLAN {sql}", params))
    run("SET LOCAL jit = off")
    for name in ("seqscan", *without):
        run(f"SET LOCAL enable_{name} = off")
    try:
        return "\n".join(line[0] for line in rows(f"EXPLAIN (COSTS OFF) {sql}", params))
    finally:
        for name in ("seqscan", *without):
            run(f"SET LOCAL enable_{name} = on")


def crowd(*tables: str, times: int = 3000) -> None:
    """On PostgreSQL, whose planner looks at the data: the newest row of each table many times over, under other ids."""
    if not is_postgres():
        return
    for table in tables:
        key = "record" if table == "store_searchrow" else "id"
        found = rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> %s AND is_generated = 'NEVER'",
            (table, key),
        )
        rest = ", ".join(f'"{line[0]}"' for line in found)
        run(
            f'INSERT INTO "{table}" ("{key}", {rest}) SELECT 100000000000 + n, {rest}'
            f' FROM (SELECT * FROM "{table}" ORDER BY "{key}" DESC LIMIT 1) one, generate_series(1, %s) n',
            (times,),
        )
        run(f'ANALYZE "{table}"')
