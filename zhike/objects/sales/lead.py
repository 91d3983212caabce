"""Lead 线索."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import Words, _
from zhike.objects.regions import REGIONS
from zhike.objects.sources import SOURCES
from zhike.query.lexer import quoted
from zhike.schema.cubes import Cube
from zhike.schema.declare import action, asks, computes
from zhike.schema.spec import Option, Same, Tab, View
from zhike.schema.values import Masked, Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATUSES = (
    Option("new", _("New"), "blue"),
    Option("contacted", _("Contacted")),
    Option("qualified", _("Qualified"), "teal"),
    Option("converted", _("Converted"), "green"),
    Option("disqualified", _("Not suitable")),
)


@declare
class Lead(BusinessObject):
    """Somebody who may become a customer; there may be nothing but a source and an external id yet."""

    name = c.Text(_("Name"), max=120, search=10, personal=True)
    company = c.Text(_("Company"), max=160, search=8)
    status = c.Choice(_("Status"), STATUSES, default="new", required=True, index=True)
    source = c.Choice(_("Source"), SOURCES, index=True)
    region = c.Choice(_("Region"), REGIONS, index=True)
    campaign = c.Text(_("Landing page"), max=160, index=True)
    phone = c.Phone(_("Phone"))
    email = c.Email(_("E-mail"))
    wechat = c.Text(_("WeChat"), max=60, personal=True, search=3)
    job = c.Text(_("Job title"), max=120)
    product = c.Link(_("Interested in"), to="product", back="leads")
    need = c.LongText(_("What they need"), max=4000, search=1, personal=True)
    contacted_on = c.Date(_("First contact"), default="today", index=True)
    converted_on = c.Instant(_("Converted"), readonly=True, index=True)
    account = c.Link(_("Became account"), to="account", back="leads", readonly=True, on_delete="clear")
    contact = c.Link(_("Became contact"), to="contact", back="leads", readonly=True, on_delete="clear")
    opportunity = c.Link(_("Became opportunity"), to="opportunity", back="leads", readonly=True, on_delete="clear")

    class About:
        key, plural, icon, title = "lead", "leads", "user-round-plus", "name"
        label, plural_label = _("Lead"), _("Leads")
        help = _(
            "Whoever may become a customer: a card from a fair, a call, a form on the web. If it is worth it, convert it."
        )
        columns = "name company status source phone contacted_on owner"
        cube = Cube.of(
            "",
            "status source contacted_on:month",
            "owner status source contacted_on:month",
            "status source contacted_on",
            "owner status source contacted_on",
        )
        highlights = "status source company phone contacted_on owner"
        form = (
            Tab.of(_("Person"), "name company job phone email wechat"),
            Tab.of(_("Interest"), "source region campaign product need"),
            Tab.of(_("Handling"), "status contacted_on owner"),
            Tab.of(_("Converted"), "converted_on account contact opportunity"),
        )
        related = "tasks files follow_ups notes comments consents"
        same = Same.of("name:person company:firm phone:phone email:email wechat:handle", others="contact account")
        phone = "name status company source"
        views = (
            View("new", _("New"), "status = new"),
            View("unconverted", _("Mine, not converted"), "owner = me and status not in (converted, disqualified)"),
            View(
                "waiting",
                _("Waiting for a week"),
                "status in (new, contacted) and contacted_on < today - 7 days",
                "contacted_on",
            ),
        )
        handed = "status not in (converted, disqualified)"
        group = "sales"


@computes("lead")
def date_the_conversion(lead: Any) -> Mapping[str, Any]:
    """A lead that becomes converted carries the moment, unless the moment was given; one before the first contact is odd."""
    moment, contacted = lead["converted_on"], lead["contacted_on"]
    if lead.changed("converted_on") and moment and contacted and lead.day_of(moment) < contacted:
        lead.warn(_("The lead was converted before the first contact. Look at both dates."), "converted_on")
    if lead.changed("status") and lead["status"] == "converted" and lead["converted_on"] is None:
        return {"converted_on": lead.now}
    return {}


def _same_account(doors: Any, name: str) -> Ref | None:
    found = doors.read("account", f"name = {quoted(name)} or short_name = {quoted(name)}", size=1).rows
    return Ref("account", found[0].id) if found else None


def _plain(lead: Any, doors: Any, key: str) -> str | None:
    value = lead.values.get(key)
    return doors.secret("lead", lead.id, key) if isinstance(value, Masked) else value


def _same_contact(doors: Any, phone: str | None, email: str | None) -> Ref | None:
    for where in ([f"mobile = {quoted(phone)}"] if phone else []) + ([f"email = {quoted(email)}"] if email else []):
        found = doors.read("contact", where, size=1).rows
        if found:
            return Ref("contact", found[0].id)
    return None


@action(
    "lead", "convert", _("Convert"), icon="git-merge", when="status != converted", alike=("account", "contact"),
    inputs=(
        asks("account", _("Existing account"), "link", to="account", hint=_("Leave empty to find it by name, or make a new one")),
        asks("contact", _("Existing contact"), "link", to="contact", hint=_("Leave empty to find it by phone or e-mail")),
        asks("account_name", _("Name of a new account"), "text", max=160),
        asks("with_opportunity", _("Also make an opportunity"), "yes_no", default=True),
        asks("opportunity_name", _("Name of the opportunity"), "text", max=160),
        asks("amount", _("Amount"), "money"),
    ),
)  # fmt: skip
def convert(doors: Any, lead: Any, values: Mapping[str, Any]) -> Words:
    """Make an account, a contact and, if wanted, an opportunity of the lead; existing ones are found first."""
    phone, email = _plain(lead, doors, "phone"), _plain(lead, doors, "email")
    owner = lead.values.get("owner")
    name = values.get("account_name") or lead.values.get("company") or lead.title
    account = values.get("account") or _same_account(doors, name)
    if account is None:
        account = Ref(
            "account",
            doors.create(
                "account",
                {
                    "name": name,
                    "source": lead.values.get("source"),
                    "region": lead.values.get("region"),
                    "owner": owner,
                },
            ),
        )
    contact = values.get("contact") or _same_contact(doors, phone, email)
    if contact is None and lead.values.get("name"):
        person = {"name": lead.values["name"], "account": account, "mobile": phone, "email": email, "owner": owner}
        extra = {"wechat": lead.values.get("wechat"), "job": lead.values.get("job")}
        contact = Ref("contact", doors.create("contact", {**person, **extra}))
    facts: dict[str, Any] = {"status": "converted", "account": account, "contact": contact}
    if values.get("with_opportunity"):
        deal = {
            "name": values.get("opportunity_name") or name,
            "account": account,
            "amount": values.get("amount"),
            "product": lead.values.get("product"),
            "source": lead.values.get("source"),
            "need": lead.values.get("need"),
            "owner": owner,
        }
        facts["opportunity"] = Ref("opportunity", doors.create("opportunity", deal))
        if contact is not None:
            doors.create(
                "opportunity_contact",
                {"opportunity": facts["opportunity"], "contact": contact, "main": True, "owner": owner},
            )
    doors.update("lead", lead.id, facts)
    return _("“{lead}” was converted").with_(lead=lead.title)
