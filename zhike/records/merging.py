"""Merging: one record stays, the others' facts and everything linked to them move to it, all in one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.linking import values_of
from zhike.records.lives import pointing
from zhike.records.marks import move_marks
from zhike.records.secrets import sealer_of
from zhike.records.titles import refs_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import insert_many, marks, rows
from zhike.store.plan import RowPlan

MOST = 20


def merge_records(doors: Any, records: Sequence[Any], keep: int) -> Words:
    """Merge ``records`` into the one whose id is ``keep``. Raises Invalid when that one is not among them."""
    winner = next((record for record in records if record.id == keep), None)
    losers = [record for record in records if record.id != keep]
    if winner is None or not losers or len(records) > MOST:
        raise Invalid(Problem(_("Choose two to {n} records, one of them the one to keep.").with_(n=MOST), "keep"))
    spec = registry.object(winner.object)
    filled = _filled(spec, winner.id, [loser.id for loser in losers])
    for source, link in _links_to(spec):
        _repoint(doors, spec, source, link, [loser.id for loser in losers], winner.id)
    doors.many([Command("trash", spec.key, loser.id) for loser in losers])
    own = {key: value for key, value in filled.items() if field_right(doors.actor, spec, spec[key]) == "write"}
    if own:
        doors.update(spec.key, winner.id, own)
    if len(own) < len(filled):  # what the actor cannot see or set is not lost with the loser
        rest = {key: value for key, value in filled.items() if key not in own}
        doors.system_many([Command("update", spec.key, winner.id, values=rest)])
    move_marks([loser.id for loser in losers], winner.id)
    insert_many("store_redirect", ("id", "object", "to"), [(loser.id, spec.key, winner.id) for loser in losers])
    return _("{n} records became one: “{title}”").with_(n=len(records), title=winner.title)


def _filled(spec: ObjectSpec, winner: int, losers: Sequence[int]) -> dict[str, Any]:
    """What the winner lacks and a loser has; many-fields take both. Secrets come in full, to be sealed anew."""
    plan = RowPlan(spec, spec.fields)
    ids = (winner, *losers)
    found = rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', ids)
    held = {line[0]: plan.decode(line, sealer_of)[4] for line in found}
    values: dict[str, Any] = {}
    for field in spec.fields:
        if (
            field.system
            or not kind_of(field).writable
            or field.kind in ("auto_number", "formula", "roll_up")
            or field.readonly
        ):
            continue
        have = held[winner].get(field.key)
        for loser in losers:
            theirs = held[loser].get(field.key)
            if theirs is None:
                continue
            if isinstance(theirs, Ref) and theirs.id in ids:
                continue
            if field.kind in ("choices", "links"):
                known = {ref.id for ref in refs_of(have)} if field.kind == "links" else set(have or ())
                known |= set(ids) if field.to == spec.key else set()
                more = tuple(one for one in theirs if (one.id if isinstance(one, Ref) else one) not in known)
                if more:
                    have = values[field.key] = (*(have or ()), *more)
            elif have is None:
                have = values[field.key] = theirs
    return values


def _links_to(spec: ObjectSpec) -> list[tuple[ObjectSpec, FieldSpec]]:
    any_links = [(source, link) for source in registry for link in source.links if link.kind == "any_link"]
    return registry.pointing_at(spec.key) + any_links


def _repoint(
    doors: Any, spec: ObjectSpec, source: ObjectSpec, link: FieldSpec, losers: Sequence[int], winner: int
) -> None:
    ids = sorted(
        {source_id for source_id, _target in pointing(spec, losers, source, link, limit=100_000)} - set(losers)
    )
    if link.kind == "any_link":
        ids = [one for one in ids if one in _of_object(source, link, spec.key, ids)]
    held = values_of(source, (link.key,), ids)
    commands = []
    for source_id in ids:
        value = held[source_id][link.key]
        if link.kind == "links":
            kept: list[Ref] = []
            for ref in refs_of(value):
                ref = Ref(spec.key, winner) if ref.id in losers else ref
                if ref not in kept and ref.id != source_id:
                    kept.append(ref)
            commands.append(Command("update", source.key, source_id, values={link.key: tuple(kept)}))
        else:
            to = Ref(spec.key, winner) if source_id != winner else None
            commands.append(Command("update", source.key, source_id, values={link.key: to}))
    doors.system_many(commands)


def _of_object(source: ObjectSpec, link: FieldSpec, target_key: str, ids: Sequence[int]) -> set[int]:
    held = values_of(source, (link.key,), ids)
    return {
        one for one, values in held.items() if (value := values[link.key]) is not None and value.object == target_key
    }
