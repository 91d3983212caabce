"""The writing door. Every change of every record, by people, programs and the system, passes these steps in this order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from zhike.access.people import PEOPLE_OBJECTS, people_changed
from zhike.access.rights import reach_of, require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Forbidden, Invalid, Problem, Refused
from zhike.kernel.words import _
from zhike.records import loading
from zhike.records.acts import Act
from zhike.records.company.people_lives import note_person, ruling, settle_people
from zhike.records.company.settings import setting_for
from zhike.records.computing import compute, number
from zhike.records.draft import Draft
from zhike.records.judging import judge, judge_values
from zhike.records.linking import check_targets, find_words
from zhike.records.lives import change_state, coming_back, going_along
from zhike.records.meeting import meet_others, told_changes
from zhike.records.parsing import defaults, parse_values
from zhike.records.persist import keep_external, persist
from zhike.records.read import sees
from zhike.records.secrets import vault
from zhike.records.settling import Owed, owed_by, refuse_locked, settle
from zhike.records.shapes import shape_of
from zhike.records.views import SAVED, views_changed
from zhike.records.waking import wake_worker
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import hold, in_transaction, row, run, to_db, until_through, write_transaction
from zhike.store.ids import drop_notes, steady, take_ids

RIGHT_OF = {
    "create": "create",
    "update": "edit",
    "archive": "edit",
    "unarchive": "edit",
    "trash": "delete",
    "restore": "delete",
}
LARGEST_BATCH = 500


@dataclass
class Outcome:
    """What a batch did: one result per command, in order, and the operation they belong to (None: nothing changed)."""

    results: list[Done | Failed] = field(default_factory=list)
    operation: int | None = None


class _DryRun(Exception):
    """Rolls back what a dry run wrote."""


class _Outside(Exception):
    """Rolls back rows that turned out to lie outside the actor's reach."""


def write(actor: Actor, command: Command, why: str = "", dry_run: bool = False, act: Act | None = None) -> Done:
    """Carry out one command, or raise a Refused (Invalid, Forbidden, NotFound, Conflict, Stale) and change nothing."""
    outcome = write_many(actor, [command], why, dry_run=dry_run, act=act)
    result = outcome.results[0]
    assert isinstance(result, Done)
    return result


def write_many(
    actor: Actor,
    commands: Sequence[Command],
    why: str = "",
    on_error: str = "stop",
    dry_run: bool = False,
    act: Act | None = None,
    echo: bool = True,
) -> Outcome:
    """Carry out commands of one actor as one operation, in one transaction.

    ``on_error="stop"``: the first refusal is raised and nothing is written. ``"skip"``: refused ones answer Failed, the
    others are written. ``act``: join a running operation. ``echo``: the results of new records tell their values back."""
    whole = act or Act(actor, why=why)
    outcome = until_through(lambda: _carry_out(whole, commands, on_error, dry_run=dry_run, echo=echo))
    if outcome.operation is not None:
        wake_worker()
    return outcome


def _carry_out(act: Act, commands: Sequence[Command], on_error: str, *, dry_run: bool, echo: bool) -> Outcome:
    begun = act.started
    outcome = Outcome()
    joined = in_transaction()
    try:
        with write_transaction(), steady(afresh=not joined):
            registry.refresh()
            owed: Owed = set()
            for portion in _portions(commands):
                outcome.results += _batch(act, portion[0].object, portion, on_error, owed, echo=echo)
            settle(act, owed, lambda by, some: write_many(SYSTEM, some, act=by))
            outcome.operation = act.started
            if dry_run:
                raise _DryRun
    except _DryRun:
        act.back_to(begun)
        outcome.operation = None
    except BaseException:
        act.back_to(begun)
        raise
    return outcome


def _portions(commands: Sequence[Command]) -> Iterator[list[Command]]:
    """Commands in order, in portions of one object in which no record and no idempotency key comes twice: the later
    command must meet what the earlier one wrote."""
    portion: list[Command] = []
    met: set[int | str] = set()
    for command in commands:
        own = {one for one in (command.id, command.key) if one}
        if portion and (len(portion) == LARGEST_BATCH or command.object != portion[0].object or met & own):
            yield portion
            portion, met = [], set()
        portion.append(command)
        met |= own
    if portion:
        yield portion


