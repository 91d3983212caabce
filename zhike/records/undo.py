"""Undo: a new write by today's actor that puts back what an operation changed, where nothing newer stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import SYSTEM_ID, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.audit import note
from zhike.records.company.settings import setting_for
from zhike.records.draft import same
from zhike.records.history import changed_values, safe_value
from zhike.records.likeness.pairs import unsay
from zhike.records.log_archive.parts import archived
from zhike.records.read import sees
from zhike.records.secrets import sealer_of
from zhike.records.segments.keeping import unhand
from zhike.records.write import LARGEST_BATCH, write, write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import insert_many, marks, row, rows, run, run_many, write_transaction
from zhike.store.ids import shares_changed, steady
from zhike.store.plan import RowPlan

ERASE = "erase"
UNTOUCHED = frozenset({"changed", "changed_by", "created", "created_by", "version", "id", "archived", "trashed"})
BACK = {
    "create": "trash",
    "trash": "restore",
    "restore": "trash",
    "archive": "unarchive",
    "unarchive": "archive",
    "update": "update",
}
MOST_AT_ONCE = 200  # change rows taken back while somebody waits; more are a job's work
EVERYTHING = "all"

Change = tuple[int, str, int, str, str, int]  # id, object, record, verb, body, actor


@dataclass(frozen=True, slots=True)
class Kept:
    """Something undo left alone: the record, the field ("" for the whole record) and why. For a value that changed since:
    what the operation had ``set``, what stands there ``now``, and what would come ``back``, as far as the actor may see it."""

    object: str
    id: int
    field: str
    text: Words
    set: Any = None
    now: Any = None
    back: Any = None
    changed_since: bool = False


@dataclass
class UndoDone:
    """How many records went back, how (by object and verb), what was left alone, and the undoing operation (None for a
    dry run). ``looked_at``: how many changes were taken back or rehearsed, of ``changes``."""

    reverted: int = 0
    conflicts: list[Kept] = field(default_factory=list)
    operation: int | None = None
    how: Counter[tuple[str, str]] = field(default_factory=Counter)
    looked_at: int = 0
    changes: int = 0


class _Rehearsal(Exception):
    """Rolls back a dry run."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """An operation somebody may take back: its actor, and the operation it took back itself (None: it is no undo)."""

    id: int
    actor: int
    undoes: int | None


def undo(actor: Actor, operation: int, dry_run: bool = False, override: Collection[Any] | str = ()) -> UndoDone:
    """Revert an operation with today's rights, newest change first, in one transaction. Fields changed since are kept and
    named, unless ``override`` holds their ``(record, field)`` (or is "all").

    Raises NotFound for an unknown operation, Invalid when it was undone already or is not the actor's to undo."""
    whole = undoable(actor, operation)
    act = Act(actor, kind="undo", trusted=True, undoes=operation, resumes=begun(actor, operation))
    done = UndoDone()
    try:
        with write_transaction(), steady():
            changes = changes_of(operation, LARGEST_ROUND)
            done.changes = len(changes)
            while changes:
                take_back(act, done, whole, changes, override)
                changes = changes_of(operation, LARGEST_ROUND, changes[-1][0])
                done.changes += len(changes)
            finish(act, whole)
            done.operation = act.started
            if dry_run:
                raise _Rehearsal
    except _Rehearsal:
        done.operation = None
    return done


LARGEST_ROUND = 5000


def rehearse(actor: Actor, operation: int, override: Collection[Any] | str = ()) -> UndoDone:
    """What undoing would do now, and what it would leave alone: tried and rolled back. Of a large operation the newest
    :data:`MOST_AT_ONCE` changes are tried; ``changes`` says how many there are. Raises as :func:`undo`."""
    whole = undoable(actor, operation)
    act = Act(actor, kind="undo", trusted=True, undoes=operation)
    done = UndoDone(changes=count_changes(operation))
    try:
        with write_transaction(), steady():
            take_back(act, done, whole, changes_of(operation, MOST_AT_ONCE), override)
            raise _Rehearsal
    except _Rehearsal:
        return done


