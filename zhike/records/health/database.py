"""The database: its version, whether a commit is on disk before it is acknowledged, whether all that is declared is there."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from zhike.kernel.words import _
from zhike.records.health.points import BAD, WARN, Point, check, judged
from zhike.store.database import is_postgres, row, rows
from zhike.store.reconcile import wanted_indexes

SQLITE_SAFE = (3, 51, 3)
POSTGRES_OLDEST = 15
POSTGRES_DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
INDEXES_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'index'"
INDEXES_POSTGRES = (
    "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND i.indisvalid"
)


@check()
def version() -> Iterator[Point]:
    """No version with a known fault."""
    if is_postgres():
        found = _only("SHOW server_version")
        name = _("PostgreSQL is {oldest} or newer").with_(oldest=POSTGRES_OLDEST)
        good = int(found.split(".", maxsplit=1)[0].split()[0]) >= POSTGRES_OLDEST
        yield Point(name, judged(good), found, _("Move to a newer PostgreSQL."))
        coded = _only("SHOW server_encoding")
        yield Point(
            _("The database holds UTF-8"),
            judged(coded == "UTF8"),
            coded,
            _("Make the database anew with ENCODING UTF8."),
        )
        return
    found = _only("SELECT sqlite_version()")
    good = tuple(int(part) for part in found.split(".")) >= SQLITE_SAFE
    yield Point(
        _("SQLite is 3.51.3 or newer (older ones can corrupt with several connections)"),
        judged(good), found, _("Install the locked requirements again: they bring a newer SQLite."),
    )  # fmt: skip


@check()
def durable() -> Iterator[Point]:
    """What is acknowledged survives a power failure."""
    name = _("Every commit is on disk before it is acknowledged")
    if is_postgres():
        found = {one: _only(f"SHOW {one}") for one in POSTGRES_DURABLE}
        good = all(found[one] in values for one, values in POSTGRES_DURABLE.items())
        said = ", ".join(f"{one}={value}" for one, value in found.items())
        yield Point(name, judged(good), said, _("Set these to on in postgresql.conf."))
        sums = _only("SHOW data_checksums")
        text = _("Stop PostgreSQL and run pg_checksums --enable.")
        yield Point(_("PostgreSQL notices damaged pages"), judged(sums == "on", WARN), f"data_checksums={sums}", text)
        return
    mode, kept, links = (_only(f"PRAGMA {one}") for one in ("journal_mode", "synchronous", "foreign_keys"))
    good = (mode, links) == ("wal", "1") and kept in ("2", "3")
    said = f"{mode}, synchronous={kept}, foreign_keys={links}"
    yield Point(
        name, judged(good), said, _("Something changed Zhike’s own settings of the connection: install it anew.")
    )


@check()
def complete() -> Iterator[Point]:
    """Tables and indexes are those this program needs."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    said = ", ".join(f"{one.app_label}.{one.name}" for one, _back in waiting)[:200] or "0"
    yield Point(_("All migrations are applied"), judged(not waiting), said, _("Run “zhike migrate”."))
    newer = [one for one in executor.loader.applied_migrations if one not in executor.loader.disk_migrations]
    yield Point(
        _("The database was not written by a newer Zhike"),
        judged(not newer), ", ".join(".".join(one) for one in newer)[:200] or "0", _("Install the version it was last used with."),
    )  # fmt: skip
    there = {str(line[0]) for line in rows(INDEXES_POSTGRES if is_postgres() else INDEXES_SQLITE)}
    missing = sorted(name for name, _sql in wanted_indexes() if name not in there)
    yield Point(
        _("Every index that is declared exists"),
        judged(not missing), ", ".join(missing)[:200] or "0", _("Run “zhike migrate”: it makes them."),
    )  # fmt: skip


@check("whole")
def sound() -> Iterator[Point]:
    """The file is whole. Reads all of it."""
    if is_postgres():
        return
    broken = [str(line[0]) for line in rows("PRAGMA quick_check(5)")]
    mend = _("Stop Zhike and put the last good backup back: zhike restore …")
    yield Point(_("The database file is whole"), judged(broken == ["ok"], BAD), "; ".join(broken)[:200], mend)
    loose = rows("PRAGMA foreign_key_check")
    yield Point(_("No row points at nothing"), judged(not loose), str(len(loose)), mend)


def _only(sql: str) -> str:
    found = row(sql)
    return str(found[0]) if found else ""