def _batch(
    act: Act, object_key: str, commands: Sequence[Command], on_error: str, owed: Owed, *, echo: bool
) -> list[Done | Failed]:
    spec = registry.object(object_key)
    setting = setting_for(act.actor)
    ruled = ruling(act.actor) if spec.key in PEOPLE_OBJECTS else None
    day, refusal = today(setting.timezone), cache(partial(_refusal, act, spec))
    drafts = [_resolve(act, spec, command, setting, day, refusal) for command in commands]
    _stop_if(drafts, on_error)
    for verb in ("create", "update"):
        some = [draft for draft in drafts if _live(draft) and draft.command.verb == verb]
        if some:
            _values(act, spec, some, setting, on_error, "create" if verb == "create" else "update")
    for verb in ("archive", "unarchive", "trash", "restore"):
        some = [draft for draft in drafts if _live(draft) and draft.command.verb == verb]
        if some:
            loading.load(act, spec, some, RIGHT_OF[verb])
            for draft in some:
                meet_others(draft, setting)
            _stop_if(drafts, on_error)
            change_state(act, spec, [draft for draft in some if _live(draft)], verb)
            refuse_locked(act, spec, [draft for draft in some if _live(draft) and not draft.unchanged], setting)
            _stop_if(drafts, on_error)
            moving = [draft for draft in some if _live(draft) and not draft.unchanged]
            if verb == "trash":  # before the records go, so that undo brings these back first
                _in_the_systems_name(act, going_along(spec, [draft.id for draft in moving]))
            persist(act, spec, moving, verb)
            if verb == "restore":
                _in_the_systems_name(act, coming_back(spec, [draft.id for draft in moving]))
    _stop_if(drafts, on_error)
    drop_notes()
    _remember(act, drafts)
    changed = [draft for draft in drafts if _live(draft) and not draft.unchanged]
    if spec.key == SAVED and changed:
        views_changed()
    owed |= owed_by(spec, changed)
    if ruled is not None and changed:
        people_changed()
        for draft in changed:
            note_person(act.actor, spec, draft)
        settle_people(act.actor, ruled)
    return [_result(act, spec, draft, told=echo or not draft.created) for draft in drafts]


def _values(act: Act, spec: ObjectSpec, drafts: list[Draft], setting: Setting, on_error: str, verb: str) -> None:
    """The steps of a write that carries values, named in the order of the design."""
    for draft in drafts:
        parse_values(act, draft, setting)
    if verb == "create":
        for draft, fresh_id in zip(drafts, take_ids(len(drafts)), strict=True):
            _begin(act, draft, setting, fresh_id)
    else:
        loading.load(act, spec, drafts, "edit")
        for draft in drafts:
            meet_others(draft, setting)
    drafts = [draft for draft in drafts if draft.error is None]
    find_words(drafts, act.actor)
    check_targets(act.actor, drafts, trusted=act.trusted)
    for draft in drafts:
        draft.take(draft.given)
        draft.unchanged = not draft.created and not draft.changes()
    if not act.erasing:
        judge_values(act, spec, [draft for draft in drafts if draft.problems or draft.unchanged])
    drafts = _still(drafts, on_error)
    known = [draft for draft in drafts if draft.unchanged]
    drafts = [draft for draft in drafts if not draft.unchanged]
    _owner_right(act, spec, drafts)
    compute(act, spec, drafts, setting)
    if not act.erasing:
        judge(act, spec, drafts, setting)
        refuse_locked(act, spec, drafts, setting)
    drafts = _still(drafts, on_error)
    number(spec, drafts, setting)
    for draft in drafts:
        _stamp(act, draft)
    _persist_in_scope(act, spec, drafts, verb, on_error)
    keep_external(spec, known)


def _in_the_systems_name(act: Act, portions: Iterator[list[Command]]) -> None:
    """Consequences of a step for records the actor may not reach, in the same operation."""
    for commands in portions:
        write_many(SYSTEM, commands, act=act.as_system())


def _refusal(act: Act, spec: ObjectSpec, verb: str, historic: bool) -> Forbidden | None:
    """Why commands of this kind are closed to the actor; None when they are not."""
    try:
        require(act.actor, RIGHT_OF[verb], spec)
        if historic and not act.trusted:
            require(act.actor, "import", spec)
    except Forbidden as error:
        return error
    return None


def _resolve(
    act: Act,
    spec: ObjectSpec,
    command: Command,
    setting: Setting,
    day: date,
    refusal: Callable[[str, bool], Forbidden | None],
) -> Draft:
    draft = Draft(spec, command, day, act.at, act.actor.id, setting.timezone, id=command.id or 0)
    if command.verb not in RIGHT_OF:
        text = _("There is nothing called “{name}” that could be done with a record. Possible: {verbs}.")
        draft.refuse(text.with_(name=str(command.verb)[:40], verbs=", ".join(RIGHT_OF)), "verb", "verb")
        return draft
    draft.error = refusal(command.verb, command.historic)
    if draft.error is None and command.key:
        hold(_once(act, command))
        held = row('SELECT "answer" FROM "store_once" WHERE "key" = %s', (_once(act, command),))
        if held is not None:
            draft.id, draft.replay = json.loads(held[0])
    return draft


