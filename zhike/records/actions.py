"""Actions: more than a save, declared once; button, bulk action, API endpoint and command all come here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhike.access.rights import can, require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import Words, _
from zhike.query.predicate import compile_predicate, paths
from zhike.records.acts import Act
from zhike.records.company.settings import setting_for
from zhike.records.draft import Draft
from zhike.records.judging import rule_tree, scalar_of
from zhike.records.linking import check_targets, find_words, load_linked
from zhike.records.read import Query, read, read_one, sees
from zhike.records.record import Page, Record
from zhike.records.reveal import plain_secret
from zhike.records.waking import wake_worker
from zhike.records.write import Outcome, write, write_many
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.schema.understanding import Understanding
from zhike.schema.values import FileRef
from zhike.store.database import in_transaction, until_through, write_transaction
from zhike.store.ids import steady

MOST_AT_ONCE = 5000
LINE = "line"
LONGEST_LINE = 8000


@dataclass
class ActionDone:
    """What an action did: a sentence to show, the operation that undoes it (None: nothing changed), records it made."""

    message: Words | None = None
    operation: int | None = None
    records: list[tuple[str, int]] = field(default_factory=list)


class Doors:
    """The doors as an action's function sees them: one operation, one transaction, the actor's own rights.

    ``write`` may set recorded facts (fields people cannot set) because the action was declared by us."""

    def __init__(self, act: Act, files: Sequence[FileRef] = ()) -> None:
        self.act = act
        self.files = tuple(files)
        self.actor = act.actor
        self.made: list[tuple[str, int]] = []

    @property
    def setting(self) -> Setting:
        """How the actor's input is read."""
        return setting_for(self.actor)

    def create(self, object_key: str, values: Mapping[str, Any], external: tuple[tuple[str, str], ...] = ()) -> int:
        """Make a record; returns its id."""
        done = write(self.actor, Command("create", object_key, values=values, external=external), act=self.act)
        self.made.append((object_key, done.id))
        return done.id

    def update(self, object_key: str, record_id: int, values: Mapping[str, Any]) -> Done:
        """Change a record."""
        return write(self.actor, Command("update", object_key, record_id, values=values), act=self.act)

    def many(self, commands: Sequence[Command]) -> Outcome:
        """Carry out many commands."""
        return write_many(self.actor, commands, act=self.act)

    def system_many(self, commands: Sequence[Command]) -> Outcome:
        """Carry out consequences on records the actor may not reach, such as re-pointing links in a merge; they are
        logged under the actor's operation."""
        return write_many(SYSTEM, commands, act=self.act.as_system())

    def secret(self, object_key: str, record_id: int, key: str) -> Any:
        """A secret's canonical value, to carry it over into another record."""
        return plain_secret(object_key, record_id, key)

    def read(
        self, object_key: str, where: str = "", size: int = 50, sort: str = "", columns: tuple[str, ...] = ()
    ) -> Page:
        """Records the actor can see."""
        return read(self.actor, Query(object_key, where, sort, columns, size, count=False))

    def one(self, object_key: str, record_id: int) -> Record:
        """One record the actor can see."""
        return read_one(self.actor, object_key, record_id)


def run_action(
    actor: Actor,
    object_key: str,
    name: str,
    ids: Sequence[int],
    values: Mapping[str, Any] | None = None,
    why: str = "",
    files: Sequence[FileRef] = (),
    act: Act | None = None,
) -> ActionDone:
    """Run an action on records (none for actions on the object itself), all in one operation and one transaction.
    ``act``: the operation of a change of many that goes on in portions.

    An action that understands a ``line`` takes from it whatever ``values`` do not name; an input given empty stays empty.
    ``files``: what the actor has just stored, for actions that take files along.

    Raises Invalid naming the input fields, Forbidden, NotFound; then nothing was changed."""
    registry.refresh()
    spec = registry.object(object_key)
    action = registry.action(object_key, name)
    if action not in registry.actions(object_key):
        raise NotFound(_("There is no action called “{name}”.").with_(name=name[:60]))
    require(actor, action.right, spec)
    ids = tuple(dict.fromkeys(ids))
    if (len(ids) > 1 or act is not None) and action.on == "record":
        require(actor, "bulk", spec)
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(Problem(_("At most {n} records at once.").with_(n=MOST_AT_ONCE)))
    if action.on != "object" and not ids:
        raise Invalid(Problem(_("Choose at least one record.")))
    inputs = parse_inputs(actor, action, _with_line(actor, spec, action, ids, values or {}))
    done = until_through(lambda: _carry_out(actor, spec, action, ids, inputs, why, files, act))
    if done.operation is not None:
        wake_worker()
    return done


