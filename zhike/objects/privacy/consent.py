"""Consent 同意记录: what somebody agreed to, when, in which words, with the proof; and that they took it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.privacy.may_send import CHANNELS, PURPOSES
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import Option, Scope, Tab, View
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

GIVEN, WITHDRAWN = "given", "withdrawn"
STATES = (Option(GIVEN, _("Given"), "green"), Option(WITHDRAWN, _("Withdrawn"), "red"))
WAYS = (
    Option("form", _("Web form")),
    Option("paper", _("On paper")),
    Option("mail", _("By mail")),
    Option("phone", _("On the phone")),
    Option("chat", _("In a chat")),
    Option("person", _("In person")),
)


@declare
class Consent(BusinessObject):
    """Somebody's consent to one purpose over one channel. Withdrawn, it stops sending in the same moment."""

    wording = c.Text(
        _("Text they agreed to"),
        max=200,
        required=True,
        search=2,
        hint=_("Name and version, such as Privacy policy 2026-03"),
    )
    parent = c.AnyLink(_("Whose consent"), required=True, on_delete="trash")
    account = c.Link(_("Account"), to="account", back="consents")
    purpose = c.Choice(
        _("Purpose"), tuple(Option(key, label) for key, label in PURPOSES.items()), required=True, index=True
    )
    channel = c.Choice(
        _("Channel"), tuple(Option(key, label) for key, label in CHANNELS.items()), default="any", required=True
    )
    state = c.Choice(_("State"), STATES, default=GIVEN, index=True, readonly=True)
    given_on = c.Instant(_("Given on"), default="now", index=True)
    obtained = c.Choice(_("Obtained"), WAYS)
    proof = c.File(_("Proof"))
    withdrawn_on = c.Instant(_("Withdrawn on"), index=True)
    note = c.LongText(_("Note"), max=2000, personal=True)

    class About:
        key, plural, icon, title = "consent", "consents", "badge-check", "wording"
        label, plural_label = _("Consent"), _("Consents")
        help = _("Who agreed to hear from you, about what and how. Once withdrawn, nothing more is sent.")
        columns = "parent purpose channel state given_on wording owner"
        highlights = "state purpose channel given_on withdrawn_on"
        form = (
            Tab.of(_("Consent"), "parent purpose channel wording given_on obtained proof"),
            Tab.of(_("Withdrawal"), "withdrawn_on note"),
        )
        phone = "wording purpose state parent"
        scope = Scope.follows("parent", "account")
        timeline = "given_on"
        views = (View("withdrawn", _("Withdrawn"), "state = withdrawn", "-withdrawn_on"),)
        group = "more"


@computes("consent")
def follow_the_withdrawal(consent: Any) -> Mapping[str, Any]:
    """The state follows the moment of withdrawal, which does not lie before the consent."""
    given, withdrawn = consent["given_on"], consent["withdrawn_on"]
    if given and withdrawn and withdrawn < given and consent.changed("withdrawn_on"):
        consent.refuse(_("It cannot be withdrawn before it was given."), "withdrawn_on")
    return {"state": WITHDRAWN if withdrawn is not None else GIVEN}


@action(
    "consent", "withdraw", _("Withdraw"), icon="ban", when="state = given",
    inputs=(asks("note", _("How they said so"), "long_text", max=2000),),
)  # fmt: skip
def withdraw(doors: Any, consent: Any, values: Mapping[str, Any]) -> Words:
    """The person takes their consent back: nothing is sent for this purpose any more, from this moment on."""
    if consent["state"] == WITHDRAWN:
        raise Invalid(Problem(_("This consent was withdrawn already."), code="withdrawn"))
    told = {"note": values["note"]} if values.get("note") else {}
    doors.update("consent", consent.id, {"withdrawn_on": doors.act.at, **told})
    return _("Withdrawn. Nothing is sent for this any more.")
