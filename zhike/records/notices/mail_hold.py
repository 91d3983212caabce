"""Mail that waits after a restore: what the backup had in its queue was perhaps sent long ago, so nothing goes out by
itself until an administrator lets it go or throws it away. Ways in that somebody asks for meanwhile go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.records.company.company import require_settings
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.store.database import row, run, to_db, write_transaction

KEY = "mail_held"


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when mail waits, because of which backup or export, and how many mails wait."""

    since: datetime
    why: str
    waiting: int


def hold_mail(why: str) -> None:
    """From now on nothing goes out by itself. Called when an older state of the database was put back."""
    keep(KEY, {"since": now().isoformat(), "why": why})


def held_since() -> datetime | None:
    """Since when mail waits; None when it goes out."""
    held = kept(KEY)
    return datetime.fromisoformat(held["since"]) if held else None


def mail_hold() -> Hold | None:
    """What an administrator has to decide about; None when mail goes out."""
    held = kept(KEY)
    if not held:
        return None
    found = row('SELECT count(*) FROM "store_mailrow" WHERE "state" = %s', ("waiting",))
    return Hold(datetime.fromisoformat(held["since"]), str(held["why"]), int(found[0]) if found else 0)


def release_mail(actor: Actor, *, drop: bool) -> int:
    """Let mail go out again; with ``drop`` what waits from before is thrown away, notices nobody was mailed about
    included. Answers how many mails go out, or went away. Raises Forbidden."""
    require_settings(actor)
    hold = mail_hold()
    if hold is None:
        return 0
    with write_transaction():
        if drop:
            run('UPDATE "store_notice" SET "told" = %s WHERE "told" = %s AND "at" < %s',
                (to_db(True), to_db(False), to_db(hold.since)))  # fmt: skip
            run('UPDATE "store_mailrow" SET "state" = %s, "body" = %s WHERE "state" = %s',
                ("dropped", "{}", "waiting"))  # fmt: skip
        note_setting(actor, "mail.held", hold.why, "dropped" if drop else "sent")
        keep(KEY, None)
    return hold.waiting
