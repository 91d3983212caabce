"""No lost update: 20 clients × 500 edits of 5 records, each adding one to a number it has just read.

The control sends ``If-Match: *``, which leaves the version check out."""

from __future__ import annotations

import os
import threading

from tools.prove import Figure
from tools.prove.homes import Served, served

CLIENTS, RECORDS = 20, 5


def on_postgresql(control: bool) -> Figure:
    """The same on PostgreSQL."""
    return prove(control, postgresql=True)


def prove(control: bool, *, postgresql: bool = False) -> Figure:
    """The sum of the numbers against the edits that were acknowledged."""
    each = int(os.environ.get("EDITS") or (20 if control else 500))
    with served(postgresql=postgresql) as here:
        ids = [here.ask("POST", "/api/v1/accounts", {"name": f"E{n}", "employees": 0})[1]["id"] for n in range(RECORDS)]
        counts, refused = [0] * CLIENTS, [0] * CLIENTS

        def client(number: int) -> None:
            while counts[number] < each:
                done, again = _edit(here, ids[(number + counts[number]) % RECORDS], control)
                counts[number] += done
                refused[number] += again

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = sum(here.ask("GET", f"/api/v1/accounts/{id}")[1]["employees"] for id in ids)
    made = sum(counts)
    said = f"{CLIENTS} clients, {made} edits acknowledged, {made - total} lost, {sum(refused)} told to read again"
    return Figure(f"no lost update{' on PostgreSQL' if postgresql else ''}", said, total == made)


def _edit(here: Served, id: int, control: bool) -> tuple[int, int]:
    """One more on a record; (1, 0) when it was taken, (0, 1) when somebody was first."""
    _status, read = here.ask("GET", f"/api/v1/accounts/{id}")
    match = "*" if control else f'"{read["version"]}"'
    body = {"employees": read["employees"] + 1}
    status, _answer = here.ask("PATCH", f"/api/v1/accounts/{id}", body, If_Match=match)
    if status not in (200, 412):
        raise RuntimeError(f"an edit was answered {status}")
    return (1, 0) if status == 200 else (0, 1)
