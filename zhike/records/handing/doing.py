"""Doing a handover: access ends, everything changes hands as one operation, and both sides confirm it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.access.people import people
from zhike.access.rights import owners_within, reach_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Failed
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Forbidden, Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.audit import note
from zhike.records.company.company import is_administrator
from zhike.records.company.people_lives import has_administrator, rules_over_roles
from zhike.records.company.settings import company
from zhike.records.handing.customers import hand_customers
from zhike.records.handing.finding import ACCOUNT, OWNER, records_of
from zhike.records.handing.next_steps import hand_next_steps
from zhike.records.handing.splitting import Split, Wanted, split
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.marks import follow_instead
from zhike.records.notices.notices import notify
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.database import row, write_transaction

HANDOVER, PART = "handover", "handover_part"
PACKAGE = "handover.hand_over"
"""The kind of the operation in which a package changes hands."""
AT_ONCE = 300  # records moved while somebody waits; more are a job's work
PORTION = 200
MOST_TOLD = 50
LIVE = ("waiting", "running")

Moves = Sequence[tuple[str, str, int, int]]
"""What goes where: object, field, record, person."""


# -- who may ------------------------------------------------------------------------------------------------------------
def may_hand_over(actor: Actor, leaver: int) -> bool:
    """Whether the actor may hand over what this person has: administrators, and whoever may transfer the accounts of this
    person's department. Nobody hands over their own package."""
    spec = registry.find(ACCOUNT)
    if actor.is_system:
        return True
    if actor.id == leaver or spec is None or leaver not in people().persons:
        return False
    if is_administrator(actor):
        return True
    within = owners_within(actor, reach_of(actor, "transfer", spec))
    return (within is None or leaver in within) and not rules_over_roles(leaver)


def require_handing(actor: Actor | int, leaver: int) -> None:
    """Raise Forbidden unless :func:`may_hand_over`; an actor may be given by id, 0 is the system."""
    who = actor if isinstance(actor, Actor) else Actor(actor) if actor else SYSTEM
    if not may_hand_over(who, leaver):
        text = _("You may not hand over what this person has. Their department’s manager or an administrator may.")
        raise Forbidden(Problem(text, "leaver", "forbidden"))


def wanted_of(handover: Record) -> Wanted:
    """How the package of a handover shall be split."""
    rest, settings_to = (ref.id if (ref := handover[key]) else 0 for key in ("rest", "settings_to"))
    return Wanted(handover["leaver"].id, handover["rules"] or "", rest, settings_to, handover["together"] is not False)


def preview(actor: Actor, handover_id: int) -> Split:
    """What handing over would do now, for those who may do it and whoever confirms the package. Raises NotFound, Forbidden,
    Invalid."""
    handover = read_one(actor, HANDOVER, handover_id)
    if handover["confirms"] is None or handover["confirms"].id != actor.id:
        require_handing(actor, handover["leaver"].id)
    return split(actor, wanted_of(handover))


# -- doing it -----------------------------------------------------------------------------------------------------------
def begin(act: Act, handover: Record) -> Words:
    """End the leaver's access and hand everything over, in the running transaction; what is large goes on as a job. Called
    again after a job was stopped, it goes on as the same operation. Raises Forbidden, and Invalid naming what is in the way."""
    leaver = handover["leaver"].id
    require_handing(act.actor, leaver)
    _not_running(handover)
    found = split(act.actor, wanted_of(handover))
    if not found.ready:
        raise Invalid([Problem(one.text, "rules", "in-the-way") for one in found.hitches])
    package = _package(act.actor, int(handover["operation"])) if handover["operation"] else act
    if not handover["keeps_access"]:
        end_access_of(act.actor, leaver)
    moves = [(*key, one, to) for key, given in found.to.items() for one, to in given.items()]
    moves.sort(key=lambda one: one[0] == ACCOUNT)
    _parts(package, handover, found)
    facts: dict[str, Any] = {"state": "running", "operation": package.id}
    detail = {"operation": package.id, "records": len(moves), "people": len(found.shares)}
    note("handover", act.actor, object="user", record=leaver, detail=detail)
    if len(moves) <= AT_ONCE:
        _set(act.actor, handover.id, facts)
        _all(package, handover.id, moves)
        return _("Handed over: {n} records to {m} people").with_(n=f"{len(moves):,}", m=len(found.shares))
    label = _("Handing over what {name} had").with_(name=handover["leaver"].title)
    args = {"handover": handover.id, "moves": moves, "operation": package.id}
    _set(act.actor, handover.id, {**facts, "job": start(act.actor, HANDOVER, args, label)})
    return _("{n} records are being handed over").with_(n=f"{len(moves):,}")


def _package(actor: Actor, operation: int) -> Act:
    """The operation of a package, gone on with."""
    return Act(actor, kind=PACKAGE, trusted=True, resumes=operation)


