"""Backups by themselves: one a day, in the night, old ones thrown away, each sent where the administrator said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.channels.s3 import Bucket, NotStored
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.records.backups.archive import said
from zhike.records.backups.choices import choices, store_secret
from zhike.records.backups.keeping import staying
from zhike.records.backups.making import make, note_backup, try_again
from zhike.records.backups.shelf import Backup, backup_named, backups, take_away, write_down
from zhike.records.company.company import is_administrator, require_settings
from zhike.records.company.settings import company
from zhike.records.jobs.jobs import Halted, JobRun, job, start
from zhike.records.jobs.views import waiting_or_running
from zhike.records.notices.notices import notify, reader

MAKE, TRY = "backup.make", "backup.try"
PAGE = "/settings/backups"
BAD_KEPT = 2  # unusable ones stay only to be looked at


def ask_for_backup(actor: Actor) -> int:
    """Start the job that makes a backup; returns its id. Raises Forbidden."""
    require_settings(actor)
    return start(actor, MAKE, {"why": "asked"}, _("Backup"))


def ask_for_trial(actor: Actor, name: str) -> int:
    """Start the job that tries a backup again; returns its id. Raises Forbidden, NotFound."""
    require_settings(actor)
    backup_named(name)
    return start(actor, TRY, {"name": name}, _("Trial of a backup"))


def back_up_daily() -> None:
    """Start today's backup once its hour has come and none was made since; one missed is made up for."""
    held = choices()
    if not held["daily"] or waiting_or_running(MAKE):
        return
    due = last_due(now().astimezone(ZoneInfo(company().timezone)), held["hour"])
    if not any(one.made >= due and one.why in ("daily", "asked") for one in backups()):
        start(SYSTEM, MAKE, {"why": "daily"}, _("Daily backup"))


def last_due(local: datetime, hour: int) -> datetime:
    """The last moment at which a daily backup was due."""
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


@job(MAKE, resumes=True, address=lambda _args: PAGE)
def run_make(run: JobRun) -> Mapping[str, Any]:
    """The job: make, try, throw old ones away, send. A send that fails is kept beside the backup and told as the result;
    when there is no backup that can be used, every administrator is told."""
    require_settings(run.actor)
    try:
        made = make(run.args["why"], step=_in_megabytes(run))
        note_backup(run.actor, made)
    except Halted:
        raise
    except Exception as error:
        tell_administrators(_("The backup did not work: {reason}").with_(reason=said(error)), run)
        raise
    clear_away()
    sent = send(made)
    text = _("{name} was made and tried.").with_(name=made.name)
    if sent.unsent:
        text = _("{text} It could not be sent: {reason}").with_(text=text, reason=sent.unsent)
        tell_administrators(text, run)
    return {"text": str(text)}


def tell_administrators(text: Words, run: JobRun) -> None:
    """Tell whoever can do something about it, once for each job; who asked for it hears of the job anyway."""
    who = [id for id, one in people().persons.items() if one.active and is_administrator(reader(id))]
    notify([id for id in who if id != run.actor.id], "job", text, record=run.id, once=f"backup:{run.id}")


@job(TRY, resumes=True, address=lambda _args: PAGE)
def run_try(run: JobRun) -> Mapping[str, Any]:
    """The job: restore a backup into a scratch place once more."""
    require_settings(run.actor)
    tried = try_again(run.args["name"], step=_in_megabytes(run))
    return {"text": f"{tried.name}: {tried.state_label}"}


def _in_megabytes(run: JobRun) -> Callable[[int, int], None]:
    """Tells how far a job is, of bytes in a size people read."""
    return lambda done, total: run.step(done >> 20, total >> 20)


def send(backup: Backup) -> Backup:
    """Send a backup where the administrator said, if anywhere. What goes wrong is kept beside it, and tried again with the
    next one."""
    held = choices()
    if not held["to"]:
        return backup
    try:
        if held["to"] == "folder":
            _to_folder(backup.path, Path(held["folder"]))
        else:
            _to_store(backup, held)
    except (Refused, OSError) as error:
        write_down(backup.path, unsent=said(error))
    else:
        write_down(backup.path, sent=now(), unsent=None, to=held["to"])
    return backup_named(backup.name)


def clear_away() -> list[str]:
    """Throw away what need not be kept, here and where it was sent; answers the names."""
    held = choices()
    zone = ZoneInfo(company().timezone)
    there = backups()
    good = [one for one in there if one.state == "good" and one.why != "found"]
    stay = staying([one.made for one in good], zone, held["days"], held["weeks"], held["months"])
    gone = [one for one in good if one.made not in stay]
    gone += [one for one in there if one.state == "bad"][BAD_KEPT:]
    for one in gone:
        _take_away_elsewhere(one, held)
        take_away(one)
    return [one.name for one in gone]


def _take_away_elsewhere(backup: Backup, held: Mapping[str, Any]) -> None:
    if backup.sent is None or backup.facts.get("to") != held["to"]:
        return
    try:
        if held["to"] == "folder":
            (Path(held["folder"]) / backup.name).unlink(missing_ok=True)
        else:
            _bucket(held).remove(held["prefix"] + backup.name)
    except (OSError, Refused):  # it stays there; the store's own rules may throw it away
        return


def _to_folder(path: Path, folder: Path) -> None:
    beside = folder / f".{path.name}.part"
    try:
        with open(path, "rb") as source, open(beside, "wb") as out:
            shutil.copyfileobj(source, out, 1024 * 1024)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(folder / path.name)
    finally:
        beside.unlink(missing_ok=True)


def _to_store(backup: Backup, held: Mapping[str, Any]) -> None:
    bucket, name = _bucket(held), held["prefix"] + backup.name
    bucket.put(name, backup.path)
    if bucket.size(name) != backup.size:
        raise NotStored(_("The store took it, and holds another size now."))


def _bucket(held: Mapping[str, Any]) -> Bucket:
    return Bucket(held["address"], held["bucket"], held["region"], held["access"], store_secret())
