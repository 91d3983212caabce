"""The stage path: the steps a record goes through, where it stands, and how long it stood on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.records.history import moves
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.schema.values import Ref

MOST_STEPS = 60
MOST_ENTRIES = 200
OUTCOME, ASKS = "outcome", "required_fields"
TOLD = ("choice", "percent", "number", "text", "long_text")
COUNTED = ("choice", "percent", "number", "link")
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
    usual: int = 0
    advice: str = ""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """What helps with the present step: advice, how long the record may rest there, and what the next step asks for, each
    field with whether it is filled in."""

    step: Step
    following: Step | None
    asks: tuple[tuple[FieldSpec, bool], ...]

    @property
    def missing(self) -> bool:
        """Whether the next step asks for something that is not there yet."""
        return any(not filled for _field, filled in self.asks)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a record can stand: a stage, an option of a choice. ``usual``: days it may rest there (0: any);
    ``advice``: what to do there; ``asks``: keys of the fields a record there needs."""

    value: str
    label: str
    outcome: str = "open"
    chance: Decimal | None = None
    usual: int = 0
    advice: str = ""
    asks: tuple[str, ...] = ()


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
    found = _beside(actor, record, spec, target, value.id)
    return _placed([place_of(target, one) for one in found], str(value.id), spent)


def guide_of(actor: Actor, record: Record, spec: ObjectSpec, steps: Sequence[Step]) -> Guide | None:
    """Advice for the step a record stands on; None when there is nothing to say. Fields hidden from the actor are not
    asked for."""
    step = next((one for one in steps if one.place == "now"), None)
    if step is None or step.outcome in CLOSED or record.trashed:
        return None
    following = next_step(steps)
    asks = tuple(
        (field, record.values.get(key) not in (None, (), ""))
        for key in (following.asks if following else ())
        if (field := spec.field(key)) is not None and key in record.values
    )
    return Guide(step, following, asks) if step.advice or step.over or asks else None


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
    return places_of(actor, target, where, TOLD)


def _beside(actor: Actor, record: Record, spec: ObjectSpec, target: ObjectSpec, id: int) -> tuple[Record, ...]:
    """:func:`siblings`; a record that itself says which line it is on saves asking its step."""
    parent = line_field(target)
    own = next((one for one in spec.links if parent is not None and one.kind == "link" and one.to == parent.to), None)
    line = record.values.get(own.key) if own is not None else None
    if parent is not None and isinstance(line, Ref):
        found = places_of(actor, target, f"{parent.key} = {line.id}", TOLD)
        if any(one.id == id for one in found):
            return found
    return siblings(actor, target, id)


def places_of(actor: Actor, target: ObjectSpec, where: str = "", kinds: Sequence[str] = COUNTED) -> tuple[Record, ...]:
    """Records that serve as steps or columns, in their declared order, with their fields of these kinds."""
    keys = tuple(
        one.key
        for one in target.fields
        if one.kind in kinds and not one.system and field_right(actor, target, one) != "hidden"
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
    texts = [record.values.get(one.key) for one in target.fields if one.kind == "long_text"]
    advice = next((text for text in texts if isinstance(text, str) and text), "")
    asked = record.values.get(ASKS)
    asks = tuple(asked.split()) if isinstance(asked, str) else ()
    return Place(str(record.id), record.title, outcome, chance, int(usual) if usual else 0, advice, asks)


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
        steps.append(
            Step(one.value, one.label, state, one.outcome, days, one.chance, over, one.usual, one.advice, one.asks)
        )
    return steps


def _days_on(actor: Actor, record: Record, field: FieldSpec) -> dict[str, int]:
    """Whole days spent on each step, from the change log."""
    found = reversed(moves(actor, record.object, record.id, field.key, size=MOST_ENTRIES))
    stood: list[tuple[datetime, Any]] = [(at, after) for at, _before, after in found]
    seconds: dict[str, float] = {}
    for (at, value), (until, _next) in zip(stood, [*stood[1:], (now(), None)], strict=True):
        key = str(value.id) if isinstance(value, Ref) else str(value)
        seconds[key] = seconds.get(key, 0) + (until - at).total_seconds()
    return {key: int(total // SECONDS_A_DAY) for key, total in seconds.items()}
