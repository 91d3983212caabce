"""User 用户."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _
from zhike.objects.regions import REGIONS
from zhike.records.company.invitations import first_way_in, new_way_in
from zhike.records.company.settings import company
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import OPEN, Option, Same, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

SKILLS = (
    Option("english", _("English")),
    Option("japanese", _("Japanese")),
    Option("large_accounts", _("Large accounts")),
    Option("technical", _("Technical advice")),
)
LANGUAGES = (Option("zh-hans", _("Simplified Chinese")), Option("en", _("English")))


@declare
class User(BusinessObject):
    """A person who works with the system. One without a login may exist: somebody imported, or who has left."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    login = c.Text(_("Login"), max=120, unique=True, search=3)
    department = c.Link(_("Department"), to="department", back="members", on_delete="clear")
    job = c.Text(_("Job title"), max=120)
    manager = c.Link(_("Reports to"), to="user", back="reports", on_delete="clear", tree=True)
    roles = c.Links(_("Roles"), to="role", back="people")
    email = c.Email(_("E-mail"))
    phone = c.Phone(_("Phone"))
    regions = c.Choices(_("Regions"), REGIONS, hint=_("Whose customers they look after; rules of assignment go by it"))
    skills = c.Choices(_("Skills"), SKILLS, hint=_("What they can do; rules of assignment go by it"))
    active = c.YesNo(_("Active"), default=True)
    language = c.Choice(_("Language"), LANGUAGES)
    timezone = c.Text(_("Time zone"), max=60)

    class About:
        key, plural, icon, title, code = "user", "users", "user-round", "name", "login"
        label, plural_label = _("User"), _("Users")
        help = _("The people who work here: their department, roles and way of signing in.")
        columns = "name login department job manager roles active"
        form = (
            Tab.of(_("Person"), "name job department manager email phone"),
            Tab.of(_("Work"), "regions skills"),
            Tab.of(_("Access"), "login roles active language timezone"),
        )
        related = "reports absences stands_in"
        phone = "name department job"
        same = Same.of("login:handle name:person")
        sort = "name"
        scope = OPEN
        handed = "active = yes"
        group = "setup"


@computes("user")
def speak_as_the_company(user: Any) -> Mapping[str, Any]:
    """Somebody new reads and writes as the company does, until they choose otherwise."""
    if not user.created:
        return {}
    firm = company()
    filled = {"language": firm.language, "timezone": firm.timezone}
    return {key: value for key, value in filled.items() if not user.values.get(key)}


@action(
    "user", "invite", _("Invite"), on="object", right="create", icon="user-plus",
    inputs=(
        asks("name", _("Name"), "text", required=True, max=120),
        asks("login", _("Login"), "text", required=True, max=120),
        asks("email", _("E-mail"), "email"),
        asks("department", _("Department"), "link", to="department"),
        asks("roles", _("Roles"), "links", to="role"),
        asks("job", _("Job title"), "text", max=120),
    ),
)  # fmt: skip
def invite(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Make a person and a link with which they set their own password."""
    made = doors.create("user", {key: one for key, one in values.items() if one is not None})
    way = first_way_in(doors.actor, made)
    return _("Hand over this link, it works once: {path}").with_(path=way.path)


@action(
    "user",
    "new_way_in",
    _("New link to sign in"),
    icon="key-round",
    bulk=False,
    when="active = yes",
    help=_("A fresh link for somebody who never came in or has forgotten the password. Earlier links end."),
)
def link(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """A fresh link for somebody who never came in or has forgotten the password. Earlier links end."""
    return _("Hand over this link, it works once: {path}").with_(path=new_way_in(doors.actor, record.id).path)


@action(
    "user", "deactivate", _("Let go"), icon="user-round-x", danger=True, when="active = yes",
    confirm=_("Sessions, tokens and links end at once. Records stay with this person until they are handed over."),
)  # fmt: skip
def deactivate(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """End a person's access at once; what they did and own stays."""
    doors.many([Command("update", "user", record.id, {"active": False})])
    return _("{name} has no access any more").with_(name=record.title)


@action(
    "user",
    "reactivate",
    _("Take back"),
    icon="user-round-check",
    when="active = no",
    help=_("Give access back; the old password works, tokens stay ended."),
)
def reactivate(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Give access back; the old password works, tokens stay ended."""
    doors.many([Command("update", "user", record.id, {"active": True})])
    return _("{name} has access again").with_(name=record.title)
