"""A disk that fills: the home on a small file system of its own. What is refused is told in words, what was acknowledged
stays, pages are read on, and once there is room again the same server writes on. The control lets a failed commit pass for
a good one. Needs a Linux on which this person may mount (``unshare``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.prove import Figure
from tools.prove.breaking import broken
from tools.prove.crash import names_in, sound
from tools.prove.homes import Served, served

SIZE = 40  # megabytes
LEFT = 3 << 20
NAME = "full disk"
TO_LOSE = """
import zhike.site.sqlite
from django.db.backends.base.base import BaseDatabaseWrapper as Link
commit = Link.commit
def deaf(self):
    try:
        commit(self)
    except Exception:
        self.rollback()
Link.commit = deaf
"""


def prove(control: bool) -> Figure:
    """Fill, write, make room, write: in a process that has mounts of its own, so that nothing stays behind."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    with tempfile.TemporaryDirectory(prefix="zhike-prove-") as folder:
        mount = ["sh", "-c", 'mount -t tmpfs -o "size=$1m" tmpfs "$2" && shift 2 && exec "$@"', "sh", str(SIZE), folder]
        inside = [sys.executable, "-m", "tools.prove.disk_full", folder, *(["control"] if control else [])]
        try:
            done = subprocess.run(
                ["unshare", "--mount", *root, *mount, *inside], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return Figure(NAME, "skipped: there is no unshare here", None)
    if done.returncode and ("unshare failed" in done.stderr or "mount:" in done.stderr):
        return Figure(NAME, f"skipped: {done.stderr.strip().splitlines()[0]}", None)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Figure(NAME, *json.loads(done.stdout))


def _inside(folder: Path, control: bool) -> tuple[str, bool]:
    rounds = int(os.environ.get("ROUNDS") or 3)
    tempfile.tempdir = str(folder)
    noted: list[str] = []
    refused = silent = unread = stuck = 0
    with served(start=False) as here:
        if control:
            here.more |= broken(here.home.parent / "broken", TO_LOSE)
        here.start()
        for turn in range(rounds):
            ballast = folder / "ballast"
            with suppress(OSError), ballast.open("wb", buffering=0) as out:
                while out.write(bytes(1 << 16)):
                    pass
            os.truncate(ballast, ballast.stat().st_size - LEFT)
            answers = [_tried(here, f"FC{turn}N{number}", number, noted) for number in range(120)]
            refused += sum(status == 507 for status, _told in answers)
            silent += sum(status not in (200, 201) and not _says_so(status, told) for status, told in answers)
            unread += here.ask("GET", "/api/v1/accounts?size=1")[0] != 200
            ballast.unlink()
            stuck += _tried(here, f"FC{turn}Back", 1, noted)[0] != 201
        here.kill()
        there = names_in(here.home / "zhike.db", "F")
        lost = sum(name not in there for name in noted)
        damaged = not sound(here.home / "zhike.db")
    figure = (
        f"{rounds} times full, {refused} writes refused, {silent} without words, {len(noted)} acknowledged, {lost} lost,"
        f" {unread} not read, {stuck} not going on, {damaged:d} damaged"
    )
    return figure, refused > 0 and not (lost or silent or unread or stuck or damaged)


def _tried(here: Served, name: str, number: int, noted: list[str]) -> tuple[int, Any]:
    if number % 4 == 3:
        return here.ask("POST", f"/api/v1/uploads?name={name}.txt", {"text": "x" * 300_000})
    status, told = here.ask("POST", "/api/v1/accounts", {"name": name, "about": "x" * 3900})
    if status == 201:
        noted.append(name)
    return status, told


def _says_so(status: int, told: Any) -> bool:
    return status == 507 and told["code"] == "no-room" and len(told["detail"]) > 20


if __name__ == "__main__":
    print(json.dumps(_inside(Path(sys.argv[1]), "control" in sys.argv[2:])))
