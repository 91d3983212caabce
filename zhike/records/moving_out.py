"""Taking a record away that others point at, after they were pointed at another one: a stage and its deals.

Few are moved at once, as one operation together with the removal; many by a job, which takes the record away at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command, Failed
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.bulk import AT_ONCE, PORTION, matching
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.read import count, read_one
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.store.database import write_transaction

KIND = "move.out"


@dataclass(frozen=True, slots=True)
class MovedOut:
    """The operation that moved and removed (None: nothing yet), or the job that does it (0: done)."""

    operation: int | None = None
    job: int = 0


def pointing_here(actor: Actor, object_key: str, record_id: int, source: str, link: str) -> tuple[int, bool]:
    """How many records of ``source`` point at this one, counted up to 10,000, and whether there are more."""
    return count(actor, source, f"{link} = {record_id}", archived="all")


def move_out(actor: Actor, object_key: str, record_id: int, source: str, link: str, to: int | None) -> MovedOut:
    """Point every ``source`` record at ``to`` instead of this one, then put this one into the trash. Raises Invalid when
    records are left without a place or one cannot move; then nothing changed. NotFound, Forbidden."""
    record = read_one(actor, object_key, record_id, right="delete")
    spec = registry.object(source)
    number, _more = pointing_here(actor, object_key, record.id, source, link)
    if number and (to is None or to == record.id):
        text = _("{n} {objects} are in here. Say where they go.")
        raise Invalid(Problem(text.with_(n=f"{number:,}", objects=spec.plural_label), "to", "required"))
    target = read_one(actor, object_key, to).id if number and to is not None else 0
    if number > AT_ONCE:
        label = _("Remove “{title}”").with_(title=record.title)
        args = {"object": object_key, "id": record.id, "source": source, "link": link, "to": target}
        return MovedOut(job=start(actor, KIND, args, label))
    act = Act(actor, kind=KIND)
    with write_transaction():
        ids = matching(actor, source, f"{link} = {record.id}", archived="all") if number else []
        for at in range(0, len(ids), PORTION):
            _move(actor, source, link, ids[at : at + PORTION], target, act, on_error="skip")
        write(actor, Command("trash", object_key, record.id), act=act)
    return MovedOut(act.started)


def _move(actor: Actor, source: str, link: str, ids: Sequence[int], to: int, act: Act, on_error: str) -> int:
    """Move a portion; returns how many could not. With ``skip`` those are named in the Invalid that is raised."""
    commands = [Command("update", source, one, {link: to}) for one in ids]
    outcome = write_many(actor, commands, on_error="skip", act=act)
    failed = [one for one in outcome.results if isinstance(one, Failed)]
    if failed and on_error == "skip":
        reason = failed[0].error.problems[0].text if failed[0].error.problems else failed[0].error.title
        text = _("{n} of them cannot move there: {reason}")
        raise Invalid(Problem(text.with_(n=len(failed), reason=reason), "to", "stays"))
    return len(failed)


@job(KIND, resumes=True)
def run_move_out(run: JobRun) -> Mapping[str, Any]:
    """The job that moves many and takes the emptied record away; with some left behind it stays, and the result says so."""
    args, stayed = run.args, int(run.place.get("stayed", 0))
    moved = int(run.place.get("moved", 0))
    where = f"{args['link']} = {args['id']}"
    number, _more = count(run.actor, args["source"], where, archived="all")
    run.step(moved, moved + number)
    ids = matching(run.actor, args["source"], where, archived="all")
    for at in range(0, len(ids), PORTION):
        act = Act(run.actor, kind=KIND, resumes=run.operation)
        with write_transaction():
            some = ids[at : at + PORTION]
            left = _move(run.actor, args["source"], args["link"], some, args["to"], act, on_error="count")
            stayed, moved = stayed + left, moved + len(some) - left
            run.keep({"stayed": stayed, "moved": moved}, act.started or run.operation)
        run.step(moved + stayed, len(ids) + moved)
    if stayed:
        return {"text": str(_("{n} moved, {m} could not. Nothing was removed.").with_(n=moved, m=stayed))}
    write(run.actor, Command("trash", args["object"], args["id"]))
    return {"text": str(_("{n} moved").with_(n=moved))}
