"""Follow-up 跟进记录."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import Words, _
from zhike.schema.declare import action, asks
from zhike.schema.spec import Option, Scope, Tab
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

WAYS = (
    Option("call", _("Call"), "green"),
    Option("visit", _("Visit"), "orange"),
    Option("wechat", _("WeChat"), "teal"),
    Option("mail", _("E-mail"), "blue"),
    Option("meeting", _("Meeting"), "violet"),
    Option("other", _("Other")),
)
RESULTS = (
    Option("good", _("Went well"), "green"),
    Option("neutral", _("No decision yet")),
    Option("bad", _("Did not go well"), "red"),
    Option("no_answer", _("Not reached")),
)


@declare
class FollowUp(BusinessObject):
    """What happened with a customer: how, when, with whom, what came out, what comes next."""

    summary = c.LongText(_("What happened"), max=8000, required=True, search=3, personal=True)
    way = c.Choice(_("Way"), WAYS, default="call", required=True, index=True)
    happened = c.Instant(_("When"), default="now", required=True, index=True)
    parent = c.AnyLink(_("Regarding"), required=True, on_delete="trash")
    account = c.Link(_("Account"), to="account", back="follow_ups")
    contacts = c.Links(_("With"), to="contact", back="follow_ups")
    opportunity = c.Link(_("Opportunity"), to="opportunity", back="deal_follow_ups")
    result = c.Choice(_("Result"), RESULTS, index=True)
    next_step = c.Text(_("Next step"), max=300)
    next_on = c.Date(_("Next on"), index=True)

    class About:
        key, plural, icon, title = "follow_up", "follow_ups", "message-square-text", "summary"
        label, plural_label = _("Follow-up"), _("Follow-ups")
        columns = "summary way happened parent account result next_on owner"
        highlights = "way happened parent result next_on owner"
        form = (
            Tab.of(_("Follow-up"), "summary way happened parent contacts opportunity"),
            Tab.of(_("Outcome"), "result next_step next_on owner"),
        )
        related = "files"
        phone = "summary way parent happened"
        sort = "-happened"
        scope = Scope.follows("parent", "account")
        timeline = "happened"
        group = "day"


@action(
    "*", "log_follow_up", _("Log a follow-up"), icon="message-square-plus", right="read", related="follow_ups", bulk=False,
    inputs=(
        asks("summary", _("What happened"), "long_text", required=True, max=8000),
        asks("way", _("Way"), "choice", options=WAYS, default="call"),
        asks("happened", _("When"), "instant", hidden=True),
        asks("contacts", _("With"), "links", to="contact", hidden=True),
        asks("result", _("Result"), "choice", options=RESULTS, hidden=True),
        asks("next_step", _("Next step"), "text", max=300, hidden=True),
        asks("next_on", _("Next on"), "date"),
    ),
)  # fmt: skip
def log_follow_up(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Write down what happened; the open reminder is done with it, and the next one is set."""
    given = {key: value for key, value in values.items() if value is not None}
    if record.object == "contact" and "contacts" not in given:
        given["contacts"] = (Ref("contact", record.id),)
    if record.object == "opportunity":
        given["opportunity"] = Ref("opportunity", record.id)
    doors.create("follow_up", {**given, "parent": Ref(record.object, record.id)})
    reminders = doors.read(
        "task",
        f"parent = {record.object}:{record.id} and kind = follow_up and status = open and owner = me",
        columns=("status",),
    )
    for task in reminders.rows:
        doors.update("task", task.id, {"status": "done"})
    if values.get("next_on"):
        subject = values.get("next_step") or _("Follow up with {name}").with_(name=record.title)
        due = {"due_on": values["next_on"], "kind": "follow_up"}
        doors.create("task", {"subject": str(subject)[:200], "parent": Ref(record.object, record.id), **due})
    return _("Follow-up logged")
