"""How a job reaches a worker: as a task of Django's Tasks interface that carries the job's number and nothing else.

The row of the job is the truth. A message that is lost is sent again from the table; one that comes twice finds the job
begun and does nothing. Which backend carries it is a setting: see ``backends``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django_tasks import task

from zhike.kernel.clock import now
from zhike.kernel.lazy import LazyModule
from zhike.store.database import rows, run, to_db, write_transaction

AGAIN_AFTER = timedelta(minutes=2)  # a job that waits longer may have lost its message
MOST_AT_ONCE = 500

_queue: Any = LazyModule("zhike.records.jobs.queue")


@task()
def run_job(job_id: int) -> None:
    """Run one job to its end, if it still waits."""
    _queue.run_one(job_id)


def hand_over(job_id: int) -> None:
    """Hand a job to the workers once the running transaction is committed. If nobody can be told, it is said again later."""
    transaction.on_commit(lambda: run_job.enqueue(job_id), robust=True)


def hand_over_again() -> None:
    """Say it again of jobs that have waited for a while: their message may be lost."""
    late = to_db(now() - AGAIN_AFTER)
    sql = (
        'SELECT "id" FROM "store_job" WHERE "state" = %s AND "created" < %s AND ("seen" IS NULL OR "seen" < %s)'
        ' ORDER BY "id" LIMIT %s'
    )
    for (job_id,) in rows(sql, ("waiting", late, late, MOST_AT_ONCE)):
        with write_transaction():
            run(
                'UPDATE "store_job" SET "seen" = %s WHERE "id" = %s AND "state" = %s', (to_db(now()), job_id, "waiting")
            )
            hand_over(job_id)
