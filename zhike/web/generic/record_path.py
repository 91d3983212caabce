"""The stage path: the steps a record goes through, where it stands, and how long it stood on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.schema.values import Ref

MOST_STEPS = 60
MOST_ENTRIES = 200
OUTCOME = "outcome"
CLOSED = ("won", "lost")
SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path. ``place``: done, now or todo; ``outcome``: open, won or lost; ``days`` spent on it so far
    (None: never there); ``chance`` in percent where the step declares one; ``over``: days beyond the step's usual ones."""

    value: str
    label: str
    place: str
    outcome: str = "open"
    days: int | None = None
    chance: Decimal | None = None
    over: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a record can stand: a stage, an option of a choice. ``usual``: days it may rest there (0: any)."""

    value: str
    label: str
    outcome: str = "open"
    chance: Decimal | None = None
    usual: int = 0


def steps_of(actor: Actor, record: Record, spec: ObjectSpec) -> list[Step]:
    """The record's path in order; empty when the object has none or the record stands nowhere."""
    field = spec.field(spec.path) if spec.path else None
    if field is None or field.key not in record.values:
        return []
    spent = _days_on(actor, record, field)
    value = record.values[field.key]
    if field.kind == "choice":
        options = [one for one in field.options if one.active or one.key == value]
        return _placed([Place(one.key, str(one.label)) for one in options], value, spent)
    if not isinstance(value, Ref):
        return []
    target = registry.object(value.object)
    return _placed([place_of(target, one) for one in siblings(actor, target, value.id)], str(value.id), spent)


def next_step(steps: Sequence[Step]) -> Step | None:
    """The step after the present one, unless the record is closed or the next one would lose it."""
    here = next((place for place, one in enumerate(steps) if one.place == "now"), None)
    if here is None or steps[here].outcome in CLOSED:
        return None
    return next((one for one in steps[here + 1 :] if one.outcome != "lost"), None)


def siblings(actor: Actor, target: ObjectSpec, id: int) -> tuple[Record, ...]:
    """All records of the same line as one of them: those that share its first required link (a pipeline)."""
    parent = line_field(target)
    where = ""
    if parent is not None:
        try:
            line = read_one(actor, target.key, id).values.get(parent.key)
        except Refused:
            line = None
        where = f"{parent.key} = {line.id}" if isinstance(line, Ref) else ""
    return places_of(actor, target, where)


def places_of(actor: Actor, target: ObjectSpec, where: str = "") -> tuple[Record, ...]:
    """Records that serve as steps or columns, in their declared order."""
    keys = tuple(
        one.key for one in target.fields if one.kind in ("choice", "percent", "number", "link") and not one.system
    )
    return read(actor, Query(target.key, where=where, columns=(target.title, *keys), size=MOST_STEPS, count=False)).rows


def line_field(target: ObjectSpec) -> FieldSpec | None:
    """The required link that groups step records into lines."""
    return next((one for one in target.links if one.kind == "link" and one.required and not one.system), None)


def move_action(spec: ObjectSpec, key: str) -> ActionSpec | None:
    """The declared action that changes a field, if changing it is more than a save."""
    for action in registry.actions(spec.key):
        if action.object == spec.key and action.inputs and action.inputs[0].key == key and action.on == "record":
            return action
    try:
        return registry.action(spec.key, f"move_{key}")
    except NotFound:
        return None


def place_of(target: ObjectSpec, record: Record) -> Place:
    """A step or column record: its outcome, its percent field as chance, its number of days as what is usual."""
    chance = next((record.values.get(one.key) for one in target.fields if one.kind == "percent"), None)
    usual = next(
        (record.values.get(one.key) for one in target.fields if one.kind == "number" and "days" in one.key), None
    )
    outcome = str(record.values.get(OUTCOME) or "open")
    return Place(str(record.id), record.title, outcome, chance, int(usual) if usual else 0)


def _placed(places: Sequence[Place], value: Any, spent: dict[str, int]) -> list[Step]:
    keys = [one.value for one in places]
    if value not in keys:
        return []
    here = keys.index(value)
    ended = places[here].outcome
    steps = []
    for index, one in enumerate(places):
        if one.outcome == "lost" and index != here:
            continue
        if index == here:
            state = "now"
        elif ended == "lost":
            state = "done" if one.value in spent else "todo"
        else:
            state = "done" if index < here else "todo"
        if one.outcome == "won" and index != here and ended == "lost":
            continue
        days = spent.get(one.value)
        over = max(0, days - one.usual) if one.usual and days is not None and state == "now" and ended == "open" else 0
        steps.append(Step(one.value, one.label, state, one.outcome, days, one.chance, over))
    return steps


def _days_on(actor: Actor, record: Record, field: FieldSpec) -> dict[str, int]:
    """Whole days spent on each step, from the change log."""
    moves: list[tuple[datetime, Any]] = []
    for entry in reversed(history(actor, record.object, record.id, size=MOST_ENTRIES)):
        for changed, _before, after in entry.changes:
            if changed.key == field.key:
                moves.append((entry.at, after))
    seconds: dict[str, float] = {}
    for (at, value), (until, _next) in zip(moves, [*moves[1:], (now(), None)], strict=True):
        key = str(value.id) if isinstance(value, Ref) else str(value)
        seconds[key] = seconds.get(key, 0) + (until - at).total_seconds()
    return {key: int(total // SECONDS_A_DAY) for key, total in seconds.items()}
