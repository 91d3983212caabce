"""From notices to mails: which are sent at once, the daily digest, and handing them over."""

from __future__ import annotations

import logging
import threading
from datetime import date
from zoneinfo import ZoneInfo

from django.db import connections

from zhike.access.people import Person, people
from zhike.automation.letters import Letter, digest_letter, invitation_letter, message_of, notices_letter
from zhike.channels.mail import NotSent, Server, send
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.kernel.words import speaking
from zhike.records.company.invitations import INVITATION, way_in_to_mail
from zhike.records.notices.choices import choices, digest_is_due, quiet_until
from zhike.records.notices.mail_hold import held_since
from zhike.records.notices.mail_settings import mail_folder, mail_password, mail_settings
from zhike.records.notices.mails import (
    Mail,
    begin_day,
    days_begun,
    drop,
    failed,
    later,
    post,
    sent,
    take,
    tell_by_mail,
    tidy_mails,
    untold,
)
from zhike.records.notices.notices import reader
from zhike.records.read import read_one
from zhike.schema.registry import registry

DIGEST = "digest"
MOST_AT_ONCE = 200

_running = threading.Lock()

log = logging.getLogger("zhike.mail")


def post_notices() -> None:
    """Decide about every new notice: those a person wants at once go into one mail, the others wait for the digest."""
    waiting: dict[int, list[tuple[int, str]]] = {}
    for id_, person, kind in untold():
        waiting.setdefault(person, []).append((id_, kind))
    for person, some in waiting.items():
        chosen = choices(person)
        tell_by_mail(person, [one for one, _kind in some], [one for one, kind in some if chosen.way(kind) == "now"])


def post_digests() -> None:
    """Put the digest of everybody into the queue whose hour has come; once for each person and day. While mail is held
    there are none: nobody wants an old one."""
    if held_since() is not None:
        return
    at, begun = now(), days_begun(DIGEST)
    for person in people().persons.values():
        today = at.astimezone(ZoneInfo(person.timezone)).date()
        if not person.active or not person.login or begun.get(person.id, date.min) >= today:
            continue
        if digest_is_due(choices(person.id), person.timezone, at):
            post_digest(person.id, today)


def post_digest(person: int, today: date) -> None:
    """Put one person's digest of a day into the queue, unless it was."""
    if begin_day(person, DIGEST, today):
        post(person, DIGEST, {"day": today.isoformat()}, f"digest:{person}:{today.isoformat()}")


def deliver_beside() -> None:
    """:func:`deliver` in a thread of its own, one at a time: a mail server that does not answer holds up nothing else."""
    if _running.acquire(blocking=False):
        threading.Thread(target=_deliver_and_close, name="zhike-mail", daemon=True).start()


def _deliver_and_close() -> None:
    try:
        deliver()
    except Exception:
        log.exception("mails could not be looked at")
    finally:
        connections.close_all()
        _running.release()


def deliver() -> None:
    """Send the mails whose time has come, one after the other, and forget old ones. Where the server cannot be reached,
    the others wait for the next round. While mail is held after a restore, only ways in that were asked for since go out."""
    registry.refresh()
    server, since = present_server(), held_since()
    for _mail in range(MOST_AT_ONCE):
        mail = next(iter(take(1, INVITATION, since)), None)
        if mail is None or not _deliver(server, mail):
            break
    tidy_mails()


def _deliver(server: Server, mail: Mail) -> bool:
    """Whether the server can be asked for more after this one."""
    person = people().persons.get(mail.person)
    address = _address(person)
    if person is None or not address:
        drop(mail)
        return True
    quiet = quiet_until(choices(person.id), person.timezone, now())
    if quiet is not None and mail.kind != INVITATION:
        later(mail, quiet)
        return True
    return _hand_over(server, mail, person, address)


def present_server() -> Server:
    """The server as the settings name it now."""
    held = mail_settings()
    return Server(
        held["host"], held["port"], held["security"], held["user"], mail_password(), held["sender"], mail_folder()
    )


def _hand_over(server: Server, mail: Mail, person: Person, address: str) -> bool:
    with speaking(person.language):
        try:
            letter = _letter(mail, person)
            if letter is None:
                drop(mail)
                return True
            send(server, message_of(letter, server.sender, address, mail.message_id))
        except NotSent as problem:
            log.warning("mail %s: %s", mail.id, problem)
            failed(mail, str(problem), for_good=problem.final)
            return problem.final
        except Exception as problem:
            log.exception("mail %s could not be written", mail.id)
            failed(mail, repr(problem))
        else:
            sent(mail)
    return True


def _letter(mail: Mail, person: Person) -> Letter | None:
    """The text as it is right now, under the reader's rights of now; None when nothing is left to say."""
    actor = reader(person.id)
    if mail.kind == DIGEST:
        return digest_letter(actor, date.fromisoformat(mail.body["day"]))
    if mail.kind == INVITATION:
        way = way_in_to_mail(person.id, mail.body["by"])
        return invitation_letter(way) if way else None
    return notices_letter(actor, mail.body["notices"])


def _address(person: Person | None) -> str:
    if person is None or not person.active:
        return ""
    try:
        return str(read_one(SYSTEM, "user", person.id)["email"] or "")
    except Refused:
        return ""
