"""Contact 联系人."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import _
from zhike.schema.declare import computes
from zhike.schema.spec import OnCalendar, Option, Same, Scope, Tab, View
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

DECISION_ROLES = (
    Option("decides", _("Decides"), "gold"),
    Option("influences", _("Influences")),
    Option("uses", _("Uses it")),
    Option("buys", _("Buys"), "blue"),
    Option("blocks", _("Against it"), "red"),
)
CHANNELS = (
    Option("phone", _("Phone")),
    Option("wechat", _("WeChat")),
    Option("email", _("E-mail")),
    Option("sms", _("Text message")),
    Option("visit", _("Visit")),
)


@declare
class Contact(BusinessObject):
    """A person at an account."""

    name = c.Text(_("Name"), max=120, required=True, search=10, personal=True)
    account = c.Link(_("Account"), to="account", back="contacts")
    job = c.Text(_("Job title"), max=120, search=3)
    department = c.Text(_("Department"), max=120)
    decision_role = c.Choice(_("Role in decisions"), DECISION_ROLES, index=True)
    mobile = c.Phone(_("Mobile"))
    phone = c.Phone(_("Phone"))
    email = c.Email(_("E-mail"))
    wechat = c.Text(_("WeChat"), max=60, personal=True, search=3)
    channels = c.Choices(_("Likes to be reached by"), CHANNELS)
    birthday = c.Date(_("Birthday"), personal=True)
    birthday_key = c.Text(_("Month and day of birth"), max=5, personal=True, readonly=True, hidden=True, index=True)
    gender = c.Choice(_("Form of address"), (Option("mr", _("Mr")), Option("ms", _("Ms"))), personal=True)
    address = c.Address(_("Address"))
    about = c.LongText(_("About"), max=4000, search=1, personal=True)

    class About:
        key, plural, icon, title = "contact", "contacts", "users", "name"
        label, plural_label = _("Contact"), _("Contacts")
        help = _("People at your customers: how to reach them and what they decide.")
        columns = "name account job decision_role mobile email owner"
        highlights = "account job decision_role mobile email owner"
        form = (
            Tab.of(_("Person"), "name gender account job department decision_role"),
            Tab.of(_("Reaching them"), "mobile phone email wechat channels address"),
            Tab.of(_("More"), "birthday owner about"),
        )
        related = "opportunity_roles tasks files follow_ups notes comments consents"
        same = Same.of(
            "name:person mobile+phone:phone email:email wechat:handle birthday:date address:address account:link",
            others="lead",
        )
        phone = "name job account mobile"
        scope = Scope.follows("account")
        views = (View("deciders", _("Deciders"), "decision_role = decides"),)
        calendar = (
            OnCalendar("birthday", _("Birthdays"), "plum", "cake", yearly="birthday_key", under=("account", "job")),
        )
        group = "sales"


@computes("contact")
def key_the_birthday(contact: Any) -> Mapping[str, Any]:
    """Month and day apart from the year, so that a calendar finds the birthdays of its days by an index."""
    day = contact["birthday"]
    return {"birthday_key": f"{day:%m-%d}" if day is not None else None}
