"""Sharing rule 共享规则: who else sees or edits the records a filter finds."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import OPEN, Option, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

RIGHT = (Option("read", _("Read")), Option("edit", _("Edit")))


@declare
class SharingRule(BusinessObject):
    """Records of one object that a filter finds are shared with people, departments (and those below) or roles."""

    name = c.Text(_("Name"), max=120, required=True, search=3)
    object = c.Text(_("Object"), max=60, required=True, hint=_("The key of an object, such as account"))
    where = c.LongText(_("Records"), max=2000, required=True, hint=_("A filter, such as industry = manufacturing"))
    persons = c.Links(_("People"), to="user", back="sharing_rules", on_delete="clear")
    departments = c.Links(_("Departments"), to="department", back="sharing_rules", on_delete="clear")
    roles = c.Links(_("Roles"), to="role", back="sharing_rules", on_delete="clear")
    right = c.Choice(_("Right"), RIGHT, default="read", required=True)
    active = c.YesNo(_("Active"), default=True)

    class About:
        key, plural, icon, title = "sharing_rule", "sharing_rules", "share-2", "name"
        label, plural_label = _("Sharing rule"), _("Sharing rules")
        help = _("Records that a filter finds are shared with people, departments or roles.")
        columns = "name object where persons departments roles right active"
        form = (Tab.of(_("Sharing rule"), "name object where persons departments roles right active"),)
        phone = "name object where right"
        sort = "name"
        scope = OPEN
        handed = "active = yes"
        group = "hidden"
