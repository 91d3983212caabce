"""The message to one customer, for whoever took over: looked at, changed, sent by their own mail program, noted as sent."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import offered
from zhike.records.handing.letters import CHANNEL, PURPOSE, addressee
from zhike.records.privacy.may_send import may_send
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.values import Masked
from zhike.web.respond import respond


def show(request: HttpRequest, id: int) -> HttpResponse:
    """The draft with its address, asked anew whether it may be sent."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    customer = read_one(actor, "handover_customer", id)
    address, why = _address(actor, customer)
    body, subject = str(customer["body"] or ""), str(customer["subject"] or "")
    query = f"subject={quote(subject)}&body={quote(body.replace(chr(10), chr(13) + chr(10)))}"
    context = {
        "customer": customer,
        "spec": registry.object("handover_customer"),
        "address": address,
        "why": why,
        "mailto": f"mailto:{quote(address, safe='@')}?{query}" if address else "",
        "acts": [one for one in offered(actor, customer) if one.object == "handover_customer"],
        "may_edit": "edit" in customer.rights,
    }
    return respond(request, "handover/letter.html", context)


def _address(actor: Actor, customer: Record) -> tuple[str, Words | str]:
    """The mail address the draft goes to, "" and why where it may not go or is not shown to the actor."""
    contact = customer["contact"]
    if contact is None:
        found, why = addressee(customer["account"].id) if customer["account"] else (None, Words(""))
        return "", _("Nobody is chosen to write to.") if found else why
    answer = may_send("contact", contact.id, PURPOSE, CHANNEL)
    if not answer:
        return "", answer.why
    try:
        email = read_one(actor, "contact", contact.id).values.get("email")
    except Refused as error:
        return "", error.title
    if not isinstance(email, str) or isinstance(email, Masked):
        return "", _("The address is shown to whoever looks after the contact.")
    return email, answer.why
