"""The worker's side of jobs: taking one, running it in its actor's name, and finding those whose process died."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connections

from zhike.access.signin import actor_of_user
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _, packed, speaking, unpacked
from zhike.records.jobs.jobs import KINDS, Halted, JobRun, Lost, sealed
from zhike.records.lagging import reading_or_writing
from zhike.records.notices.notices import notify
from zhike.store.database import marks, row, rows, run, to_db, write_transaction

_tasks: Any = LazyModule("zhike.records.jobs.tasks")  # Django's Tasks interface brings the admin along

DEAD_AFTER = timedelta(minutes=2)  # without a sign of life
KEEP = timedelta(days=30)
MOST_TRIES = 5
FORGET = 200  # old jobs thrown away in one go

log = logging.getLogger("zhike.jobs")
DIED = _(
    "The process that did this ended in the middle, and this kind of work cannot be taken up again. Start it anew."
)
DIED_OFTEN = _("This was begun {n} times and the process ended each time. Ask your administrator to look at the log.")
TOLD = {"done": _("Done: {job}"), "failed": _("This did not work: {job}")}
LEFT = _("The person who started this is no longer active, so it was not done.")
FAULT = _("Something went wrong on our side. The number {number} finds it in the log.")


def run_next(ending: Callable[[], bool] = lambda: False, beat: float = 0, *, quick: bool | None = None) -> bool:
    """Take the oldest waiting job and run it to its end here; False when none waits. ``ending`` says that the process
    is about to stop; every ``beat`` seconds a thread of its own says that the job is alive; ``quick``: only jobs of kinds
    that are, or only of those that are not."""
    kinds = [one.name for one in KINDS.values() if quick is None or one.quick == quick]
    asked = f'SELECT "id" FROM "store_job" WHERE "state" = %s AND "kind" IN ({marks(kinds)}) ORDER BY "id" LIMIT 1'
    while kinds and (found := row(asked, ("waiting", *kinds))):
        if run_one(found[0], ending, beat):  # else another worker was quicker: look again
            return True
    return False


def run_one(job_id: int, ending: Callable[[], bool] = lambda: False, beat: float = 0) -> bool:
    """Run this job to its end here; False when it does not wait any more: another worker has it, or it ended."""
    taken = _claimed(job_id)
    if taken is None:
        return False
    line, claim, who = taken
    alive = threading.Event()
    if beat:
        threading.Thread(target=_beat, args=(line[0], claim, beat, alive), name="zhike-job-beat", daemon=True).start()
    try:
        _run(line, claim, who, ending)
    except Lost:
        log.warning("job %s went on elsewhere", line[0])
    finally:
        alive.set()
    return True


def _claimed(job_id: int) -> tuple[tuple[Any, ...], str, tuple[int, str, str]] | None:
    """The waiting job, of a kind known here, marked as ours: of two workers that try, one gets it."""
    claim = secrets.token_hex(16)
    with write_transaction():
        mine = run(
            'UPDATE "store_job" SET "state" = %s, "claim" = %s, "tries" = "tries" + 1, "seen" = %s,'
            f' "started" = COALESCE("started", %s) WHERE "id" = %s AND "state" = %s AND "kind" IN ({marks(list(KINDS))})',
            ("running", claim, to_db(now()), to_db(now()), job_id, "waiting", *KINDS),
        )
    if not mine:
        return None
    line = row(
        'SELECT "id", "kind", "done", "total", "vault", "body", "operation", "tries", "actor", "via", "language"'
        ' FROM "store_job" WHERE "id" = %s',
        (job_id,),
    )
    assert line is not None
    return line[:8], claim, line[8:]


def _run(line: tuple[Any, ...], claim: str, who: tuple[int, str, str], ending: Callable[[], bool]) -> None:
    try:
        actor = _actor(*who)
    except NotFound:
        _end(line[0], claim, "failed", error=LEFT)
        return
    work = JobRun(line, claim, actor, ending)
    with speaking(actor.language):
        try:
            with reading_or_writing(work.kind, actor.id):
                result = KINDS[work.kind].run(work)
        except Halted as halt:
            if halt.stopped:
                _end(work.id, claim, "stopped")
            else:
                _give_back(work.id, claim)
        except Refused as error:
            _end(work.id, claim, "failed", error=error.problems[0].text if error.problems else error.title)
        except Lost:
            raise
        except Exception:
            number = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
            log.exception("failure %s in job %s (%s)", number, work.id, work.kind)
            _end(work.id, claim, "failed", error=FAULT.with_(number=number))
        else:
            body = sealed(work.id, work.vault_key, dict(result or {}))
            _end(work.id, claim, "stopped" if work.minded else "done", result=body, work=work)


def _actor(id: int, via: str, language: str) -> Actor:
    if not id:
        return SYSTEM
    found = actor_of_user(id, via)
    return Actor(found.id, found.name, via, language, found.timezone)


def _end(
    job_id: int, claim: str, state: str, error: Words | None = None, result: str = "", work: JobRun | None = None
) -> None:
    done = (work.done, work.total) if work else None
    with write_transaction():
        if not run(
            'UPDATE "store_job" SET "state" = %s, "error" = %s, "result" = %s, "ended" = %s, "claim" = NULL'
            + (', "done" = %s, "total" = %s' if done else "")
            + ' WHERE "id" = %s AND "claim" = %s',
            (state, packed(error) if error else None, result or None, to_db(now()), *(done or ()), job_id, claim),
        ):
            raise Lost
        if state in TOLD:
            line = row('SELECT "actor", "label", "kind" FROM "store_job" WHERE "id" = %s', (job_id,))
            assert line is not None
            if line[2] in KINDS and KINDS[line[2]].quick:
                return
            notify([line[0]], "job", TOLD[state].with_(job=unpacked(line[1])), record=job_id, once=f"job:{job_id}")


def _give_back(job_id: int, claim: str) -> None:
    """The process ends in order: the next one takes the job up where it stands, and this run does not count."""
    with write_transaction():
        run(
            'UPDATE "store_job" SET "state" = %s, "claim" = NULL, "tries" = "tries" - 1 WHERE "id" = %s AND "claim" = %s',
            ("waiting", job_id, claim),
        )
        _tasks.hand_over(job_id)


def _beat(job_id: int, claim: str, seconds: float, alive: threading.Event) -> None:
    """Say every few seconds that the job lives, from a thread and a connection of its own."""
    try:
        while not alive.wait(seconds):
            with write_transaction():
                run(
                    'UPDATE "store_job" SET "seen" = %s WHERE "id" = %s AND "claim" = %s',
                    (to_db(now()), job_id, claim),
                )
    except Exception:  # the job itself goes on; its steps say that it lives, too
        log.exception("the sign of life of job %s was lost", job_id)
    finally:
        connections.close_all()


def revive_dead() -> int:
    """Jobs without a sign of life wait again when their kind can go on, or have failed; returns how many there were."""
    found = rows(
        'SELECT "id", "kind", "claim", "seen", "tries" FROM "store_job" WHERE "state" = %s AND "seen" < %s',
        ("running", to_db(now() - DEAD_AFTER)),
    )
    count = 0
    for job_id, kind, claim, seen, tries in found:
        known = KINDS.get(kind)
        if known is None:
            continue
        again = known.resumes and tries < MOST_TRIES  # one that was to be stopped, too: it may have to clear up
        error = None if again else DIED_OFTEN.with_(n=tries) if known.resumes else DIED
        state = "waiting" if again else "failed"
        with write_transaction():
            count += run(
                'UPDATE "store_job" SET "state" = %s, "claim" = NULL, "error" = %s, "ended" = %s'
                ' WHERE "id" = %s AND "claim" = %s AND "seen" = %s',
                (state, packed(error) if error else None, None if again else to_db(now()), job_id, claim, seen),
            )
            if again:
                _tasks.hand_over(job_id)
        log.warning("job %s was found without a sign of life: %s", job_id, state)
    return count


def tidy_jobs() -> None:
    """Throw away what ended a month ago."""
    old = rows(
        'SELECT "id" FROM "store_job" WHERE "ended" < %s ORDER BY "ended" LIMIT %s', (to_db(now() - KEEP), FORGET)
    )
    if old:
        with write_transaction():
            run(f'DELETE FROM "store_job" WHERE "id" IN ({marks(old)})', [one[0] for one in old])
