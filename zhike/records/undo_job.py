"""Undo of a large operation as a job: in portions, each a transaction. It can be stopped and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.undo import (
    EVERYTHING,
    MOST_AT_ONCE,
    UndoDone,
    begun,
    changes_of,
    count_changes,
    finish,
    take_back,
    undo,
    undoable,
)
from zhike.store.database import write_transaction
from zhike.store.ids import steady

UNDO = "undo"


def undo_later(
    actor: Actor, operation: int, override: Collection[Any] | str = (), label: Words | None = None, address: str = ""
) -> int:
    """:func:`zhike.records.undo.undo` as a job; returns its id. ``address``: where its result is best looked at. Raises
    NotFound, Invalid."""
    undoable(actor, operation)
    chosen = EVERYTHING if override == EVERYTHING else [list(one) for one in override]
    args = {"operation": operation, "override": chosen, "address": address or f"/operations/{operation}"}
    return start(actor, UNDO, args, label or _("Undo of operation {n}").with_(n=operation))


def undo_now_or_later(actor: Actor, operation: int, override: Collection[Any] | str = ()) -> UndoDone | int:
    """What undoing did, or the id of the job that does it when it is more than anybody should wait for."""
    if count_changes(operation) > MOST_AT_ONCE:
        return undo_later(actor, operation, override)
    return undo(actor, operation, override=override)


@job(UNDO, resumes=True, address=lambda args: str(args.get("address", "")))
def run_undo(work: JobRun) -> Mapping[str, Any]:
    """The job: newest changes first; what was taken back before it was stopped stays taken back."""
    operation = int(work.args["operation"])
    given = work.args.get("override") or ()
    override = EVERYTHING if given == EVERYTHING else {(int(record), str(key)) for record, key in given}

    def keep(place: Mapping[str, Any], by: int | None, _done: UndoDone) -> None:
        work.keep(place, by)

    try:
        done = in_portions(work.actor, operation, override, work.place, keep, work.step, work.operation)
    except Invalid as error:
        if work.tries > 1 and any(one.code == "undone" for one in error.problems):
            return {"text": str(_("Undone"))}
        raise
    kept = int(work.place.get("kept", 0))
    text = _("Undone")
    if kept:
        text = _("Undone, except {n} values that were changed since").with_(n=kept)
    reverted = int(work.place.get("reverted", 0))
    return {"reverted": reverted, "conflicts": kept, "operation": done.operation, "text": str(text)}


def in_portions(
    actor: Actor,
    operation: int,
    override: Collection[Any] | str,
    place: Mapping[str, Any],
    keep: Callable[[Mapping[str, Any], int | None, UndoDone], None],
    step: Callable[[int, int], None],
    known: int | None = None,
) -> UndoDone:
    """Take an operation back in transactions of :data:`MOST_AT_ONCE` changes from ``place`` on. ``keep`` is called within
    each with the place after it, ``step`` between them with how far it is and may end it by raising."""
    whole = undoable(actor, operation)
    total = count_changes(operation)
    goes_on = known or begun(actor, operation)
    below = int(place.get("below", 2**62))
    reverted, kept, seen = (int(place.get(key, 0)) for key in ("reverted", "kept", "seen"))
    step(seen, total)
    while True:
        act = Act(actor, kind=UNDO, trusted=True, undoes=operation, resumes=goes_on)
        done = UndoDone(changes=total)
        with write_transaction(), steady(afresh=True):
            some = changes_of(operation, MOST_AT_ONCE, below)
            if not some:
                finish(act, whole)
                done.operation = act.started or goes_on
                return done
            take_back(act, done, whole, some, override)
            below, seen = some[-1][0], seen + len(some)
            reverted, kept = reverted + done.reverted, kept + len(done.conflicts)
            goes_on = act.started or goes_on
            keep({"below": below, "reverted": reverted, "kept": kept, "seen": seen}, goes_on, done)
        step(seen, total)
