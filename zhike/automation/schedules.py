"""Repeated jobs: each has a name, a period and a function; the next time is kept in the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zhike.automation.backing_up import back_up_daily
from zhike.automation.due import start_days
from zhike.automation.handing import hand_over_due, remind_of_receipts
from zhike.automation.mailing import deliver_beside, post_digests, post_notices
from zhike.automation.reminders import remind
from zhike.kernel.clock import now
from zhike.kernel.lazy import LazyModule
from zhike.records.audit_job import prove_daily
from zhike.records.export_job import tidy_exports
from zhike.records.files import tidy_files
from zhike.records.housekeeping import keep_schedule, take_schedule, tidy
from zhike.records.importing.uploads import tidy_uploads
from zhike.records.jobs.queue import tidy_jobs
from zhike.records.log_archive.making import archive_due
from zhike.records.long_answers import tidy_answers
from zhike.records.master_key.rotation import retire_due
from zhike.records.privacy.retention import run_daily
from zhike.records.segments.keeping import by_the_clock
from zhike.records.signin.warnings import tell_pauses
from zhike.records.trash import purge_old

_tasks: Any = LazyModule("zhike.records.jobs.tasks")

log = logging.getLogger("zhike.worker")


def empty_trash() -> None:
    """What has lain in the trash longer than the company keeps it is deleted for good."""
    purge_old()


@dataclass(frozen=True, slots=True)
class Job:
    """A repeated job."""

    name: str
    every: timedelta
    run: Callable[[], None]


def _say_jobs_again() -> None:
    _tasks.hand_over_again()


JOBS: list[Job] = [
    Job("tidy", timedelta(hours=1), tidy),
    Job("jobs-again", timedelta(seconds=30), _say_jobs_again),
    Job("old-jobs", timedelta(hours=1), tidy_jobs),
    Job("old-uploads", timedelta(hours=1), tidy_uploads),
    Job("loose-files", timedelta(hours=1), tidy_files),
    Job("old-exports", timedelta(hours=1), tidy_exports),
    Job("old-answers", timedelta(hours=1), tidy_answers),
    Job("old-keys", timedelta(hours=1), retire_due),
    Job("backup", timedelta(minutes=10), back_up_daily),
    Job("start-days", timedelta(minutes=5), start_days),
    Job("handovers", timedelta(minutes=5), hand_over_due),
    Job("segments", timedelta(minutes=2), by_the_clock),
    Job("receipts", timedelta(hours=6), remind_of_receipts),
    Job("tell-pauses", timedelta(seconds=20), tell_pauses),
    Job("post-notices", timedelta(seconds=20), post_notices),
    Job("post-digests", timedelta(minutes=2), post_digests),
    Job("deliver", timedelta(seconds=20), deliver_beside),
    Job("archive-log", timedelta(days=1), archive_due),
    Job("prove-audit", timedelta(days=1), prove_daily),
    Job("retention", timedelta(days=1), run_daily),
    Job("empty-trash", timedelta(days=1), empty_trash),
    Job("remind", timedelta(seconds=20), remind),
]


def run_due() -> int:
    """Run every job whose time has come; returns how many ran. A job that fails says so and comes again next period."""
    ran = 0
    for job in JOBS:
        if not take_schedule(job.name):
            continue
        error = ""
        try:
            job.run()
        except Exception as problem:
            error = repr(problem)
            log.exception("the job %s failed", job.name)
        keep_schedule(job.name, now() + job.every, error)
        ran += 1
    return ran
