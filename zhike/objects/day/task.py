"""Task 任务."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.objects.day.repeating import Rule, next_day
from zhike.schema.checklist import Item, items_of, marked, written
from zhike.schema.declare import action, asks, computes, entails, holds
from zhike.schema.spec import OnCalendar, Option, Scope, Tab, View
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATUSES = (Option("open", _("To do"), "blue"), Option("done", _("Done"), "green"), Option("cancelled", _("Cancelled")))
KINDS = (
    Option("todo", _("To do")),
    Option("follow_up", _("Follow-up reminder"), "blue"),
    Option("call", _("Call"), "green"),
    Option("visit", _("Visit"), "orange"),
)
PRIORITIES = (Option("high", _("High"), "red"), Option("normal", _("Normal")), Option("low", _("Low")))
REMINDERS = (
    Option("due", _("When it is due")),
    Option("m10", _("10 minutes before")),
    Option("m30", _("30 minutes before")),
    Option("h1", _("1 hour before")),
    Option("h2", _("2 hours before")),
    Option("d1", _("1 day before")),
    Option("d2", _("2 days before")),
    Option("w1", _("1 week before")),
    Option("own", _("At a time of its own")),
)
BEFORE = {
    "due": timedelta(), "m10": timedelta(minutes=10), "m30": timedelta(minutes=30), "h1": timedelta(hours=1),
    "h2": timedelta(hours=2), "d1": timedelta(days=1), "d2": timedelta(days=2), "w1": timedelta(days=7),
}  # fmt: skip
PERIODS = (
    Option("daily", _("Daily")),
    Option("weekly", _("Weekly")),
    Option("monthly", _("Monthly")),
    Option("yearly", _("Yearly")),
)
WEEKDAYS = (
    Option("mon", _("Monday")),
    Option("tue", _("Tuesday")),
    Option("wed", _("Wednesday")),
    Option("thu", _("Thursday")),
    Option("fri", _("Friday")),
    Option("sat", _("Saturday")),
    Option("sun", _("Sunday")),
)
PUT_OFF = (
    Option("d1", _("By one day")),
    Option("d3", _("By three days")),
    Option("w1", _("By one week")),
    Option("monday", _("To next Monday")),
    Option("month", _("To the end of the month")),
)
MORNING = "09:00"  # the time of day of what has none
COPIED = (
    "subject", "due_time", "kind", "priority", "parent", "account", "note", "remind", "owner",
    "repeat", "repeat_every", "repeat_on", "repeat_until", "repeat_from",
)  # fmt: skip


@declare
class Task(BusinessObject):
    """Something to do by a day, by its owner, perhaps about a record."""

    subject = c.Text(_("Subject"), max=200, required=True, search=5, personal=True)
    status = c.Choice(_("Status"), STATUSES, default="open", required=True, index=True)
    due_on = c.Date(_("Due on"), default="today", index=True)
    due_time = c.Text(_("At"), max=5, format="time")
    kind = c.Choice(_("Kind"), KINDS, default="todo", index=True)
    priority = c.Choice(_("Priority"), PRIORITIES, default="normal")
    parent = c.AnyLink(_("Regarding"), on_delete="trash")
    account = c.Link(_("Account"), to="account", back="tasks")
    done_at = c.Instant(_("Done"), readonly=True, index=True)
    note = c.LongText(_("Note"), max=4000, search=1, personal=True)
    checklist = c.LongText(_("Checklist"), max=8000, search=1, personal=True, format="checklist",
                           hint=_("One thing to do a line"))  # fmt: skip
    remind = c.Choice(_("Remind"), REMINDERS)
    remind_at = c.Instant(_("Remind at"), hint=_("Worked out from the due date unless you choose a time of its own"))
    repeat = c.Choice(_("Repeat"), PERIODS)
    repeat_every = c.Number(_("Every"), hint=_("Every so many days, weeks, months or years; empty: each time"))
    repeat_on = c.Choices(
        _("On these days"), WEEKDAYS, hint=_("Only when it repeats weekly; empty: the weekday of its date")
    )
    repeat_until = c.Date(_("Repeat until"))
    repeat_from = c.Date(_("Repeats since"), readonly=True, hidden=True)
    given_by = c.Link(_("Given by"), to="user", readonly=True, index=True, on_delete="clear")
    after = c.Link(_("After"), to="task", back="followed_by", readonly=True, hidden=True, index=True, on_delete="clear")

    class About:
        key, plural, icon, title = "task", "tasks", "list-checks", "subject"
        label, plural_label = _("Task"), _("Tasks")
        help = _("What is to do, by whom and until when. It stands on its owner’s home page and calendar.")
        columns = "subject status due_on checklist kind priority parent owner"
        highlights = "status due_on due_time priority repeat parent owner"
        form = (
            Tab.of(_("Task"), "subject due_on due_time kind priority parent owner note checklist"),
            Tab.of(_("Reminder and repetition"), "remind remind_at repeat repeat_every repeat_on repeat_until"),
            Tab.of(_("State"), "status done_at given_by"),
        )
        related = "files comments"
        phone = "subject due_on parent owner"
        sort = "due_on"
        views = (
            View("open", _("To do"), "status = open", first=True),
            View("today", _("Mine today"), "status = open and owner = me and due_on <= today"),
            View("given", _("Given by me"), "status = open and given_by = me and owner != me"),
            View("overdue", _("Overdue"), "status = open and due_on < today"),
            View("done", _("Done"), "status = done", "-done_at"),
        )
        scope = Scope.follows("parent", "account", people=("given_by",))
        timeline = "created"
        due = "due_on"
        reminds = "remind_at"
        calendar = (
            OnCalendar(
                "due_on",
                _("Tasks"),
                clock="due_time",
                done="status != open",
                under=("parent",),
                remind=True,
                adds=True,
                moves="postpone",
                given="given_by",
                where="status != cancelled",
            ),
        )
        board = None
        group = "day"


holds("task", "status = open", _("A task is still open"))


@computes("task")
def date_the_end(task: Any) -> Mapping[str, Any]:
    """A task that is done carries the moment; one that is opened again loses it."""
    if not task.changed("status"):
        return {}
    if task["status"] == "open":
        return {"done_at": None}
    return {"done_at": task["done_at"] or task.now}


@computes("task")
def say_who_gave_it(task: Any) -> Mapping[str, Any]:
    """Whoever puts a task on somebody else's list keeps it in sight."""
    owner = task["owner"]
    if not task.changed("owner") or owner is None or not task.actor_id or owner.id == task.actor_id:
        return {}
    return {"given_by": Ref("user", task.actor_id)}


