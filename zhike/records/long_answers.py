"""Figures that take long: whoever asks waits a moment, then a job computes them in their name, and the answer is kept for some
minutes with the moment it is of.

What is kept is the rows of one statement, found by its text and parameters. Those hold the row scope and the rights of whoever
asks, so nobody is given an answer to a question they could not ask."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import StillComputing, TooWide
from zhike.kernel.words import Words, _
from zhike.records.company.settings import setting_for
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.store.database import TookTooLong, from_db, hold, row, rows, run, to_db, within_seconds, write_transaction
from zhike.store.replicas import late

KIND = "figures"
AT_ONCE = 2.0  # seconds that somebody waits; of all questions of one page together
LEAST = 0.1  # seconds a question gets, however much of that is spent
KEPT_FOR = timedelta(minutes=10)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
QUESTIONS: dict[str, Callable[..., Any]] = {}
"""Functions a job calls again with the arguments of a question; each asks its statements through :func:`answered`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a job asks again: in whose name, which of :data:`QUESTIONS`, with which arguments (JSON)."""

    actor: Actor
    name: str
    args: Mapping[str, Any]
    label: Words

    def key(self, sql: str, params: Sequence[Any]) -> str:
        """What the answer to one of its statements is kept under. Instants are left out: they move with the clock, and the
        arguments and the day say which are meant."""
        steady = [str(one) for one in params if not _is_instant(one)]
        day = str(setting_for(self.actor).today)
        said = json.dumps(
            [self.actor.id, self.name, self.args, day, sql, steady], ensure_ascii=False, default=str, sort_keys=True
        )
        return hashlib.sha256(said.encode()).hexdigest()


_until: ContextVar[float | None] = ContextVar("patience_until", default=None)
_moments: ContextVar[list[datetime] | None] = ContextVar("moments_of_answers", default=None)
_at_work: ContextVar[dict[str, list[Any]] | None] = ContextVar("figures_at_work", default=None)


@contextmanager
def patience() -> Iterator[None]:
    """Questions asked in the block share :data:`AT_ONCE`, so that a page of many does not add up."""
    token = _until.set(monotonic() + AT_ONCE)
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def oldest_kept() -> Iterator[Callable[[], datetime | None]]:
    """Gives a function that answers of which moment the oldest kept answer given in the block is; None when all are of now."""
    found: list[datetime] = []
    token = _moments.set(found)
    try:
        yield lambda: min(found, default=None)
    finally:
        _moments.reset(token)


def answered(question: Question | None, sql: str, params: Sequence[Any]) -> list[Any]:
    """The rows of a statement: kept ones, or asked for now. What takes too long is left to a job: StillComputing. Without a
    ``question`` the rows are waited for."""
    if question is None:
        return late(lambda: rows(sql, params))
    key, at_work = question.key(sql, params), _at_work.get()
    if at_work is not None:
        at_work[key] = rows(sql, params)
        return at_work[key]
    kept = _kept(key)
    if kept is not None:
        return kept
    until = _until.get()

    def in_time() -> list[Any]:
        with within_seconds(AT_ONCE if until is None else max(LEAST, until - monotonic())):
            return rows(sql, params)

    try:
        return late(in_time)
    except TookTooLong:
        raise StillComputing(_begun(question, key)) from None


def _kept(key: str) -> list[Any] | None:
    """The kept rows; None when there are none, or none young enough. Raises StillComputing, and once TooWide when the job
    that was to compute them has failed."""
    found = row(
        'SELECT a."at", a."body", a."job", j."state" FROM "store_answer" a LEFT JOIN "store_job" j ON j."id" = a."job"'
        ' WHERE a."key" = %s',
        (key,),
    )
    if found is None:
        return None
    at, body, job_id, state = from_db(found[0], "instant"), *found[1:]
    if body is not None and at > now() - KEPT_FOR:
        if (moments := _moments.get()) is not None:
            moments.append(at)
        return list(json.loads(body))
    if body is None and state in ("waiting", "running"):
        raise StillComputing(job_id)
    with write_transaction():
        run('DELETE FROM "store_answer" WHERE "key" = %s AND "job" = %s', (key, job_id))
    if body is None:
        raise TooWide(_("This could not be computed. Ask again, or add a condition."))
    return None


def _begun(question: Question, key: str) -> int:
    """The job that computes the answer: one that was begun meanwhile, or a new one."""
    with write_transaction():
        hold(KIND)
        found = row('SELECT "job" FROM "store_answer" WHERE "key" = %s', (key,))
        if found is not None:
            return int(found[0])
        made = start(question.actor, KIND, {"name": question.name, "args": dict(question.args)}, question.label)
        run('INSERT INTO "store_answer" ("key", "job", "at") VALUES (%s, %s, %s)', (key, made, to_db(now())))
    return made


@job(KIND, quick=True)
def compute(running: JobRun) -> dict[str, Any]:
    """Ask the question again without haste, and keep the rows of every statement it takes."""
    at, found = now(), dict[str, list[Any]]()
    token = _at_work.set(found)
    try:
        QUESTIONS[running.args["name"]](running.actor, **running.args["args"])
    finally:
        _at_work.reset(token)
    sql = (
        'INSERT INTO "store_answer" ("key", "job", "at", "body") VALUES (%s, %s, %s, %s)'
        ' ON CONFLICT ("key") DO UPDATE SET "job" = excluded."job", "at" = excluded."at", "body" = excluded."body"'
    )
    with write_transaction():
        for key, lines in found.items():
            run(sql, (key, running.id, to_db(at), json.dumps(lines, ensure_ascii=False, default=str)))
    return {"text": str(_("The figures are there: open the page again."))}


def tidy_answers() -> None:
    """Throw away what is too old to be given."""
    with write_transaction():
        run('DELETE FROM "store_answer" WHERE "at" < %s AND "body" IS NOT NULL', (to_db(now() - KEPT_FOR),))
        run('DELETE FROM "store_answer" WHERE "at" < %s', (to_db(now() - timedelta(days=1)),))


def _is_instant(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and INSTANT.fullmatch(value) is not None)
