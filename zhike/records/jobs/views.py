"""Jobs as people see them: one, a list, the open ones; and asking one to stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import Words, _, unpacked
from zhike.records.company.company import is_administrator
from zhike.records.jobs.jobs import KINDS, opened
from zhike.store.database import from_db, marks, row, rows, run, to_db, write_transaction

OPEN = ("waiting", "running")
STATES: dict[str, Words] = {
    "waiting": _("Waiting"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "stopped": _("Stopped"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """A job as people see it. ``result`` is what its kind answered; ``error`` says in words why it failed."""

    id: int
    kind: str
    actor: int
    label: str
    state: str
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: str
    operation: int | None
    stopping: bool
    address: str
    created: datetime
    started: datetime | None
    ended: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in OPEN

    @property
    def state_label(self) -> str:
        """Its state as a word."""
        return str(_("Stopping") if self.stopping and self.open else STATES[self.state])

    @property
    def percent(self) -> int | None:
        """How much is done, of 100; None while the whole is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


_COLUMNS = (
    '"id", "kind", "actor", "label", "state", "done", "total", "vault", "body", "result", "error", "operation",'
    ' "stopping", "created", "started", "ended"'
)


def stop(actor: Actor, job_id: int) -> None:
    """Ask a job to stop: at once before it began, at its next step then. Raises NotFound, Invalid when it ended."""
    held = find(actor, job_id)
    with write_transaction():
        ended = run(
            'UPDATE "store_job" SET "state" = %s, "stopping" = %s, "ended" = %s WHERE "id" = %s AND "state" = %s'
            ' AND "started" IS NULL',
            ("stopped", to_db(True), to_db(now()), held.id, "waiting"),
        )
        if not ended and not run(
            'UPDATE "store_job" SET "stopping" = %s WHERE "id" = %s AND "ended" IS NULL', (to_db(True), held.id)
        ):
            raise Invalid(Problem(_("This job has ended already."), code="ended"))


def find(actor: Actor, job_id: int) -> Job:
    """One job of the actor's own, or anybody's for an administrator. Raises NotFound."""
    found = row(f'SELECT {_COLUMNS} FROM "store_job" WHERE "id" = %s', (job_id,)) if 0 < job_id < 2**53 else None
    if found is None or not (actor.is_system or found[2] == actor.id or is_administrator(actor)):
        raise NotFound(_("There is no such job, or it is somebody else’s."))
    return _job(found)


def listed(actor: Actor, everybody: bool = False, before: int = 0, size: int = 50) -> tuple[list[Job], int]:
    """The newest jobs first, and the id after which the next page begins (0: none). ``everybody``: administrators only."""
    parts, given = [], []
    if not (everybody and is_administrator(actor)):
        parts.append('"actor" = %s')
        given.append(actor.id)
    if before:
        parts.append('"id" < %s')
        given.append(before)
    where = f"WHERE {' AND '.join(parts)}" if parts else ""
    found = rows(f'SELECT {_COLUMNS} FROM "store_job" {where} ORDER BY "id" DESC LIMIT %s', (*given, size + 1))
    return [_job(one) for one in found[:size]], found[size - 1][0] if len(found) > size else 0


def open_jobs(actor: Actor, most: int = 3) -> list[Job]:
    """The actor's jobs that wait or run, newest first, but for quick ones: for the sign in the rail."""
    quick = [one.name for one in KINDS.values() if one.quick]
    others = f' AND "kind" NOT IN ({marks(quick)})' if quick else ""
    found = rows(
        f'SELECT {_COLUMNS} FROM "store_job" WHERE "actor" = %s AND "state" IN ({marks(OPEN)}){others}'
        ' ORDER BY "id" DESC LIMIT %s',
        (actor.id, *OPEN, *quick, most),
    )
    return [_job(one) for one in found]


def waiting_or_running(kind: str) -> bool:
    """Whether anybody's job of this kind is not over yet."""
    asked = f'SELECT 1 FROM "store_job" WHERE "state" IN ({marks(OPEN)}) AND "kind" = %s LIMIT 1'
    return row(asked, (*OPEN, kind)) is not None


def _job(line: tuple[Any, ...]) -> Job:
    id_, kind, actor, label, state, done, total, data_key, body, result, error, operation, stopping, *instants = line
    created, started, ended = (from_db(one, "instant") for one in instants)
    known = KINDS.get(kind)
    address = ""
    if known is not None and known.address is not None:
        address = known.address(opened(id_, data_key, body)["args"])
    return Job(
        id_,
        kind,
        actor,
        str(unpacked(label)),
        state,
        done,
        total,
        opened(id_, data_key, result) if result else None,
        str(unpacked(error)) if error else "",
        operation,
        bool(stopping),
        address,
        created,
        started,
        ended,
    )
