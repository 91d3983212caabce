"""Retention rules at work: once a day each rule that is switched on warns of what it finds and takes what it warned of the
day before, as one operation. What it finds beyond what was agreed stops it, and it asks again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.audit import note
from zhike.records.company.company import is_administrator
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.linking import values_of
from zhike.records.notices.notices import notify
from zhike.records.privacy.erasing import erase_records, erasing_act
from zhike.records.privacy.finding import going_with
from zhike.records.privacy.retention_looking import Looked, look
from zhike.records.privacy.retention_terms import ANONYMISE, ASKS, ERASE, ON, RULE, TRASH, retainable
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, insert_many, marks, rows, run, to_db, write_transaction

RUN = "retention.run"
KIND = "retention"
PAGE = "/settings/retention"
PORTION = 100
LEAST = 10  # a rule that finds nothing today may take as many a day without asking again
AHEAD = timedelta(hours=23)  # warned at one daily run, taken at the next
WARNINGS: Mapping[str, Words] = {
    TRASH: _("{n} {objects} go into the trash tomorrow by the retention rule “{rule}”. Change what is still needed."),
    ANONYMISE: _("{n} {objects} are made anonymous for good tomorrow by the retention rule “{rule}”. Change what is still needed."),
    ERASE: _("{n} {objects} are erased for good tomorrow by the retention rule “{rule}”. Change what is still needed."),
}  # fmt: skip


def preview(actor: Actor, object_key: str, where: str, then: str) -> Looked:
    """What a rule with these terms would take now and what it would leave. Raises Forbidden, Invalid, BadQuery."""
    if not is_administrator(actor):
        raise Forbidden(_("Only an administrator decides what is taken away."))
    registry.refresh()
    spec = registry.find(object_key)
    if spec is None or not retainable(spec, then):
        raise Invalid(Problem(_("Records of this object are not taken away by a rule."), "object"))
    return look(spec, where, then)


def agreed(seen: int) -> int:
    """How many records a day a rule may take when it was switched on by somebody who saw that many: twice as many."""
    return max(2 * seen, LEAST)


def run_daily() -> None:
    """The schedule: a job for each rule that is switched on."""
    registry.refresh()
    asked = Query(RULE, f"state = {ON}", columns=("name",), size=1000, count=False)
    for rule in read(SYSTEM, asked).rows:
        start(SYSTEM, RUN, {"rule": rule.id}, _("Retention rule “{name}”").with_(name=rule.title))


@job(RUN, resumes=True, address=lambda args: f"{PAGE}/{args['rule']}")
def run_rule(run: JobRun) -> Mapping[str, Any]:
    """One rule's day: stop and ask, or take what was warned of and warn of what is new."""
    try:
        rule = read_one(SYSTEM, RULE, run.args["rule"])
    except NotFound:
        return {}
    spec = registry.find(str(rule["object"]))
    if rule["state"] != ON or rule.trashed or spec is None:
        return {}
    then = str(rule["then"])
    try:
        found = look(spec, str(rule["where"]), then)
    except Refused as error:
        return _stop(rule, error.problems[0].text)
    taken = int(run.place.get("taken", 0))  # a run that died half-way had these behind it
    if len(found.free) + taken > int(rule["at_most"] or 0):
        text = _("It finds {n} records, more than the {most} that were agreed.")
        return _stop(rule, text.with_(n=f"{len(found.free):,}", most=f"{int(rule['at_most'] or 0):,}"))
    known = warned(rule.id)
    due = [one for one in found.free if one in known and known[one] <= now() - AHEAD]
    operation = run.operation
    for at in range(0, len(due), PORTION):
        run.step(at, len(due))
        act = _act(rule, operation)
        with write_transaction():
            still = look(spec, str(rule["where"]), then, due[at : at + PORTION]).free
            taken += _take(spec, still, then, act)
            operation = act.started or operation
            run.keep({"taken": taken}, operation)
    with write_transaction():
        fresh = [one for one in found.free if one not in known]
        _forget_warnings(rule.id, [*due, *(one for one in known if one not in set(found.free))])
        _warn(rule, spec, fresh)
        facts = {"last_run": now(), "taken": int(rule["taken"] or 0) + taken}
        write(SYSTEM, Command("update", RULE, rule.id, facts), act=Act(SYSTEM, kind=KIND, trusted=True))
        note(KIND, SYSTEM, object=spec.key, detail={"rule": rule.id, "then": then, "taken": taken, "warned": len(fresh),
             "held": len(found.held), "operation": operation})  # fmt: skip
    text = _("{n} records taken, {m} warned of, {held} kept.")
    return {"text": str(text.with_(n=f"{taken:,}", m=f"{len(fresh):,}", held=f"{len(found.held):,}"))}


