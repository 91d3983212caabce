"""What a call costs: the time our process and its database connection were at work, and how long whoever asked waited."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhike.store.database import is_postgres, rows

ROUNDS = 30
Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds. ``ours`` and ``raw``: processor time, medians (``raw`` 0: nothing to hold it against). ``p50`` and
    ``p95``: what ours took by the clock."""

    ours: float
    raw: float
    p50: float
    p95: float

    @property
    def ratio(self) -> float:
        """Ours in units of the raw work; 0 without one."""
        return self.ours / self.raw if self.raw else 0.0


def measure(ours: Call, raw: Call | None, rounds: int = ROUNDS) -> Figures:
    """Figures of both, run in turn after two rounds that do not count; what is run once is run once."""
    for call in (ours, raw, ours, raw):
        if call and rounds > 1:
            call()
    at_work = processor_clock()
    spent: list[float] = []
    beside: list[float] = []
    waited: list[float] = []
    gc.collect()
    for _round in range(rounds):
        begun, started = time.perf_counter(), at_work()
        ours()
        spent.append(at_work() - started)
        waited.append((time.perf_counter() - begun) * 1000)
        if raw:
            started = at_work()
            raw()
            beside.append(at_work() - started)
    raw_cost = statistics.median(beside) if beside else 0.0
    return Figures(statistics.median(spent), raw_cost, statistics.median(waited), late(waited))


def late(waited: Sequence[float]) -> float:
    """What the slowest of twenty took."""
    return sorted(waited)[round(0.95 * (len(waited) - 1))]


def processor_clock() -> Callable[[], float]:
    """Milliseconds of processor time: of this process, and on PostgreSQL of the process that serves its connection."""
    if not is_postgres():
        return lambda: time.process_time() * 1000
    backend = Path(f"/proc/{rows('SELECT pg_backend_pid()')[0][0]}/schedstat")
    return lambda: time.process_time() * 1000 + int(backend.read_text().split()[0]) / 1e6
