"""Follow-up 跟进记录."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.rights import can, field_right
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.objects.day.line import Known, understand
from zhike.objects.day.names import Person
from zhike.schema.declare import action, asks
from zhike.schema.registry import registry
from zhike.schema.spec import OnCalendar, Option, Scope, Tab, View
from zhike.schema.understanding import Understanding
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
TAGS = (
    Option("quote", _("Quote"), "blue"),
    Option("contract", _("Contract"), "violet"),
    Option("payment", _("Payment"), "green"),
    Option("demo", _("Demo"), "teal"),
    Option("sample", _("Sample"), "teal"),
    Option("competitor", _("Competitor"), "orange"),
    Option("complaint", _("Complaint"), "red"),
    Option("delivery", _("Delivery"), "blue"),
)
MOST_PEOPLE = 200


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
    tags = c.Choices(_("Tags"), TAGS)
    next_on = c.Date(_("Next on"), index=True)
    next_time = c.Text(_("At"), max=5, format="time")
    next_step = c.Text(_("Next step"), max=300)

    class About:
        key, plural, icon, title = "follow_up", "follow_ups", "message-square-text", "summary"
        label, plural_label = _("Follow-up"), _("Follow-ups")
        help = _("What was said and agreed. Write one line after each call or visit; the next date reminds you.")
        columns = "summary way happened parent account result next_on owner"
        highlights = "way happened parent result next_on owner"
        form = (
            Tab.of(_("Follow-up"), "summary way happened parent contacts opportunity tags"),
            Tab.of(_("Outcome"), "result next_on next_time next_step owner"),
        )
        related = "files comments"
        phone = "summary way parent happened"
        sort = "-happened"
        views = (
            View("week", _("Mine this week"), "owner = me and happened within this week"),
            View("next", _("Next steps due"), "next_on <= today and next_on > today - 30 days", "next_on"),
        )
        scope = Scope.follows("parent", "account")
        timeline = "happened"
        calendar = (
            OnCalendar(
                "happened",
                _("Follow-ups"),
                "blue",
                "phone-call",
                where="way != visit",
                heads="account",
                under=("summary",),
            ),
            OnCalendar(
                "happened",
                _("Visits"),
                "orange",
                "map-pin",
                where="way = visit",
                heads="account",
                under=("summary",),
                name="visits",
            ),
            OnCalendar(
                "next_on",
                _("Next steps"),
                "teal",
                "calendar-clock",
                heads="account",
                under=("next_step",),
                yields=True,
            ),
        )
        group = "day"


def understand_line(doors: Any, record: Any, text: str) -> Understanding:
    """The line of :func:`log_follow_up`, with the people of the record's account and the options as they are now."""
    spec = registry.object("follow_up")
    here = now().astimezone(ZoneInfo(doors.setting.timezone))
    ways, results, tags = (spec[key].options for key in ("way", "result", "tags"))
    people = _people(doors, record)
    near = {"contacts": tuple(Ref("contact", one.id, one.name) for one in people)}
    return replace(understand(text, Known(here, ways, results, tags, people)), near=near)


def _people(doors: Any, record: Any) -> Sequence[Person]:
    """Who may be meant: the contacts of the record's account as far as the writer sees them."""
    spec = registry.object("contact")
    if record is None or not can(doors.actor, "read", spec):
        return ()
    account = record.id if record.object == "account" else getattr(record.values.get("account"), "id", None)
    if account is None:
        return (Person(record.id, record.title),) if record.object == "contact" else ()
    keys = ("name", "account", "job", "gender")
    open_to_read = [key for key in keys if field_right(doors.actor, spec, spec[key]) in ("read", "write")]
    if not {"name", "account"} <= set(open_to_read):
        return ()
    page = doors.read("contact", f"account = {account}", size=MOST_PEOPLE, columns=tuple(open_to_read))
    return [Person(one.id, one.title, one["job"] or "", one["gender"] or "") for one in page.rows]


@action(
    "*", "log_follow_up", _("Log a follow-up"), icon="message-square-plus", right="read", related="follow_ups", bulk=False,
    inputs=(
        asks("line", _("In one line"), "long_text", max=8000, hidden=True,
             hint=_("Way, person, next date, result and !tags are read out of it; inputs given beside it win.")),
        asks("summary", _("What happened"), "long_text", max=8000),
        asks("way", _("Way"), "choice", options=WAYS, like="follow_up.way"),
        asks("happened", _("When"), "instant", hidden=True),
        asks("contacts", _("With"), "links", to="contact", hidden=True),
        asks("result", _("Result"), "choice", options=RESULTS, like="follow_up.result", hidden=True),
        asks("tags", _("Tags"), "choices", options=TAGS, like="follow_up.tags", hidden=True),
        asks("next_step", _("Next step"), "text", max=300, hidden=True),
        asks("next_on", _("Next on"), "date"),
        asks("next_time", _("At"), "text", max=5, format="time", hidden=True),
    ),
    understands=understand_line, takes_files=True,
)  # fmt: skip
def log_follow_up(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Write down what happened; the open reminder is done with it, and the next one is set."""
    given = {key: value for key, value in values.items() if value is not None and key != "line"}
    given.setdefault("summary", values.get("line") or (_only_files(doors) if doors.files else None))
    if not given["summary"]:
        raise Invalid(Problem(_("“{field}” is needed.").with_(field=_("What happened")), "summary", "required"))
    if record.object == "contact" and "contacts" not in given:
        given["contacts"] = (Ref("contact", record.id),)
    if record.object == "opportunity":
        given["opportunity"] = Ref("opportunity", record.id)
    about = Ref(record.object, record.id)
    written = doors.create("follow_up", {**given, "parent": about})
    for ref in doors.files:
        doors.create("file", {"name": ref.name, "content": ref, "parent": Ref("follow_up", written)})
    reminders = doors.read(
        "task",
        f"parent = {record.object}:{record.id} and kind = follow_up and status = open and owner = me",
        columns=("status",),
    )
    for task in reminders.rows:
        doors.update("task", task.id, {"status": "done"})
    if values.get("next_on"):
        subject = values.get("next_step") or _("Follow up with {name}").with_(name=record.title)
        due = {"due_on": values["next_on"], "due_time": values.get("next_time"), "kind": "follow_up"}
        remind = "m30" if values.get("next_time") else "due"
        doors.create("task", {"subject": str(subject)[:200], "parent": about, "remind": remind, **due})
    return _("Follow-up logged")


def _only_files(doors: Any) -> str:
    """What stands in a follow-up that is nothing but a photo or a voice note."""
    names = {"image": _("Photo"), "audio": _("Voice note")}
    return str(names.get(doors.files[0].type.partition("/")[0], _("File")))
