"""Saved view 视图: a list somebody keeps, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.rights import reach_of
from zhike.kernel.errors import BadQuery, Forbidden, Problem
from zhike.kernel.words import Words, _
from zhike.query.private import secrets_named
from zhike.schema.declare import action, asks, computes
from zhike.schema.registry import registry
from zhike.schema.spec import Option, Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

SHARED = (
    Option("private", _("Only me")),
    Option("some", _("Some roles and departments"), "blue"),
    Option("everybody", _("Everybody"), "green"),
)
DENSITIES = (Option("compact", _("Compact")), Option("normal", _("Normal")), Option("roomy", _("Roomy")))


@declare
class SavedView(BusinessObject):
    """A list kept under a name: which records, in which order and shape. Rows are always the viewer's own sight."""

    name = c.Text(_("Name"), max=60, required=True, search=3)
    object = c.Text(_("Object"), max=60, required=True, index=True, hint=_("The key of an object, such as account"))
    filter = c.LongText(_("Filter"), max=4000, personal=True)
    sort = c.Text(_("Sort"), max=200)
    columns = c.Text(_("Columns"), max=500, hint=_("Field keys in order, a width after a colon: name:240 status"))
    grouped = c.Text(_("Grouped by"), max=120)
    figures = c.Text(_("Figures in the foot"), max=200, hint=_("Such as sum:amount"))
    density = c.Choice(_("Row height"), DENSITIES)
    shared = c.Choice(_("Who sees it"), SHARED, default="private", required=True, index=True)
    roles = c.Links(_("Roles"), to="role")
    departments = c.Links(_("Departments"), to="department")
    opens_for = c.Links(_("Opens first for"), to="role", readonly=True)
    position = c.Number(_("Position"), index=True)

    class About:
        key, plural, icon, title = "saved_view", "saved_views", "bookmark", "name"
        label, plural_label = _("Saved view"), _("Saved views")
        help = _("A list kept under a name: its conditions, order and columns. For you alone, or shared.")
        columns = "name object shared filter owner"
        form = (
            Tab.of(_("View"), "name object filter sort columns grouped figures density"),
            Tab.of(_("Who sees it"), "shared roles departments owner opens_for position"),
        )
        phone = "name object shared owner"
        sort = "position"
        scope = Scope.audience_of()
        group = "hidden"


@computes("saved_view")
def check_the_list(view: Any) -> Mapping[str, Any]:
    """The object must exist and the filter be readable. Whether its fields are, is asked anew for each viewer."""
    if view.changed("object") and view["object"] and registry.find(view["object"]) is None:
        view.refuse(_("There is no object called “{name}”.").with_(name=view["object"]), "object", "unknown")
    spec = registry.find(view["object"] or "")
    if view.changed("filter") and view["filter"] and spec is not None:
        try:
            for field in secrets_named(view["filter"], spec):
                text = _("A kept filter must not hold somebody’s “{field}”. Search for it instead.")
                view.refuse(text.with_(field=field.label), "filter", "secret")
        except BadQuery as error:
            view.refuse(error.problems[0].text, "filter", "query")
    if view["shared"] != "some" and (view["roles"] or view["departments"]) and not view.changed("roles"):
        return {"roles": None, "departments": None}
    return {}


@action(
    "saved_view", "open_first", _("Open first for roles"), icon="pin", bulk=False,
    inputs=(asks("roles", _("Roles"), "links", to="role", hint=_("Their lists open with this view. Empty: nobody’s")),),
)  # fmt: skip
def open_first(doors: Any, view: Any, values: Mapping[str, Any]) -> Words:
    """Make this the view with which the list opens for everybody of some roles, unless they chose another for themselves."""
    spec = registry.object("saved_view")
    if reach_of(doors.actor, "edit", spec) != "all":
        raise Forbidden(Problem(_("Only who may edit everybody’s views decides this."), code="forbidden"))
    doors.update("saved_view", view.id, {"opens_for": values["roles"]})
    return _("“{view}” opens first").with_(view=view.title)
