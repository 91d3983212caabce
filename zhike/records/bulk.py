"""Changing many records at once: one field, or one action, as one operation that can be undone together.

Few are changed at once; many go into a job that works through them in portions and can be left and stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command, Failed
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.acts import Act
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.read import Query, read, sees
from zhike.records.write import write_many
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Lookup, Ref
from zhike.store.database import write_transaction

MOST = 10_000
AT_ONCE = 300  # more than these go into a job
PORTION = 100
PAGE = 500
CHANGE, ACTION = "bulk.change", "bulk.action"
MODES: dict[str, Words] = {"set": _("Set"), "add": _("Add"), "remove": _("Remove")}
MANY = frozenset({"choices", "links"})


@dataclass
class BulkDone:
    """How many were changed, how many were refused and what was said about the first of them, and the operation."""

    changed: int = 0
    same: int = 0
    refused: int = 0
    why: str = ""
    operation: int | None = None

    def said(self, spec: ObjectSpec) -> Words:
        """What happened in one sentence."""
        text = _("{n} {objects} changed").with_(n=f"{self.changed:,}", objects=spec.plural_label)
        if self.refused:
            text = _("{done}. {n} were left as they are: {why}").with_(done=text, n=f"{self.refused:,}", why=self.why)
        return text


def matching(actor: Actor, object_key: str, where: str, archived: str = "no") -> list[int]:
    """Ids of everything that matches a filter, in the list's own order, at most :data:`MOST`."""
    found: list[int] = []
    after = ""
    spec = registry.object(object_key)
    while len(found) < MOST:
        asked = Query(spec.key, where, columns=(spec.title,), size=PAGE, after=after, archived=archived, count=False)
        page = read(actor, asked)
        found += [one.id for one in page.rows]
        after = page.next
        if not after:
            break
    return found[:MOST]


def changeable(field: FieldSpec) -> bool:
    """Whether many records can be given a value of this field together: nobody's own name, number or file."""
    kind = kind_of(field)
    return (
        kind.writable
        and not field.readonly
        and not field.unique
        and not kind.secret
        and field.kind not in ("file", "rich_text", "address")
        and (not field.system or field.key == "owner")
    )


