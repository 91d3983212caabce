"""Who is at work in a home: many at once, or one alone that puts a backup back; and on SQLite at most one server.

Both are locks the operating system lets go of when a process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _

IN_USE, SERVING = ".in-use", ".serving"
_held: list[int] = []


class HomeBusy(Refused):
    """Somebody else is at work in the home; the text says who may be."""

    status = 409
    code = "home-busy"
    title = _("Somebody else is at work in this home")


@contextmanager
def inside(home: Path, *, alone: bool = False) -> Iterator[None]:
    """Be at work in the home; ``alone`` with nobody else. Raises HomeBusy."""
    text = (
        _("A server, a worker or a command is at work in {home}. Stop it first.")
        if alone
        else _("A backup is being put back into {home}. Wait until that is done.")
    )
    handle = _lock(home / IN_USE, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, text.with_(home=home))
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """Be the one server of the home. Raises HomeBusy when there is one."""
    handle = _lock(home / SERVING, fcntl.LOCK_EX, _("Another server runs on {home} already.").with_(home=home))
    try:
        yield
    finally:
        os.close(handle)


def stay_inside(home: Path) -> None:
    """Be at work in the home until this process ends: for the processes that answer requests."""
    with suppress(HomeBusy):  # whoever started this process holds it anyway
        _held.append(_lock(home / IN_USE, fcntl.LOCK_SH, _("Another server runs on {home} already.")))


def _lock(path: Path, how: int, text: Words) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise HomeBusy(text) from None
    return handle