def undoable(actor: Actor, operation: int) -> Undoable:
    """The operation, when the actor may take it back now. Raises NotFound, Invalid."""
    registry.refresh()
    asked = 'SELECT "actor", "undone_by", "undoes", "kind" FROM "store_operation" WHERE "id" = %s'
    found = row(asked, (operation,)) if 0 < operation < 2**53 else None
    if found is None or not may_undo(actor, found[0]):
        raise NotFound(_("There is no such operation."))
    if found[1] is not None:
        raise Invalid(Problem(_("This was undone already."), code="undone"))
    if found[3] == ERASE:
        raise Invalid(Problem(_("What was erased cannot be brought back."), code="erased"))
    if archived(operations=[operation], most=1):
        text = _(
            "The changes of that time lie in the archive of the log: they can be read, and not be undone any more."
        )
        raise Invalid(Problem(text, code="archived"))
    return Undoable(operation, found[0], found[2])


def begun(actor: Actor, operation: int) -> int | None:
    """The actor's undo of the operation that was stopped halfway: it goes on as the same one."""
    found = row(
        'SELECT "id" FROM "store_operation" WHERE "undoes" = %s AND "undone_by" IS NULL AND "actor" = %s'
        ' AND "kind" = \'undo\' ORDER BY "id" DESC LIMIT 1',
        (operation, actor.id),
    )
    return found[0] if found else None


def count_changes(operation: int) -> int:
    """How many changes an operation made."""
    found = row('SELECT count(*) FROM "store_changerow" WHERE "operation" = %s', (operation,))
    return int(found[0]) if found else 0


def changes_of(operation: int, size: int, below: int = 2**62) -> list[Change]:
    """Changes of an operation, the newest first, older than the change ``below``."""
    sql = (
        'SELECT "id", "object", "record", "verb", "body", "actor" FROM "store_changerow" WHERE "operation" = %s'
        f' AND "id" < %s ORDER BY "id" DESC LIMIT {int(size)}'
    )
    return rows(sql, (operation, below))


def take_back(
    act: Act, done: UndoDone, whole: Undoable, changes: Sequence[Change], override: Collection[Any] | str = ()
) -> None:
    """Revert some changes, newest first, inside the running transaction. What was reverted before stays as it is."""
    gone = sorted({change[2] for change in changes if change[3] == "trash"})
    redirects = _redirects(gone)
    run_many('DELETE FROM "store_redirect" WHERE "id" = %s', [(line[0],) for line in redirects])
    for portion in _portions(changes):
        consequence = portion[0][5] == SYSTEM_ID != whole.actor
        _revert(act.as_system() if consequence else act, done, portion, override)
    _keep_redirects(redirects)
    done.looked_at += len(changes)


def finish(act: Act, whole: Undoable) -> None:
    """The last step of an undo: shares go, the operation is marked as undone, and what it had undone stands again."""
    shares = run('DELETE FROM "store_share" WHERE "operation" = %s', (whole.id,))
    beside = shares + unsay(whole.id) + unhand(whole.id)
    if shares:
        shares_changed()
    if act.started is None and act.resumes is None and not beside:
        return
    by = act.id
    run('UPDATE "store_operation" SET "undone_by" = %s WHERE "id" = %s', (by, whole.id))
    if whole.undoes is not None:  # what was undone stands again, and can be undone again
        run('UPDATE "store_operation" SET "undone_by" = NULL WHERE "id" = %s', (whole.undoes,))
    note("undo", act.actor, detail={"operation": whole.id, "by": by})


