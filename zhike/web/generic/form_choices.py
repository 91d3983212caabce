"""Links with few possible targets are chosen from a list; this says which, and what stands in the list."""

from __future__ import annotations

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ScopeKind
from zhike.schema.values import Ref
from zhike.web.generic.record_path import line_field, siblings
from zhike.web.kinds.faces import shape_of

MOST_LISTED = 30


def listed_targets(actor: Actor, field: FieldSpec, record: Record | None = None) -> tuple[Ref, ...]:
    """Every record a link can lead to, when everybody sees them all and they are few; () where one has to search.

    With a record that has a value in this field, only its neighbours (the stages of the same pipeline)."""
    target = registry.find(field.to) if field.kind == "link" else None
    if target is None or target.scope.kind is not ScopeKind.OPEN or shape_of(target) == "person":
        return ()
    line = line_field(target)
    now = record.values.get(field.key) if record is not None else None
    try:
        if line is not None and isinstance(now, Ref):
            return tuple(Ref(one.object, one.id, one.title) for one in siblings(actor, target, now.id))
        columns = (target.title, *([line.key] if line is not None else ()), *([target.code] if target.code else ()))
        rows = read(actor, Query(target.key, columns=columns, size=MOST_LISTED + 1, count=False)).rows
    except Refused:
        return ()
    if len(rows) > MOST_LISTED:
        return ()
    lines = (
        {one.values[line.key].id for one in rows if isinstance(one.values.get(line.key), Ref)}
        if line is not None
        else set()
    )
    return tuple(Ref(one.object, one.id, _title(one, line if len(lines) > 1 else None)) for one in rows)


def by_code(actor: Actor, field: FieldSpec, code: str) -> Ref | None:
    """The target a stable key names, as declared defaults do."""
    target = registry.find(field.to)
    if target is None or not target.code or not code.replace("_", "").isalnum():
        return None
    try:
        rows = read(
            actor, Query(target.key, where=f'{target.code} = "{code}"', columns=(target.title,), size=1, count=False)
        ).rows
    except Refused:
        return None
    return Ref(rows[0].object, rows[0].id, rows[0].title) if rows else None


def _title(record: Record, line: FieldSpec | None) -> str:
    above = record.values.get(line.key) if line is not None else None
    return f"{record.title} · {above.title}" if isinstance(above, Ref) else record.title
