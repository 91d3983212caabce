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
from zhike.records.handing.doing import HANDOVER, PART, due_handovers, open_parts
from zhike.records.notices.notices import notify
from zhike.schema.registry import registry

REMINDED_EVERY = 2  # days
log = logging.getLogger("zhike.worker")


def hand_over_due() -> None:
    """Do what was planned, in the name of who planned it; what is in the way is told to them once a day."""
    registry.refresh()
    for one in due_handovers():
        owner = one["owner"].id if one["owner"] else 0
        try:
            run_action(actor_of_user(owner) if owner else SYSTEM, HANDOVER, "hand_over", [one.id])
        except Refused as error:
            if isinstance(error, NotFound):
                log.warning("handover %s: whoever planned it is no longer active", one.id)
            why: Words = error.problems[0].text if error.problems else error.title
            text = _("“{title}” could not be done: {why}").with_(why=why)
            once = f"handover:{one.id}:{today(company().timezone).isoformat()}"
            notify([owner], HANDOVER, text, HANDOVER, one.id, once=once)


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
