"""Dashboard 仪表盘."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _
from zhike.objects.insight.shipped import shipped_tiles
from zhike.schema.declare import action
from zhike.schema.spec import Option, Scope, Tab
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

SHARED = (
    Option("private", _("Only me")),
    Option("some", _("Some roles and departments"), "blue"),
    Option("everybody", _("Everybody"), "green"),
)
PERIODS = (
    Option("all", _("All time")),
    Option("year", _("This year")),
    Option("quarter", _("This quarter")),
    Option("month", _("This month")),
    Option("months", _("Last 12 months")),
    Option("week", _("Last 7 days")),
    Option("days", _("Last 30 days")),
    Option("last_year", _("Last year")),
    Option("last_quarter", _("Last quarter")),
    Option("last_month", _("Last month")),
)


@declare
class Dashboard(BusinessObject):
    """A page of figures: its tiles, who sees it, and what it is narrowed to when it opens."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    code = c.Text(_("Key"), max=40, unique=True, readonly=True, hidden=True)
    about = c.Text(_("What it shows"), max=300)
    shared = c.Choice(_("Shared with"), SHARED, default="private", required=True, index=True)
    roles = c.Links(_("Shared with roles"), to="role", back="dashboards")
    departments = c.Links(_("Shared with departments"), to="department", back="dashboards")
    default_for = c.Links(_("First dashboard of roles"), to="role", back="first_dashboards")
    period = c.Choice(_("Period"), PERIODS, default="all")
    person = c.Link(_("Person"), to="user", back="dashboards_about", on_delete="clear")
    department = c.Link(_("Department"), to="department", back="dashboards_about", on_delete="clear")
    pipeline = c.Link(_("Pipeline"), to="pipeline", back="dashboards", on_delete="clear")
    position = c.Number(_("Position"), default=100, index=True)

    class About:
        key, plural, icon, title, code = "dashboard", "dashboards", "chart-column", "name", "code"
        label, plural_label = _("Dashboard"), _("Dashboards")
        help = _("A page of figures, for you or for everybody with a role.")
        columns = "name about shared default_for owner"
        form = (
            Tab.of(_("Dashboard"), "name about"),
            Tab.of(_("Who sees it"), "shared roles departments default_for position"),
            Tab.of(_("What it opens with"), "period department person pipeline"),
        )
        phone = "name shared about owner"
        sort = "position"
        scope = Scope.audience_of()
        group = "hidden"


@action(
    "dashboard", "as_shipped", _("As it was shipped"), icon="rotate-ccw", when="code is not empty", bulk=False,
    confirm=_("Its tiles go to the trash and the shipped ones take their place. This can be undone."),
)  # fmt: skip
def as_shipped(doors: Any, dashboard: Any, values: Mapping[str, Any]) -> Words:
    """Put the tiles of a shipped dashboard back as they came."""
    held = doors.read("tile", f"dashboard = {dashboard.id}", size=200, columns=("title",)).rows
    doors.many([Command("trash", "tile", one.id) for one in held])
    for tile in shipped_tiles(str(dashboard.values["code"])):
        doors.create("tile", {**tile, "dashboard": Ref("dashboard", dashboard.id)})
    return _("“{dashboard}” is as it was shipped").with_(dashboard=dashboard.title)
