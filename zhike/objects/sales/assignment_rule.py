"""Assignment rule 分配规则: who gets a record that comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.objects.people.user import SKILLS
from zhike.records.assigning.rules import ARRIVALS, WAYS, assignable, hours_in
from zhike.records.assigning.trying import tried
from zhike.records.roles.checks import kept_tree
from zhike.schema.declare import action, computes
from zhike.schema.registry import registry
from zhike.schema.spec import OPEN, Option, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

ON = "active = yes"


@declare
class AssignmentRule(BusinessObject):
    """Records of one object that come in and satisfy a filter go to somebody of a group; the first rule that finds one counts."""

    name = c.Text(_("Name"), max=120, required=True, search=3)
    object = c.Text(_("Object"), max=60, required=True, default="lead", hint=_("The key of an object, such as lead"))
    where = c.LongText(_("Records"), max=2000, hint=_("A filter, such as source = exhibition; empty: every record"))
    arrivals = c.Choices(
        _("How they came in"), tuple(Option(key, label) for key, label in ARRIVALS.items()), required=True,
        default=tuple(ARRIVALS),
    )  # fmt: skip
    persons = c.Links(_("People"), to="user", back="assignment_rules", on_delete="clear")
    departments = c.Links(_("Departments"), to="department", back="assignment_rules", on_delete="clear")
    way = c.Choice(
        _("Who of them"), tuple(Option(key, label) for key, label in WAYS.items()), default="turn", required=True
    )
    by_region = c.YesNo(_("Only who looks after the record’s region"))
    skill = c.Choice(_("Only who has the skill"), SKILLS)
    at_work = c.YesNo(_("First those who are at work"), hint=_("On a working day, within the hours, not away"))
    hours = c.Text(
        _("Working hours"), max=20, default="09:00-18:00", hint=_("Such as 09:00-18:00, on each one’s clock")
    )
    most = c.Number(_("At most open at once"), hint=_("Whoever has so many open ones gets none; empty: no limit"))
    position = c.Number(_("Order"), default=10, hint=_("Rules are asked from the smallest up"))
    active = c.YesNo(_("Active"), default=True)

    class About:
        key, plural, icon, title = "assignment_rule", "assignment_rules", "user-round-check", "name"
        label, plural_label = _("Assignment rule"), _("Assignment rules")
        help = _(
            "New records that a filter finds go to somebody by turn or by load, within region, skill and working hours."
        )
        columns = "name object where persons departments way position active"
        form = (
            Tab.of(_("Records"), "name object where arrivals position active"),
            Tab.of(_("People"), "persons departments way by_region skill at_work hours most"),
        )
        phone = "name object way active"
        sort = "position"
        scope = OPEN
        handed = ON
        group = "hidden"


@computes("assignment_rule")
def can_work(rule: Any) -> Mapping[str, Any]:
    """A rule that could never give anything to anybody is refused."""
    spec = registry.find(str(rule["object"] or ""))
    if spec is None or not assignable(spec):
        rule.refuse(_("Records of this object belong to nobody, so they cannot be assigned."), "object")
        return {}
    if not rule["persons"] and not rule["departments"]:
        rule.refuse(_("Choose who gets the records: people or departments."), "persons", "required")
    if rule["by_region"] and spec.field("region") is None:
        rule.refuse(_("{objects} have no region.").with_(objects=spec.plural_label), "by_region")
    if hours_in(str(rule["hours"] or "")) is None:
        rule.refuse(_("Write working hours such as 09:00-18:00."), "hours")
    if rule["most"] is not None and rule["most"] < 1:
        rule.refuse(_("At least 1, or nothing for no limit."), "most")
    where = str(rule["where"] or "")
    if where.strip() and (rule.created or rule.changed("where") or rule.changed("object")):
        try:
            kept_tree(spec, where, _("Leave the condition empty to take every record."))
        except Refused as error:
            rule.refuse(error.problems[0].text, "where", error.code)
    return {}


@action(
    "assignment_rule", "try", _("Try it on the last 90 days"), icon="history", right="read", bulk=False,
    help=_("Who would have got which of the records that came in, had the rule been on. Nothing is changed."),
)  # fmt: skip
def try_it(doors: Any, rule: Any, values: Mapping[str, Any]) -> Words:
    """Who would have got which of the records of the last 90 days. Nothing is changed."""
    return tried(doors.actor, rule.id).said
