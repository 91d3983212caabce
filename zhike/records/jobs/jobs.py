"""Long work in the background: started here, run by the worker in its actor's name, followed and stopped by people.

A kind of job is a function ``run(job) -> result`` registered with :func:`job`. It calls :meth:`JobRun.step` as it goes
on; a kind that says ``resumes=True`` finds in ``job.place`` what it kept last and goes on from there after its process
died. What it answers (a small dict) becomes the job's result; a Refused it raises is shown in its words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, packed
from zhike.records.secrets import vault
from zhike.store.database import row, run, to_db, write_transaction

_tasks: Any = LazyModule("zhike.records.jobs.tasks")  # Django's Tasks interface brings the admin along

PAUSE = 0.5  # seconds between words with the database


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of job is run. ``resumes``: it may be run again from the place it kept. ``address``: where its result
    is best looked at, made from the job's arguments. ``quick``: somebody waits for it at this moment; it runs beside the
    others and its end is told to nobody."""

    name: str
    run: Callable[..., Mapping[str, Any] | None]
    resumes: bool = False
    address: Callable[[Mapping[str, Any]], str] | None = None
    quick: bool = False


KINDS: dict[str, Kind] = {}


def job(
    kind: str,
    resumes: bool = False,
    address: Callable[[Mapping[str, Any]], str] | None = None,
    *,
    quick: bool = False,
) -> Callable[[Callable[..., Mapping[str, Any] | None]], Callable[..., Mapping[str, Any] | None]]:
    """Register the function that runs jobs of this kind. Its module must be imported where the worker starts."""

    def register(function: Callable[..., Mapping[str, Any] | None]) -> Callable[..., Mapping[str, Any] | None]:
        KINDS[kind] = Kind(kind, function, resumes, address, quick)
        return function

    return register


class Halted(Exception):
    """Ends a run at a step: a person stopped the job, or the process ends and another one shall go on."""

    def __init__(self, *, stopped: bool) -> None:
        super().__init__()
        self.stopped = stopped


class Lost(Exception):
    """This run was taken for dead and another one has the job: whatever it was about to write must not be written."""


def start(actor: Actor, kind: str, args: Mapping[str, Any], label: Words | str) -> int:
    """Put a job into the queue, inside the running transaction if there is one; returns its id. ``args`` is JSON, kept
    sealed; ``label`` says what is done, as a noun ("Import of accounts from a.csv")."""
    data_key = vault().new_data_key()
    with write_transaction():
        found = row(
            'INSERT INTO "store_job" ("kind", "actor", "via", "language", "label", "state", "done", "vault", "body",'
            ' "tries", "stopping", "created") VALUES (%s, %s, %s, %s, %s, %s, 0, %s, %s, 0, %s, %s) RETURNING "id"',
            (
                kind,
                actor.id,
                actor.via,
                actor.language,
                packed(label),
                "waiting",
                data_key,
                "",
                to_db(False),
                to_db(now()),
            ),
        )
        assert found is not None
        job_id = int(found[0])
        body = sealed(job_id, data_key, {"args": dict(args), "place": {}})
        run('UPDATE "store_job" SET "body" = %s WHERE "id" = %s', (body, job_id))
        _tasks.hand_over(job_id)
    return job_id


class JobRun:
    """One run of a job, as the function of its kind gets it: what was asked, in whose name, and how far it had come.

    ``args`` as :func:`start` got them; ``place`` what :meth:`keep` put away last (empty at first); ``actor`` with the
    rights of now; ``operation`` the operation named before the last run died."""

    def __init__(self, line: tuple[Any, ...], claim: str, actor: Actor, ending: Callable[[], bool]) -> None:
        self.id, self.kind, self.done, self.total, self.vault_key, body, self.operation, self.tries = line
        held = opened(self.id, self.vault_key, body)
        self.args: dict[str, Any] = held["args"]
        self.place: dict[str, Any] = held["place"]
        self.actor = actor
        self._claim = claim
        self._ending = ending
        self._looked = self._told = 0.0
        self._asked = False
        self.minded = False

    @property
    def stopped(self) -> bool:
        """Whether a person asked for the end. Looked up twice a second at most. A kind that asks minds it by itself: it
        brings things in order and returns; its result is kept."""
        self.minded = self._is_stopped()
        return self.minded

    def _is_stopped(self) -> bool:
        if not self._asked and monotonic() - self._looked > PAUSE:
            self._looked = monotonic()
            found = row('SELECT "stopping", "claim" FROM "store_job" WHERE "id" = %s', (self.id,))
            if found is None or found[1] != self._claim:
                raise Lost
            self._asked = bool(found[0])
        return self._asked

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far it is; cheap enough for every record. Raises Halted when it shall end: let it pass, nothing more
        is to be written. Outside of transactions only."""
        if self._is_stopped():
            raise Halted(stopped=True)
        if self._ending() and KINDS[self.kind].resumes:
            raise Halted(stopped=False)
        self.done, self.total = done, self.total if total is None else total
        if monotonic() - self._told > PAUSE or done == self.total:
            self._told = monotonic()
            with write_transaction():
                self._write('"done" = %s, "total" = %s, "seen" = %s', (self.done, self.total, to_db(now())))

    def keep(self, place: Mapping[str, Any], operation: int | None = None) -> None:
        """Put away where a next run goes on, within the transaction that did the work up to there: either both count
        or neither. Raises Lost when another run owns the job by now, which undoes that transaction."""
        self.place = dict(place)
        self.operation = operation or self.operation
        body = sealed(self.id, self.vault_key, {"args": self.args, "place": self.place})
        self._write('"body" = %s, "operation" = %s, "seen" = %s', (body, self.operation, to_db(now())))

    def _write(self, what: str, values: tuple[Any, ...]) -> None:
        if not run(f'UPDATE "store_job" SET {what} WHERE "id" = %s AND "claim" = %s', (*values, self.id, self._claim)):
            raise Lost


def sealed(job_id: int, data_key: str, body: Mapping[str, Any]) -> str:
    """What a job knows, sealed in the home's vault."""
    return vault().sealer(job_id, data_key).seal("job", json.dumps(body, ensure_ascii=False))


def opened(job_id: int, data_key: str, body: str) -> dict[str, Any]:
    """What :func:`sealed` put away."""
    return dict(json.loads(vault().sealer(job_id, data_key).open("job", body)))
