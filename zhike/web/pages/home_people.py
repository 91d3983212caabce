"""Whose day the home page shows: one's own, that of one person one looks after, or of all of them together."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.people import Person, people
from zhike.access.rights import owners_within, reach_of
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.web.links import number_in

MINE, TEAM = "me", "people"
LOOKED_AT = ("opportunity", "task")  # whoever sees other people's records of these looks after people
MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose records are meant. ``choice`` is what the address says: "", ``people`` or a person's number."""

    ids: tuple[int, ...]
    choice: str = ""
    name: str = ""
    team: tuple[Person, ...] = ()

    @property
    def many(self) -> bool:
        """Whether records of several people stand side by side, so that each names its owner."""
        return self.choice == TEAM

    @property
    def where(self) -> str:
        """The condition on an owner, as filter text."""
        return owned_by(self.ids, mine=not self.choice)


def owned_by(ids: tuple[int, ...], *, mine: bool = False) -> str:
    """Filter text for records of these people."""
    if mine:
        return "owner = me"
    return f"owner = {ids[0]}" if len(ids) == 1 else f"owner in ({', '.join(map(str, ids))})"


def whose(actor: Actor, asked: str) -> Whose:
    """What the address asks for, as far as the actor looks after those people; else their own day."""
    team = _team(actor)
    if asked == TEAM and team:
        return Whose(tuple(one.id for one in team), TEAM, team=team)
    chosen = next((one for one in team if one.id == number_in(asked)), None)
    if chosen is not None and chosen.id != actor.id:
        return Whose((chosen.id,), str(chosen.id), chosen.name, team)
    return Whose((actor.id,), team=team)


def sells(actor: Actor) -> bool:
    """Whether the actor has open deals or tasks of their own."""
    asked = {"opportunity": "owner = me and stage.outcome = open", "task": "owner = me and status = open"}
    for key, where in asked.items():
        spec = registry.find(key)
        try:
            if spec and read(actor, Query(key, where, columns=(spec.title,), size=1, count=False)).rows:
                return True
        except Refused:
            continue
    return False


def _team(actor: Actor) -> tuple[Person, ...]:
    """The active people whose records the actor may see, of their own department and below; nobody when that is only them."""
    snapshot = people()
    me = snapshot.persons.get(actor.id)
    seen: set[int] = set()
    for key in LOOKED_AT:
        spec = registry.find(key)
        if spec is None:
            continue
        within = owners_within(actor, reach_of(actor, "read", spec, snapshot))
        seen |= set(snapshot.persons if within is None else within)
    if me is not None and me.department is not None:
        below = snapshot.departments_below(me.department)
        seen = {one for one in seen if one == actor.id or snapshot.persons[one].department in below}
    if seen <= {actor.id}:
        return ()
    found = [one for one in snapshot.persons.values() if one.id in seen and one.active]
    found.sort(key=lambda one: (one.id != actor.id, one.name))
    return tuple(found[:MOST_PEOPLE])
