"""Tile 图块: one question of a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.private import secrets_named
from zhike.schema.declare import computes
from zhike.schema.registry import registry
from zhike.schema.spec import Option, Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

SHAPES = (
    Option("number", _("One figure")),
    Option("bar", _("Bars")),
    Option("line", _("Line")),
    Option("stacked", _("Stacked columns")),
    Option("funnel", _("Funnel")),
    Option("leaderboard", _("Leaderboard")),
    Option("heat", _("Heat map by weekday")),
    Option("table", _("Table")),
    Option("path", _("Conversion and time per stage")),
    Option("changes", _("What changed")),
)
SIZES = (
    Option("quarter", _("A quarter of the width")),
    Option("third", _("A third")),
    Option("half", _("Half")),
    Option("most", _("Two thirds")),
    Option("full", _("The whole width")),
)
COMPARED = (
    Option("none", _("With nothing")),
    Option("before", _("With the period before")),
    Option("year", _("With last year")),
)
BETTER = (Option("more", _("More")), Option("less", _("Less")))


@declare
class Tile(BusinessObject):
    """One question of a dashboard and how its answer is drawn. Object, measure and groupings are written as the command line
    writes them: opportunity, sum:amount, close_on:quarter."""

    dashboard = c.Link(_("Dashboard"), to="dashboard", back="tiles", required=True, on_delete="trash")
    title = c.Text(_("Title"), max=120, required=True)
    object = c.Text(_("Object"), max=60, required=True)
    shape = c.Choice(_("Shape"), SHAPES, default="bar", required=True)
    measure = c.Text(_("Measure"), max=120, default="count", hint=_("count, sum:amount, avg:amount …"))
    by = c.Text(_("Grouped by"), max=120, hint=_("stage, owner, close_on:month …"))
    by_too = c.Text(_("And by"), max=120)
    where = c.LongText(_("Only those"), max=2000, hint=_("A filter, such as stage.outcome = won"))
    part = c.LongText(
        _("Share of those"), max=2000, hint=_("A filter: the figure becomes the share that satisfies it too")
    )
    dated = c.Text(_("Date"), max=60, hint=_("The date the period of the page narrows"))
    compare = c.Choice(_("Compared"), COMPARED, default="none")
    better = c.Choice(_("Better is"), BETTER, default="more")
    size = c.Choice(_("Width"), SIZES, default="half", required=True)
    position = c.Number(_("Position"), default=100)

    class About:
        key, plural, icon, title = "tile", "tiles", "chart-column", "title"
        label, plural_label = _("Tile"), _("Tiles")
        help = _("One question of a dashboard: how much, of what, by what.")
        columns = "title dashboard object shape measure by"
        form = (
            Tab.of(_("Tile"), "title dashboard shape size position"),
            Tab.of(_("Question"), "object measure by by_too where part dated compare better"),
        )
        phone = "title shape dashboard object"
        sort = "created"
        scope = Scope.follows("dashboard")
        group = "hidden"


@computes("tile")
def keep_nobodys_number(tile: Any) -> Mapping[str, Any]:
    """A tile's filters are kept in clear and read by everybody who sees it: they name no phone number and no address."""
    spec = registry.find(tile["object"] or "")
    for key in ("where", "part"):
        if spec is None or not tile[key] or not tile.changed(key):
            continue
        try:
            for field in secrets_named(tile[key], spec):
                text = _("A kept filter must not hold somebody’s “{field}”. Search for it instead.")
                tile.refuse(text.with_(field=field.label), key, "secret")
        except BadQuery:
            continue  # what is no filter is said where the tile is shown
    return {}
