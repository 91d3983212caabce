"""Records as they are compared: their forms, from what one actor may read, and nothing else. Secrets are opened inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zhike.access.rights import field_right, require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.query.tree import EVERYTHING, Compare, Path
from zhike.records.asking import compiler, conditions, state, visible
from zhike.records.company.settings import keep, kept
from zhike.records.likeness.declared import Forms, forms_of, keys_of
from zhike.records.likeness.keys import replace_keys
from zhike.records.secrets import sealer_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import rows, write_transaction
from zhike.store.ids import steady
from zhike.store.plan import RowPlan

PORTION = 500
KEYS_MADE = 1  # goes up when comparisons make other keys than before


@dataclass(frozen=True, slots=True)
class Subject:
    """One record ready to be compared: its id, title, owner and the forms of its readable values."""

    id: int
    title: str
    owner: int | None
    forms: Forms


def readable_compared(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """The compared fields whose values the actor may read in full: a masked or hidden one does not take part."""
    keys = dict.fromkeys(key for one in spec.compared for key in one.fields)
    return [spec[key] for key in keys if field_right(actor, spec, spec[key]) in ("read", "write")]


def subjects(actor: Actor, object_key: str, archived: str = "no") -> Iterator[list[Subject]]:
    """All records within the actor's sight, in portions and in order of their ids. Raises NotFound, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    after = 0
    while True:
        found = _portion(actor, spec, after, archived)
        if not found:
            return
        yield found
        after = found[-1].id


@steady()
def subjects_of(actor: Actor, object_key: str, ids: Sequence[int], archived: str = "all") -> dict[int, Subject]:
    """Those of these records that the actor can see, by id; records in the trash are left out."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    found: dict[int, Subject] = {}
    listed = sorted(set(ids))
    for start in range(0, len(listed), PORTION):
        some = tuple(listed[start : start + PORTION])
        only = Compare(Path((spec,), (), spec["id"]), "in", some)
        build = compiler(spec)
        where = conditions(build, spec, only, visible(actor, spec), state(spec, archived))
        found |= {one.id: one for one in _read(actor, spec, f"{build.source()} WHERE {where}", build.params)}
    return found


def refresh_keys(object_key: str, ids: Sequence[int]) -> None:
    """Write the keys of these records anew, in portions."""
    spec = registry.object(object_key)
    for start in range(0, len(ids), PORTION):
        with write_transaction():
            found = subjects_of(SYSTEM, object_key, ids[start : start + PORTION])
            replace_keys(spec, [(one.id, keys_of(spec, one.forms)) for one in found.values()])


def keys_are_of(spec: ObjectSpec) -> bool:
    """Whether the keys of an object's records were written as it is declared now."""
    return bool(kept(f"duplicates.keys.{spec.key}") == _declared(spec))


def keys_kept(spec: ObjectSpec) -> None:
    """Note that they are."""
    keep(f"duplicates.keys.{spec.key}", _declared(spec))


def _declared(spec: ObjectSpec) -> str:
    return f"{KEYS_MADE} " + " ".join("+".join(one.fields) + ":" + one.by for one in spec.compared)


@steady()
def _portion(actor: Actor, spec: ObjectSpec, after: int, archived: str) -> list[Subject]:
    build = compiler(spec)
    scope = visible(actor, spec)
    where = conditions(build, spec, *([] if scope == EVERYTHING else [scope]), state(spec, archived))
    sql = f'{build.source()} WHERE {where} AND t."id" > %s ORDER BY t."id" LIMIT {PORTION}'
    return _read(actor, spec, sql, [*build.params, after])


def _read(actor: Actor, spec: ObjectSpec, rest: str, params: Sequence[object]) -> list[Subject]:
    plan = RowPlan(spec, readable_compared(actor, spec))
    titled = field_right(actor, spec, spec[spec.title]) in ("read", "write")
    found = []
    for line in rows(f"SELECT {plan.columns} {rest}", list(params)):
        id_, _version, owner, title, values = plan.decode(line, sealer_of)
        found.append(Subject(id_, title if titled else f"#{id_}", owner, forms_of(spec, values)))
    return found
