"""``zhike check``: is this installation as it should be? Every point with what was found; 1 when one is not."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from zhike.kernel.words import Words, _
from zhike.records.audit_proof import prove_chain
from zhike.records.derived import check_derived
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for
from zhike.site.sqlite import is_safe
from zhike.store.database import is_postgres, row, rows
from zhike.store.reconcile import wanted_indexes

INDEXES_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'index'"
INDEXES_POSTGRES = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: whether it is good, and what was found."""

    name: Words
    good: bool
    found: str


def run(given: Given, home: Path) -> int:
    """Look at everything and print it."""
    actor_for(given, home)
    points = [point for look in (_database, _schema, _key, _built) for point in look(home)]
    if given.has("derived"):
        points += list(_derived())
    if given.has("audit"):
        points += list(_audit())
    rows_ = [{"check": str(one.name), "good": one.good, "found": one.found} for one in points]
    form = given.text("format", "table")
    if form == "table":
        shown = [{**one, "good": str(_("good") if one["good"] else _("NOT GOOD"))} for one in rows_]
        print_rows(sys.stdout, form, ("good", "check", "found"), shown, {"good": "", "check": "", "found": ""})
    else:
        print_rows(sys.stdout, form, ("check", "good", "found"), rows_)
    return 0 if all(one.good for one in points) else 1


def _database(home: Path) -> Iterator[Point]:
    if is_postgres():
        version = str(_only("SHOW server_version"))
        yield Point(_("PostgreSQL is 15 or newer"), int(version.split(".", maxsplit=1)[0]) >= 15, version)
        encoding = str(_only("SHOW server_encoding"))
        yield Point(_("The database holds UTF-8"), encoding == "UTF8", encoding)
        return
    version = str(_only("SELECT sqlite_version()"))
    yield Point(_("SQLite is 3.51.3 or newer (older ones can corrupt with several connections)"), is_safe(), version)
    mode, kept = str(_only("PRAGMA journal_mode")), str(_only("PRAGMA synchronous"))
    yield Point(
        _("Every commit is on disk before it is acknowledged"),
        mode == "wal" and kept == "2",
        f"{mode}, synchronous={kept}",
    )
    broken = [str(line[0]) for line in rows("PRAGMA quick_check(5)", ())]
    yield Point(_("The database file is whole"), broken == ["ok"], "; ".join(broken)[:200])
    loose = rows("PRAGMA foreign_key_check", ())
    yield Point(_("No row points at nothing"), not loose, str(len(loose)))


def _schema(_home: Path) -> Iterator[Point]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Point(
        _("All migrations are applied"), not waiting, ", ".join(str(one) for one, _back in waiting)[:200] or "0"
    )
    there = {str(line[0]) for line in rows(INDEXES_POSTGRES if is_postgres() else INDEXES_SQLITE, ())}
    missing = sorted(name for name, _sql in wanted_indexes() if name not in there)
    yield Point(_("Every index that is declared exists"), not missing, ", ".join(missing)[:200] or "0")


def _key(home: Path) -> Iterator[Point]:
    for name, what in (
        ("zhike.key", _("The master key is readable by its owner alone")),
        ("secret", _("So is the signing secret")),
    ):
        path = home / name
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        yield Point(
            what, mode is not None and not mode & 0o077, f"{path} {mode:o}" if mode is not None else f"{path} ?"
        )


def _built(_home: Path) -> Iterator[Point]:
    manifest = Path(settings.STATIC_ROOT or "", "manifest.json")
    yield Point(_("Styles and scripts are built"), bool(settings.STATIC_ROOT) and manifest.exists(), str(manifest))
    spoken = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    yield Point(_("The Chinese texts are built"), spoken.exists(), str(spoken))


def _derived() -> Iterator[Point]:
    wrong = check_derived()
    yield Point(_("Derived values are what they should be"), not wrong, "; ".join(wrong)[:200] or "0")


def _audit() -> Iterator[Point]:
    proof = prove_chain()
    seen = _("{n} entries, {m} changes").with_(n=f"{proof.entries:,}", m=f"{proof.changes:,}")
    yield Point(_("The audit chain holds"), proof.good, str(proof.breaks[0].text if proof.breaks else seen))
    for broken in proof.breaks[1:]:
        yield Point(_("The audit chain holds"), False, str(broken.text))


def _only(sql: str) -> object:
    found = row(sql, ())
    return found[0] if found else ""
