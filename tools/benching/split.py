"""What actions cost, our process and the database's apart, and what records and changes take on the disk: the figures behind
``make sizing``. Prints them as JSON on its last line.

``python -m tools.benching.split SIZE NAME …``, in the environment of the home."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable

from zhike.site.home import Home, configure

configure(Home.here())

from tools.benching.bed import Bed  # noqa: E402 - Django stands on its home first
from tools.benching.benches import BENCHES  # noqa: E402
from tools.benching.measure import processor_clock  # noqa: E402
from tools.benching.writing import clear  # noqa: E402
from zhike.automation.worker import work_off  # noqa: E402
from zhike.schema.registry import registry  # noqa: E402
from zhike.store.database import rows  # noqa: E402

SAVES = 400  # whose room and whose following work are measured
LOG = ("store_changerow%", "store_operation", "store_auditrow")


def main(words: list[str]) -> None:
    """Measure the named benches at the size given first."""
    bed = Bed(int(words[0]))
    records = sum(rows(f'SELECT count(*) FROM "{spec.table}"')[0][0] for spec in registry)
    room = _room("%")
    found = {name: _apart(bed, name) for name in words[1:]}
    work_off()
    clear()
    before = _room(*LOG)
    _run_alone(bed, SAVES)
    grown = _room(*LOG) - before
    said = {
        "actions": found,
        "worker": _following(),
        "bytes_of_a_record": round(room / records),
        "bytes_of_a_change": round(grown / SAVES),
        "megabytes_of_a_process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(said))


def _apart(bed: Bed, name: str) -> list[float]:
    """Milliseconds of processor time, medians: of this process, and of the database's."""
    one = BENCHES[name]
    call, _raw = one.make(bed)
    call()
    call()
    spent = [_spent(call) for _round in range(one.rounds)]
    ours, both = (statistics.median(one[side] for one in spent) for side in (0, 1))
    return [round(ours, 2), round(max(0.0, both - ours), 2)]


def _run_alone(bed: Bed, times: int) -> None:
    call, _raw = BENCHES["inline"].make(bed)
    for _time in range(times):
        call()


def _following() -> list[float]:
    """The same for what the worker does after one save."""
    ours, both = _spent(work_off)
    return [round(ours / SAVES, 2), round(max(0.0, both - ours) / SAVES, 2)]


def _spent(call: Callable[[], object]) -> tuple[float, float]:
    whole = processor_clock()
    begun, started = time.process_time(), whole()
    call()
    return (time.process_time() - begun) * 1000, whole() - started


def _room(*tables: str) -> int:
    """Bytes of tables by their names, with indexes and long values."""
    sql = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE ANY(%s)"
    sql += " AND relnamespace = current_schema()::regnamespace"
    return int(rows(sql, (list(tables),))[0][0])


if __name__ == "__main__":
    main(sys.argv[1:])