def _not_running(handover: Record) -> None:
    found = row('SELECT "state" FROM "store_job" WHERE "id" = %s', (handover["job"],)) if handover["job"] else None
    if found is not None and found[0] in LIVE:
        raise Invalid(Problem(_("It is being handed over at this moment."), code="running"))


def _set(actor: Actor, handover_id: int, values: Mapping[str, Any]) -> None:
    """Facts that stay when the package goes back."""
    act = Act(actor, kind="handover", trusted=True)
    write(SYSTEM, Command("update", HANDOVER, handover_id, values), act=act.as_system())


def end_access_of(actor: Actor, leaver: int) -> None:
    """Sign-in, sessions, tokens and calendar addresses end; an operation of its own, so that taking the package back opens
    nothing. Raises Invalid for the last administrator."""
    if not people().persons[leaver].active:
        return
    with write_transaction():
        act = Act(actor, kind="user.deactivate", trusted=True)
        write(SYSTEM, Command("update", "user", leaver, {"active": False}), act=act.as_system())
        if not has_administrator():
            text = _("Then nobody could change roles and settings any more. Make somebody else an administrator first.")
            raise Invalid(Problem(text, "leaver", "last-administrator"))


def _parts(package: Act, handover: Record, found: Split) -> None:
    known = read(SYSTEM, Query(PART, f"handover = {handover.id}", columns=("recipient",), size=1000, count=False)).rows
    there = {one["recipient"].id for one in known}
    commands = []
    for share in found.shares:
        if share.person in there:
            continue
        customers = sum(one.count for one in share.parts if one.held.owned and one.held.spec.key == ACCOUNT)
        facts = {
            "handover": handover.id, "recipient": share.person, "records": share.count, "customers": customers,
            "owner": handover["owner"],
        }  # fmt: skip
        commands.append(Command("create", PART, values=facts))
    done = write_many(SYSTEM, commands, act=package.as_system())
    for command, result in zip(commands, done.results, strict=True):
        if not isinstance(result, Failed):
            text = _("{by} handed over to you what {leaver} had: {n} records. Confirm the receipt.")
            told = text.with_(leaver=handover["leaver"].title, n=command.values["records"])
            notify([command.values["recipient"]], HANDOVER, told, PART, result.id, by=package.actor.id)


def _all(package: Act, handover_id: int, moves: Moves) -> None:
    left: list[str] = []
    for at in range(0, len(moves), PORTION):
        left += move(package, handover_id, moves[at : at + PORTION])
    finish(package, handover_id, left)


def move(package: Act, handover_id: int, moves: Moves) -> list[str]:
    """Give these records to their new people, as far as they are still the leaver's; answers what could not be given."""
    handover = read_one(SYSTEM, HANDOVER, handover_id)
    leaver = handover["leaver"].id
    left: list[str] = []
    for object_key, field in dict.fromkeys((one[0], one[1]) for one in moves):
        to = {one[2]: one[3] for one in moves if one[:2] == (object_key, field)}
        commands = _commands(object_key, field, leaver, to)
        done = write_many(SYSTEM, commands, on_error="skip", act=package.as_system())
        given: dict[int, int] = {}
        for command, result in zip(commands, done.results, strict=True):
            assert command.id is not None
            if isinstance(result, Failed):
                problems = result.error.problems
                left.append(f"{object_key}:{command.id} {problems[0].text if problems else result.error.title}")
            else:
                given[command.id] = to[command.id]
        if field == OWNER:
            follow_instead(leaver, given)
            if object_key == ACCOUNT:
                hand_customers(package, handover, given)
    return left


def _commands(object_key: str, field: str, leaver: int, to: Mapping[int, int]) -> list[Command]:
    """The writes for those that still name the leaver; of a field of many only their place changes hands."""
    spec = registry.object(object_key)
    many = spec[field].kind == "links"
    where = f"{field} {'has' if many else '='} {leaver} and id in ({', '.join(map(str, to))})"
    commands = []
    for record in records_of(spec, where, (field,)):
        value: Any = Ref("user", to[record.id])
        if many:
            value = tuple(dict.fromkeys(to[record.id] if one.id == leaver else one.id for one in record[field]))
        commands.append(Command("update", object_key, record.id, {field: value}))
    return commands


def finish(package: Act, handover_id: int, left: Sequence[str]) -> None:
    """The last step: open next steps become tasks of the successors, and the handover is done."""
    handover = read_one(SYSTEM, HANDOVER, handover_id)
    hand_next_steps(package, handover)
    told = "\n".join(left[:MOST_TOLD]) + ("\n…" if len(left) > MOST_TOLD else "")
    facts = {"state": "handed_over", "handed_on": now(), "left_over": told or None}
    write(SYSTEM, Command("update", HANDOVER, handover_id, facts), act=package.as_system())


