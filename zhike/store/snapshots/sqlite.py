"""SQLite: its online backup copies the database page by page while others write; one step, so that it never begins anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from pysqlite3 import dbapi2

from zhike.store.snapshots.facts import SnapshotError, Table, Tables

PROBLEMS = 5


def take(target: Path) -> Tables:
    """Copy the home's database as it is at one instant into a new file that is on disk when this returns."""
    name = str(connection.settings_dict["NAME"])
    with closing(dbapi2.connect(name, timeout=30)) as source, closing(dbapi2.connect(str(target))) as copy:
        source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    with open(target, "rb+") as stream:
        os.fsync(stream.fileno())
    with opened(target) as held:
        return count(held)


def prove(path: Path) -> Tables:
    """Look through every page of a copy. Raises SnapshotError when it is damaged; answers its tables."""
    with opened(path) as held:
        try:
            told = [str(line[0]) for line in held.execute(f"PRAGMA integrity_check({PROBLEMS})")]
            loose = list(held.execute("PRAGMA foreign_key_check"))
            if told == ["ok"] and not loose:
                return count(held)
        except dbapi2.DatabaseError as error:
            raise SnapshotError(str(error)) from error
    raise SnapshotError("; ".join(told) if told != ["ok"] else f"{len(loose)} rows point at nothing")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A copy, for reading only: nothing appears beside it."""
    with closing(dbapi2.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as held:
        yield held


def count(held: Any) -> Tables:
    """The rows of every ordinary table."""
    listed = held.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {
        name: Table(held.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
        for name in sorted(line[0] for line in listed)
    }
