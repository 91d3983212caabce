"""What can go wrong, in words a person can act on. Doors raise these; web, API and command line only show them."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zhike.kernel.words import Words, _


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where (``field``, "" for the whole record), what (``text``), and the refused value."""

    text: Words
    field: str = ""
    code: str = "invalid"
    value: Any = None

    def __str__(self) -> str:
        return f"{self.field}: {self.text}" if self.field else str(self.text)


class Refused(Exception):
    """A request that was understood and not carried out; nothing was written. ``status`` is its HTTP status."""

    status = 422
    code = "refused"
    title = _("Not saved yet")

    def __init__(self, problems: Iterable[Problem] | Problem | Words) -> None:
        if isinstance(problems, Words):
            problems = [Problem(problems, code=self.code)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)


class Invalid(Refused):
    """Values that cannot be stored as they are; every problem found is named."""

    code = "invalid"


class BadQuery(Refused):
    """A filter, sort, column or measure that cannot be read; ``position`` is the character (0-based) in the text."""

    status = 400
    code = "bad-query"
    title = _("This question cannot be read")

    def __init__(self, text: Words, position: int | None = None, source: str = "") -> None:
        self.position = position
        self.source = source
        super().__init__(Problem(text, field="where" if position is not None else "", code=self.code))


class NotFound(Refused):
    """No such record for this actor: hidden and missing look the same."""

    status = 404
    code = "not-found"
    title = _("Nothing here")

    def __init__(self, text: Words | None = None) -> None:
        super().__init__(text or _("There is no such record, or you cannot see it."))


class Forbidden(Refused):
    """The actor lacks the right to do this to any record of the object."""

    status = 403
    code = "forbidden"
    title = _("You cannot do this")


class Conflict(Refused):
    """Somebody changed the same field meanwhile. ``theirs`` and ``yours`` hold the values by field key."""

    status = 409
    code = "conflict"
    title = _("Somebody changed this meanwhile")

    def __init__(
        self, problems: Iterable[Problem], theirs: dict[str, Any], yours: dict[str, Any], version: int
    ) -> None:
        self.theirs, self.yours, self.version = theirs, yours, version
        super().__init__(problems)


class Stale(Refused):
    """The version the caller expected is not the newest (HTTP 412)."""

    status = 412
    code = "stale"
    title = _("This record has changed")


class TooWide(Refused):
    """A question that would read a large table without an index: another filter is needed."""

    status = 400
    code = "too-wide"
    title = _("This question is too wide")


class StillComputing(Refused):
    """Figures that take long: the job with this id computes them. Asked again later, the question is answered."""

    status = 202
    code = "computing"
    title = _("This is being computed")

    def __init__(self, job: int) -> None:
        self.job = job
        super().__init__(_("This takes a while and is being computed. Ask again in a moment."))


class NoRoom(Refused):
    """A disk has not the room that is needed; nothing was written."""

    status = 507
    code = "no-room"
    title = _("The disk is too full")

    def __init__(self, text: Words | None = None) -> None:
        super().__init__(
            text
            or _(
                "The server’s disk is full, so nothing of this was saved. Tell your administrator; then send it again."
            )
        )


class Away(Refused):
    """The database cannot be reached, or another server is taking its place right now. ``seconds``: when to try again."""

    status = 503
    code = "away"
    title = _("The database does not answer right now")
    seconds = 5

    def __init__(self) -> None:
        super().__init__(_("Try again in a moment. If you were saving something, look first whether it is there."))


def out_of_reach(error: BaseException | None) -> bool:
    """Whether something failed because the database is away, starts, stops, has become a standby, or is too busy."""
    name, state = type(error).__name__, getattr(getattr(error, "__cause__", None), "sqlstate", None)
    if state == READ_ONLY:
        return True
    if name == "InterfaceError":
        return True
    if name != "OperationalError":
        return False
    if state is None:  # a broken line has none; SQLite's complaints have none either
        return "no such" not in str(error) and "disk" not in str(error) and "interrupted" not in str(error)
    return str(state)[:2] in AWAY and state not in NOT_AWAY


READ_ONLY = "25006"  # this server takes no writes any more: another one does
AWAY = ("08", "53", "57")  # lines that break, too many of them, servers that start or stop
NOT_AWAY = ("53100", "57014")  # a full disk; a question that took too long


def out_of_room(error: BaseException) -> bool:
    """Whether something failed because a disk has no room left: this machine's, or the database server's."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if type(error).__name__ != "OperationalError":
        return False
    return getattr(error.__cause__, "sqlstate", None) == "53100" or "disk is full" in str(error)
