"""Backup and restore under writes: a backup made while four clients write comes back, on a new home, with everything that was
acknowledged before it began. The control flips one bit of it."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

from pysqlite3 import dbapi2

from tools.prove import Figure
from tools.prove.homes import Served, served

CLIENTS = 4


def prove(control: bool) -> Figure:
    """How long backup with trial and restore took, and what was missing afterwards."""
    with served() as here:
        stop = threading.Event()
        noted: list[str] = []
        clients = [threading.Thread(target=_write, args=(here, number, noted, stop)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(5)
        before = list(noted)
        began = time.monotonic()
        here.run("backup")
        took = time.monotonic() - began
        after = len(noted)
        stop.set()
        for client in clients:
            client.join()
        [line] = [one for one in json.loads(here.run("backup", "list", "--format", "json")) if one["why"] == "asked"]
        archive = here.home / "backups" / line["name"]
        if control:
            body = bytearray(archive.read_bytes())
            body[len(body) // 2] ^= 1
            archive.write_bytes(body)
        other = Served(Path(f"{here.home}-other"))
        began = time.monotonic()
        said = other.run("restore", str(archive), "--key", str(here.home / "zhike.key"), code=None)
        back = time.monotonic() - began
        missing, checked = len(before), False
        if "is as it was at" in said:
            with closing(dbapi2.connect(other.home / "zhike.db")) as held:
                there = {name for (name,) in held.execute("SELECT name FROM objects_account")}
            missing = len(set(before) - there)
            checked = '"state": "bad"' not in other.run("check", "--derived", "--audit", "--format", "json", code=None)
        shutil.rmtree(other.home, ignore_errors=True)
    figure = (
        f"{after - len(before)} writes meanwhile, backup and trial {took:.1f} s, restore {back:.1f} s,"
        f" {missing} of {len(before)} missing"
    )
    return Figure("restore drill", figure, line["state"] == "good" and not missing and checked and after > len(before))


def _write(here: Served, client: int, noted: list[str], stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        name = f"D{client}N{number}"
        if here.ask("POST", "/api/v1/accounts", {"name": name, "phone": "13912345678"})[0] == 201:
            noted.append(name)
