"""What changed in a pipeline since a day: every record's change as lines with their cause, adding up from then to now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zhike.access.people import people
from zhike.access.rights import field_right
from zhike.insight.steps import Step, steps_of
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.query.tree import Compare, Path
from zhike.records.aggregate import aggregate_raw
from zhike.records.log_window import Changed, changes_since
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Money, Ref

NEW, BACK, GROWN, WON, LOST, GONE = "new", "back", "amount", "won", "lost", "gone"
MOVED, PUSHED, PULLED = "moved", "pushed", "pulled"
ADDING = (NEW, BACK, GROWN, WON, LOST, GONE)
KINDS: dict[str, Words] = {
    NEW: _("New"),
    BACK: _("Open again"),
    GROWN: _("Amount changed"),
    WON: _("Won"),
    LOST: _("Lost"),
    GONE: _("Taken away"),
    MOVED: _("Moved"),
    PUSHED: _("Pushed out"),
    PULLED: _("Brought forward"),
}
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to one record: what, by how much the pipeline changed, from what to what, by whom and when."""

    kind: str
    record: Record
    amount: Decimal
    before: str = ""
    after: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movements:
    """From ``start`` to ``end``: open records and their worth then and now, and the lines between. ``worth`` tells whether the
    reader may see amounts; without, they are all zero."""

    start: Decimal
    start_count: int
    end: Decimal
    end_count: int
    lines: tuple[Line, ...]
    worth: bool
    where: str = ""

    def of(self, kind: str) -> tuple[Line, ...]:
        """The lines of one kind, the largest first."""
        return tuple(sorted((one for one in self.lines if one.kind == kind), key=lambda one: -abs(one.amount)))

    def sums(self) -> list[tuple[str, Words, int, Decimal]]:
        """Each kind that occurred: its name, label, number of lines and what they add up to."""
        found = []
        for kind, label in KINDS.items():
            some = [one for one in self.lines if one.kind == kind]
            if some:
                found.append((kind, label, len(some), sum((one.amount for one in some), Decimal(0))))
        return found


@dataclass(frozen=True, slots=True)
class _Fields:
    """Which fields tell the story: the path, the amount, the date it should close on."""

    step: FieldSpec
    amount: FieldSpec | None
    closing: FieldSpec | None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in (self.step, self.amount, self.closing) if one is not None)


def movements(actor: Actor, object_key: str, since: datetime, where: str) -> Movements:
    """What happened to the records that match ``where`` now. Raises TooWide, BadQuery, Forbidden."""
    spec = registry.object(object_key)
    fields = _fields(actor, spec)
    steps = {one.value: one for one in steps_of(actor, spec)}
    columns = tuple(
        key for key in (spec.title, *fields.keys, "created") if field_right(actor, spec, spec[key]) in ("read", "write")
    )
    changed = changes_since(actor, spec.key, since, (*fields.keys, "archived", "trashed"))
    lines: list[Line] = []
    for record in _present(actor, spec, columns, sorted(changed), where):
        one = changed[record.id]
        made = record.values.get("created")
        one.created = one.created and not (isinstance(made, datetime) and made < since)  # history that was imported
        lines += _lines(record, one, fields, steps)
    end, end_count = _open_now(actor, spec, fields, steps, where)
    moved = sum((one.amount for one in lines if one.kind in ADDING), Decimal(0))
    counted = sum(1 if one.kind in (NEW, BACK) else -1 for one in lines if one.kind in (NEW, BACK, WON, LOST, GONE))
    return Movements(end - moved, end_count - counted, end, end_count, tuple(lines), fields.amount is not None, where)


def _fields(actor: Actor, spec: ObjectSpec) -> _Fields:
    def seen(field: FieldSpec | None) -> FieldSpec | None:
        return field if field is not None and field_right(actor, spec, field) in ("read", "write") else None

    step = spec[spec.path]
    total = spec.field(spec.board.total) if spec.board and spec.board.total else None
    dated = next((one for one in spec.fields if one.kind == "date" and one.key == "close_on"), None)
    return _Fields(step, seen(total), seen(dated))


def _present(
    actor: Actor, spec: ObjectSpec, columns: tuple[str, ...], ids: Sequence[int], where: str
) -> Iterable[Record]:
    """The changed records as they are now, those in the trash too."""
    for start in range(0, len(ids), AT_ONCE):
        node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids[start : start + AT_ONCE]))
        for trashed in (False, True):
            asked = Query(
                spec.key, where, "id", columns, AT_ONCE, archived="all", trashed=trashed, count=False, node=node
            )
            yield from read(actor, asked).rows


