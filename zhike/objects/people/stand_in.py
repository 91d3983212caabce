"""Stand-in 代理: somebody does the work of somebody who is away, from one day through another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.people import people
from zhike.kernel.words import _, speaking
from zhike.records.company.settings import company
from zhike.schema.declare import computes
from zhike.schema.spec import Option, Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

RIGHTS = (
    Option("read", _("Read")),
    Option("edit", _("Edit")),
    Option("delete", _("Delete")),
    Option("transfer", _("Transfer")),
    Option("export", _("Export")),
    Option("bulk", _("Change many at once")),
)


@declare
class StandIn(BusinessObject):
    """While somebody is away, another one reaches their records as they do, for the rights named. It ends by itself."""

    absent = c.Link(_("Away"), to="user", back="absences", required=True, index=True, on_delete="trash", stays=True)
    deputy = c.Link(_("Stands in"), to="user", back="stands_in", required=True, index=True, on_delete="trash")
    first = c.Date(_("From"), required=True, default="today", index=True)
    last = c.Date(_("Through"), required=True, index=True)
    rights = c.Choices(_("May do"), RIGHTS, required=True, hint=_("Never more than the one who is away may do"))
    about = c.Text(_("Why"), max=200)
    name = c.Text(_("Name"), max=300, search=3)

    class About:
        key, plural, icon, title = "stand_in", "stand_ins", "user-round-cog", "name"
        label, plural_label = _("Stand-in"), _("Stand-ins")
        help = _("Whoever stands in for somebody who is away reaches their records until it ends.")
        columns = "name absent deputy first last rights"
        form = (Tab.of(_("Stand-in"), "absent deputy first last rights about"),)
        phone = "name first last rights"
        sort = "-last"
        scope = Scope(people=("absent", "deputy"))
        handed = "last >= today"
        group = "setup"


@computes("stand_in")
def named_after_both(one: Any) -> Mapping[str, Any]:
    """Wang Lei for Li Na; the days in their order, and two different people."""
    absent, deputy, first, last = (one[key] for key in ("absent", "deputy", "first", "last"))
    if first and last and last < first:
        one.refuse(_("The last day comes before the first one."), "last")
    if absent and deputy and absent.id == deputy.id:
        one.refuse(_("Nobody stands in for themselves."), "deputy")
    renamed = one.changed("absent") or one.changed("deputy") or not one["name"]
    if not absent or not deputy or one.changed("name") or not renamed:
        return {}
    names = {key: known.name for key, known in people().persons.items()}
    text = _("{deputy} for {absent}").with_(deputy=names.get(deputy.id, ""), absent=names.get(absent.id, ""))
    with speaking(company().language):
        return {"name": str(text)[:300]}
