"""Reads that may lag behind, for requests and jobs that only read: see ``zhike.store.replicas``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zhike.store.replicas import may_lag, note_written

READING = ("GET", "HEAD")


@contextmanager
def reading_or_writing(method: str | None, person: int) -> Iterator[None]:
    """Around a request of a person (0: nobody's, which does not lag): one that reads may be answered by a replica; after one
    that may have written, replicas answer this person only once they have it."""
    if not person:
        yield
    elif method in READING:
        with may_lag(person):
            yield
    else:
        try:
            yield
        finally:
            note_written(person)
