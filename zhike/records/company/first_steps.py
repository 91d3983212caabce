"""The first steps of a new home: the company's facts, people, data. Kept, so that they can be left and taken up again;
what is done already is seen from the data itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.access.signin import INVITED, access_of, invite
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import _
from zhike.records.asking import ids_by_words
from zhike.records.company.company import require_settings
from zhike.records.company.settings import company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.read import count
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.store.database import write_transaction

KEY = "first_steps"
STEPS = ("company", "people", "data")
DONE, SKIPPED, OVER = "done", "skipped", "over"
FIRST_LOGIN = "admin"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name and how it stands ("" open, done, skipped)."""

    name: str
    state: str


def in_first_steps() -> bool:
    """Whether a new home is still on its first steps."""
    held = kept(KEY)
    return isinstance(held, dict) and not held.get(OVER) and not company().demo


def steps() -> list[Step]:
    """The steps in order, each as it stands now."""
    held: dict[str, Any] = kept(KEY, {}) or {}
    found = []
    for name in STEPS:
        state = str(held.get(name, ""))
        found.append(Step(name, DONE if state != DONE and _happened(name) else state))
    return found


def _happened(name: str) -> bool:
    """Whether the data says that a step was made, however it was."""
    if name == "people":
        return sum(one.active and bool(one.login) for one in people().persons.values()) > 1
    if name == "data":
        try:
            return any(
                count(SYSTEM, key, archived="all")[0] for key in ("account", "contact", "lead") if key in registry
            )
        except Refused:
            return False
    return False


def mark_step(actor: Actor, name: str, state: str) -> None:
    """Say that a step is done or skipped, or with ``over`` that the first steps are at an end. Raises Forbidden, Invalid."""
    require_settings(actor)
    if name not in (*STEPS, OVER) or state not in (DONE, SKIPPED):
        raise Invalid(Problem(_("There is no such step."), "step"))
    with write_transaction():
        held = dict(kept(KEY, {}) or {})
        note_setting(actor, f"first_steps.{name}", held.get(name), state)
        keep(KEY, {**held, name: state})


def begin() -> str:
    """In a home nobody can sign in to: the path of a page on which the first administrator sets name and password, and
    the first steps begin. "" where somebody can. Earlier links end."""
    registry.refresh()
    persons = people().persons
    if any(one.active and one.login and access_of([one.id])[one.id].password for one in persons.values()):
        return ""
    with write_transaction():
        person = people().by_login(FIRST_LOGIN)
        user = person.id if person else None
        if user is None:
            role = ids_by_words(registry.object("role"), "administrator")[:1]
            values = {"name": str(_("Administrator")), "login": FIRST_LOGIN, "roles": list(role)}
            user = write(SYSTEM, Command("create", "user", values=values), why="first run").id
        if kept(KEY) is None:
            keep(KEY, {})
        token, _ends = invite(SYSTEM, user, INVITED)
    return f"/welcome/{token}"
