"""The third, narrow path: roll-ups, and formulas made anew, written without version, log or event, so that nobody who is
editing is disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.query.predicate import paths
from zhike.query.tree import EVERYTHING
from zhike.records.asking import compiler, conditions, question, state
from zhike.records.company.settings import company, setting_for
from zhike.records.formulas import formula_of, moves_by_itself
from zhike.records.linking import values_of
from zhike.records.segments.keeping import written
from zhike.records.titles import refs_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Money
from zhike.store.database import from_db, is_postgres, marks, row, rows, run, write_transaction
from zhike.store.plan import RowPlan, own_rows, part_of, part_sql, stored

BATCH = 500


def roll_ups_from(source_key: str) -> list[tuple[ObjectSpec, FieldSpec]]:
    """Every roll-up fed by records of this object."""
    return [
        (spec, field)
        for spec in registry
        for field in spec.fields
        if field.rollup and field.rollup.object == source_key
    ]


def recompute(spec: ObjectSpec, field: FieldSpec, ids: Iterable[int]) -> int:
    """Compute a roll-up or formula anew for these records and store it where it differs. Returns how many differed."""
    listed = sorted(set(ids))
    changed = 0
    for start in range(0, len(listed), BATCH):
        if _moved(spec, field, listed[start : start + BATCH]):
            with write_transaction():
                some = _locked(spec, listed[start : start + BATCH])
                moved = _moved(spec, field, some)  # once more: another worker may have been here with newer figures
                for record_id, value in moved.items():
                    _store(spec, field, record_id, value)
                written(spec.key, {frozenset({field.key}): list(moved)})
            changed += len(moved)
    return changed


def _moved(spec: ObjectSpec, field: FieldSpec, ids: Sequence[int]) -> dict[int, Any]:
    """What the field should be where it is something else."""
    wanted, held = computed(spec, field, ids), _held(spec, field, ids)
    return {one: wanted.get(one) for one in ids if one in held and not _equal(wanted.get(one), held[one])}


def _locked(spec: ObjectSpec, ids: Sequence[int]) -> Sequence[int]:
    if is_postgres():
        rows(f'SELECT "id" FROM "{spec.table}" WHERE "id" IN ({marks(ids)}) ORDER BY "id" FOR UPDATE', list(ids))
    return ids


def computed(spec: ObjectSpec, field: FieldSpec, ids: Sequence[int]) -> dict[int, Any]:
    """What a roll-up or formula should be, by record id; a count of nothing is 0, other measures of nothing are empty."""
    if field.rollup is None:
        formula = formula_of(spec, field, setting_for(SYSTEM))
        return {id_: formula.value(held.get) for id_, held in values_of(spec, sorted(formula.inputs), ids).items()}
    source = registry.object(field.rollup.object)
    link = source[field.rollup.via]
    build = compiler(source)
    tree = question(SYSTEM, source, field.rollup.where) if field.rollup.where else EVERYTHING
    measure, _colon, key = field.rollup.measure.partition(":")
    measured = source.field(key) if key else None
    value_sql = f"{measure}({part_sql('t', measured)})" if measured else "count(*)"
    where = conditions(build, source, tree, state(source, "all"))
    target = part_sql("t", link)
    if link.kind == "links":
        where += ' AND x."object" = %s AND x."field" = %s'
        build.params += [source.key, link.slot or link.key]
        target = 'x."target"'
    where += f" AND {target} IN ({marks(ids)})"
    join = ' JOIN "store_linkrow" x ON x."source" = t."id"' if link.kind == "links" else ""
    sql = f"SELECT {target}, {value_sql} {build.source()}{join} WHERE {where} GROUP BY {target}"
    found = {line[0]: _value(field, measured, measure, line[1]) for line in rows(sql, [*build.params, *ids])}
    if measure == "count":
        found = {one: found.get(one, Decimal(0)) for one in ids}
    return found


def _value(field: FieldSpec, measured: FieldSpec | None, measure: str, scalar: Any) -> Any:
    if scalar is None:
        return None
    if measured is None:
        return Decimal(int(scalar))
    if field.result == "money":
        return Money(_major(scalar), company().currency, _major(scalar))
    part = part_of(measured)
    if part.type in ("date", "instant"):
        return from_db(scalar, part.type)
    kind = kind_of(measured)
    return kind.from_parts((int(Decimal(str(scalar)).to_integral_value(ROUND_HALF_UP)),), measured)


def _major(minor: Any) -> Decimal:
    return (Decimal(str(minor)) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _held(spec: ObjectSpec, field: FieldSpec, ids: Sequence[int]) -> dict[int, Any]:
    from_plan = RowPlan(spec, [field])
    found = rows(f'SELECT {from_plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', list(ids))
    return {line[0]: from_plan.decode(line, lambda _id, _vault: None)[4][field.key] for line in found}


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _store(spec: ObjectSpec, field: FieldSpec, record_id: int, value: Any) -> None:
    columns, slots = stored(field, value, None)
    if slots:
        found = row(
            f'SELECT "custom" FROM "{spec.table}" WHERE "id" = %s{" FOR UPDATE" if is_postgres() else ""}', (record_id,)
        )
        bag = json.loads(found[0]) if found and isinstance(found[0], str) else dict(found[0] or {}) if found else {}
        bag = {path: one for path, one in {**bag, **slots}.items() if one is not None}
        columns = {"custom": json.dumps(bag, ensure_ascii=False)}
    sets = ", ".join(f'"{name}" = %s' for name in columns)
    run(f'UPDATE "{spec.table}" SET {sets} WHERE "id" = %s', [*columns.values(), record_id])


def check_derived(repair: bool = False) -> list[str]:
    """Recompute every roll-up and formula of every record and name what differed; with ``repair`` it is put right."""
    problems = []
    for spec in registry:
        for field in spec.fields:
            if not (field.rollup or field.formula) or moves_by_itself(field):
                continue
            only = own_rows(spec) or "(1 = 1)"
            ids = [
                line[0] for line in rows(f'SELECT t."id" FROM "{spec.table}" t WHERE t."trashed" IS NULL AND {only}')
            ]
            wrong = 0
            for start in range(0, len(ids), BATCH):
                some = ids[start : start + BATCH]
                wrong += len(_moved(spec, field, some))
            if wrong:
                problems.append(f"{spec.key}.{field.key}: {wrong}")
                if repair:
                    recompute(spec, field, ids)
    return problems


def current_targets(source: ObjectSpec, link: FieldSpec, ids: Iterable[int]) -> set[int]:
    """Ids the records point at through the link now."""
    listed = sorted(set(ids))
    found: set[int] = set()
    for start in range(0, len(listed), BATCH):
        for values in values_of(source, (link.key,), listed[start : start + BATCH]).values():
            found |= {ref.id for ref in refs_of(values[link.key])}
    return found


def computed_everywhere(changed_key: str, names: set[str]) -> None:
    """When a record that roll-up conditions look through changed (a stage's outcome), recompute those roll-ups wholly."""
    for spec in registry:
        for field in spec.fields:
            if (
                field.rollup
                and field.rollup.where
                and _looks_through(registry.object(field.rollup.object), field, changed_key, names)
            ):
                only = own_rows(spec) or "(1 = 1)"
                recompute(spec, field, [line[0] for line in rows(f'SELECT t."id" FROM "{spec.table}" t WHERE {only}')])


def _looks_through(source: ObjectSpec, field: FieldSpec, changed_key: str, names: set[str]) -> bool:
    assert field.rollup is not None
    tree = question(SYSTEM, source, field.rollup.where)
    return any(path.links and path.objects[-1].key == changed_key and path.field.key in names for path in paths(tree))
