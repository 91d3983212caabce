"""Undo: a new write by today's actor that puts back what an operation changed, where nothing newer stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM_ID, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.company.settings import setting_for
from zhike.records.draft import same
from zhike.records.history import changed_values
from zhike.records.likeness.pairs import unsay
from zhike.records.read import read_one
from zhike.records.secrets import sealer_of
from zhike.records.write import LARGEST_BATCH, write, write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import insert_many, row, rows, run, run_many, write_transaction
from zhike.store.ids import ask_again, steady
from zhike.store.plan import RowPlan

_REDIRECTS_MADE = (
    'SELECT "id", "object", "to" FROM "store_redirect" WHERE "id" IN'
    ' (SELECT "record" FROM "store_changerow" WHERE "operation" = %s AND "verb" = \'trash\')'
)
UNTOUCHED = frozenset({"changed", "changed_by", "created", "created_by", "version", "id", "archived", "trashed"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Something undo left alone: the record, the field ("" for the whole record) and why."""

    object: str
    id: int
    field: str
    text: Words


@dataclass
class UndoDone:
    """How many records went back, what was left alone, and the undoing operation (None for a dry run)."""

    reverted: int = 0
    conflicts: list[Kept] = field(default_factory=list)
    operation: int | None = None


class _Rehearsal(Exception):
    """Rolls back a dry run."""


def undo(actor: Actor, operation: int, dry_run: bool = False) -> UndoDone:
    """Revert an operation with today's rights, newest change first; fields changed since are kept and named.

    Raises NotFound for an unknown operation, Invalid when it was undone already or is not the actor's to undo."""
    registry.refresh()
    asked = 'SELECT "actor", "undone_by", "undoes" FROM "store_operation" WHERE "id" = %s'
    found = row(asked, (operation,)) if 0 < operation < 2**53 else None
    if found is None:
        raise NotFound(_("There is no such operation."))
    if found[1] is not None:
        raise Invalid(Problem(_("This was undone already."), code="undone"))
    if not may_undo(actor, found[0]):
        raise NotFound(_("There is no such operation."))
    act = Act(actor, kind="undo", trusted=True, undoes=operation)
    done = UndoDone()
    changes = rows(
        'SELECT "object", "record", "verb", "body", "actor" FROM "store_changerow" WHERE "operation" = %s ORDER BY "id" DESC',
        (operation,),
    )
    try:
        with write_transaction(), steady():
            redirects = rows(_REDIRECTS_MADE, (operation,))
            run_many('DELETE FROM "store_redirect" WHERE "id" = %s', [(line[0],) for line in redirects])
            for portion in _portions(changes):
                consequence = portion[0][4] == SYSTEM_ID != found[0]
                _revert_all(act.as_system() if consequence else act, done, portion)
            _keep_redirects(redirects)
            shares = run('DELETE FROM "store_share" WHERE "operation" = %s', (operation,)) + unsay(operation)
            ask_again()
            if act.started is not None or (shares and act.id):
                run('UPDATE "store_operation" SET "undone_by" = %s WHERE "id" = %s', (act.started, operation))
            if (
                act.started is not None and found[2] is not None
            ):  # what was undone stands again, and can be undone again
                run('UPDATE "store_operation" SET "undone_by" = NULL WHERE "id" = %s', (found[2],))
            done.operation = act.started
            if dry_run:
                raise _Rehearsal
    except _Rehearsal:
        done.operation = None
    return done


def _portions(changes: Sequence[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """The changes in order, in portions of one object, one verb and one actor; what was made is taken away many at once,
    everything else one by one."""
    portion: list[tuple[Any, ...]] = []
    for change in changes:
        alike = (
            portion and change[2] == "create" and (change[0], change[2], change[4]) == itemgetter(0, 2, 4)(portion[0])
        )
        if portion and (not alike or len(portion) >= LARGEST_BATCH):
            yield portion
            portion = []
        portion.append(change)
    if portion:
        yield portion


def _revert_all(act: Act, done: UndoDone, portion: Sequence[tuple[Any, ...]]) -> None:
    """Revert a portion; records that cannot go together with the others are tried once more by themselves."""
    left = list(portion)
    if len(portion) > 1 and registry.find(portion[0][0]) is not None:
        commands = [Command("trash", object_key, record_id) for object_key, record_id, *_rest in portion]
        outcome = write_many(act.actor, commands, on_error="skip", act=act)
        done.reverted += sum(isinstance(one, Done) and bool(one.changes) for one in outcome.results)
        left = [line for line, one in zip(portion, outcome.results, strict=True) if isinstance(one, Failed)]
    for object_key, record_id, verb, body, _by in left:
        _revert(act, done, object_key, record_id, verb, json.loads(body))


def _keep_redirects(redirects: Sequence[tuple[Any, ...]]) -> None:
    """Ids of merged records that could not be brought back lead to the winner as before."""
    for record_id, object_key, to in redirects:
        spec = registry.find(object_key)
        held = (
            row(f'SELECT 1 FROM "{spec.table}" WHERE "id" = %s AND "trashed" IS NOT NULL', (record_id,))
            if spec
            else None
        )
        if held is not None:
            insert_many("store_redirect", ("id", "object", "to"), [(record_id, object_key, to)])


def _revert(act: Act, done: UndoDone, object_key: str, record_id: int, verb: str, body: dict[str, Any]) -> None:
    spec = registry.find(object_key)
    if spec is None:
        return
    try:
        if verb == "create":
            command: Command | None = Command("trash", object_key, record_id)
        elif verb in ("trash", "restore", "archive", "unarchive"):
            back = {"trash": "restore", "restore": "trash", "archive": "unarchive", "unarchive": "archive"}
            command = Command(back[verb], object_key, record_id)  # type: ignore[arg-type]
        else:
            command = _update_back(act, done, spec, record_id, body)
        if command is not None and write(act.actor, command, act=act).changes:
            done.reverted += 1
    except Refused as error:
        done.conflicts += [Kept(object_key, record_id, problem.field, problem.text) for problem in error.problems]


def _update_back(act: Act, done: UndoDone, spec: ObjectSpec, record_id: int, body: dict[str, Any]) -> Command | None:
    read_one(act.actor, spec.key, record_id)
    plan = RowPlan(spec, spec.fields)
    line = row(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" = %s', (record_id,))
    if line is None:
        return None
    now = plan.decode(line, sealer_of)[4]
    values: dict[str, Any] = {}
    for key, (before, after) in changed_values(
        spec, body, sealer_of(record_id, line[3]), setting_for(act.actor)
    ).items():
        if key in UNTOUCHED or spec[key].kind in ("formula", "roll_up"):
            continue
        if same(now.get(key), after):
            values[key] = before
        elif not same(now.get(key), before):
            text = _("“{field}” has changed since and was kept.").with_(field=spec[key].label)
            done.conflicts.append(Kept(spec.key, record_id, key, text))
    return Command("update", spec.key, record_id, values=values) if values else None


def may_undo(actor: Actor, by: int) -> bool:
    """Whether the actor may take back what ``by`` did: everybody their own acts, administrators everybody's."""
    role = registry.find("role")
    return actor.is_system or by == actor.id or (role is not None and can(actor, "edit", role))
