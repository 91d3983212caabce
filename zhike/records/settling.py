"""Writing, settling: totals that follow their lines are made right before the transaction ends, and what stands is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from zhike.kernel.changes import Command
from zhike.query.predicate import compile_predicate, paths
from zhike.records.acts import Act
from zhike.records.draft import Draft
from zhike.records.judging import rule_tree, scalar_of
from zhike.records.linking import load_linked, values_of
from zhike.records.lives import pointing
from zhike.records.titles import refs_of
from zhike.schema.kinds import Setting
from zhike.schema.registry import registry
from zhike.schema.settling import Lock, Tally
from zhike.schema.spec import ObjectSpec
from zhike.store.database import is_postgres, marks, rows

MOST_LINES = 100_000
PORTION = 500
UNDO = "undo"

Owed = set[tuple[Tally, int]]


def owed_by(spec: ObjectSpec, drafts: Sequence[Draft]) -> Owed:
    """What these drafts, once written, owe to the records they are lines of: each tally with the record it is about."""
    found: Owed = set()
    for tally in registry.tallies(spec.key):
        moving = {tally.via, "trashed", *tally.reads}
        for draft in drafts if tally.of == spec.key else ():
            if moving.intersection(draft.changes()):
                for values in (draft.old, draft.values):
                    found |= {(tally, ref.id) for ref in refs_of(values.get(tally.via))}
    return found


def settle(act: Act, owed: Owed, write: Callable[[Act, Sequence[Command]], object]) -> None:
    """Work out what is owed and write it in the system's name, as part of the operation. Writing may come to owe more."""
    by_tally: dict[Tally, set[int]] = {}
    for tally, record in owed:
        by_tally.setdefault(tally, set()).add(record)
    for tally, ids in by_tally.items():
        listed = sorted(ids)
        for start in range(0, len(listed), PORTION):
            some = _held(tally, listed[start : start + PORTION])
            lines = _lines(tally, some)
            commands = [
                Command("update", tally.object, record, dict(tally.run(values, lines[record])))
                for record, values in some.items()
            ]
            if commands:
                write(act.as_system(), commands)


def settle_own(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """What follows from a record's lines, where the record itself is being written."""
    for tally in registry.tallies(spec.key):
        if tally.object != spec.key:
            continue
        due = [draft for draft in drafts if draft.created or any(map(draft.changed, tally.on))]
        lines = _lines(tally, [draft.id for draft in due if not draft.created])
        for draft in due:
            draft.take(tally.run(draft.values, lines.get(draft.id, ())))


def _held(tally: Tally, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The records as they are, locked: two writers of lines of one record wait for each other here."""
    spec = registry.object(tally.object)
    lock = " FOR UPDATE" if is_postgres() else ""
    sql = f'SELECT t."id" FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)}) AND t."trashed" IS NULL ORDER BY t."id"'
    live = [line[0] for line in rows(sql + lock, ids)]
    return values_of(spec, tally.on, live) if live else {}


def _lines(tally: Tally, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """The lines of each record, in the order of their ids."""
    found: dict[int, list[dict[str, Any]]] = {record: [] for record in ids}
    if found:
        spec, lines = registry.object(tally.object), registry.object(tally.of)
        at = pointing(spec, list(found), lines, lines[tally.via], MOST_LINES)
        held = values_of(lines, tally.reads, {line for line, _to in at})
        for line, record in sorted(at):
            found[record].append(held[line])
    return found


def refuse_locked(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Records that stand are not changed by people, imports of today, or by undo, but for what their lock leaves open."""
    if act.historic or act.erasing or (act.trusted and act.kind != UNDO):
        return
    for lock in registry.locks(spec.key):
        touching = [draft for draft in drafts if _touches(draft, lock)]
        if not touching:
            continue
        tree = rule_tree(spec, lock.where, setting)
        linked = [path.text for path in paths(tree) if path.links]
        stands = compile_predicate(tree)
        views = [(draft, one) for draft in touching for one in _images(draft)]
        load_linked([one for _draft, one in views], linked)
        for draft in {id(draft): draft for draft, one in views if stands(partial(scalar_of, one))}.values():
            draft.refuse(lock.text, code="locked")


def _touches(draft: Draft, lock: Lock) -> bool:
    if draft.created or draft.command.verb != "update":
        return draft.command.verb not in ("archive", "unarchive")
    open_to_people = (one for one in draft.changes() if one not in lock.leaves and not draft.spec[one].system)
    return any(not draft.spec[one].readonly for one in open_to_people)


def _images(draft: Draft) -> Iterator[Draft]:
    """The record as it was and as it would be, each with links of its own."""
    for values in (draft.old, draft.values):
        if values:
            one = Draft(draft.spec, draft.command, draft.today, draft.now, draft.actor_id, draft.timezone, id=draft.id)
            one.values = values
            yield one