def _carry_out(
    actor: Actor,
    spec: ObjectSpec,
    action: ActionSpec,
    ids: Sequence[int],
    inputs: dict[str, Any],
    why: str,
    files: Sequence[FileRef],
    joins: Act | None,
) -> ActionDone:
    act = joins or Act(actor, kind=f"{spec.key}.{action.name}", why=why, trusted=True)
    doors = Doors(act, files)
    message: Words | None = None
    joined = in_transaction()
    with write_transaction(), steady(afresh=not joined):
        if action.on == "object":
            message = _words(action.run(doors, None, inputs))
        elif action.on == "records":
            chosen = [read_one(actor, spec.key, one, right=_row_right(action)) for one in ids]
            message = _words(action.run(doors, chosen, inputs))
        else:
            reached = sees(actor, spec, ids, "bulk") if len(ids) > 1 or joins is not None else set(ids)
            for one in ids:
                record = read_one(actor, spec.key, one, right=_row_right(action))
                if one not in reached and record.id not in reached:
                    text = _("“{title}” is not among the records you may change many at once.")
                    raise Forbidden(Problem(text.with_(title=record.title), code="forbidden"))
                if action.when and not _holds(spec, _as_it_is(spec, record, doors.setting), action.when, doors.setting):
                    text = _("“{action}” does not apply to “{title}” as it is now.")
                    raise Invalid(Problem(text.with_(action=action.label, title=record.title), code="not-now"))
                message = _words(action.run(doors, record, inputs)) or message
            if len(ids) > 1:
                message = _("{action}: {n} records").with_(action=action.label, n=len(ids))
    return ActionDone(message or _("Done"), act.started, doors.made)


@steady()
def understood(actor: Actor, object_key: str, name: str, ids: Sequence[int], text: str) -> Understanding:
    """What an action makes of a sentence about one record (with several, or none, it knows of no people). Nothing is
    written. Raises NotFound, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    action = registry.action(object_key, name)
    require(actor, action.right, spec)
    if action.understands is None:
        return Understanding(text)
    record = read_one(actor, object_key, ids[0], right=_row_right(action)) if len(ids) == 1 else None
    found: Understanding = action.understands(Doors(Act(actor)), record, text)
    return found


def _with_line(
    actor: Actor, spec: ObjectSpec, action: ActionSpec, ids: Sequence[int], values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The values with what the line says beside them."""
    line = values.get(LINE)
    if action.understands is None or not isinstance(line, str) or not line.strip():
        return values
    many = [one.key for one in action.inputs if one.kind in ("links", "choices")]
    return {**understood(actor, spec.key, action.name, ids, line[:LONGEST_LINE]).values(many), **values}


@steady()
def offered(actor: Actor, record: Record) -> list[ActionSpec]:
    """Actions the actor may run on this record as it is now, in order of declaration."""
    spec = registry.object(record.object)
    setting = setting_for(actor)
    draft = _as_it_is(spec, record, setting)
    found = []
    for action in registry.actions(record.object):
        if action.on == "object" or (action.on == "records" and not action.bulk):
            continue
        if not can(actor, action.right, spec) or (record.rights and _row_right(action) not in record.rights):
            continue
        if action.when and not _holds(spec, draft, action.when, setting):
            continue
        found.append(action)
    return found


def parse_inputs(actor: Actor, action: ActionSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The action's inputs by kind; unknown, missing and wrong ones are all named. Raises Invalid."""
    setting = setting_for(actor)
    draft = _input_draft(action, setting, actor)
    known = {one.key: one for one in action.inputs}
    for key in values:
        if key not in known:
            draft.refuse(
                _("“{action}” does not ask for “{name}”.").with_(action=action.label, name=key[:60]),
                key[:60],
                "unknown",
            )
    for one in action.inputs:
        raw = values.get(one.key, one.default if one.key not in values else None)
        if raw == "today" and one.kind == "date":
            raw = setting.today.isoformat() if setting.today else None
        try:
            parse = _object_of if one.format == "json" else kind_of(one).parse
            draft.given[one.key] = parse(raw, one, setting)
        except ParseError as error:
            draft.problems.append(Problem(error.text, one.key, "invalid"))
            continue
        if one.required and draft.given[one.key] in (None, ()):
            draft.refuse(_("“{field}” is needed.").with_(field=one.label), one.key, "required")
    find_words([draft], actor)
    check_targets(actor, [draft])
    if draft.problems:
        raise Invalid(draft.problems)
    return draft.given


def _object_of(raw: Any, one: FieldSpec, setting: Setting) -> Any:
    """An input that is a JSON object, or its text. Raises ParseError."""
    if raw in (None, ""):
        return None
    try:
        value = json.loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        raise ParseError(_("A JSON object is expected here."))
    return dict(value)


def _input_draft(action: ActionSpec, setting: Setting, actor: Actor) -> Draft:
    spec = ObjectSpec(
        "inputs", "inputs", action.label, action.label, action.inputs, action.inputs[0].key if action.inputs else ""
    )
    act = Act(actor)
    return Draft(spec, Command("create", "inputs"), setting.today or act.at.date(), act.at, actor.id)


def _row_right(action: ActionSpec) -> str:
    return action.right if action.right in ("edit", "delete", "transfer") else "read"


def _words(answer: Any) -> Words | None:
    return answer if isinstance(answer, Words) else None


def _as_it_is(spec: ObjectSpec, record: Record, setting: Setting) -> Draft:
    draft = Draft(spec, Command("update", spec.key), setting.today or Act(Actor(0)).at.date(), Act(Actor(0)).at, 0)
    draft.id, draft.values = record.id, dict(record.values)
    return draft


def _holds(spec: ObjectSpec, draft: Draft, text: str, setting: Setting) -> bool:
    tree = rule_tree(spec, text, setting)
    needed = [path.text for path in paths(tree) if path.links]
    load_linked([draft], [path for path in needed if path not in draft.linked])
    return bool(compile_predicate(tree)(lambda path: scalar_of(draft, path)))
