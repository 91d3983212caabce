"""The writing door. Every change of every record, by people, programs and the system, passes these steps in this order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from zhike.access.people import PEOPLE_OBJECTS, people_changed
from zhike.access.rights import reach_of, require
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Change, Command, Done, Failed
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Conflict, Forbidden, Invalid, Problem, Refused, Stale
from zhike.kernel.words import _
from zhike.records import loading
from zhike.records.acts import Act
from zhike.records.computing import compute
from zhike.records.draft import Draft, same
from zhike.records.judging import judge
from zhike.records.linking import check_targets, find_words
from zhike.records.lives import change_state
from zhike.records.parsing import defaults, parse_one, parse_values
from zhike.records.persist import persist
from zhike.records.read import sees
from zhike.records.secrets import sealer_of, vault
from zhike.records.settings import setting_for
from zhike.records.waking import wake_worker
from zhike.schema.kinds import ParseError, Setting
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import row, run, to_db, write_transaction
from zhike.store.ids import take_ids

RIGHT_OF = {"create": "create", "update": "edit", "archive": "edit", "unarchive": "edit", "trash": "delete", "restore": "delete"}
LARGEST_BATCH = 500


@dataclass
class Outcome:
    """What a batch did: one result per command, in order, and the operation they belong to (None: nothing changed)."""

    results: list[Done | Failed] = field(default_factory=list)
    operation: int | None = None


class _DryRun(Exception):
    """Rolls back what a dry run wrote."""


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
) -> Outcome:
    """Carry out commands of one actor as one operation, in one transaction.

    ``on_error="stop"``: the first refusal is raised and nothing is written. ``"skip"``: refused ones answer Failed, the
    others are written. ``act``: join a running operation."""
    registry.refresh()
    act = act or Act(actor, why=why)
    outcome = Outcome()
    try:
        with _transaction(act, commands, dry_run):
            for object_key, group in groupby(commands, key=lambda command: command.object):
                listed = list(group)
                for start in range(0, len(listed), LARGEST_BATCH):
                    outcome.results += _batch(act, object_key, listed[start : start + LARGEST_BATCH], on_error)
            outcome.operation = act.started
            if dry_run:
                raise _DryRun
    except _DryRun:
        act.rolled_back()
        outcome.operation = None
    except Refused:
        act.rolled_back()
        raise
    if outcome.operation is not None:
        wake_worker()
    return outcome


@contextmanager
def _transaction(act: Act, commands: Sequence[Command], dry_run: bool) -> Iterator[None]:
    fresh = act.started is None
    with write_transaction():
        yield
    if fresh and act.started is None and not dry_run:
        act.rolled_back()


def _batch(act: Act, object_key: str, commands: Sequence[Command], on_error: str) -> list[Done | Failed]:
    spec = registry.object(object_key)
    setting = setting_for(act.actor)
    drafts = [_resolve(act, spec, command, setting) for command in commands]
    _stop_if(drafts, on_error)
    for verb in ("create", "update"):
        some = [draft for draft in drafts if _live(draft) and draft.command.verb == verb]
        if some:
            _values(act, spec, some, setting, on_error, "create" if verb == "create" else "update")
    for verb in ("archive", "unarchive", "trash", "restore"):
        some = [draft for draft in drafts if _live(draft) and draft.command.verb == verb]
        if some:
            loading.load(act, spec, some, RIGHT_OF[verb])
            _stop_if(drafts, on_error)
            change_state(act, spec, [draft for draft in some if _live(draft)], verb)
            _stop_if(drafts, on_error)
            persist(act, spec, [draft for draft in some if _live(draft) and not draft.unchanged], verb)
    _stop_if(drafts, on_error)
    _remember(act, drafts)
    if spec.key in PEOPLE_OBJECTS and any(_live(draft) and not draft.unchanged for draft in drafts):
        people_changed()
    return [_result(act, spec, draft) for draft in drafts]


def _values(act: Act, spec: ObjectSpec, drafts: list[Draft], setting: Setting, on_error: str, verb: str) -> None:
    """The steps of a write that carries values, named in the order of the design."""
    for draft in drafts:
        parse_values(act, draft, setting)
    if verb == "create":
        for draft in drafts:
            _begin(act, draft, setting)
    else:
        loading.load(act, spec, drafts, "edit")
        for draft in drafts:
            _meet_others(draft, setting)
    drafts = _still(drafts, on_error)
    find_words(drafts)
    check_targets(act.actor, drafts)
    for draft in drafts:
        draft.take(draft.given)
        draft.unchanged = not draft.created and not any(True for _key in draft.changes())
    drafts = [draft for draft in drafts if not draft.unchanged]
    for draft in drafts:
        _owner_right(act, draft)
    compute(act, spec, drafts, setting)
    judge(act, spec, drafts, setting)
    drafts = _still(drafts, on_error)
    for draft in drafts:
        _stamp(act, draft)
    persist(act, spec, drafts, verb)
    _still_in_scope(act, spec, drafts)


def _resolve(act: Act, spec: ObjectSpec, command: Command, setting: Setting) -> Draft:
    draft = Draft(spec, command, today(setting.timezone), act.at, act.actor.id, id=command.id or 0)
    try:
        require(act.actor, RIGHT_OF[command.verb], spec)
        if command.historic and not act.trusted:
            require(act.actor, "import", spec)
    except Forbidden as error:
        draft.error = error
        return draft
    if command.key:
        held = row('SELECT "answer" FROM "store_once" WHERE "key" = %s', (_once(act, command),))
        if held is not None:
            draft.id, draft.replay = json.loads(held[0])
    return draft


def _begin(act: Act, draft: Draft, setting: Setting) -> None:
    defaults(draft, setting)
    draft.created = True
    draft.id = take_ids(1)[0]
    draft.version = 1
    if "owner" not in draft.command.values and draft.given.get("owner") is None and act.actor.id:
        draft.given["owner"] = Ref("user", act.actor.id)
    draft.values = {one.key: Decimal(0) if one.rollup and one.rollup.measure == "count" else None for one in draft.spec.fields}
    draft.values["created"] = act.at
    draft.values["created_by"] = Ref("user", act.actor.id) if act.actor.id else None
    if any(True for _one in draft.spec.secrets) or any(one.personal for one in draft.spec.fields):
        draft.vault = vault().new_data_key()
        draft.sealer = sealer_of(draft.id, draft.vault)


def _meet_others(draft: Draft, setting: Setting) -> None:
    """Version checks: an expected version must be the newest; an editor's old values tell whose changes meet."""
    if draft.error is not None:
        return
    command = draft.command
    if command.expect is not None and command.expect != draft.version:
        text = _("Version {expected} is not the newest; the record is at version {version} now.")
        draft.error = Stale(text.with_(expected=command.expect, version=draft.version))
        return
    if command.based_on is None or command.based_on[0] == draft.version:
        return
    problems, theirs, yours = [], {}, {}
    for key in list(draft.given):
        if key not in command.based_on[1]:
            continue
        try:
            seen = parse_one(draft.spec[key], command.based_on[1][key], setting)
        except ParseError:
            continue
        if same(draft.given[key], seen):
            del draft.given[key]
        elif not same(draft.old.get(key), seen) and not same(draft.old.get(key), draft.given[key]):
            problems.append(Problem(_("“{field}” was changed meanwhile.").with_(field=draft.spec[key].label), key, "conflict"))
            theirs[key], yours[key] = draft.old.get(key), draft.given[key]
    if problems:
        draft.error = Conflict(problems, theirs, yours, draft.version)


