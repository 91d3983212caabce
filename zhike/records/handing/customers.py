"""The customers of a handover: watched for a while, each with a draft of a message to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, today
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.company.settings import company
from zhike.records.handing.letters import letter_for
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many

CUSTOMER = "handover_customer"
WATCHED = 90  # days, where a handover says nothing else


def hand_customers(package: Act, handover: Record, given: Mapping[int, int]) -> None:
    """Note the accounts (account → successor) that changed hands, with the drafts if they are wanted."""
    days = int(handover["watch_days"]) if handover["watch_days"] is not None else WATCHED
    until = today(company().timezone) + timedelta(days=days)
    commands = []
    for account, person in given.items():
        facts = {
            "account": account,
            "handover": handover.id,
            "owner": person,
            "handed_on": now(),
            "watched_until": until,
        }
        if handover["notices"] is not False:
            facts |= letter_for(handover, account, person)
        commands.append(Command("create", CUSTOMER, values=facts))
    write_many(SYSTEM, commands, act=package.as_system())


def draft_anew(act: Act, customer: Record) -> Words:
    """Write one customer's message from the template once more, with what is known now."""
    handover = read_one(SYSTEM, "handover", customer["handover"].id)
    facts = letter_for(handover, customer["account"].id, customer["owner"].id if customer["owner"] else 0)
    write(act.actor, Command("update", CUSTOMER, customer.id, facts), act=act)
    if facts["notice"] == "withheld":
        return _("There is no message: {why}").with_(why=facts["withheld"])
    return _("The message is drafted")