@job(HANDOVER, resumes=True, address=lambda args: f"/handovers/{args.get('handover', 0)}")
def run_handover(work: JobRun) -> Mapping[str, Any]:
    """The job: portion by portion, each with its place in one transaction; a killed one goes on where it stood."""
    moves = [tuple(one) for one in work.args["moves"]]
    handover_id, operation = int(work.args["handover"]), int(work.args["operation"])
    at, left = int(work.place.get("at", 0)), list(work.place.get("left", ()))
    work.step(at, len(moves))
    while True:
        package = _package(work.actor, operation)
        with write_transaction():
            if at >= len(moves):
                finish(package, handover_id, left)
                work.keep({"at": at, "left": left}, operation)
                break
            left += move(package, handover_id, moves[at : at + PORTION])
            at = min(at + PORTION, len(moves))
            work.keep({"at": at, "left": left}, operation)
        work.step(at, len(moves))
    text = _("{n} records were handed over").with_(n=f"{len(moves) - len(left):,}")
    return {"text": str(text), "left": len(left), "operation": operation}


# -- the last day ---------------------------------------------------------------------------------------------------
def plan_for(act: Act, handover: Record) -> Words:
    """Leave a handover to the schedule. Raises Invalid when it has no last day, or could not be done as it is."""
    require_handing(act.actor, handover["leaver"].id)
    if handover["last_day"] is None:
        raise Invalid(Problem(_("Say which is the last day."), "last_day", "required"))
    found = split(act.actor, wanted_of(handover))
    if not found.ready:
        raise Invalid([Problem(one.text, "rules", "in-the-way") for one in found.hitches])
    write(act.actor, Command("update", HANDOVER, handover.id, {"state": "planned"}), act=act)
    return _("It is handed over when {day} is over").with_(day=handover["last_day"].isoformat())


def put_off(act: Act, handover: Record) -> Words:
    """Back to a draft."""
    write(act.actor, Command("update", HANDOVER, handover.id, {"state": "draft"}), act=act)
    return _("It waits for you now")


def due_handovers() -> list[Record]:
    """Planned handovers whose last day is over."""
    day = today(company().timezone).isoformat()
    asked = Query(
        HANDOVER,
        f"state = planned and last_day < {day}",
        columns=("leaver", "owner", "keeps_access"),
        size=200,
        count=False,
    )
    return list(read(SYSTEM, asked).rows)


# -- receipts -----------------------------------------------------------------------------------------------------------
def confirm_package(act: Act, handover: Record) -> Words:
    """The sender's side: whoever was asked to, or an administrator, confirms that the package is complete."""
    asked = handover["confirms"].id if handover["confirms"] else 0
    if act.actor.id != asked and not is_administrator(act.actor):
        name = handover["confirms"].title if asked else str(_("an administrator"))
        raise Forbidden(Problem(_("The package is confirmed by {name}.").with_(name=name), code="forbidden"))
    facts = {"confirmed_by": Ref("user", act.actor.id), "confirmed_on": act.at}
    write(SYSTEM, Command("update", HANDOVER, handover.id, facts), act=act.as_system())
    return _("The package is confirmed")


def confirm_receipt(act: Act, part: Record, remark: str | None) -> Words:
    """The successor's side; with the last of them the handover is received. Belongs to the operation of the package, so that
    it goes back with it."""
    if act.actor.id != part["recipient"].id:
        text = _("The receipt is confirmed by {name}.").with_(name=part["recipient"].title)
        raise Forbidden(Problem(text, code="forbidden"))
    handover = read_one(SYSTEM, HANDOVER, part["handover"].id)
    if handover["state"] != "handed_over":
        raise Invalid(Problem(_("The handover is not done yet, or was taken back."), code="not-now"))
    package = _package(act.actor, int(handover["operation"])).as_system()
    write(SYSTEM, Command("update", PART, part.id, {"received_on": now(), "remark": remark or None}), act=package)
    if not open_parts(handover.id):
        write(
            SYSTEM, Command("update", HANDOVER, handover.id, {"state": "received", "received_on": now()}), act=package
        )
    text = _("{by} confirmed the receipt of “{title}”")
    notify([handover["owner"].id] if handover["owner"] else [], HANDOVER, text, HANDOVER, handover.id, by=act.actor.id)
    return _("The receipt is confirmed")


def open_parts(handover_id: int = 0) -> list[Record]:
    """Parts of a handover (0: of all) whose receipt is not confirmed yet."""
    where = f"received_on is empty and handover = {handover_id}" if handover_id else "received_on is empty"
    columns = ("handover", "recipient", "records", "created", "owner")
    return list(read(SYSTEM, Query(PART, where, "created", columns, 1000, count=False)).rows)
