"""User 用户."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.schema.spec import OPEN, Option, Same, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

LANGUAGES = (Option("zh-hans", _("Simplified Chinese")), Option("en", _("English")))


@declare
class User(BusinessObject):
    """A person who works with the system. One without a login may exist: somebody imported, or who has left."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    login = c.Text(_("Login"), max=120, unique=True, search=3)
    department = c.Link(_("Department"), to="department", back="members", on_delete="clear")
    job = c.Text(_("Job title"), max=120)
    manager = c.Link(_("Reports to"), to="user", back="reports", on_delete="clear")
    roles = c.Links(_("Roles"), to="role", back="people")
    email = c.Email(_("E-mail"))
    phone = c.Phone(_("Phone"))
    active = c.YesNo(_("Active"), default=True)
    language = c.Choice(_("Language"), LANGUAGES)
    timezone = c.Text(_("Time zone"), max=60)

    class About:
        key, plural, icon, title, code = "user", "users", "user-round", "name", "login"
        label, plural_label = _("User"), _("Users")
        columns = "name login department job manager roles active"
        form = (
            Tab.of(_("Person"), "name job department manager email phone"),
            Tab.of(_("Access"), "login roles active language timezone"),
        )
        related = "reports"
        phone = "name department job"
        same = Same.of("login:handle name:person")
        sort = "name"
        scope = OPEN
        group = "setup"
