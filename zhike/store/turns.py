"""Turns at something only one may do at a time, taken in the order in which they were asked for.

A plain lock goes to whoever is quickest: a thread that gives it back and wants it again at once, as an import does between
its transactions, wins nearly always, and the others wait for as long as the import runs."""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """The turns of this process's threads, as a context manager. Not to be entered twice by one thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:  # interrupted: whoever comes next must not wait for this one
            with self._guard:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                    raise
            self.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@contextmanager
def file_turn(path: str) -> Iterator[None]:
    """The turn among the processes of this machine that name the same file.

    Two locks: one to be next, one to be at it. Who has just been at it queues to be next behind the one who waits."""
    next_, at_it = (os.open(name, os.O_RDWR | os.O_CREAT, 0o600) for name in (path + ".next", path))
    try:
        fcntl.flock(next_, fcntl.LOCK_EX)
        fcntl.flock(at_it, fcntl.LOCK_EX)
        fcntl.flock(next_, fcntl.LOCK_UN)
        yield
    finally:
        os.close(at_it)
        os.close(next_)