def _portions(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes in order, in portions of one object, verb and actor in which no record comes twice."""
    portion: list[Change] = []
    met: set[int] = set()
    for change in changes:
        alike = portion and (change[1], change[3], change[5]) == itemgetter(1, 3, 5)(portion[0])
        if portion and (not alike or change[2] in met or len(portion) >= LARGEST_BATCH):
            yield portion
            portion, met = [], set()
        portion.append(change)
        met.add(change[2])
    if portion:
        yield portion


def _revert(act: Act, done: UndoDone, portion: Sequence[Change], override: Collection[Any] | str) -> None:
    """Revert a portion; records that cannot go together with the others are tried once more by themselves."""
    spec = registry.find(portion[0][1])
    if spec is None:
        return
    commands = _commands(act, done, spec, portion, override)
    if len(commands) > 1:
        results = write_many(act.actor, commands, on_error="skip", act=act).results
        _count(done, results)
        commands = [one for one, result in zip(commands, results, strict=True) if isinstance(result, Failed)]
    for command in commands:
        try:
            _count(done, [write(act.actor, command, act=act)])
        except Refused as error:
            kept = [Kept(spec.key, command.id or 0, problem.field, problem.text) for problem in error.problems]
            done.conflicts += kept or [Kept(spec.key, command.id or 0, "", error.title)]


def _count(done: UndoDone, results: Sequence[Done | Failed]) -> None:
    for one in results:
        if isinstance(one, Done) and one.changes:
            done.reverted += 1
            done.how[one.object, one.verb] += 1


def _commands(
    act: Act, done: UndoDone, spec: ObjectSpec, portion: Sequence[Change], override: Collection[Any] | str
) -> list[Command]:
    verb = portion[0][3]
    if verb != "update":
        return [Command(BACK[verb], spec.key, change[2]) for change in portion]  # type: ignore[arg-type]
    ids = [change[2] for change in portion]
    seen = sees(act.actor, spec, ids)
    plan = RowPlan(spec, spec.fields)
    held = {
        line[0]: line
        for line in rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', ids)
    }
    commands = []
    for _id, _object, record, _verb, body, _by in portion:
        if record not in seen or record not in held:
            done.conflicts.append(Kept(spec.key, record, "", NotFound().title))
            continue
        values = _values_back(act, done, spec, plan, held[record], json.loads(body), override)
        if values:
            commands.append(Command("update", spec.key, record, values=values))
    return commands


def _values_back(
    act: Act,
    done: UndoDone,
    spec: ObjectSpec,
    plan: RowPlan,
    line: tuple[Any, ...],
    body: dict[str, Any],
    override: Collection[Any] | str,
) -> dict[str, Any]:
    record, now = line[0], plan.decode(line, sealer_of)[4]
    values: dict[str, Any] = {}
    logged = changed_values(spec, body, sealer_of(record, line[3]), setting_for(act.actor))
    follows = UNTOUCHED | registry.tallied(spec.key)
    for key, (before, after) in logged.items():
        if key in follows or spec[key].kind in ("formula", "roll_up"):
            continue
        chosen = override == EVERYTHING or (record, key) in override
        if same(now.get(key), after) or (chosen and field_right(act.actor, spec, spec[key]) == "write"):
            values[key] = before
        elif not same(now.get(key), before):
            done.conflicts.append(_conflict(act.actor, spec, record, key, after, now.get(key), before))
    return values


def _conflict(actor: Actor, spec: ObjectSpec, record: int, key: str, set_: Any, now: Any, back: Any) -> Kept:
    field = spec[key]
    right = field_right(actor, spec, field)
    if right == "hidden":
        return Kept(spec.key, record, "", _("A field you cannot see has changed since and was kept."))
    text = _("“{field}” has changed since and was kept.").with_(field=field.label)
    if right != "write":  # whoever may not set the field has nothing to choose
        return Kept(spec.key, record, key, text)
    was, stands, before = (safe_value(field, one, right) for one in (set_, now, back))
    return Kept(spec.key, record, key, text, was, stands, before, changed_since=True)


def _redirects(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        found += rows(f'SELECT "id", "object", "to" FROM "store_redirect" WHERE "id" IN ({marks(some)})', some)
    return found


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


def may_undo(actor: Actor, by: int) -> bool:
    """Whether the actor may take back what ``by`` did: everybody their own acts, administrators everybody's."""
    role = registry.find("role")
    return actor.is_system or by == actor.id or (role is not None and can(actor, "edit", role))
