"""Role 角色, and what a role may do: grants per object, rights per field."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import OPEN, Option, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

REACH = (
    Option("none", _("None")),
    Option("own", _("Own")),
    Option("department", _("Department")),
    Option("subtree", _("Department and below")),
    Option("all", _("All")),
)
FIELD_RIGHT = (
    Option("hidden", _("Hidden")),
    Option("masked", _("Masked")),
    Option("read", _("Read")),
    Option("write", _("Write")),
)


@declare
class Role(BusinessObject):
    """A set of rights people can have. Several roles add up."""

    name = c.Text(_("Name"), max=80, required=True, search=3)
    code = c.Text(_("Key"), max=40, unique=True)
    about = c.LongText(_("What it is for"), max=1000)
    second_step = c.YesNo(_("Asks for a second step"), default=False)
    networks = c.LongText(
        _("Only from these networks"), max=2000, hint=_("Such as 10.0.0.0/8, 203.0.113.7. Empty: from anywhere.")
    )

    class About:
        key, plural, icon, title, code = "role", "roles", "shield", "name", "code"
        label, plural_label = _("Role"), _("Roles")
        help = _("A set of rights that people are given. Several roles add up.")
        columns = "name code about"
        form = (Tab.of(_("Role"), "name code about second_step networks"),)
        related = "grants field_rights people"
        phone = "name about"
        sort = "name"
        scope = OPEN
        group = "setup"


@declare
class Grant(BusinessObject):
    """How far a role reaches on one object (* for every object not named otherwise), right by right."""

    role = c.Link(_("Role"), to="role", back="grants", required=True, on_delete="trash")
    object = c.Text(_("Object"), max=60, required=True, hint=_("The key of an object, or * for all others"))
    read = c.Choice(_("Read"), REACH, default="none")
    create = c.Choice(_("Create"), REACH, default="none")
    edit = c.Choice(_("Edit"), REACH, default="none")
    delete = c.Choice(_("Delete"), REACH, default="none")
    export = c.Choice(_("Export"), REACH, default="none")
    locals()["import"] = c.Choice(_("Import"), REACH, default="none")  # a word of Python's own
    transfer = c.Choice(_("Transfer"), REACH, default="none")
    bulk = c.Choice(_("Change many at once"), REACH, default="none")

    class About:
        key, plural, icon, title = "grant", "grants", "key-round", "object"
        label, plural_label = _("Grant"), _("Grants")
        help = _("How far a role reaches on one object: reading, changing, exporting and so on.")
        columns = "role object read create edit delete export import transfer bulk"
        form = (Tab.of(_("Grant"), "role object read create edit delete export import transfer bulk"),)
        phone = "object role read edit"
        sort = "object"
        once = "role object"
        scope = OPEN
        group = "hidden"


@declare
class FieldRight(BusinessObject):
    """What a role may do with one field of one object; without such a row: write."""

    role = c.Link(_("Role"), to="role", back="field_rights", required=True, on_delete="trash")
    object = c.Text(_("Object"), max=60, required=True)
    field = c.Text(_("Field"), max=60, required=True)
    right = c.Choice(_("Right"), FIELD_RIGHT, required=True)

    class About:
        key, plural, icon, title = "field_right", "field_rights", "eye-off", "field"
        label, plural_label = _("Field right"), _("Field rights")
        help = _("What a role may do with one field: write it, read it, see it in part or not at all.")
        columns = "role object field right"
        once = "role object field"
        form = (Tab.of(_("Field right"), "role object field right"),)
        phone = "field right object role"
        sort = "object"
        scope = OPEN
        group = "hidden"
