"""kill -9 under load, through HTTP: what was acknowledged is there, and a batch is there whole or not at all.

ROUNDS (50) rounds of up to WRITES (1000) writes; the whole process group is killed at a random moment of each. The control cuts the
write-ahead log before the restart, as a disk that lied about its flushes would."""

from __future__ import annotations

import os
import random
import threading
import time
from contextlib import closing
from typing import Any

from pysqlite3 import dbapi2

from tools.prove import Figure
from tools.prove.homes import Served, served

CLIENTS = 4
BATCH = 20


def prove(control: bool) -> Figure:
    """Counts acknowledged writes that are gone, batches that are there in part, and damage to the file."""
    rounds = int(os.environ.get("ROUNDS") or (3 if control else 50))
    writes = int(os.environ.get("WRITES") or 1000)
    acknowledged = lost = half = damaged = 0
    slowest = 0.0
    with served(start=False) as here:
        for number in range(rounds):
            slowest = max(slowest, here.start())
            noted: list[tuple[str, int]] = []
            clients = [
                threading.Thread(target=_write, args=(here, f"R{number}C{client}", writes // CLIENTS, noted))
                for client in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            time.sleep(random.uniform(1.0, 4.0))
            here.kill()
            for client in clients:
                client.join()
            if control:
                wal = here.home / "zhike.db-wal"
                os.truncate(wal, wal.stat().st_size // 2)
            found = _names(here, f"R{number}")
            acknowledged += sum(count for _name, count in noted)
            lost += sum(found.get(name, 0) < count for name, count in noted)
            half += sum("B" in name and count not in (0, BATCH) for name, count in found.items())
            damaged += not _sound(here)
    said = f"{rounds} rounds, {acknowledged} acknowledged, {lost} lost, {half} half, {damaged} damaged, back in {slowest:.1f} s"
    return Figure("kill -9 under load", said, not (lost or half or damaged) and acknowledged > 0)


def _write(here: Served, name: str, most: int, noted: list[tuple[str, int]]) -> None:
    """Write until the server dies; what it answered with success is noted."""
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
            noted.append((mine, count))
        done += count


def _names(here: Served, begin: str) -> dict[str, int]:
    with closing(_opened(here)) as held:
        return dict(
            held.execute("SELECT name, count(*) FROM objects_account WHERE name LIKE ? GROUP BY name", (f"{begin}C%",))
        )


def _sound(here: Served) -> bool:
    """The file is whole, and every record has exactly as many log lines as it has versions."""
    with closing(_opened(here)) as held:
        if (
            held.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
            or held.execute("PRAGMA foreign_key_check").fetchall()
        ):
            return False
        odd: Any = held.execute(
            "SELECT count(*) FROM objects_account a WHERE a.version <>"
            " (SELECT count(*) FROM store_changerow c WHERE c.object = 'account' AND c.record = a.id)"
        ).fetchone()[0]
        return not odd


def _opened(here: Served) -> dbapi2.Connection:
    return dbapi2.connect(here.home / "zhike.db")
