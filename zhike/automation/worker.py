"""The worker: tells what the outbox holds, then runs what is due, then sleeps until the bell; jobs run beside it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.db import DatabaseError, connections

from zhike.automation.assigning import assign_new
from zhike.automation.consequences import follow
from zhike.automation.cubes import keep_cubes
from zhike.automation.jobs import beside
from zhike.automation.mentions import tell_mentioned
from zhike.automation.rollups import keep_rollups
from zhike.automation.schedules import run_due
from zhike.automation.segments import keep_segments
from zhike.automation.telling import tell_followers, tell_new_owners
from zhike.records.at_work import BEAT_SECONDS, leave_work, say_alive
from zhike.records.housekeeping import tidy_log
from zhike.records.outbox import Event, claim, done, retry
from zhike.records.waking import wait_for_work
from zhike.schema.registry import registry

CONSUMERS: list[Callable[[Sequence[Event]], None]] = [
    keep_rollups,
    keep_cubes,
    follow,
    keep_segments,
    assign_new,
    tell_new_owners,
    tell_followers,
    tell_mentioned,
]
SLEEP_SECONDS = 1.0
JOBS_END_WITHIN = 15.0  # seconds; a job that takes no step for longer is taken up by the next process
SCHEDULE_EVERY = 30  # rounds between looks at the schedules

log = logging.getLogger("zhike.worker")


def work_off(limit: int = 1000) -> int:
    """Tell everything that waits; returns how many events were told. Stops after ``limit`` batches."""
    told = 0
    for _round in range(limit):
        events = claim()
        if not events:
            return told
        registry.refresh()
        told += _tell(events)
    return told


def _tell(events: Sequence[Event]) -> int:
    """A batch to every consumer; if one fails, the events go one by one, so that one bad event holds up no other."""
    try:
        for consumer in CONSUMERS:
            consumer(events)
    except Exception as problem:
        if len(events) == 1:
            log.exception("event %s failed", events[0].id)
            retry(events[0], repr(problem))
            return 0
        return sum(_tell([event]) for event in events)
    done(events)
    return len(events)


def run_forever(stop: threading.Event) -> None:
    """Work until ``stop`` is set; a database that is away for a while is waited for."""
    jobs = beside(stop)
    threading.Thread(target=_live, args=(stop,), name="zhike-alive", daemon=True).start()
    rounds = 0
    while not stop.is_set():
        try:
            work_off()
            tidy_log()
            if rounds % SCHEDULE_EVERY == 0:
                run_due()
        except Exception:
            log.exception("the worker stumbled and goes on")
            connections.close_all()  # a line that broke is not used again
            stop.wait(SLEEP_SECONDS)
        rounds += 1
        wait_for_work(SLEEP_SECONDS)
    jobs.join(JOBS_END_WITHIN)
    with suppress(DatabaseError):
        leave_work()


def _live(stop: threading.Event) -> None:
    """Say that this worker lives, however long what it does takes."""
    while not stop.is_set():
        try:
            say_alive()
        except Exception:
            log.exception("the sign of life was lost")
            connections.close_all()
        stop.wait(BEAT_SECONDS)
    connections.close_all()