def _owner_right(act: Act, draft: Draft) -> None:
    """Handing a record to somebody else needs the transfer right over it."""
    if draft.created or act.actor.is_system or act.trusted or not draft.changed("owner"):
        return
    if draft.id not in sees(act.actor, draft.spec, [draft.id], "transfer"):
        draft.refuse(_("You cannot hand this record over to somebody else."), "owner", "forbidden")


def _stamp(act: Act, draft: Draft) -> None:
    historic = draft.command.historic or act.trusted
    if not (historic and draft.given.get("changed")):
        draft.values["changed"] = act.at
    if not (historic and draft.given.get("changed_by")):
        draft.values["changed_by"] = Ref("user", act.actor.id) if act.actor.id else None
    if draft.vault is None and any(draft.values.get(one.key) is not None for one in draft.spec.secrets):
        draft.vault = vault().new_data_key()
        draft.sealer = sealer_of(draft.id, draft.vault)


def _still_in_scope(act: Act, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Nobody creates or moves a record out of their own reach; handing over with the transfer right is the exception."""
    if act.actor.is_system or act.trusted:
        return
    for right, some in (
        ("create", [draft for draft in drafts if draft.created]),
        ("edit", [draft for draft in drafts if not draft.created and not draft.changed("owner")]),
    ):
        if not some or reach_of(act.actor, right, spec) == "all":
            continue
        inside = sees(act.actor, spec, [draft.id for draft in some], right)
        if any(draft.id not in inside for draft in some):
            raise Forbidden(Problem(_("This would put the record outside what you may work on."), "owner", "forbidden"))


def _remember(act: Act, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.command.key and _live(draft) and draft.replay is None:
            answer = json.dumps([draft.id, draft.version])
            run('INSERT INTO "store_once" ("key", "answer", "at") VALUES (%s, %s, %s)', (_once(act, draft.command), answer, to_db(now())))


def _once(act: Act, command: Command) -> str:
    return f"{act.actor.id}:{command.object}:{command.key}"[:200]


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


def _result(act: Act, spec: ObjectSpec, draft: Draft) -> Done | Failed:
    if draft.replay is not None:
        return Done(spec.key, draft.id, draft.replay, draft.command.verb)
    if not _live(draft):
        return Failed(_error(draft))
    changes = tuple(Change(key, draft.old.get(key), draft.values.get(key)) for key in draft.changes() if key not in ("changed", "changed_by"))
    return Done(
        spec.key, draft.id, draft.version, draft.command.verb, () if draft.unchanged else changes, tuple(draft.warnings), act.started
    )