def change_many(
    actor: Actor, object_key: str, ids: Sequence[int], key: str, value: Any, mode: str = "set", act: Act | None = None
) -> BulkDone:
    """Give one field of these records a value; ``mode`` add and remove change some of the values of a field that holds
    many. One operation; a record that is refused or outside the actor's reach is left as it is and counted.

    Raises Forbidden, and Invalid where the value is wrong for all of them."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "bulk", spec)
    require(actor, "edit", spec)
    field = spec.field(key)
    if field is None or not changeable(field):
        raise Invalid(Problem(_("“{field}” cannot be changed for many at once.").with_(field=key[:60]), key))
    act = act or Act(actor, kind="bulk.change")
    done = BulkDone()
    ids = list(dict.fromkeys(ids))[:MOST]
    for at in range(0, len(ids), PORTION):
        _portion(actor, spec, field, ids[at : at + PORTION], value, mode, act, done)
    done.operation = act.started
    return done


def _portion(
    actor: Actor,
    spec: ObjectSpec,
    field: FieldSpec,
    ids: Sequence[int],
    value: Any,
    mode: str,
    act: Act,
    done: BulkDone,
) -> None:
    with write_transaction():
        reached = sees(actor, spec, ids, "bulk")
        outside = len(ids) - len(reached)
        if outside:
            done.refused += outside
            done.why = done.why or str(_("They are not among the records you may change many at once."))
        kept = [one for one in ids if one in reached]
        commands = _commands(actor, spec, field, kept, value, mode)
        outcome = write_many(actor, commands, on_error="skip", act=act)
        for result in outcome.results:
            if isinstance(result, Failed):
                done.refused += 1
                done.why = done.why or _first(result)
            elif result.changes:
                done.changed += 1
            else:
                done.same += 1


def _first(failed: Failed) -> str:
    problems = failed.error.problems
    return str(problems[0].text if problems else failed.error.title)


def _commands(
    actor: Actor, spec: ObjectSpec, field: FieldSpec, ids: Sequence[int], value: Any, mode: str
) -> list[Command]:
    if mode == "set" or field.kind not in MANY:
        return [Command("update", spec.key, one, {field.key: value}) for one in ids]
    given = [one for one in (value if isinstance(value, list | tuple) else (value,)) if one not in (None, "")]
    where = f"id in ({', '.join(str(one) for one in ids)})"
    asked = Query(spec.key, where, columns=(field.key,), size=PORTION, archived="all", count=False)
    held = {one.id: _plain(one.values.get(field.key)) for one in read(actor, asked).rows} if ids else {}
    commands = []
    for one in ids:
        now = held.get(one, [])
        after = (
            [*now, *(each for each in given if each not in now)]
            if mode == "add"
            else [x for x in now if x not in given]
        )
        commands.append(Command("update", spec.key, one, {field.key: after}))
    return commands


def _plain(value: Any) -> list[Any]:
    return [one.id if isinstance(one, Ref) else one for one in value or ()]


def change_later(
    actor: Actor, object_key: str, ids: Sequence[int], key: str, value: Any, mode: str, label: Words
) -> int:
    """:func:`change_many` as a job; returns its id."""
    args = {"object": object_key, "ids": list(ids), "key": key, "value": as_json(value), "mode": mode}
    return start(actor, CHANGE, {**args, "kind": "bulk.change"}, label)


def act_later(
    actor: Actor, object_key: str, action: str, ids: Sequence[int], values: Mapping[str, Any], label: Words
) -> int:
    """An action on many records as a job; a record it does not apply to is left as it is. Returns the job's id."""
    given = {key: as_json(value) for key, value in values.items()}
    args = {"object": object_key, "ids": list(ids), "action": action, "values": given}
    return start(actor, ACTION, {**args, "kind": f"{object_key}.{action}"}, label)


def as_json(value: Any) -> Any:
    """A raw value of a form as a job can keep it."""
    if isinstance(value, Ref):
        return {"object": value.object, "id": value.id}
    if isinstance(value, Lookup):
        return value.text
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


@job(CHANGE, resumes=True)
def run_change(run: JobRun) -> Mapping[str, Any]:
    """The job that changes one field of many records."""
    args = run.args
    spec = registry.object(args["object"])
    return _work(
        run,
        spec,
        lambda ids, act: change_many(run.actor, spec.key, ids, args["key"], args["value"], args["mode"], act),
    )


@job(ACTION, resumes=True)
def run_actions(run: JobRun) -> Mapping[str, Any]:
    """The job that runs an action on many records."""
    args = run.args
    spec = registry.object(args["object"])

    def portion(ids: Sequence[int], act: Act) -> BulkDone:
        done = BulkDone()
        for one in ids:
            begun = act.started
            try:
                run_action(run.actor, spec.key, args["action"], [one], args["values"], act=act)
                done.changed += 1
            except Refused as error:
                act.back_to(begun)
                done.refused += 1
                done.why = done.why or str(error.problems[0].text if error.problems else error.title)
        return done

    return _work(run, spec, portion)


def _work(run: JobRun, spec: ObjectSpec, portion: Any) -> Mapping[str, Any]:
    ids = run.args["ids"]
    told = BulkDone(**run.place.get("told", {}))
    at = int(run.place.get("at", 0))
    run.step(at, len(ids))
    while at < len(ids):
        some = ids[at : at + PORTION]
        act = Act(run.actor, kind=run.args["kind"], trusted=run.kind == ACTION, resumes=run.operation)
        with write_transaction():
            done = portion(some, act)
            told.changed += done.changed
            told.same += done.same
            told.refused += done.refused
            told.why = told.why or done.why
            at += len(some)
            place = {"changed": told.changed, "same": told.same, "refused": told.refused, "why": told.why}
            run.keep({"at": at, "told": place}, act.started or run.operation)
        run.step(at, len(ids))
    return {"text": str(told.said(spec))}
