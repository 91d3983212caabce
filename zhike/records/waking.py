"""Bells between those who leave work and the worker of the same process; other processes look by themselves every second."""

from __future__ import annotations

import threading

from django.db import transaction

_bell = threading.Event()
_job_bell = threading.Event()


def wake_worker() -> None:
    """Ring for the outbox once the running transaction has been committed."""
    transaction.on_commit(_bell.set)


def ring() -> None:
    """Ring for jobs: one waits."""
    _job_bell.set()


def wait_for_work(seconds: float) -> bool:
    """Sleep until the bell rings or the time is over; True when it rang."""
    return _wait(_bell, seconds)


def wait_for_job(seconds: float) -> bool:
    """The same for jobs."""
    return _wait(_job_bell, seconds)


def _wait(bell: threading.Event, seconds: float) -> bool:
    rang = bell.wait(seconds)
    bell.clear()
    return rang