@computes("task")
def set_the_reminder(task: Any) -> Mapping[str, Any]:
    """The moment of the reminder follows the due date, unless somebody chose a time of its own."""
    if not any(task.changed(key) for key in ("remind", "remind_at", "due_on", "due_time")):
        return {}
    remind = task["remind"]
    if task.changed("remind_at") and (task["remind_at"] is not None or not task.changed("remind")):
        return {} if task.changed("remind") else {"remind": "own" if task["remind_at"] else None}
    if remind == "own":
        if task["remind_at"] is None:
            task.refuse(_("Say when the reminder should come."), "remind_at", "required")
        return {}
    if remind is None or task["due_on"] is None:
        return {"remind_at": None}
    return {"remind_at": _moment(task["due_on"], task["due_time"], task.timezone) - BEFORE[remind]}


@computes("task")
def begin_the_series(task: Any) -> Mapping[str, Any]:
    """A series counts from the date it had when its rule was set, so that the 31st stays the 31st after a short month."""
    if not task["repeat"]:
        return {"repeat_from": None} if task["repeat_from"] else {}
    if task["due_on"] is None:
        task.refuse(_("A task that repeats needs a date."), "due_on", "required")
        return {}
    every = task["repeat_every"]
    if every is not None and not 1 <= every <= 999:
        task.refuse(_("Write a number from 1 to 999."), "repeat_every")
    ruled = any(task.changed(key) for key in ("repeat", "repeat_every", "repeat_on"))
    if task["repeat_from"] is None or (ruled and not task.changed("repeat_from")):
        return {"repeat_from": task["due_on"]}
    return {}


def _moment(day: date, clock: str | None, timezone: str) -> datetime:
    hour, minute = (int(part) for part in (clock or MORNING).split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(timezone))