def _begin(act: Act, draft: Draft, setting: Setting, fresh_id: int) -> None:
    defaults(draft, setting)
    draft.created = True
    draft.id = fresh_id
    draft.version = 1
    if "owner" not in draft.command.values and draft.given.get("owner") is None and act.actor.id:
        draft.given["owner"] = Ref("user", act.actor.id)
    shape = shape_of(draft.spec)
    draft.values = dict(shape.blank)
    draft.values["created"] = act.at
    draft.values["created_by"] = Ref("user", act.actor.id) if act.actor.id else None
    if shape.sealed:
        draft.vault, draft.sealer = vault().new_sealer(draft.id)


def _owner_right(act: Act, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Handing a record to somebody else needs the transfer right over it."""
    handed = [draft for draft in drafts if not draft.created and draft.changed("owner")]
    if not handed or act.actor.is_system or act.trusted:
        return
    inside = sees(act.actor, spec, [draft.id for draft in handed], "transfer")
    for draft in handed:
        if draft.id not in inside:
            draft.refuse(_("You cannot hand this record over to somebody else."), "owner", "forbidden")


def _stamp(act: Act, draft: Draft) -> None:
    historic = draft.command.historic or act.trusted
    if not (historic and draft.given.get("changed")):
        draft.values["changed"] = act.at
    if not (historic and draft.given.get("changed_by")):
        draft.values["changed_by"] = Ref("user", act.actor.id) if act.actor.id else None
    if draft.vault is not None:
        return
    private = (one for one in draft.spec.fields if one.personal or kind_of(one).secret)
    if any(draft.values.get(one.key) is not None or draft.old.get(one.key) is not None for one in private):
        draft.vault, draft.sealer = vault().new_sealer(draft.id)


def _persist_in_scope(act: Act, spec: ObjectSpec, drafts: list[Draft], verb: str, on_error: str) -> None:
    """Write, then look whether every record still lies within the actor's reach: nobody creates or moves one out of it.
    Those that do are refused; in a batch that skips, the others are written without them."""
    begun = act.started
    versions = {draft.id: draft.version for draft in drafts}
    outside: list[Draft] = []
    try:
        with write_transaction() if on_error == "skip" and not act.actor.is_system else nullcontext():
            persist(act, spec, drafts, verb)
            outside = _outside(act, spec, drafts)
            if outside:
                raise _Outside
    except _Outside:
        act.back_to(begun)
        for draft in drafts:
            draft.version = versions[draft.id]
        for draft in outside:
            draft.error = Forbidden(
                Problem(_("This would put the record outside what you may work on."), "owner", "forbidden")
            )
        _persist_in_scope(act, spec, _still(drafts, on_error), verb, on_error)


def _outside(act: Act, spec: ObjectSpec, drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts whose rows the actor no longer reaches; handing over with the transfer right is the exception."""
    if act.actor.is_system or act.trusted:
        return []
    found: list[Draft] = []
    for right, some in (
        ("create", [draft for draft in drafts if draft.created]),
        ("edit", [draft for draft in drafts if not draft.created and not draft.changed("owner")]),
    ):
        if some and reach_of(act.actor, right, spec) != "all":
            inside = sees(act.actor, spec, [draft.id for draft in some], right)
            found += [draft for draft in some if draft.id not in inside]
    return found


def _remember(act: Act, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.command.key and _live(draft) and draft.replay is None:
            answer = json.dumps([draft.id, draft.version])
            run(
                'INSERT INTO "store_once" ("key", "answer", "at") VALUES (%s, %s, %s)',
                (_once(act, draft.command), answer, to_db(now())),
            )


def _once(act: Act, command: Command) -> str:
    digest = hashlib.sha256(command.key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{act.actor.id}:{command.object}:{digest}"


def _live(draft: Draft) -> bool:
    return draft.error is None and not draft.problems and draft.replay is None


def _still(drafts: list[Draft], on_error: str) -> list[Draft]:
    _stop_if(drafts, on_error)
    return [draft for draft in drafts if _live(draft)]


def _stop_if(drafts: Sequence[Draft], on_error: str) -> None:
    if on_error == "stop":
        for draft in drafts:
            if draft.error is not None or draft.problems:
                raise _error(draft)


def _error(draft: Draft) -> Refused:
    return draft.error or Invalid(draft.problems)


def _result(act: Act, spec: ObjectSpec, draft: Draft, *, told: bool) -> Done | Failed:
    if draft.replay is not None:
        return Done(spec.key, draft.id, draft.replay, draft.command.verb)
    if not _live(draft):
        return Failed(_error(draft))
    changes = tuple(told_changes(act, draft)) if told and not draft.unchanged else ()
    return Done(spec.key, draft.id, draft.version, draft.command.verb, changes, tuple(draft.warnings), act.started)
