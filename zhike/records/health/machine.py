"""The machine: its disk, its clock, the key file, what is built."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from zhike.kernel.clock import now
from zhike.kernel.words import Words, _
from zhike.records.backups.restoring import replaced
from zhike.records.health.points import BAD, OK, WARN, Point, check, judged
from zhike.records.log_archive.parts import parts
from zhike.records.stored import storage
from zhike.store.database import from_db, is_postgres, row, rows
from zhike.store.keyfile import VaultError, read_key_file

LITTLE, VERY_LITTLE = 0.10, 0.02
LITTLE_BYTES, VERY_LITTLE_BYTES = 2 * 1024**3, 256 * 1024**2
CLOCK_APART = timedelta(seconds=10)
AHEAD = timedelta(minutes=2)


@check()
def disk() -> Iterator[Point]:
    """There is room for what comes."""
    found = shutil.disk_usage(settings.ZHIKE_HOME)
    share = found.free / found.total
    state = OK
    if (share < LITTLE and found.free < 10 * LITTLE_BYTES) or found.free < LITTLE_BYTES:
        state = WARN
    if (share < VERY_LITTLE and found.free < LITTLE_BYTES) or found.free < VERY_LITTLE_BYTES:
        state = BAD
    said = _("{free} GB of {all} GB are free").with_(
        free=f"{found.free / 2**30:,.1f}", all=f"{found.total / 2**30:,.1f}"
    )
    yield Point(_("The disk has room"), state, said, _("Make room, or keep fewer backups."))
    left = replaced(Path(settings.ZHIKE_HOME))
    yield Point(
        _("No replaced home lies about"),
        judged(not left, WARN), ", ".join(left)[:200] or "0", _("Remove what a restore put aside when you do not need it any more."),
    )  # fmt: skip


@check()
def archive() -> Iterator[Point]:
    """What was archived of the change log is there and can be read."""
    held = parts()
    if held:
        missing = [one.file for one in held if not one.path.is_file()]
        said: Words | str = ", ".join(missing)[:200] or str(len(held))
        if not missing and find_spec("pyarrow") is None:
            missing, said = ["pyarrow"], _("pyarrow is not installed")
        mend = _("Put the files back from a backup; pyarrow comes with: pip install -r requirements-archive.txt")
        yield Point(_("The archive of the change log can be read"), judged(not missing), said, mend)


@check()
def clock() -> Iterator[Point]:
    """The clock agrees with the database's and with what was written last."""
    name, mend = _("The clock is right"), _("Let the machine’s clock be set by NTP.")
    if is_postgres():
        found = row("SELECT clock_timestamp()")
        apart = abs(now() - from_db(found[0], "instant")) if found else timedelta()
        if apart > CLOCK_APART:
            said = _("The database’s clock is {n} seconds apart.").with_(n=int(apart.total_seconds()))
            yield Point(name, BAD, said, mend)
            return
    last = row('SELECT max("at") FROM "store_operation"')
    latest = from_db(last[0], "instant") if last and last[0] else None
    if latest is not None and latest > now() + AHEAD:
        said = _("The last change is dated {n} minutes from now.").with_(n=int((latest - now()).total_seconds() // 60))
        yield Point(name, BAD, said, mend)
        return
    beside = Path(settings.ZHIKE_HOME) / "zhike.db-wal"
    written = datetime.fromtimestamp(beside.stat().st_mtime, UTC) if beside.exists() else None
    if written is not None and written > datetime.now(UTC) + AHEAD:
        yield Point(name, WARN, _("Files are dated later than now."), mend)
        return
    yield Point(name, OK, now().strftime("%Y-%m-%d %H:%M:%S UTC"))


@check()
def key_file() -> Iterator[Point]:
    """The key is there, whole, and its owner's alone."""
    home = Path(settings.ZHIKE_HOME)
    try:
        ring = read_key_file(home / "zhike.key")
    except VaultError as error:
        yield Point(
            _("The key file is there and whole"),
            BAD,
            error.text,
            _("Write it anew from the recovery sheet: zhike key restore"),
        )
    else:
        yield Point(_("The key file is there and whole"), OK, ring.current.id)
    names: tuple[tuple[str, Words], ...] = (
        ("zhike.key", _("The master key is readable by its owner alone")),
        ("secret", _("So is the signing secret")),
    )
    for name, what in names:
        path = home / name
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        good = mode is not None and not mode & 0o077
        said = f"{path} {mode:o}" if mode is not None else f"{path} ?"
        yield Point(what, judged(good), said, _("chmod 600 {file}").with_(file=path))


@check()
def built() -> Iterator[Point]:
    """Styles, scripts and texts are there."""
    manifest = Path(settings.STATIC_ROOT or "", "manifest.json")
    good = bool(settings.STATIC_ROOT) and manifest.exists()
    yield Point(_("Styles and scripts are built"), judged(good), str(manifest), _("Run “make built”."))
    spoken = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    yield Point(_("The Chinese texts are built"), judged(spoken.exists()), str(spoken), _("Run “make built”."))


@check("whole")
def files() -> Iterator[Point]:
    """Every upload that the database speaks of lies in its store. Lists the whole store."""
    wanted = {
        str(place) for (place,) in rows('SELECT "place" FROM "store_blob"')
    }  # first: what comes in meanwhile is in both
    store = storage()
    there = {place for place, _size in store.listed()}
    lost = sorted(place for place in wanted - there if row('SELECT 1 FROM "store_blob" WHERE "place" = %s', (place,)))
    found = f"{len(lost):,}: " + ", ".join(lost[:5]) if lost else "0"
    mend = _("Put them back from a backup into {place}: in it they lie under “files”.").with_(place=store.name)
    yield Point(_("Every upload is in its store"), judged(not lost), found, mend)
