"""``python -m tests.servers.counting_worker FILE work``: a worker that knows a job which counts and notes each step.
``… FILE start JOBS STEPS TIMES`` starts some such jobs, each announced TIMES times."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

from zhike.site.cli import main
from zhike.site.home import Home, configure


def run(file: str, what: str, *numbers: str) -> int:
    """Work until told to stop, or start jobs and print their ids."""
    configure(Home.here())
    from zhike.automation import jobs, schedules, worker
    from zhike.kernel.actor import SYSTEM
    from zhike.records.jobs import queue, tasks
    from zhike.records.jobs.jobs import JobRun, job, start

    @job("count", resumes=True)
    def count(run: JobRun) -> dict[str, int]:
        for number in range(run.place.get("next", 0), run.args["steps"]):
            run.step(number, run.args["steps"])
            os.write(handle, f"{run.id} {os.getpid()} {number}\n".encode())
            run.keep({"next": number + 1})
            time.sleep(0.05)
        return {"pid": os.getpid()}

    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    if what == "start":
        many, steps, times = map(int, numbers)
        for _one in range(many):
            job_id = start(SYSTEM, "count", {"steps": steps}, "Counting")
            for _more in range(times - 1):
                tasks.hand_over(job_id)
            print(job_id)
        return 0
    queue.DEAD_AFTER, tasks.AGAIN_AFTER = timedelta(seconds=1), timedelta(seconds=1)
    jobs.BEAT_SECONDS, jobs.LOOK_FOR_DEAD_EVERY, worker.SCHEDULE_EVERY = 0.2, 1, 1
    schedules.JOBS[:] = [schedules.Job("jobs-again", timedelta(seconds=1), tasks.hand_over_again)]
    return main(["worker"])


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
