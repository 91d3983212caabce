"""The message that tells a customer who looks after them now: filled in from a template, kept as a draft, never sent by us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import Words, _, speaking
from zhike.records.company.settings import company
from zhike.records.privacy.may_send import may_send
from zhike.records.read import Query, read
from zhike.records.record import Record

SUBJECT = _("{company}: your new contact is {successor}")
BODY = _(
    "Dear {contact},\n\n{leaver} no longer looks after you at {company}. From today on {successor} is there for you and"
    " knows what was agreed with {customer}.\n\n{successor} will be in touch with you shortly. Thank you for your trust.\n\n"
    "{company}"
)
PURPOSE, CHANNEL = "service", "mail"
MOST_CONTACTS = 50
DECIDES = "decides"
_PLACE = re.compile(r"\{(\w+)\}")


def letter_for(handover: Record, account: int, successor: int) -> dict[str, Any]:
    """The facts of the draft for one customer: to whom, subject and text; or why there is none."""
    contact, why = addressee(account)
    if contact is None:
        with speaking(company().language):
            return {"notice": "withheld", "withheld": str(why)[:300]}
    asked = Query("account", f"id = {account}", columns=("name",), size=1, archived="all", count=False)
    customer = next((one.title for one in read(SYSTEM, asked).rows), "")
    persons = people().persons
    words = {
        "customer": customer, "contact": contact.title, "leaver": handover["leaver"].title,
        "successor": persons[successor].name if successor in persons else "", "company": company().name,
    }  # fmt: skip
    return {"notice": "draft", "withheld": None, "contact": contact.id, **written(handover, words)}


def written(handover: Record, words: Mapping[str, str]) -> dict[str, str]:
    """Subject and text with the placeholders filled in; what is empty in the handover is as usual, in its language."""
    with speaking(handover["notice_language"] or company().language):
        subject, body = handover["notice_subject"] or SUBJECT.msgid, handover["notice_body"] or BODY.msgid
        if not handover["notice_subject"]:
            subject = str(SUBJECT.with_(**{key: "{" + key + "}" for key in words}))
        if not handover["notice_body"]:
            body = str(BODY.with_(**{key: "{" + key + "}" for key in words}))

    def filled(text: str) -> str:
        return _PLACE.sub(lambda found: words.get(found[1], found[0]), text)

    return {"subject": filled(subject)[:200], "body": filled(body)[:6000]}


def addressee(account: int) -> tuple[Record | None, Words]:
    """The contact of an account who is written to: one who decides first, among those with a mail address who did not take
    back their consent; else None and why."""
    asked = Query("contact", f"account = {account} and email is not empty", "id", ("name", "decision_role"), MOST_CONTACTS,
                  count=False)  # fmt: skip
    contacts = sorted(read(SYSTEM, asked).rows, key=lambda one: one["decision_role"] != DECIDES)
    why = _("No contact has an e-mail address.")
    for one in contacts:
        answer = may_send("contact", one.id, PURPOSE, CHANNEL)
        if answer:
            return one, answer.why
        why = answer.why
    return None, why
