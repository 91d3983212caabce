"""Moving old rows of the change log into Parquet files: written, read back and compared, and only then let go."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.company import require_settings
from zhike.records.company.settings import company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.log_archive.parts import COLUMNS, FOLDER, KEY, ArchiveAway, Line, Part, facts_of, lines_of, parts
from zhike.store.chain import digest_of_line, digest_of_lines, last_link, letting_go
from zhike.store.database import from_db, instant_text, row, rows, run, to_db, write_transaction
from zhike.store.disk import sync_folder
from zhike.store.log_parts import drop_archived, tend

LEAST_AGE = timedelta(days=365)  # undo, merging edits and the trash look at what is younger
PART = 100_000  # rows in a file: what is held in memory at once
GROUP = 1_000  # rows that are read together when one record is asked for
YEARS = "log_years"
MOST_YEARS = 30

_arrow: Any = LazyModule("pyarrow")
_parquet: Any = LazyModule("pyarrow.parquet")
Step = Callable[[int, int], None]


def archive_log(actor: Actor, before: date, step: Step = lambda _done, _total: None) -> list[Part]:
    """Archive every change from before a day of the company's calendar, in portions that each stand by themselves; answers
    the parts made. Raises Invalid for a day less than a year ago, Forbidden, ArchiveAway."""
    require_settings(actor)
    moment = datetime.combine(before, time(), ZoneInfo(company().timezone)).astimezone(UTC)
    if moment > now() - LEAST_AGE:
        text = _("Changes stay in the database for at least a year: undoing and merging edits need them.")
        raise Invalid(Problem(text, "before"))
    try:
        _arrow.table  # noqa: B018 - whether it is there, before anything is done
    except ImportError:
        raise ArchiveAway(_("Install pyarrow to archive: pip install -r requirements-archive.txt.")) from None
    last, total = _last_before(moment), 0
    made: list[Part] = []
    if last:
        found = row('SELECT count(*) FROM "store_changerow" WHERE "id" <= %s', (last,))
        total = int(found[0]) if found else 0
    while portion := _portion(last):
        made.append(_archived(actor, portion))
        step(sum(one.rows for one in made), total)
    if made:
        drop_archived(last)
    return made


def archive_due() -> None:
    """The schedule: the log has a part made ahead, and what is older than the years the company keeps is archived."""
    tend(now())
    years = log_years()
    if years:
        today = now().astimezone(ZoneInfo(company().timezone)).date()
        archive_log(SYSTEM, date(today.year - years, today.month, 1))


def log_years() -> int:
    """How many years of changes stay in the database; 0: all of them."""
    return int(kept(YEARS, 0))


def decide_years(actor: Actor, text: str) -> None:
    """Keep the decision as a form gives it. Raises Invalid, Forbidden."""
    require_settings(actor)
    if not text.isascii() or not text.isdigit() or int(text[:6]) > MOST_YEARS:
        raise Invalid(Problem(_("A whole number from 0 to {most}.").with_(most=MOST_YEARS), YEARS))
    with write_transaction():
        note_setting(actor, YEARS, log_years(), int(text))
        keep(YEARS, int(text) or None)


def _last_before(moment: datetime) -> int:
    """The id up to which every row is older than an instant; 0: none is."""
    younger = row('SELECT "id" FROM "store_changerow" WHERE "at" >= %s ORDER BY "id" LIMIT 1', (to_db(moment),))
    bound = 'WHERE "id" < %s' if younger else ""
    found = row(f'SELECT max("id") FROM "store_changerow" {bound}', (younger[0],) if younger else ())
    return int(found[0]) if found and found[0] else 0


def _portion(last: int) -> list[Line]:
    names = ", ".join(f'"{one}"' for one in COLUMNS)
    sql = f'SELECT {names} FROM "store_changerow" WHERE "id" <= %s ORDER BY "id" LIMIT {PART}'
    return [(*one[:7], instant_text(from_db(one[7], "instant")), one[8]) for one in rows(sql, (last,))]


def _archived(actor: Actor, lines: list[Line]) -> Part:
    """One file, read back before the rows are let go. A file whose transaction did not happen lies about and harms nobody."""
    digest = digest_of_lines(b"".join(digest_of_line(one[1:]) for one in lines))
    part = _written(lines, digest)
    again = lines_of(part)
    if again != lines or part.sha256 != _sum(part.path):
        part.path.unlink()
        raise ArchiveAway(_("What was written could not be read back as it was. Nothing was removed."))
    with write_transaction():
        known = parts()
        if known and known[-1].last >= part.first:
            raise ArchiveAway(_("Another process is archiving."))
        with letting_go("store_changerow"):
            gone = run('DELETE FROM "store_changerow" WHERE "id" <= %s', (part.last,))
        if gone != part.rows:
            raise ArchiveAway(_("Another process is archiving."))
        keep(KEY, facts_of([*known, part]))
        about = {"first": part.first, "last": part.last, "rows": part.rows, "digest": digest, "sha256": part.sha256}
        note("archive", actor, text=part.file, detail=about)
    return part


def _written(lines: list[Line], digest: str) -> Part:
    folder = Path(settings.ZHIKE_HOME) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    operations, instants = [one[1] for one in lines], [one[7] for one in lines]
    entry, found = last_link()
    by_record = sorted(lines, key=lambda one: (one[3], one[0]))
    columns = {name: [one[at] for one in by_record] for at, name in enumerate(COLUMNS)}
    about = {"rows": len(lines), "digest": digest, "chain": {"entry": entry, "hash": found}}
    table = _arrow.table(columns).replace_schema_metadata({"zhike": json.dumps(about)})
    path = folder / f"log-{lines[0][0]}-{lines[-1][0]}-{digest[:8]}.parquet"
    beside = path.with_name(f".{path.name}")
    _parquet.write_table(table, str(beside), compression="zstd", row_group_size=GROUP)
    with open(beside, "rb") as stream:
        os.fsync(stream.fileno())
    beside.chmod(0o600)
    os.replace(beside, path)
    sync_folder(folder)
    sync_folder(folder.parent)
    return Part(
        path.name, lines[0][0], lines[-1][0], len(lines), min(instants), max(instants), min(operations), max(operations),
        by_record[-1][3], _sum(path),
    )  # fmt: skip


def _sum(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
