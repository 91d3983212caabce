"""The start of each person's day: what is due today and what is overdue goes into their inbox, once."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.records.agenda import Item, Kind, agenda, kinds, overdue_where
from zhike.records.notices.mails import begin_day, days_begun
from zhike.records.notices.notices import notify, reader
from zhike.records.read import count
from zhike.schema.registry import registry

BEGINS = 8  # the hour of the reader's own clock
WHAT = "due"


def start_days() -> None:
    """Tell everybody whose day has begun since the last look; the same day never begins twice."""
    registry.refresh()
    at, begun = now(), days_begun(WHAT)
    for person in people().persons.values():
        local = at.astimezone(ZoneInfo(person.timezone))
        today = local.date()
        if not person.active or not person.login or local.hour < BEGINS or begun.get(person.id, date.min) >= today:
            continue
        if begin_day(person.id, WHAT, today):
            tell_what_is_due(reader(person.id), today)


def tell_what_is_due(actor: Actor, today: date) -> None:
    """One notice for each kind of thing that is due today or overdue; of a single one, about that one."""
    planned = [kind for kind in kinds(actor) if kind.entry.remind or kind.entry.yields]
    items = agenda(actor, today, today, (actor.id,), [kind.key for kind in planned]).items
    for kind in planned:
        due = [one for one in items if one.kind == kind and not one.done]
        late = overdue(actor, kind)
        if not due and not late:
            continue
        text, record = _said(kind, due, late)
        notify([actor.id], "due", text, kind.spec.key, record, once=f"due:{kind.key}:{today.isoformat()}")


def overdue(actor: Actor, kind: Kind) -> int:
    """How many of the actor's own should have been done before today."""
    where = overdue_where(kind)
    try:
        return count(actor, kind.spec.key, where)[0] if where else 0
    except BadQuery:  # what decides about it is hidden from them
        return 0


def _said(kind: Kind, due: list[Item], late: int) -> tuple[Words, int]:
    if len(due) == 1 and not late:
        return _("Due today: “{title}”"), due[0].id
    label = kind.entry.label
    if not due:
        return _("{what}: {late} overdue").with_(what=label, late=late), 0
    if not late:
        return _("{what}: {n} today").with_(what=label, n=len(due)), 0
    return _("{what}: {n} today, {late} overdue").with_(what=label, n=len(due), late=late), 0
