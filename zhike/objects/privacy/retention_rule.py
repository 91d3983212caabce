"""Retention rule 保留规则: which records of an object are taken away after a while, and what then happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import Forbidden, Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.company.company import is_administrator
from zhike.records.privacy.retention import agreed, preview
from zhike.records.privacy.retention_terms import ASKS, OFF, ON, STATES, THEN
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import OPEN, Option, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

HUES = {OFF: "grey", ON: "green", ASKS: "amber"}


@declare
class RetentionRule(BusinessObject):
    """What a filter finds is taken away, a day after its keepers were warned. Changed, a rule is off until somebody has
    seen again what it would do."""

    name = c.Text(_("Name"), max=120, required=True, search=3)
    object = c.Text(_("Object"), max=60, required=True, hint=_("The key of an object, such as lead"))
    where = c.LongText(
        _("Records"), max=2000, required=True,
        hint=_("A filter, such as status = disqualified and changed < today - 3 years"),
    )  # fmt: skip
    then = c.Choice(
        _("What then happens"), tuple(Option(key, label) for key, label in THEN.items()), default="trash", required=True
    )
    ground = c.Text(_("On what ground"), max=300, hint=_("Such as: no longer needed for its purpose"))
    state = c.Choice(
        _("State"), tuple(Option(key, label, HUES[key]) for key, label in STATES.items()), default=OFF, readonly=True
    )
    at_most = c.Number(_("At most in a day"), readonly=True)
    agreed_by = c.Link(_("Switched on by"), to="user", back="", readonly=True)
    agreed_on = c.Instant(_("Switched on"), readonly=True)
    last_run = c.Instant(_("Ran last"), readonly=True)
    taken = c.Number(_("Taken so far"), readonly=True)

    class About:
        key, plural, icon, title = "retention_rule", "retention_rules", "hourglass", "name"
        label, plural_label = _("Retention rule"), _("Retention rules")
        help = _("What a filter finds is erased or thrown away once it is old, a day after its keepers were warned.")
        columns = "name object where then state at_most last_run taken"
        form = (Tab.of(_("Retention rule"), "name object where then ground"),)
        phone = "name object where state"
        sort = "name"
        scope = OPEN
        group = "hidden"


@computes("retention_rule")
def ask_again(rule: Any) -> Mapping[str, Any]:
    """New terms were seen by nobody yet: the rule is off."""
    new = not rule.created and any(rule.changed(key) for key in ("object", "where", "then"))
    return {"state": OFF} if new else {}


@action(
    "retention_rule", "switch_on", _("Switch on"), icon="play", when="state != on",
    inputs=(asks("seen", _("Records it finds now, as you saw them"), "number", required=True),),
)  # fmt: skip
def switch_on(doors: Any, rule: Any, values: Mapping[str, Any]) -> Words:
    """Have the rule work from the next day on; refused when it finds more than whoever switches it on has seen."""
    found = preview(doors.actor, str(rule["object"]), str(rule["where"]), str(rule["then"]))
    seen = int(values["seen"])
    if len(found.free) > seen:
        text = _("It finds {n} records now. Look at the preview again.").with_(n=f"{len(found.free):,}")
        raise Invalid(Problem(text, "seen", "more"))
    most = agreed(len(found.free))
    facts = {"state": ON, "at_most": most, "agreed_by": doors.actor.id or None, "agreed_on": doors.act.at}
    doors.update("retention_rule", rule.id, facts)
    return _("On. From tomorrow at most {n} records a day, each after a day’s warning.").with_(n=f"{most:,}")


@action(
    "retention_rule",
    "switch_off",
    _("Switch off"),
    icon="pause",
    when="state != off",
    help=_("Have the rule take nothing any more."),
)
def switch_off(doors: Any, rule: Any, values: Mapping[str, Any]) -> Words:
    """Have the rule take nothing any more."""
    if not is_administrator(doors.actor):
        raise Forbidden(_("Only an administrator decides what is taken away."))
    doors.update("retention_rule", rule.id, {"state": OFF})
    return _("Off")