# -- done, and what comes after ----------------------------------------------------------------------------------------
@action(
    "task",
    "complete",
    _("Complete"),
    icon="circle-check",
    when="status = open",
    help=_("Mark the task as done; one that repeats comes again on its next day."),
)
def complete(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Mark the task as done; one that repeats comes again on its next day."""
    doors.update("task", task.id, {"status": "done"})
    following = go_on(doors, doors.one("task", task.id))
    if following is not None:
        return _("“{task}” is done and comes again on {day}").with_(task=task.title, day=following.isoformat())
    return _("“{task}” is done").with_(task=task.title)


@entails("task", "status")
def go_on(doors: Any, task: Any) -> date | None:
    """The next of a series, once this one is done by whatever way; answers its day."""
    if task["status"] != "done" or not task["repeat"] or not task["due_on"] or not task["repeat_from"]:
        return None
    rule = Rule(
        task["repeat"],
        task["repeat_from"],
        int(task["repeat_every"] or 1),
        task["repeat_on"] or (),
        task["repeat_until"],
    )
    day = next_day(rule, task["due_on"], doors.setting.today)
    if day is None or doors.read("task", f"after = {task.id}", size=1, columns=("after",)).rows:
        return None
    values = {key: task[key] for key in COPIED if task[key] is not None}
    values["checklist"] = written([Item(one.text) for one in items_of(task["checklist"])])
    if task["remind"] == "own" and task["remind_at"]:
        values["remind_at"] = task["remind_at"] + (day - task["due_on"])
    doors.create("task", {**values, "due_on": day, "after": Ref("task", task.id)})
    return day


@action(
    "task",
    "reopen",
    _("Open again"),
    icon="rotate-ccw",
    when="status != open",
    help=_("Put the task back on the list."),
)
def reopen(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Put the task back on the list."""
    doors.update("task", task.id, {"status": "open"})
    return _("“{task}” is open again").with_(task=task.title)


@action(
    "task", "postpone", _("Postpone"), icon="calendar-clock", when="status = open",
    inputs=(asks("due_on", _("New date"), "date"), asks("by", _("Or"), "choice", options=PUT_OFF)),
)  # fmt: skip
def postpone(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Give the task another date: a day, or so much later than its date (than today, when that has passed)."""
    day = values["due_on"] or _later(task["due_on"], values["by"], doors.setting.today)
    if day is None:
        raise Invalid(Problem(_("“{field}” is needed.").with_(field=_("New date")), "due_on", "required"))
    doors.update("task", task.id, {"due_on": day})
    return _("“{task}” was postponed").with_(task=task.title)


def _later(due: date | None, by: str | None, today: date) -> date | None:
    start = max(due or today, today)
    if by == "monday":
        return start + timedelta(days=7 - start.weekday())
    if by == "month":
        end = _month_end(start)
        return end if end > start else _month_end(start + timedelta(days=1))
    return start + {"d1": timedelta(1), "d3": timedelta(3), "w1": timedelta(7)}[by] if by else None


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@action(
    "task", "transfer", _("Assign"), icon="user-round-check", right="transfer",
    inputs=(asks("owner", _("Who does it"), "link", to="user", required=True),),
)  # fmt: skip
def assign(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Give the task to somebody: its owner is the one who does it, and is told."""
    doors.update("task", task.id, {"owner": values["owner"]})
    return _("“{task}” was assigned").with_(task=task.title)


@action(
    "task", "tick", _("Tick off"), icon="check", bulk=False, when="checklist is not empty",
    inputs=(
        asks("item", _("Item"), "number", required=True, hint=_("Its place in the checklist, from 1")),
        asks("done", _("Done"), "yes_no", default=True),
    ),
)  # fmt: skip
def tick(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Mark one item of the checklist as done, or as still to do."""
    items = items_of(task["checklist"])
    place = int(values["item"])
    if not 1 <= place <= len(items):
        raise Invalid(Problem(_("The checklist has {n} items.").with_(n=len(items)), "item", "invalid"))
    done = values["done"] is not False
    doors.update("task", task.id, {"checklist": written(marked(items, place - 1, done=done))})
    text = _("“{item}” is done") if done else _("“{item}” is still to do")
    return text.with_(item=items[place - 1].text)
