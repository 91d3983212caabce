"""What the form above a log asks for: who, about which record, between which days, older than which line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest

from zhike.access.people import people
from zhike.kernel.words import Words, _
from zhike.web.kinds.figures import zone
from zhike.web.links import number_in
from zhike.web.reading import reading

LONGEST = 80


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """``typed`` as it stands in the form; ``who``, ``record`` and ``before`` are 0 where nothing is asked; ``until`` is the
    end of the last day. With a ``problem`` nothing else counts."""

    typed: dict[str, str]
    who: int = 0
    record: int = 0
    since: datetime | None = None
    until: datetime | None = None
    before: int = 0
    problem: Words | None = None


def log_question(request: HttpRequest, more: Sequence[str]) -> LogQuestion:
    """The question of an address; ``more`` names the fields of the form beside who, record, from and to."""
    typed = {key: request.GET.get(key, "").strip()[:LONGEST] for key in ("who", "record", "from", "to", *more)}
    days: dict[str, datetime | None] = {"from": None, "to": None}
    for key in days:
        if typed[key]:
            try:
                days[key] = datetime.combine(date.fromisoformat(typed[key]), time(), zone(reading().timezone))
            except ValueError:
                return LogQuestion(typed, problem=_("Write a day as 2026-03-18."))
    who = _person(typed["who"])
    if typed["who"] and not who:
        return LogQuestion(typed, problem=_("Nobody is called “{text}”").with_(text=typed["who"]))
    until = days["to"]
    return LogQuestion(
        typed,
        who,
        number_in(typed["record"].rstrip("/").rpartition("/")[2]),  # its number, or the address of its page
        days["from"],
        until + timedelta(days=1) if until else None,
        number_in(request.GET.get("before", "")),
    )


def _person(text: str) -> int:
    """Whoever is called or signs in exactly so, else who has it in their name; 0 for nobody."""
    wanted = text.casefold()
    if not wanted:
        return 0
    persons = people().persons.values()
    named = [one for one in persons if wanted in (one.name.casefold(), one.login.casefold())]
    near = [one for one in persons if wanted in one.name.casefold()]
    return next((one.id for one in named or near), 0)