def _open_now(
    actor: Actor, spec: ObjectSpec, fields: _Fields, steps: Mapping[str, Step], where: str
) -> tuple[Decimal, int]:
    measures = ("count", f"sum:{fields.amount.key}") if fields.amount else ("count",)
    groups = aggregate_raw(actor, spec.key, (fields.step.key,), measures, where, archived="no")
    opened = [one for one in groups if _outcome(str(one.keys[0]), steps) == "open"]
    worth = sum((Decimal(one.values[1] or 0) for one in opened), Decimal(0)) if fields.amount else Decimal(0)
    return worth, sum(int(one.values[0]) for one in opened)


def _outcome(step: str, steps: Mapping[str, Step]) -> str:
    return steps[step].outcome if step in steps else "open"


def _lines(record: Record, changed: Changed, fields: _Fields, steps: Mapping[str, Step]) -> list[Line]:
    """One record's change as lines; together they lead from what it was worth to the open pipeline then to what it is now."""
    now_at, then_at = _step(record.values.get(fields.step.key)), _step(_then(record, changed, fields.step))
    now_worth = _worth(record.values.get(fields.amount.key), None) if fields.amount else Decimal(0)
    then_worth = _worth(_then(record, changed, fields.amount), record) if fields.amount else Decimal(0)
    away_now = record.archived or record.trashed
    away_then = changed.before.get("archived") is not None if "archived" in changed.before else record.archived
    away_then = away_then or (
        changed.before.get("trashed") is not None if "trashed" in changed.before else record.trashed
    )
    outcome, was = _outcome(now_at, steps), _outcome(then_at, steps)
    opened_then = not changed.created and not away_then and was == "open"
    opened_now = not away_now and outcome == "open"
    found: list[Line] = []

    def tell(kind: str, amount: Decimal, key: str, before: str = "", after: str = "") -> None:
        at, by = changed.last.get(key) or (None, 0)
        found.append(Line(kind, record, amount, before, after, _name(by), at))

    step = fields.step.key
    if changed.created and not away_now:
        tell(NEW, now_worth, step, after=_label(now_at, steps))
    elif not opened_then and opened_now:
        tell(BACK, now_worth, step, _label(then_at, steps), _label(now_at, steps))
    elif opened_then and now_worth != then_worth and fields.amount:
        tell(GROWN, now_worth - then_worth, fields.amount.key)
    entered = opened_then or (changed.created and not away_now)
    if entered and away_now:
        tell(GONE, -now_worth, "trashed" if record.trashed else "archived")
    elif entered and outcome in (WON, LOST):
        tell(outcome, -now_worth, step, _label(then_at, steps) if opened_then else "", _label(now_at, steps))
    elif opened_then and opened_now:
        if now_at != then_at:
            tell(MOVED, Decimal(0), step, _label(then_at, steps), _label(now_at, steps))
        found += _postponed(record, changed, fields)
    return found


def _postponed(record: Record, changed: Changed, fields: _Fields) -> list[Line]:
    if fields.closing is None or fields.closing.key not in changed.before:
        return []
    then, on = changed.before[fields.closing.key], record.values.get(fields.closing.key)
    if not isinstance(then, date) or not isinstance(on, date) or then == on:
        return []
    at, by = changed.last[fields.closing.key]
    kind = PUSHED if on > then else PULLED
    return [Line(kind, record, Decimal(0), then.isoformat(), on.isoformat(), _name(by), at)]


def _then(record: Record, changed: Changed, field: FieldSpec | None) -> Any:
    if field is None:
        return None
    return changed.before[field.key] if field.key in changed.before else record.values.get(field.key)


def _step(value: Any) -> str:
    return "" if value is None else str(value.id) if isinstance(value, Ref) else str(value)


def _label(step: str, steps: Mapping[str, Step]) -> str:
    return steps[step].label if step in steps else ""


def _name(person: int) -> str:
    known = people().persons.get(person)
    return known.name if known else ""


def _worth(value: Any, record: Record | None) -> Decimal:
    """What an amount is in the company's currency; the log knows that from the time of the change."""
    if not isinstance(value, Money):
        return Decimal(0)
    return value.base if value.base is not None else value.amount
