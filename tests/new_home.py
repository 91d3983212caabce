"""The home of the tests as it was on the first day: for what makes a home out of something else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from tests.conftest import forget
from zhike.site.home import Home
from zhike.store.database import is_postgres
from zhike.store.home_vault import drop_vaults

OWN = ("zhike.key", "files", "erased.log", "audit.anchor", "backups")
DATABASE = ("zhike.db", "zhike.db-wal", "zhike.db-shm")


def empty_home(home: Home) -> None:
    """Take the database, the key and the files out of a ``fresh_home``."""
    forget()
    if is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    _take_away(home, (*OWN, *DATABASE))


@contextmanager
def key_put_back(home: Home) -> Iterator[None]:
    """Whatever the block makes of the home, other tests find the key they know, and no files."""
    key = (home.path / "zhike.key").read_bytes()
    _take_away(home, OWN[1:])
    try:
        yield
    finally:
        _take_away(home, OWN)
        (home.path / "zhike.key").write_bytes(key)
        (home.path / "zhike.key").chmod(0o600)


def _take_away(home: Home, names: tuple[str, ...]) -> None:
    connections.close_all()
    for path in (home.path / one for one in names):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    drop_vaults()
    forget()
