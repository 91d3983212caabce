"""``python -m tests.servers.noting_worker FILE``: a worker as `zhike worker` starts it, that tells no one of events but notes
them, and whose only repeated job notes when it ran. Each line of the file: what, which process, when, event, record."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from zhike.site.cli import main
from zhike.site.home import Home, configure

PERIOD = 0.4


def run(file: str) -> int:
    """Work until told to stop."""
    configure(Home.here())
    from zhike.automation import schedules, worker
    from zhike.records import outbox

    def note(what: str, *more: object) -> None:
        line = " ".join(str(one) for one in (what, os.getpid(), time.time(), *more))
        os.write(handle, f"{line}\n".encode())  # one write: lines of several processes do not mix

    def tell(events: Sequence[outbox.Event]) -> None:
        for event in events:
            note("event", event.id, event.record)
        time.sleep(0.01)

    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    whole = outbox.claim
    worker.CONSUMERS[:] = [tell]
    worker.claim = lambda: whole(10)
    worker.SLEEP_SECONDS, worker.SCHEDULE_EVERY = 0.05, 1
    schedules.JOBS[:] = [schedules.Job("tick", timedelta(seconds=PERIOD), lambda: note("tick"))]
    note("here")
    return main(["worker"])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
