"""Puts a current SQLite in the place of the one Python was linked with, before Django asks for it.

Versions before 3.51.3 can damage a database with several connections; ``zhike check`` reports what is in use.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pysqlite3
from pysqlite3 import dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = dbapi2

SAFE = (3, 51, 3)


def version() -> tuple[int, ...]:
    """The SQLite in use, such as ``(3, 53, 4)``."""
    return tuple(int(part) for part in dbapi2.sqlite_version.split("."))


def is_safe() -> bool:
    """True when the known fault in the write-ahead log is mended."""
    return version() >= SAFE


def has_table(path: Path, name: str) -> bool:
    """Whether a database file is there and has this table. Makes no file."""
    if not path.exists():
        return False
    with closing(dbapi2.connect(path)) as held:
        return bool(held.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0])
