"""What somebody is told of a duplicate they cannot see: as the administrator chose, seldom enough, and written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.settings import keep, kept
from zhike.records.likeness.forms import Subject
from zhike.records.reveal import log_reading
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows, to_db

OUTSIDE = "duplicates.outside"
NOTHING, EXISTS, OWNER = "nothing", "exists", "owner"
CHOICES = (NOTHING, EXISTS, OWNER)
MOST_AN_HOUR = 30  # records one person is told of
HOUR = timedelta(hours=1)
TOLD = "duplicate"  # as the log of readings calls it


def outside_choice() -> str:
    """What is told of a duplicate outside one's sight: nothing, exists (that it is there), owner (who has it)."""
    chosen = kept(OUTSIDE, EXISTS)
    return chosen if chosen in CHOICES else EXISTS


def choose_outside(actor: Actor, choice: str) -> None:
    """Change it. Raises Forbidden unless the actor administers, Invalid for an unknown choice."""
    role = registry.find("role")
    if not actor.is_system and (role is None or not can(actor, "edit", role)):
        raise Forbidden(_("Only an administrator can change this."))
    if choice not in CHOICES:
        raise Invalid(Problem(_("Possible here: {possible}.").with_(possible=", ".join(CHOICES)), "outside"))
    keep(OUTSIDE, choice)


def outside_answers(
    actor: Actor, spec: ObjectSpec, found: Sequence[Subject], blank: Callable[[ObjectSpec], Any]
) -> list[Any]:
    """One answer for records beyond the actor's sight: that there is one, or whose it is; none when the administrator chose
    so or this person was told of many within the hour. Every record told of is logged, before the answer."""
    choice = outside_choice()
    if choice == NOTHING or not found or not _log(actor, spec, found):
        return []
    owner = people().persons.get(found[0].owner or 0) if choice == OWNER else None
    return [replace(blank(spec), outside=True, owner=owner.name if owner else "")]


def _log(actor: Actor, spec: ObjectSpec, found: Sequence[Subject]) -> bool:
    """Whether the actor may be told: notes each record once an hour; too many records are answered like none."""
    sql = 'SELECT "record" FROM "store_readlog" WHERE "actor" = %s AND "at" > %s AND "act" = %s'
    told = {record for (record,) in rows(sql, (actor.id, to_db(now() - HOUR), TOLD))}
    fresh = [one.id for one in found if one.id not in told]
    if len(told) + len(fresh) > MOST_AN_HOUR:
        return False
    for record in fresh:
        log_reading(actor, TOLD, spec.key, record, None, "")
    return True
