"""Handover 离职交接: what somebody leaves behind goes to others, with a receipt from both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.people import people
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _, speaking
from zhike.records.company.settings import company
from zhike.records.handing.customers import WATCHED, draft_anew
from zhike.records.handing.doing import begin, confirm_package, confirm_receipt, plan_for, put_off, require_handing
from zhike.records.handing.rules import corrected, rules_in
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import STAYS, Option, Scope, Tab, View
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATES = (
    Option("draft", _("Draft")),
    Option("planned", _("Planned"), "blue"),
    Option("running", _("Being handed over"), "gold"),
    Option("handed_over", _("Handed over"), "teal"),
    Option("received", _("Received"), "green"),
    Option("undone", _("Undone"), "red"),
)
REASONS = (
    Option("leaves", _("Leaves the company")),
    Option("moves", _("Moves to another post")),
    Option("away", _("Away for long")),
    Option("other", _("Other")),
)


@declare
class Handover(BusinessObject):
    """Everything somebody leaves behind, split among successors by rules; done as one act that can be undone."""

    leaver = c.Link(_("Who leaves"), to="user", back="handovers", required=True, index=True, stays=True)
    reason = c.Choice(_("Reason"), REASONS, default="leaves", required=True)
    last_day = c.Date(_("Last day"), default="today", index=True)
    keeps_access = c.YesNo(_("Keeps access"), hint=_("Otherwise sign-in, sessions and tokens end in the same moment"))
    state = c.Choice(_("State"), STATES, default="draft", readonly=True, index=True)
    rules = c.LongText(
        _("Rules"),
        max=20000,
        hint=_("One a line, the first that matches counts: region = east -> li.na, or -> @East department"),
    )
    rest = c.Link(_("Everything else goes to"), to="user", on_delete="clear", stays=True)
    settings_to = c.Link(
        _("Team, views and rules go to"),
        to="user",
        on_delete="clear",
        stays=True,
        hint=_("Whoever takes their place as manager, stand-in or in sharing rules; empty: who gets everything else"),
    )
    together = c.YesNo(_("What belongs to a customer goes with it"), default=True)
    confirms = c.Link(
        _("Who confirms the package"),
        to="user",
        on_delete="clear",
        stays=True,
        hint=_("The manager, or the one who leaves: they see the package then"),
    )
    notices = c.YesNo(_("Draft a message to each customer"), default=True)
    notice_language = c.Choice(
        _("Language of the messages"), (Option("zh-hans", _("Simplified Chinese")), Option("en", _("English")))
    )
    notice_subject = c.Text(_("Subject"), max=200, hint=_("Empty: as usual"))
    notice_body = c.LongText(
        _("Message"),
        max=4000,
        hint=_("{customer} {contact} {leaver} {successor} {company} are filled in; empty: as usual"),
    )
    watch_days = c.Number(_("Days to watch the customers"), default=WATCHED)
    confirmed_by = c.Link(_("Package confirmed by"), to="user", readonly=True, on_delete="clear")
    confirmed_on = c.Instant(_("Package confirmed"), readonly=True)
    handed_on = c.Instant(_("Handed over on"), readonly=True, index=True)
    received_on = c.Instant(_("Received by everybody"), readonly=True)
    left_over = c.LongText(_("Could not be handed over"), max=20000, readonly=True)
    operation = c.Number(_("Operation"), readonly=True, hidden=True)
    job = c.Number(_("Job"), readonly=True, hidden=True)
    name = c.Text(_("Name"), max=200, search=3)

    class About:
        key, plural, icon, title = "handover", "handovers", "handshake", "name"
        label, plural_label = _("Handover"), _("Handovers")
        help = _("Everything somebody leaves behind, split among successors by rules and handed over as one act.")
        columns = "name leaver reason last_day state handed_on owner"
        form = (
            Tab.of(_("Who and when"), "leaver reason last_day keeps_access confirms"),
            Tab.of(_("Who gets what"), "rules rest settings_to together"),
            Tab.of(_("Customers"), "notices notice_language notice_subject notice_body watch_days"),
            Tab.of(_("State"), "state confirmed_by confirmed_on handed_on received_on left_over"),
        )
        phone = "name last_day state leaver"
        views = (
            View("open", _("Under way"), "state in (draft, planned, running, handed_over)", first=True),
            View("done", _("Received"), "state = received"),
        )
        scope = Scope(people=("confirms",))
        handed = STAYS
        group = "more"


@declare
class HandoverPart(BusinessObject):
    """What one successor got of a handover, until they confirm that they have it."""

    handover = c.Link(_("Handover"), to="handover", back="parts", required=True, index=True, on_delete="trash")
    recipient = c.Link(_("Successor"), to="user", required=True, index=True, on_delete="trash", stays=True)
    records = c.Number(_("Records"), readonly=True)
    customers = c.Number(_("Customers"), readonly=True)
    received_on = c.Instant(_("Receipt confirmed"), readonly=True, index=True)
    remark = c.LongText(_("Remark on receipt"), max=2000)
    name = c.Text(_("Name"), max=200, search=3)

    class About:
        key, plural, icon, title = "handover_part", "handover_parts", "handshake", "name"
        label, plural_label = _("Part of a handover"), _("Parts of handovers")
        help = _("What one successor got of a handover, until they confirm that they have it.")
        columns = "name handover recipient records customers received_on"
        form = (Tab.of(_("Part of a handover"), "handover recipient records customers received_on remark"),)
        phone = "name records received_on recipient"
        scope = Scope.follows("handover", people=("recipient",))
        handed = STAYS
        group = "hidden"


NOTICE_STATES = (
    Option("none", _("No message")),
    Option("draft", _("Draft"), "blue"),
    Option("withheld", _("Not allowed"), "red"),
    Option("sent", _("Sent"), "green"),
)


@declare
class HandoverCustomer(BusinessObject):
    """A customer that changed hands: the message to them, and how they fare for a while."""

    account = c.Link(_("Account"), to="account", back="handed_over", required=True, index=True, on_delete="trash")
    handover = c.Link(_("Handover"), to="handover", back="customers", required=True, index=True, on_delete="trash")
    handed_on = c.Instant(_("Handed over on"), readonly=True, index=True)
    watched_until = c.Date(_("Watched until"), index=True)
    contact = c.Link(_("Contact"), to="contact", back="handover_notices", on_delete="clear")
    notice = c.Choice(_("Message"), NOTICE_STATES, default="none", readonly=True, index=True)
    withheld = c.Text(_("Why there is none"), max=300, readonly=True)
    subject = c.Text(_("Subject"), max=200, personal=True)
    body = c.LongText(_("Text"), max=6000, personal=True)
    name = c.Text(_("Name"), max=200, search=3)

    class About:
        key, plural, icon, title = "handover_customer", "handover_customers", "handshake", "name"
        label, plural_label = _("Customer handed over"), _("Customers handed over")
        help = _("Customers that changed hands: what they were told, and how they fare for a while.")
        columns = "account handover owner handed_on watched_until contact notice"
        form = (
            Tab.of(_("Customer handed over"), "account handover owner handed_on watched_until"),
            Tab.of(_("Message"), "contact notice withheld subject body"),
        )
        phone = "name handed_on notice owner"
        scope = Scope.follows("handover")
        sort = "-handed_on"
        handed = "watched_until >= today"
        group = "hidden"


# -- statements --------------------------------------------------------------------------------------------------------
@computes("handover")
def name_and_check(handover: Any) -> Mapping[str, Any]:
    """Named after who leaves; their manager confirms; rules are readable; what is taken back is undone."""
    filled: dict[str, Any] = {}
    leaver = handover["leaver"]
    known = people().persons.get(leaver.id) if leaver else None
    if known is not None and handover.changed("leaver"):
        require_handing(handover.actor_id, known.id)
        if not handover["confirms"] and known.manager:
            filled["confirms"] = Ref("user", known.manager)
        with speaking(company().language):
            named = str(_("Handover of {name}").with_(name=known.name))[:200]
        if _unnamed(handover, "leaver"):
            filled["name"] = named
    days = handover["watch_days"]
    if days is not None and not 0 <= days <= 730:
        handover.refuse(_("Write a number from 0 to 730."), "watch_days")
    if handover.changed("rules") and handover["rules"]:
        try:
            rules_in(handover["rules"])
        except Refused as error:
            handover.problems += error.problems
    if handover.old.get("state") in ("handed_over", "received") and handover["state"] in (
        "draft",
        "planned",
        "running",
    ):
        filled["state"] = "undone"  # only an undo leads back there
    return filled


def _unnamed(draft: Any, key: str) -> bool:
    """Whether a record that is named after a link has another one now and was given no name."""
    return bool(draft.changed(key)) and not draft.changed("name")


@computes("handover_part")
def name_the_part(part: Any) -> Mapping[str, Any]:
    """Named after who gets it."""
    known = people().persons.get(part["recipient"].id) if part["recipient"] else None
    return {"name": known.name} if known is not None and _unnamed(part, "recipient") else {}


@computes("handover_customer", needs="account.name")
def name_the_customer(one: Any) -> Mapping[str, Any]:
    """Named after the customer."""
    return {"name": (one["account.name"] or "")[:200]} if _unnamed(one, "account") else {}


# -- acts --------------------------------------------------------------------------------------------------------------
@action(
    "handover", "hand_over", _("Hand over now"), icon="handshake", bulk=False, danger=True,
    when="state in (draft, planned, running)",
    confirm=_(
        "Everything goes to the successors, and access ends, unless it is kept. Undo brings the records back;"
        " the account stays closed."
    ),
)  # fmt: skip
def hand_over(doors: Any, handover: Any, values: Mapping[str, Any]) -> Words:
    """Do it now: access ends, everything changes hands. A large package goes on as a job."""
    return begin(doors.act, handover)


@action(
    "handover",
    "plan",
    _("Hand over after the last day"),
    icon="calendar-clock",
    bulk=False,
    when="state = draft",
    help=_("Leave it to the schedule: it is done when the last day is over."),
)
def plan(doors: Any, handover: Any, values: Mapping[str, Any]) -> Words:
    """Leave it to the schedule: it is done when the last day is over."""
    return plan_for(doors.act, handover)


@action(
    "handover",
    "unplan",
    _("Do not do it by itself"),
    icon="undo-2",
    bulk=False,
    when="state = planned",
    help=_("Back to a draft."),
)
def unplan(doors: Any, handover: Any, values: Mapping[str, Any]) -> Words:
    """Back to a draft."""
    return put_off(doors.act, handover)


@action(
    "handover", "correct", _("Give one record to somebody else"), icon="user-round-check", bulk=False,
    when="state in (draft, planned)",
    inputs=(
        asks("object", _("Object"), "text", required=True, max=60, default="account"),
        asks("record", _("Record (its number)"), "number", required=True),
        asks("person", _("Goes to"), "link", to="user", hint=_("Empty: to whom the rules say")),
    ),
)  # fmt: skip
def correct(doors: Any, handover: Any, values: Mapping[str, Any]) -> Words:
    """Put one record before all rules: it goes to this person."""
    person = values["person"].id if values.get("person") else 0
    rules = corrected(handover["rules"] or "", values["object"], int(values["record"]), person)
    doors.update("handover", handover.id, {"rules": rules or None})
    return _("Corrected")


@action(
    "handover", "confirm", _("Confirm the package"), icon="circle-check", right="read", bulk=False,
    when="confirmed_on is empty and state in (draft, planned, handed_over)",
    help=_("The leaver, or their manager, confirms that the package is complete."),
)  # fmt: skip
def confirm(doors: Any, handover: Any, values: Mapping[str, Any]) -> Words:
    """The leaver, or their manager, confirms that the package is complete."""
    return confirm_package(doors.act, handover)


@action(
    "handover_part", "receive", _("Confirm receipt"), icon="circle-check", right="read", bulk=False,
    when="received_on is empty",
    inputs=(asks("remark", _("Remark"), "long_text", max=2000),),
)  # fmt: skip
def receive(doors: Any, part: Any, values: Mapping[str, Any]) -> Words:
    """The successor confirms that they have what they were given."""
    return confirm_receipt(doors.act, part, values.get("remark"))


@action(
    "handover_customer", "write_draft", _("Write the message anew"), icon="pencil",
    when="notice != sent and handover.state in (handed_over, received)",
    help=_("Fill the message in from the template of the handover, if the customer may be written to."),
)  # fmt: skip
def write_draft(doors: Any, customer: Any, values: Mapping[str, Any]) -> Words:
    """Fill the message in from the template of the handover, if the customer may be written to."""
    return draft_anew(doors.act, customer)


@action(
    "handover_customer",
    "sent",
    _("Note as sent"),
    icon="circle-check",
    when="notice = draft",
    help=_("The message went out by the successor’s own mail program."),
)
def sent(doors: Any, customer: Any, values: Mapping[str, Any]) -> Words:
    """The message went out by the successor's own mail program."""
    doors.update("handover_customer", customer.id, {"notice": "sent"})
    return _("Noted as sent")
