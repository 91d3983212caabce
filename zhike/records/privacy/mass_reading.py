"""Somebody reads a great deal: the administrators are told, or the person's way in is shut at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from zhike.access.people import people
from zhike.access.signin import end_access
from zhike.access.signin.tries import pause_account
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.audit import note
from zhike.records.company.company import require_settings
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.notices.notices import notify
from zhike.store.database import hold, row, to_db, write_transaction

KEY = "mass_reading"
OFF, TELL, LOCK = "off", "tell", "lock"
RESPONSES: dict[str, Words] = {
    OFF: _("It is only written down"),
    TELL: _("Tell the administrators"),
    LOCK: _("Tell them and shut the person’s way in"),
}
LOCKED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """More than ``records`` within ``minutes`` is a great deal; ``response`` says what follows."""

    records: int = 500
    minutes: int = 10
    response: str = TELL


def limit() -> Limit:
    """The limit as it is set."""
    return Limit(**{**asdict(Limit()), **kept(KEY, {})})


def locks() -> bool:
    """Whether reading a great deal shuts the person's way in."""
    return limit().response == LOCK


def set_limit(actor: Actor, records: str, minutes: str, response: str) -> None:
    """Set the limit from a form. Raises Invalid naming what is wrong, Forbidden."""
    require_settings(actor)
    problems = []
    for name, text, most in (("records", records, 1_000_000), ("minutes", minutes, 24 * 60)):
        if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= most):
            problems.append(Problem(_("Give a whole number from 1 to {n}.").with_(n=f"{most:,}"), name))
    if response not in RESPONSES:
        problems.append(Problem(_("Choose one of these."), "response"))
    if problems:
        raise Invalid(problems)
    fresh = Limit(int(records), int(minutes), response)
    with write_transaction():
        note_setting(actor, "privacy.mass_reading", asdict(limit()), asdict(fresh))
        keep(KEY, asdict(fresh))


def look_at(person: int) -> bool:
    """Whether this person has just read a great deal; then what was set follows, once in each stretch of time. Called inside
    the transaction that wrote down what they read."""
    held = limit()
    if held.response == OFF or not person:
        return False
    since = now() - timedelta(minutes=held.minutes)
    found = row(
        'SELECT COALESCE(sum("count"), 0) FROM "store_readlog" WHERE "actor" = %s AND "at" > %s', (person, to_db(since))
    )
    count = int(found[0]) if found else 0
    if count <= held.records:
        return False
    hold(f"mass:{person}")
    told = row(
        'SELECT 1 FROM "store_auditrow" WHERE "kind" = %s AND "record" = %s AND "at" > %s LIMIT 1',
        (KEY, person, to_db(since)),
    )
    if told is not None:
        return False
    _respond(person, count, held)
    return True


def _respond(person: int, count: int, held: Limit) -> None:
    lock = held.response == LOCK
    note(KEY, SYSTEM, object="user", record=person, detail={"count": count, "minutes": held.minutes, "locked": lock})
    known = people().persons.get(person)
    name = known.name if known else f"#{person}"
    if lock:
        end_access([person])
        pause_account(person, now() + LOCKED_FOR)
        text = _("{name} read {n} records with personal data within {m} minutes and was signed out for a day.")
    else:
        text = _("{name} read {n} records with personal data within {m} minutes.")
    words: Any = text.with_(name=name, n=count, m=held.minutes)
    notify([one for one in people().persons if rules_over_roles(one)], "privacy", words, "user", person,
           once=f"mass:{person}:{now():%Y-%m-%dT%H:%M}")  # fmt: skip
