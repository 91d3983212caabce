"""A power cut: every write and flush of a server under load is recorded, and the disk is built again as it could have been
at POINTS (300) random moments, with what was not flushed left out, torn or out of order. Whatever had been acknowledged
by then must be there: records, batches whole, uploads with their bytes. Needs strace. The control sets NORMAL for FULL."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pysqlite3 import dbapi2

from tools.prove import Figure
from tools.prove.breaking import broken
from tools.prove.crash import BATCH, names_in, sound, write_until_killed
from tools.prove.homes import Served, served
from tools.prove.recorded import Call, Disk, Held, calls, strace

CLIENTS = 3
NORMAL = """
from zhike.site import home
full = home.database_settings
def normal(one):
    made = full(one)
    made["OPTIONS"]["init_command"] = made["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
    return made
home.database_settings = normal
"""


@dataclass
class Acknowledged:
    """What a client was told to be kept, and when: accounts by name, or an upload by its id."""

    at: float
    name: str
    count: int
    upload: int = 0


def prove(control: bool) -> Figure:
    """Counts power cuts after which something acknowledged is missing, half or damaged."""
    name = "power cut"
    if shutil.which("strace") is None:
        return Figure(name, "skipped: strace is not installed (apt-get install strace)", None)
    writes, points = int(os.environ.get("WRITES") or 300), int(os.environ.get("POINTS") or (60 if control else 300))
    with served(start=False) as here:
        folder = here.home.parent
        if control:
            here.more |= broken(folder / "broken", NORMAL)
        before = here.home / "zhike.db"
        disk = Disk({str(before): Held(bytearray(before.read_bytes()))})
        record = folder / "record"
        record.mkdir()
        here.start(*strace(record))
        noted = _write(here, writes)
        here.kill()
        time.sleep(0.5)  # strace writes its last lines
        done = calls(record, str(here.home))
        assert any(one.name == "fsync" for one in done), "strace recorded nothing"
        lost, damaged = _replay(disk, done, noted, points, here.home, folder / "after")
    said = f"{points} cuts in {sum(one.count for one in noted)} acknowledged writes, {len(done)} calls: {lost} lost, {damaged} damaged"
    return Figure(name, said, not (lost or damaged) and bool(noted))


def _write(here: Served, writes: int) -> list[Acknowledged]:
    noted: list[Acknowledged] = []

    def note(told: tuple[str, int]) -> None:
        noted.append(Acknowledged(time.time(), *told))

    def send() -> None:
        for number in range(writes // 10):
            status, made = here.ask("POST", f"/api/v1/uploads?name=f{number}.txt", {"text": "x" * 2000})
            if status == 201:
                noted.append(Acknowledged(time.time(), "", 1, made["id"]))

    clients = [
        threading.Thread(target=write_until_killed, args=(here, f"PC{one}", writes // CLIENTS, note))
        for one in range(CLIENTS)
    ]
    clients.append(threading.Thread(target=send))
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return noted


def _replay(
    disk: Disk, done: list[Call], noted: list[Acknowledged], points: int, home: Path, after: Path
) -> tuple[int, int]:
    """How many cuts lost something, and how many damaged the database."""
    chance = random.Random(11)
    first = next(number for number, one in enumerate(done) if one.ended > noted[0].at)
    cuts = set(chance.sample(range(first, len(done)), min(points, len(done) - first)))
    lost = damaged = 0
    for number, call in enumerate(done):
        disk.take(call)
        if number not in cuts:
            continue
        shutil.rmtree(after, ignore_errors=True)
        for path, body in disk.cut(chance).items():
            if path.startswith((f"{home}/zhike.db", f"{home}/files/")) and not path.endswith(("-shm", "-lock")):
                target = after / Path(path).relative_to(home)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)
        told = [one for one in noted if one.at < call.ended]
        try:
            damaged += not sound(after / "zhike.db")
            lost += not _all_there(after, home, told)
        except dbapi2.DatabaseError:
            damaged += 1
    return lost, damaged


def _all_there(after: Path, home: Path, told: list[Acknowledged]) -> bool:
    names = names_in(after / "zhike.db", "P")
    with closing(dbapi2.connect(after / "zhike.db")) as held:
        places = dict(held.execute("SELECT id, place FROM store_blob").fetchall())
    files = all(_same(after / "files" / one[:2] / one, home / "files" / one[:2] / one) for one in places.values())
    whole = all(count in (0, BATCH) for name, count in names.items() if "B" in name)
    return (
        files
        and whole
        and all(one.upload in places if one.upload else names.get(one.name, 0) >= one.count for one in told)
    )


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()
