"""Task 任务."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import Words, _
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import Option, Scope, Tab
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


@declare
class Task(BusinessObject):
    """Something to do by a day, by its owner, perhaps about a record."""

    subject = c.Text(_("Subject"), max=200, required=True, search=5, personal=True)
    status = c.Choice(_("Status"), STATUSES, default="open", required=True, index=True)
    due_on = c.Date(_("Due on"), default="today", index=True)
    kind = c.Choice(_("Kind"), KINDS, default="todo", index=True)
    priority = c.Choice(_("Priority"), PRIORITIES, default="normal")
    parent = c.AnyLink(_("Regarding"), on_delete="trash")
    account = c.Link(_("Account"), to="account", back="tasks")
    done_at = c.Instant(_("Done"), readonly=True, index=True)
    note = c.LongText(_("Note"), max=4000, search=1, personal=True)

    class About:
        key, plural, icon, title = "task", "tasks", "list-checks", "subject"
        label, plural_label = _("Task"), _("Tasks")
        columns = "subject status due_on kind priority parent owner"
        highlights = "status due_on priority parent owner"
        form = (
            Tab.of(_("Task"), "subject due_on kind priority parent owner note"),
            Tab.of(_("State"), "status done_at"),
        )
        related = "files"
        phone = "subject due_on parent owner"
        sort = "due_on"
        scope = Scope.follows("parent", "account")
        timeline = "created"
        board = None
        group = "day"


@computes("task")
def date_the_end(task: Any) -> Mapping[str, Any]:
    """A task that is done carries the moment; one that is opened again loses it."""
    if not task.changed("status"):
        return {}
    if task["status"] == "open":
        return {"done_at": None}
    return {"done_at": task["done_at"] or task.now}


@action("task", "complete", _("Complete"), icon="circle-check", when="status = open")
def complete(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Mark the task as done."""
    doors.update("task", task.id, {"status": "done"})
    return _("“{task}” is done").with_(task=task.title)


@action("task", "reopen", _("Open again"), icon="rotate-ccw", when="status != open")
def reopen(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Put the task back on the list."""
    doors.update("task", task.id, {"status": "open"})
    return _("“{task}” is open again").with_(task=task.title)


@action(
    "task", "postpone", _("Postpone"), icon="calendar-clock", when="status = open",
    inputs=(asks("due_on", _("New date"), "date", required=True),),
)  # fmt: skip
def postpone(doors: Any, task: Any, values: Mapping[str, Any]) -> Words:
    """Give the task another date."""
    doors.update("task", task.id, {"due_on": values["due_on"]})
    return _("“{task}” was postponed").with_(task=task.title)
