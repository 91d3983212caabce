"""Runs jobs one after the other in threads of their own, so that a long one holds up no event: those somebody waits for in one,
all others in another."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.db import connections

from zhike.automation import backing_up as _kinds_of_backing_up  # noqa: F401 - its kinds of jobs are known once it is imported
from zhike.kernel.lazy import LazyModule
from zhike.records import aggregate as _figures_of_groups  # noqa: F401
from zhike.records import audit_job as _kinds_of_audit  # noqa: F401
from zhike.records import bulk as _kinds_of_bulk  # noqa: F401
from zhike.records import export_job as _kinds_of_export  # noqa: F401
from zhike.records import long_answers as _kinds_of_figures  # noqa: F401
from zhike.records import moving_out as _kinds_of_moving_out  # noqa: F401
from zhike.records import step_times as _figures_of_paths  # noqa: F401
from zhike.records import undo_job as _kinds_of_undo  # noqa: F401
from zhike.records.company import sample_data as _kinds_of_samples  # noqa: F401
from zhike.records.importing import job as _kinds_of_importing  # noqa: F401
from zhike.records.jobs.queue import revive_dead, run_next, run_one
from zhike.records.master_key import rotation as _kinds_of_keys  # noqa: F401
from zhike.records.open_format import handing_out as _kinds_of_giving_out  # noqa: F401
from zhike.records.privacy import retention as _kinds_of_retention  # noqa: F401
from zhike.records.segments import keeping as _kinds_of_segments  # noqa: F401
from zhike.records.waking import wait_for_job
from zhike.schema.registry import registry

_broker: Any = LazyModule("zhike.channels.broker")
SLEEP_SECONDS = 1.0
BEAT_SECONDS = 10.0
LOOK_FOR_DEAD_EVERY = 30  # rounds

log = logging.getLogger("zhike.jobs")


def run_jobs(stop: threading.Event, *, quick: bool = False) -> None:
    """Run what waits, the quick kinds or the others, until ``stop`` is set; a database that is away for a while is waited for."""
    rounds = 0
    try:
        while not stop.is_set():
            try:
                registry.refresh()
                if rounds % LOOK_FOR_DEAD_EVERY == 0:
                    revive_dead()
                while not stop.is_set() and run_next(stop.is_set, BEAT_SECONDS, quick=quick):
                    registry.refresh()
            except Exception:
                log.exception("the jobs stumbled and go on")
                connections.close_all()  # a line that broke is not used again
                stop.wait(SLEEP_SECONDS)
            rounds += 1
            wait_for_job(SLEEP_SECONDS)
    finally:
        connections.close_all()


def run_announced(stop: threading.Event) -> None:
    """The same for jobs that a broker announces. Those of dead workers are looked for here too."""

    def run(job_id: int) -> None:
        try:
            registry.refresh()
            run_one(job_id, stop.is_set, BEAT_SECONDS)
        except Exception:
            log.exception("job %s stumbled; it is announced again", job_id)
        finally:
            connections.close_all()

    consumer = threading.Thread(target=_broker.consume, args=(run, stop), name="zhike-broker", daemon=True)
    consumer.start()
    try:
        while not stop.wait(LOOK_FOR_DEAD_EVERY * SLEEP_SECONDS):
            try:
                revive_dead()
            except Exception:
                log.exception("dead jobs could not be looked for")
                connections.close_all()
    finally:
        connections.close_all()
        consumer.join()


def beside(stop: threading.Event) -> threading.Thread:
    """Start running jobs in two threads and answer the one of long jobs; it ends after its present step once ``stop`` is
    set. Quick jobs are asked anew by whoever waits for them; the table carries them, broker or not."""
    threading.Thread(
        target=run_jobs, args=(stop,), kwargs={"quick": True}, name="zhike-quick-jobs", daemon=True
    ).start()
    work = run_announced if _broker.in_use() else run_jobs
    thread = threading.Thread(target=work, args=(stop,), name="zhike-jobs", daemon=True)
    thread.start()
    return thread
