"""Handovers in time: done when the last day is over, and receipts that stay open are reminded of."""

from __future__ import annotations

import logging
from datetime import timedelta

from zhike.access.signin import actor_of_user
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now, today
from zhike.kernel.errors import NotFound, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.company.settings import company
from zhike.records.handing.doing import HANDOVER, PART, due_handovers, end_access_of, open_parts
from zhike.records.notices.notices import notify
from zhike.records.record import Record
from zhike.records.signin.warnings import administrators
from zhike.schema.registry import registry

REMINDED_EVERY = 2  # days
log = logging.getLogger("zhike.worker")


def hand_over_due() -> None:
    """Do what was planned, in the name of who planned it. Where something is in the way, access ends all the same, and they
    and the administrators hear once a day that the package still waits."""
    registry.refresh()
    for one in due_handovers():
        owner = one["owner"].id if one["owner"] else 0
        try:
            run_action(actor_of_user(owner) if owner else SYSTEM, HANDOVER, "hand_over", [one.id])
        except Refused as error:
            if isinstance(error, NotFound):
                log.warning("handover %s: whoever planned it is no longer active", one.id)
            text = _end_access(one).with_(leaver=one["leaver"].title, why=_why(error))
            once = f"handover:{one.id}:{today(company().timezone).isoformat()}"
            notify([owner, *administrators()], HANDOVER, text, HANDOVER, one.id, once=once)


def _end_access(handover: Record) -> Words:
    """The leaver goes on their last day, whatever keeps the package; answers what is to be told."""
    if handover["keeps_access"]:
        return _("“{title}” still waits: {why}")
    try:
        end_access_of(SYSTEM, handover["leaver"].id)
    except Refused as error:
        return _("“{title}” still waits: {why} The access of {leaver} has not ended: {still}").with_(still=_why(error))
    return _("“{title}” still waits: {why} The access of {leaver} has ended.")


def _why(error: Refused) -> Words:
    return error.problems[0].text if error.problems else error.title


def remind_of_receipts() -> None:
    """Every second day whoever has not confirmed a receipt hears of it again."""
    registry.refresh()
    for part in open_parts():
        days = (now() - part["created"]) // timedelta(days=1)
        if days >= REMINDED_EVERY and part["recipient"]:
            text = _("Confirm the receipt of what was handed over to you: {n} records, open for {days} days.")
            told = text.with_(n=int(part["records"] or 0), days=days)
            once = f"receipt:{part.id}:{days // REMINDED_EVERY}"
            notify([part["recipient"].id], HANDOVER, told, PART, part.id, once=once)
