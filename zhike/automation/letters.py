"""What mails say: plain text and simple HTML from the same lines, in the reader's language, each line with a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from urllib.parse import quote

from zhike.access.signin import INVITED
from zhike.automation.due import overdue
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.agenda import Item, agenda, due_where, kinds, shown
from zhike.records.company.invitations import WayIn
from zhike.records.company.settings import company, setting_for
from zhike.records.notices.choices import choices
from zhike.records.notices.mail_settings import mail_settings
from zhike.records.notices.notices import KINDS, Notice, inbox, notices
from zhike.schema.registry import registry

SENDER = "zhike@localhost"  # while no sender is set, mails only become files
MOST = 30
SINCE = timedelta(days=7)  # older unread notices are no news for a digest


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know: text, perhaps a second line, and where it leads on the site."""

    text: str
    address: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is dressed: a subject without personal detail, and parts with a heading each."""

    subject: str
    parts: tuple[tuple[str, tuple[Line, ...]], ...]


def notices_letter(actor: Actor, ids: Sequence[int]) -> Letter | None:
    """A letter about notices that are still unread and may still be seen; None when none is."""
    found = [one for one in notices(actor, ids) if not one.read]
    if not found:
        return None
    labels = list(dict.fromkeys(str(KINDS[one.kind]) for one in found))
    what = labels[0] if len(labels) == 1 else str(_("{n} notices").with_(n=len(found)))
    return Letter(f"{company().name}: {what}", (("", tuple(_line(one) for one in found)),))


def digest_letter(actor: Actor, day: date) -> Letter | None:
    """What is due on the day, what is overdue, and what the inbox holds for the digest; None when there is nothing."""
    setting = setting_for(actor)
    chosen = choices(actor.id)
    wanted = chosen.way("due") == "digest"
    planned = [kind for kind in kinds(actor) if wanted and (kind.entry.remind or kind.entry.yields)]
    items = agenda(actor, day, day, (actor.id,), [kind.key for kind in planned]).items
    parts: list[tuple[str, tuple[Line, ...]]] = []
    for kind in planned:
        lines = [_planned(one, shown(one, setting)) for one in items if one.kind == kind and not one.done][:MOST]
        late = overdue(actor, kind)
        if late:
            where = f"/{kind.spec.plural}?where={quote(due_where(kind))}"
            lines.append(Line(str(_("{n} overdue").with_(n=late)), where))
        if lines:
            parts.append((str(kind.entry.label), tuple(lines)))
    waiting = [one for one in inbox(actor, unread_only=True)[0] if one.at > now() - SINCE and one.kind != "due"]
    told = tuple(_line(one) for one in waiting if chosen.way(one.kind) == "digest")[:MOST]
    if told:
        parts.append((str(_("Unread notices")), told))
    if not parts:
        return None
    subject = _("{company}: your day {day}").with_(company=company().name, day=day.isoformat())
    return Letter(str(subject), tuple(parts))


def invitation_letter(way: WayIn) -> Letter:
    """The link with which a person sets a password, once."""
    name = company().name
    if way.kind == INVITED:
        text = _("{company} works with Zhike and invites you. Open the link and choose a password.").with_(company=name)
        subject = _("{company} invites you").with_(company=name)
    else:
        text = _(
            "Somebody asked for a new password for you. Open the link and choose one; without that nothing changes."
        )
        subject = _("{company}: a new password").with_(company=name)
    under = _("The link works once, until {day}.").with_(day=way.ends.date().isoformat())
    return Letter(str(subject), (("", (Line(str(text), way.path, str(under)),)),))


def message_of(letter: Letter, sender: str, to: str, message_id: str) -> EmailMessage:
    """The letter as a mail. The same ``message_id`` on every try, so that a receiver can tell a second copy."""
    site = mail_settings()["site"] or "http://127.0.0.1:8000"
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = sender or SENDER
    message["To"] = to
    message["Date"] = formatdate(now().timestamp())
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    ending = str(_("Which mails you get you choose in your preferences:"))
    message.set_content(_plain(letter, site, ending), cte="base64")  # not every server takes eight bits
    message.add_alternative(_html(letter, site, ending), subtype="html", cte="base64")
    return message


def _line(found: Notice) -> Line:
    return Line(str(found.text), f"/inbox/{found.id}")


def _planned(item: Item, under: str) -> Line:
    spec = registry.object(item.object)
    clock = f"{item.at:%H:%M} " if item.at else ""
    return Line(f"{clock}{item.title}", f"/{spec.plural}/{item.id}", under)


def _plain(letter: Letter, site: str, ending: str) -> str:
    texts = []
    for heading, lines in letter.parts:
        texts += [heading, "-" * max(4, len(heading)), ""] if heading else []
        for line in lines:
            texts += [line.text, *([line.under] if line.under else []), site + line.address, ""]
    return "\n".join([*texts, "-- ", f"{ending} {site}/preferences", ""])


def _html(letter: Letter, site: str, ending: str) -> str:
    made = []
    for heading, lines in letter.parts:
        made.append(f"<h3>{escape(heading)}</h3>" if heading else "")
        made.append("<ul>")
        for line in lines:
            under = f"<br><small>{escape(line.under)}</small>" if line.under else ""
            made.append(f'<li><a href="{escape(site + line.address)}">{escape(line.text)}</a>{under}</li>')
        made.append("</ul>")
    end = f'<p><small>{escape(ending)} <a href="{escape(site)}/preferences">{escape(site)}/preferences</a></small></p>'
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"".join(made)}<hr>{end}</body></html>'
