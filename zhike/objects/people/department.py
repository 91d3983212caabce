"""Department 部门."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import OPEN, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c


@declare
class Department(BusinessObject):
    """A part of the company. Departments form a tree; rights can reach a department and everything below it."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    parent = c.Link(_("Belongs to"), to="department", back="parts", tree=True)
    manager = c.Link(_("Manager"), to="user", back="managed_departments", on_delete="clear")

    class About:
        key, plural, icon, title = "department", "departments", "building-2", "name"
        label, plural_label = _("Department"), _("Departments")
        help = _("A part of the company. Managers see what their department and those below it do.")
        columns = "name parent manager"
        form = (Tab.of(_("Department"), "name parent manager"),)
        related = "parts members"
        phone = "name parent manager"
        sort = "name"
        scope = OPEN
        group = "setup"
