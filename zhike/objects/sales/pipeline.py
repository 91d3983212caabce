"""Pipeline 销售流程 and its stages 阶段."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import Words, _
from zhike.records.moving_out import move_out
from zhike.schema.declare import action, asks
from zhike.schema.spec import OPEN, Option, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

OUTCOMES = (Option("open", _("Under way"), "blue"), Option("won", _("Won"), "green"), Option("lost", _("Lost")))


@declare
class Pipeline(BusinessObject):
    """A way of selling: its stages in order."""

    name = c.Text(_("Name"), max=80, required=True, search=3)
    code = c.Text(_("Key"), max=40, unique=True)

    class About:
        key, plural, icon, title, code = "pipeline", "pipelines", "workflow", "name", "code"
        label, plural_label = _("Pipeline"), _("Pipelines")
        help = _("A way of selling: the steps from first contact to won or lost.")
        columns = "name code"
        form = (Tab.of(_("Pipeline"), "name code"),)
        related = "stages"
        phone = "name"
        sort = "created"
        scope = OPEN
        group = "setup"


@declare
class Stage(BusinessObject):
    """One step of a pipeline: what it leads to, how likely a deal is to be won from here, what it asks for."""

    name = c.Text(_("Name"), max=80, required=True, search=3)
    code = c.Text(_("Key"), max=40, index=True, hint=_("Filters use it: stage = negotiation"))
    pipeline = c.Link(_("Pipeline"), to="pipeline", back="stages", required=True, default="sales")
    position = c.Number(_("Position"), index=True, default=0)
    outcome = c.Choice(_("Outcome"), OUTCOMES, required=True, default="open", index=True)
    probability = c.Percent(_("Probability"))
    required_fields = c.Text(_("Asks for"), max=300, hint=_("Keys of opportunity fields, separated by spaces"))
    resting_days = c.Number(_("May rest for (days)"))
    guidance = c.LongText(_("Guidance"), max=2000)

    class About:
        key, plural, icon, title, code = "stage", "stages", "milestone", "name", "code"
        label, plural_label = _("Stage"), _("Stages")
        help = _("A step of a pipeline: how likely a deal is from here, and what must be known before it goes on.")
        columns = "name pipeline position outcome probability resting_days"
        form = (
            Tab.of(_("Stage"), "name code pipeline position outcome probability required_fields resting_days guidance"),
        )
        phone = "name outcome pipeline probability"
        sort = "position"
        scope = OPEN
        group = "setup"


@action(
    "stage", "remove", _("Remove"), icon="trash-2", right="delete", danger=True, bulk=False,
    inputs=(asks("to", _("Its deals go to"), "link", to="stage"),),
)  # fmt: skip
def remove(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Take a stage away; the deals in it go to the stage named."""
    to = values.get("to")
    done = move_out(doors.actor, "stage", record.id, "opportunity", "stage", to.id if to else None)
    return _("A job moves the deals and then removes the stage") if done.job else _("Removed")
