"""``zhike move``: the home's data into another database, from SQLite to PostgreSQL or back, with the server stopped."""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from pysqlite3 import dbapi2

from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.company.settings import forget_settings
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.site.commands.migrate import migrate_now, needs_upgrade, new_language
from zhike.site.commands.output import print_rows
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for
from zhike.site.home import DATABASE, SQLITE, Home, entry_of
from zhike.store.ids import forget_blocks
from zhike.store.moving import Counted, Unequal, move, opened, standing_on
from zhike.store.reconcile import reconcile

_psycopg: Any = LazyModule("psycopg")

POSTGRES = ("postgresql://", "postgres://")
BESIDE = ".moving.db"
FILES = ("", "-wal", "-shm", ".write-lock", ".write-lock.next")


class NotMoved(Refused):
    """The data was not moved; the text says why. It is where it was."""

    status = 409
    code = "not-moved"
    title = _("The data was not moved")


def run(given: Given, home: Path) -> int:
    """Copy everything, compare both sides, and let the home stand on the new database."""
    actor = actor_for(given, home)
    require_settings(actor)
    here = Home(home)
    source = here.database_url or str(here.database)
    words = given.many("DATABASE")
    if len(words) == 2 and _address(words[0], here) != source:
        raise NotMoved(_("This home stands on {database}, not on what was named first.").with_(database=_shown(source)))
    target = _address(words[-1], here)
    if target == source:
        raise NotMoved(_("The home stands on this database already."))
    if needs_upgrade():
        raise NotMoved(_("Bring the home up to date first: zhike migrate."))
    beside = here.path / BESIDE
    _expect_empty(target)
    with Bar(str(_("Move"))) as bar:
        found = _moved(source, target if target.startswith(POSTGRES) else beside, given, bar)
    if not target.startswith(POSTGRES):
        _settle(beside)
        os.replace(beside, here.database)
        _remove(beside)
    aside = None if source.startswith(POSTGRES) else _put_aside(here.database)
    name_database(here, target if target.startswith(POSTGRES) else "")
    _tell(given, found, target, aside)
    return 0


def name_database(home: Home, url: str) -> None:
    """Let ``zhike.toml`` name the database; "" for the SQLite file."""
    name_option(home, "database", url)


def name_option(home: Home, key: str, value: str) -> None:
    """Let ``zhike.toml`` say this; "" takes it out. Everything else in it stays as it is."""
    path = home.path / "zhike.toml"
    text = path.read_text("utf-8") if path.exists() else ""
    first, bracket, rest = text.partition("\n[") if not text.startswith("[") else ("", "", text)
    first = re.sub(rf"(?m)^\s*{key}\s*=.*\n?", "", first)
    said = '{} = "{}"\n'.format(key, value.replace("\\", "\\\\").replace('"', '\\"')) if value else ""
    if said + first + bracket + rest == text:
        return
    beside = path.with_name(".zhike.toml")
    beside.write_text(said + first + bracket + rest, "utf-8")
    beside.chmod(0o600)
    os.replace(beside, path)


def _moved(source: str, target: str | Path, given: Given, bar: Any) -> dict[str, Counted]:
    if isinstance(target, Path):
        _remove(target)
    try:
        with opened(source) as held, standing_on(entry_of(target)):
            call_command("migrate", verbosity=0, interactive=False)
            _forget()
            reconcile()
            found = move(held, bar)
            _forget()
            migrate_now(new_language(given))
    except Unequal as error:
        text = _("These tables would not hold the same on both sides: {tables}. Nothing was changed.")
        raise NotMoved(text.with_(tables=str(error))) from error
    finally:
        _forget()
        connections.close_all()
    return found


def _forget() -> None:
    """This process forgets what it knew of the database."""
    forget_settings()
    forget_blocks()
    registry.refresh()


def _address(word: str, home: Home) -> str:
    """A database as it was named: ``postgresql://…``, or ``sqlite`` (also ``sqlite:///path``) for the home's file."""
    if word.startswith(POSTGRES):
        return word
    named = word.removeprefix("sqlite:").lstrip("/") if word.startswith("sqlite:") else ""
    if word == SQLITE or (not named and word.startswith("sqlite:")) or Path("/" + named) == home.database:
        return str(home.database)
    text = _("Name the database as postgresql://user@host/name or sqlite; the SQLite file of a home is {file}.")
    raise NotMoved(text.with_(file=home.database))


def _expect_empty(target: str) -> None:
    try:
        if target.startswith(POSTGRES):
            with _psycopg.connect(target, connect_timeout=10) as link:
                table = link.execute("SELECT to_regclass('store_operation')").fetchone()
                held = table and table[0] and link.execute("SELECT 1 FROM store_operation LIMIT 1").fetchone()
        else:
            held = Path(target).exists()
    except _psycopg.Error as error:
        text = _("The database did not answer: {reason}").with_(reason=str(error).strip())
        raise NotMoved(text) from error
    if held:
        text = _("{database} holds data already. Name an empty one.")
        raise NotMoved(text.with_(database=_shown(target)))


def _settle(path: Path) -> None:
    """One whole file, with nothing waiting beside it."""
    with closing(dbapi2.connect(path)) as held:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        held.execute("PRAGMA journal_mode=DELETE")


def _put_aside(path: Path) -> Path:
    """The SQLite file under another name, so that no server starts on it by mistake."""
    _settle(path)
    aside = path.with_name(f"{path.name}.moved-{now():%Y%m%dT%H%M%SZ}")
    os.replace(path, aside)
    _remove(path)
    return aside


def _remove(path: Path) -> None:
    for end in FILES:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _tell(given: Given, found: dict[str, Counted], target: str, aside: Path | None) -> None:
    form = given.text("format", "table")
    if form != "table":
        lines = [{"table": name, "rows": one.rows, "digest": one.digest} for name, one in sorted(found.items())]
        print_rows(sys.stdout, form, ("table", "rows", "digest"), lines)
    total = sum(one.rows for one in found.values())
    text = _("{rows} rows of {tables} tables are in {database}, compared row by row.")
    shown = _shown(target)
    print(text.with_(rows=f"{total:,}", tables=len(found), database=shown), file=sys.stderr)
    if aside is not None:
        print(_("What was here before lies in {place}.").with_(place=aside), file=sys.stderr)
    if os.environ.get(DATABASE):
        print(_("{name} is set: give it the new database before you start.").with_(name=DATABASE), file=sys.stderr)


def _shown(database: str) -> str:
    """An address without its password."""
    return re.sub(r"(://[^:/@]+):[^@/]*@", r"\1:…@", database)
