"""The tombstones of erased records: a file beside the database that a restored backup does not bring back, so that what
was erased is erased again.

A line has the moment, the mode, object and id of the record and keyed hashes of the numbers it had, never a value; its
own keyed hash at the end says that nobody edited it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from zhike.kernel.clock import now
from zhike.records.secrets import vault

FILE = "erased.log"
PURPOSE = "erased"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One erased record."""

    at: str
    mode: str
    object: str
    id: int
    hashes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line without its seal."""
        return " ".join((self.at, self.mode, self.object, str(self.id), ",".join(self.hashes) or "-"))


def hashed(value: str) -> str:
    """A number or mail address as a tombstone knows it."""
    return vault().index(PURPOSE, value)


def put_up(found: Iterable[Tombstone]) -> None:
    """Add lines to the file, on disk before this returns: called just before the erasure is committed, so that nothing is
    erased without one."""
    lines = "".join(f"{one.text} {vault().index(PURPOSE, one.text)}\n" for one in found)
    if not lines:
        return
    handle = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, lines.encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)


def tombstones() -> Iterator[Tombstone]:
    """What the file says; lines that were edited are left out."""
    try:
        lines = _path().read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        text, _space, seal = line.rpartition(" ")
        parts = text.split(" ")
        if len(parts) == 5 and parts[3].isdigit() and vault().index(PURPOSE, text) == seal:
            hashes = () if parts[4] == "-" else tuple(parts[4].split(","))
            yield Tombstone(parts[0], parts[1], parts[2], int(parts[3]), hashes)


def this_moment() -> str:
    """Now, as tombstones spell it."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _path() -> Path:
    return Path(settings.ZHIKE_HOME) / FILE