def warned(rule: int) -> dict[int, datetime]:
    """The records a rule warned of, and when."""
    found = rows('SELECT "record", "at" FROM "store_retentionwarning" WHERE "rule" = %s', (rule,))
    return {int(record): from_db(at, "instant") for record, at in found}


def _act(rule: Record, resumes: int | None) -> Act:
    if rule["then"] == TRASH:
        return Act(SYSTEM, kind=KIND, why=rule.title, trusted=True, resumes=resumes)
    return erasing_act(SYSTEM, rule.title, resumes)


def _take(spec: ObjectSpec, ids: Sequence[int], then: str, act: Act) -> int:
    if not ids:
        return 0
    if then == TRASH:
        outcome = write_many(SYSTEM, [Command("trash", spec.key, one) for one in ids], on_error="skip", act=act)
        return sum(isinstance(one, Done) and bool(one.changes) for one in outcome.results)
    places = [*((spec.key, one) for one in ids), *going_with(spec, ids)]
    erase_records(SYSTEM, places, then, act=act)
    return len(ids)


def _warn(rule: Record, spec: ObjectSpec, ids: Sequence[int]) -> None:
    """A notice to each keeper; what belongs to nobody, or to somebody who left, is told to the administrators."""
    at = now()
    insert_many("store_retentionwarning", ("rule", "record", "at"), [(rule.id, one, to_db(at)) for one in ids])
    keepers: dict[int, list[int]] = {}
    for place in range(0, len(ids), 500):
        some = ids[place : place + 500]
        for one, values in values_of(spec, ("owner",), some).items():
            owner = values["owner"].id if values.get("owner") else 0
            keepers.setdefault(owner if owner in _present() else 0, []).append(one)
    for owner, some in keepers.items():
        label = spec.label if len(some) == 1 else spec.plural_label
        text = WARNINGS[str(rule["then"])].with_(n=f"{len(some):,}", objects=label, rule=rule.title)
        who = [owner] if owner else _administrators()
        notify(
            who, "privacy", text, spec.key, some[0] if len(some) == 1 else 0, once=f"retention:{rule.id}:{at:%Y-%m-%d}"
        )


def _stop(rule: Record, why: Words) -> Mapping[str, Any]:
    text = _("The retention rule “{rule}” has stopped: {why} Look at it and switch it on again.")
    with write_transaction():
        act = Act(SYSTEM, kind=KIND, trusted=True)
        write(SYSTEM, Command("update", RULE, rule.id, {"state": ASKS, "last_run": now()}), act=act)
        note(KIND, SYSTEM, object=str(rule["object"]), detail={"rule": rule.id, "stopped": True})
        notify(_administrators(), "privacy", text.with_(rule=rule.title, why=why), RULE, rule.id)
    return {"text": str(why)}


def _present() -> set[int]:
    return {id for id, one in people().persons.items() if one.active}


def _administrators() -> list[int]:
    return [one for one in people().persons if rules_over_roles(one)]


def _forget_warnings(rule: int, ids: Sequence[int]) -> None:
    for place in range(0, len(ids), 500):
        some = ids[place : place + 500]
        run(f'DELETE FROM "store_retentionwarning" WHERE "rule" = %s AND "record" IN ({marks(some)})', (rule, *some))
