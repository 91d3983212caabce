"""kill -9 under load, through HTTP: what was acknowledged is there, and a batch is there whole or not at all.

ROUNDS (50) rounds of about WRITES (1000) writes; then, at a random moment, the whole process group is killed. The control empties
the write-ahead log before the restart, as a disk that lied about its flushes would; on PostgreSQL every twentieth commit of the
server is none."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2

from tools.prove import Figure
from tools.prove.breaking import broken
from tools.prove.homes import Served, served

CLIENTS = 4
Rows = Callable[[str], list[tuple[Any, ...]]]
FORGETFUL = """
import zhike.site.sqlite
from django.db.backends.base.base import BaseDatabaseWrapper as Link
commit, number = Link.commit, 0
def forgetful(self):
    global number
    number += 1
    self.rollback() if number % 20 == 0 else commit(self)
Link.commit = forgetful
"""
BATCH = 20
PATIENCE = 60  # seconds that a round may take


def on_postgresql(control: bool) -> Figure:
    """The same on PostgreSQL, whose own processes go on."""
    return prove(control, postgresql=True)


def prove(control: bool, *, postgresql: bool = False) -> Figure:
    """Counts acknowledged writes that are gone, batches that are there in part, and damage to the file."""
    rounds = int(os.environ.get("ROUNDS") or (3 if control else 50))
    writes = int(os.environ.get("WRITES") or 1000)
    acknowledged = lost = half = damaged = 0
    slowest = 0.0
    with served(start=False, postgresql=postgresql) as here:
        if control and postgresql:
            here.more |= broken(here.home.parent / "broken", FORGETFUL)
        for number in range(rounds):
            slowest = max(slowest, here.start())
            noted: list[tuple[str, int]] = []
            clients = [
                threading.Thread(target=write_until_killed, args=(here, f"R{number}C{client}", writes, noted.append))
                for client in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            wanted, patience = random.randint(writes * 9 // 10, writes * 11 // 10), time.monotonic() + PATIENCE
            while sum(count for _name, count in noted) < wanted and time.monotonic() < patience:
                time.sleep(random.uniform(0.001, 0.01))
            here.kill()
            for client in clients:
                client.join()
            if control and not postgresql:
                os.truncate(here.home / "zhike.db-wal", 0)
            found = names_of(here.rows, f"R{number}")
            acknowledged += sum(count for _name, count in noted)
            lost += sum(found.get(name, 0) < count for name, count in noted)
            half += sum("B" in name and count not in (0, BATCH) for name, count in found.items())
            damaged += not sound_rows(here.rows, checked=not postgresql)
    said = f"{rounds} rounds, {acknowledged} acknowledged, {lost} lost, {half} half, {damaged} damaged, back in {slowest:.1f} s"
    return Figure(
        f"kill -9 under load{' on PostgreSQL' if postgresql else ''}",
        said,
        not (lost or half or damaged) and acknowledged > 0,
    )


def write_until_killed(here: Served, name: str, most: int, note: Callable[[tuple[str, int]], object]) -> None:
    """Write until the server dies; what it answered with success is noted: the name, and how many accounts have it."""
    done = number = 0
    while done < most:
        number += 1
        try:
            if number % 10 == 0:
                mine, count = f"{name}B{number}", BATCH
                body = {"items": [{"verb": "create", "values": {"name": mine}} for _one in range(BATCH)]}
                status, _answer = here.ask("POST", "/api/v1/accounts/batch", body)
            else:
                mine, count = f"{name}N{number}", 1
                status, made = here.ask("POST", "/api/v1/accounts", {"name": mine})
                if status == 201 and number % 3 == 0:
                    mine = f"{name}U{number}"
                    status, _answer = here.ask(
                        "PATCH", f"/api/v1/accounts/{made['id']}", {"name": mine}, If_Match=f'"{made["version"]}"'
                    )
        except OSError:
            return
        if status in (200, 201):
            note((mine, count))
        done += count


def names_in(database: Path, begin: str) -> dict[str, int]:
    """How many accounts have each name that begins so, in an SQLite file."""
    with closing(dbapi2.connect(database)) as held:
        return names_of(lambda sql: held.execute(sql).fetchall(), begin)


def sound(database: Path) -> bool:
    """The SQLite file is whole, and every record has exactly as many log lines as it has versions."""
    with closing(dbapi2.connect(database)) as held:
        return sound_rows(lambda sql: held.execute(sql).fetchall(), checked=True)


def names_of(rows: Rows, begin: str) -> dict[str, int]:
    """The same, asked through ``rows``."""
    return dict(rows(f"SELECT name, count(*) FROM objects_account WHERE name LIKE '{begin}C%' GROUP BY name"))


def sound_rows(rows: Rows, *, checked: bool) -> bool:
    """The same, asked through ``rows``; ``checked``: of an SQLite file, which is looked through."""
    if checked and (rows("PRAGMA integrity_check") != [("ok",)] or rows("PRAGMA foreign_key_check")):
        return False
    odd = rows(
        "SELECT count(*) FROM objects_account a WHERE a.version <>"
        " (SELECT count(*) FROM store_changerow c WHERE c.object = 'account' AND c.record = a.id)"
    )
    return not odd[0][0]
