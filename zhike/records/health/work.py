"""What works by itself: the worker, jobs, events, backups; and people who can look after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.at_work import hosts_at_work
from zhike.records.audit_job import last_proof
from zhike.records.audit_proof import prove_chain
from zhike.records.backups.choices import choices
from zhike.records.backups.shelf import backups
from zhike.records.cubes import check_cubes
from zhike.records.derived import check_derived
from zhike.records.health.points import BAD, OK, WARN, Point, check, judged
from zhike.records.notices.mail_hold import mail_hold
from zhike.records.notices.notices import reader
from zhike.schema.registry import registry
from zhike.store.database import from_db, row, rows, to_db
from zhike.store.home_vault import vault

LATE = timedelta(minutes=15)
DEAD = timedelta(minutes=5)
BACKUP_OLD, BACKUP_TOO_OLD = timedelta(days=2), timedelta(days=8)
RUN_WORKER = _("Start “zhike serve” or “zhike worker”, and look into the log.")


@check()
def worker() -> Iterator[Point]:
    """The worker lives, and nothing waits for long."""
    last = row('SELECT max("last") FROM "store_schedule"')
    seen = from_db(last[0], "instant") if last and last[0] else None
    fresh = seen is not None and now() - seen < LATE
    said = seen.strftime("%Y-%m-%d %H:%M UTC") if seen else _("never")
    hosts = hosts_at_work()
    if len(hosts) > 1:
        said = f"{said} · {len(hosts)}: {', '.join(hosts)}"
    yield Point(_("The worker ran a moment ago"), judged(fresh, WARN), said, RUN_WORKER)
    found = rows('SELECT "name", "last_error" FROM "store_schedule" WHERE "last_error" IS NOT NULL ORDER BY "name"')
    failing = [f"{name}: {error}" for name, error in found]
    yield Point(
        _("Repeated work succeeds"), judged(not failing, WARN), "; ".join(failing)[:200] or "0", _("Look into the log.")
    )
    stuck = rows(
        'SELECT "id" FROM "store_job" WHERE ("state" = %s AND "seen" < %s) OR ("state" = %s AND "created" < %s)'
        ' ORDER BY "id" LIMIT 21',
        ("running", to_db(now() - DEAD), "waiting", to_db(now() - LATE)),
    )
    numbers = ", ".join(str(line[0]) for line in stuck)
    yield Point(_("No job is stuck"), judged(not stuck, WARN), numbers or "0", RUN_WORKER)
    late = row(
        'SELECT count(*) FROM (SELECT 1 FROM "store_outboxrow" WHERE "due" < %s LIMIT 1001) t', (to_db(now() - LATE),)
    )
    waiting = int(late[0]) if late else 0
    yield Point(_("Events are told in time"), judged(not waiting, WARN), str(waiting), RUN_WORKER)
    dead = row('SELECT count(*) FROM (SELECT 1 FROM "store_outboxrow" WHERE "dead" = %s LIMIT 1001) t', (to_db(True),))
    given_up = int(dead[0]) if dead else 0
    yield Point(_("No event was given up"), judged(not given_up, WARN), str(given_up), _("Look into the log for why."))


@check()
def backup() -> Iterator[Point]:
    """A good backup is there, of yesterday or today, and its key too."""
    there = backups()
    good = next((one for one in there if one.state == "good"), None)
    name, mend = _("There is a fresh backup that was tried"), _("Run “zhike backup”, or see the settings page Backups.")
    if good is None:
        yield Point(
            name,
            BAD if len(there) > 1 else WARN,
            (there[0].trouble or there[0].state_label) if there else _("none"),
            mend,
        )
        return
    age = now() - good.made
    state = BAD if age > BACKUP_TOO_OLD else WARN if age > BACKUP_OLD else OK
    yield Point(name, state, good.name, mend)
    lost = good.facts.get("lost") or []
    yield Point(
        _("No upload is missing"),
        judged(not lost, WARN),
        ", ".join(lost)[:200] or "0",
        _("Put these files back from an older backup."),
    )
    if choices()["to"]:
        text = good.unsent or (good.sent.strftime("%Y-%m-%d %H:%M UTC") if good.sent else "?")
        yield Point(
            _("The last backup was sent away"), judged(good.sent is not None and not good.unsent, WARN), text, mend
        )
    held = set(vault().master_ids)
    orphans = [one.name for one in there if one.state == "good" and not set(one.facts.get("keys") or ()) <= held]
    yield Point(
        _("Every backup’s key is in the key file"),
        judged(not orphans, WARN), ", ".join(orphans)[:200] or "0", _("Keep the older key file as long as these backups."),
    )  # fmt: skip


@check()
def held_mail() -> Iterator[Point]:
    """Mail goes out: after a restore it waits until an administrator has decided about it."""
    hold = mail_hold()
    if hold is not None:
        text = _("{n} wait since {day}: {why}").with_(
            n=f"{hold.waiting:,}", day=hold.since.strftime("%Y-%m-%d %H:%M UTC"), why=hold.why
        )
        yield Point(_("Mail goes out"), WARN, text, _("See the settings page Mail, or: zhike mail release --drop"))


@check()
def keepers() -> Iterator[Point]:
    """Somebody can do what only a person can do."""
    active = [reader(id) for id, one in people().persons.items() if one.active and one.login]
    for key, name in (("role", _("Somebody can change roles")), ("user", _("Somebody can add people"))):
        spec = registry.find(key)
        able = [one.name for one in active if spec is not None and can(one, "edit", spec)]
        mend = _("Give it to somebody: zhike user create LOGIN --role administrator")
        yield Point(name, judged(bool(able)), ", ".join(able[:3]) or _("nobody"), mend)
    unread = [str(spec.plural_label) for spec in registry if not any(can(one, "read", spec) for one in active)]
    text = _("Give some role the right, if anybody should see them.")
    yield Point(_("Everything can be read by somebody"), judged(not unread, WARN), ", ".join(unread)[:200] or "0", text)


@check("derived")
def derived() -> Iterator[Point]:
    """Roll-ups, scores, cubes and their kin are what they would be computed to be. Reads every record."""
    wrong = check_derived() + check_cubes()
    yield Point(
        _("Derived values are what they should be"),
        judged(not wrong),
        "; ".join(wrong)[:200] or "0",
        _("Run “zhike check --derived --repair”."),
    )


@check()
def audited() -> Iterator[Point]:
    """The chain held when it was last gone through, which the worker does every day."""
    last = last_proof()
    if last is not None:
        said = last.breaks[0] if last.breaks else last.at.strftime("%Y-%m-%d %H:%M UTC")
        mend = _("See the settings page Audit: the database was changed past Zhike.")
        yield Point(_("The audit chain held when it was last checked"), judged(not last.breaks), said, mend)


@check("audit")
def audit() -> Iterator[Point]:
    """The audit chain holds. Reads the whole log."""
    proof, name = prove_chain(), _("The audit chain holds")
    seen = _("{n} entries, {m} changes").with_(n=f"{proof.entries:,}", m=f"{proof.changes:,}")
    mend = _("Compare with the last good backup, and find out who could write the database.")
    yield Point(name, judged(proof.good), proof.breaks[0].text if proof.breaks else seen, mend)
    for broken in proof.breaks[1:]:
        yield Point(name, BAD, broken.text, mend)
