"""What a server wrote to its disk, call by call, as strace saw it, and what a power cut would have left of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,openat,mkdir"
SECTOR = 512
_LINE = re.compile(r"(\d+\.\d+) (\w+)\((.*)\) = (-?\d+)(?:<([^>]*)>)?.* <(\d+\.\d+)>$")
_TEXT = re.compile(r'"([^"]*)"')
_HANDLE = re.compile(r"\d+<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: when it began and ended, on which path, and what it wrote or cut off (``at`` None: appended)."""

    began: float
    ended: float
    name: str
    path: str
    at: int | None = None
    data: bytes = b""


def strace(to: Path) -> list[str]:
    """The program to run a server under, so that :func:`calls` can read what it did."""
    how = "-f -ff -ttt -T -y -xx -s 70000 --seccomp-bpf".split()
    return ["strace", *how, "-e", f"trace={CALLS}", "-o", f"{to}/calls"]


def calls(folder: Path, below: str) -> list[Call]:
    """What was written below a path, in the order in which the calls ended."""
    found = [one for file in folder.glob("calls.*") for one in _of_thread(file, below)]
    return sorted(found, key=lambda one: one.ended)


def _of_thread(file: Path, below: str) -> Iterator[Call]:
    ends: dict[str, int] = {}  # where plain writes go on; a file is written by the one thread that made it
    with file.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            met = _LINE.match(line.rstrip("\n"))
            if met is None or met[4].startswith("-"):
                continue
            began, name, words, opened = float(met[1]), met[2], met[3], met[5]
            ended = began + float(met[6])
            if name in ("openat", "mkdir"):
                if name == "openat" and "O_CREAT" not in words:
                    continue
                path = _plain(opened) if opened else _plain(_TEXT.findall(words)[0])
                if path.startswith(below):
                    ends[path] = 0
                    yield Call(began, ended, name, path)
                continue
            handle = _HANDLE.match(words)
            path = _plain(handle[1]) if handle else ""
            if not path.startswith(below):
                continue
            if name in ("pwrite64", "write"):
                data = bytes.fromhex(_TEXT.findall(words)[-1].replace("\\x", ""))
                at = int(words.rsplit(", ", 1)[1]) if name == "pwrite64" else ends.get(path, 0)
                ends[path] = at + len(data)
                yield Call(began, ended, "write", path, at, data)
            elif name == "ftruncate":
                yield Call(began, ended, name, path, int(words.rsplit(", ", 1)[1]))
            else:
                yield Call(began, ended, "fsync", path)


def _plain(hex_text: str) -> str:
    return bytes.fromhex(hex_text.replace("\\x", "")).decode() if hex_text.startswith("\\x") else hex_text


@dataclass
class Held:
    """A file on the disk: what is surely there, and what was written since the last flush."""

    sure: bytearray = field(default_factory=bytearray)
    waiting: list[Call] = field(default_factory=list)


@dataclass
class Disk:
    """A disk that keeps what was flushed, and of the rest what it likes. Names of new files and folders are kept when the
    folder they stand in was flushed."""

    files: dict[str, Held]
    unsure: dict[str, float] = field(default_factory=dict)  # new names, and when they were made

    def take(self, call: Call) -> None:
        """One call is through."""
        if call.name in ("openat", "mkdir"):
            if call.path not in self.files:
                self.unsure.setdefault(call.path, call.ended)
                if call.name == "openat":
                    self.files[call.path] = Held()
        elif call.name in ("write", "ftruncate"):
            self.files.setdefault(call.path, Held()).waiting.append(call)
        elif call.path in self.files:
            held = self.files[call.path]
            for one in held.waiting:
                if one.ended <= call.began:
                    _put(held.sure, one)
            held.waiting = [one for one in held.waiting if one.ended > call.began]
        else:
            for name, made in list(self.unsure.items()):
                if name.rpartition("/")[0] == call.path and made <= call.began:
                    del self.unsure[name]

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """What lies there after a power cut now: of what was not flushed nothing, a beginning, or any part, torn at sectors."""
        way = chance.choice(("none", "beginning", "any"))
        lost = {name for name in self.unsure if way == "none" or chance.random() < 0.5}
        left: dict[str, bytes] = {}
        for path, held in self.files.items():
            if any(path == name or path.startswith(f"{name}/") for name in lost):
                continue
            body = bytearray(held.sure)
            for one in _some(held.waiting, way, chance):
                _put(body, one)
            left[path] = bytes(body)
        return left


def _some(waiting: list[Call], way: str, chance: random.Random) -> list[Call]:
    if way == "none" or not waiting:
        return []
    if way == "beginning":
        return waiting[: chance.randrange(len(waiting) + 1)]
    return [torn for one in waiting if chance.random() < 0.5 for torn in _torn(one, chance)]


def _torn(call: Call, chance: random.Random) -> list[Call]:
    if call.name != "write" or len(call.data) <= SECTOR or chance.random() < 0.8 or call.at is None:
        return [call]
    parts = range(0, len(call.data), SECTOR)
    return [
        Call(call.began, call.ended, "write", call.path, call.at + at, call.data[at : at + SECTOR])
        for at in parts
        if chance.random() < 0.5
    ]


def _put(body: bytearray, call: Call) -> None:
    at = call.at or 0
    if call.name == "ftruncate":
        del body[at:]
        body.extend(bytes(at - len(body)))
        return
    body.extend(bytes(max(0, at - len(body))))
    body[at : at + len(call.data)] = call.data
