"""A bell between the doors and the worker of the same process; other processes look by themselves every second."""

from __future__ import annotations

import threading

from django.db import transaction

_bell = threading.Event()


def wake_worker() -> None:
    """Ring once the running transaction has been committed."""
    transaction.on_commit(_bell.set)


def wait_for_work(seconds: float) -> bool:
    """Sleep until the bell rings or the time is over; True when it rang."""
    rang = _bell.wait(seconds)
    _bell.clear()
    return rang
