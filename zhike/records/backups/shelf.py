"""The folder backups lie in: what is there, in which state each is, and who is at work in it.

Beside ``zhike-20261124T191500Z.zip`` lies ``zhike-20261124T191500Z.json`` with its state. It is kept there and not in the
database: it has to tell the truth after a restore, with the server stopped, and on the day the database is gone."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.kernel.words import Words, _, packed, unpacked
from zhike.records.backups.archive import Archive, BadBackup

STAMP = "%Y%m%dT%H%M%SZ"
SCRATCH = ".at-work-"
STATES: dict[str, Words] = {
    "good": _("Tried and good"),
    "bad": _("Not usable"),
    "untried": _("Not tried yet"),
}
WHYS: dict[str, Words] = {
    "daily": _("Daily"),
    "asked": _("Asked for"),
    "upgrade": _("Before an upgrade"),
    "found": _("Laid here by hand"),
}


class Busy(Refused):
    """Another process is at work with backups of this home."""

    status = 409
    code = "busy"
    title = _("A backup is being made")


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup on the shelf. ``trouble`` says why it is not usable, ``unsent`` why it was not sent away."""

    name: str
    path: Path
    size: int
    made: datetime
    state: str = "untried"
    why: str = "found"
    tried: datetime | None = None
    sent: datetime | None = None
    trouble: str = ""
    unsent: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def state_label(self) -> str:
        """Its state as a word."""
        return str(STATES[self.state])

    @property
    def why_label(self) -> str:
        """Why it was made, as a word."""
        return str(WHYS[self.why])


def shelf() -> Path:
    """The folder, made when it is not there."""
    folder = Path(settings.ZHIKE_HOME) / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def backups() -> list[Backup]:
    """All that lie on the shelf, newest first."""
    folder = Path(settings.ZHIKE_HOME) / "backups"
    if not folder.is_dir():
        return []
    found = [_backup(path) for path in folder.iterdir() if path.suffix == ".zip" and not path.name.startswith(".")]
    return sorted(found, key=lambda one: (one.made, one.name), reverse=True)


def backup_named(name: str) -> Backup:
    """The one with this file name. Raises NotFound."""
    for one in backups():
        if one.name == name:
            return one
    raise NotFound(_("There is no such backup any more."))


def keys_of(backup: Backup) -> list[str]:
    """Ids of the master keys that are needed to use a backup, as its manifest names them; none when it cannot be read."""
    if "keys" not in backup.facts:  # it was laid here by hand
        try:
            with Archive(backup.path) as archive:
                return [str(one) for one in archive.manifest["keys"]]
        except (BadBackup, KeyError, TypeError):
            return []
    return [str(one) for one in backup.facts["keys"]]


def last_good() -> Backup | None:
    """The newest one that was tried and is good."""
    return next((one for one in backups() if one.state == "good"), None)


def fresh_name() -> str:
    """A name nobody has yet."""
    at, folder = now().astimezone(UTC), shelf()
    name = f"zhike-{at.strftime(STAMP)}.zip"
    return name if not (folder / name).exists() else f"zhike-{at.strftime(STAMP)}-{secrets.token_hex(2)}.zip"


def write_down(path: Path, **facts: Any) -> None:
    """Keep facts beside a backup, over those that are there. Words may be given as they are."""
    held = {**_beside(path), **{key: _kept(value) for key, value in facts.items()}}
    note = path.with_suffix(".json")
    fresh = note.with_name(f".{note.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(held, stream, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(fresh, note)


def take_away(backup: Backup) -> None:
    """Remove a backup and what is said of it."""
    backup.path.unlink(missing_ok=True)
    backup.path.with_suffix(".json").unlink(missing_ok=True)


@contextmanager
def at_work() -> Iterator[Path]:
    """Be the only one at work with backups of this home; gives an empty scratch folder that is gone afterwards. What an
    earlier process left behind when it died is cleared away. Raises Busy."""
    folder = shelf()
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(_("Another process is making or trying a backup right now. Wait until it is done.")) from None
        for left in (*folder.glob(f"{SCRATCH}*"), *folder.glob(".zhike-*")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        scratch = folder / f"{SCRATCH}{secrets.token_hex(6)}"
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    finally:
        os.close(handle)


def _backup(path: Path) -> Backup:
    facts, found = _beside(path), path.stat()
    try:
        made = datetime.strptime(path.stem.split("-")[1], STAMP).replace(tzinfo=UTC)
    except (ValueError, IndexError):
        made = datetime.fromtimestamp(found.st_mtime, UTC)
    state, why = facts.get("state"), facts.get("why")
    return Backup(
        name=path.name,
        path=path,
        size=found.st_size,
        made=made,
        state=state if state in STATES else "untried",
        why=why if why in WHYS else "found",
        tried=_instant(facts.get("tried")),
        sent=_instant(facts.get("sent")),
        trouble=_told(facts.get("trouble")),
        unsent=_told(facts.get("unsent")),
        facts=facts,
    )


def _instant(kept: Any) -> datetime | None:
    return datetime.fromisoformat(kept) if isinstance(kept, str) else None


def _told(kept: Any) -> str:
    return str(unpacked(kept)) if isinstance(kept, str) else ""


def _beside(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _kept(value: Any) -> Any:
    if isinstance(value, Words):
        return packed(value)
    return value.isoformat() if isinstance(value, datetime) else value
