"""Account 客户."""

from __future__ import annotations

from zhike.kernel.words import _
from zhike.objects.regions import REGIONS
from zhike.objects.sources import SOURCES
from zhike.schema.spec import NumberRule, Option, RollUp, Same, Tab, View
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

INDUSTRIES = (
    Option("manufacturing", _("Manufacturing")),
    Option("technology", _("Technology")),
    Option("software", _("Software")),
    Option("finance", _("Finance")),
    Option("medical", _("Medical")),
    Option("retail", _("Retail")),
    Option("food", _("Food and drink")),
    Option("logistics", _("Logistics")),
    Option("construction", _("Construction")),
    Option("energy", _("Energy and chemicals")),
    Option("education", _("Education")),
    Option("marketing", _("Marketing")),
    Option("entertainment", _("Entertainment")),
    Option("telecommunications", _("Telecommunications")),
    Option("services", _("Services")),
    Option("employment", _("Employment")),
    Option("government", _("Government")),
    Option("other", _("Other")),
)
SIZES = (
    Option("micro", _("Up to 20 people")),
    Option("small", _("20 to 100 people")),
    Option("medium", _("100 to 500 people")),
    Option("large", _("500 to 2,000 people")),
    Option("huge", _("Over 2,000 people")),
)
LEVELS = (
    Option("key", _("Key account"), "gold"),
    Option("normal", _("Standard")),
    Option("small", _("Minor")),
)
STATUSES = (
    Option("new", _("New account"), "blue"),
    Option("following", _("In touch")),
    Option("negotiating", _("Closing"), "blue"),
    Option("customer", _("Customer"), "green"),
    Option("at_risk", _("At risk"), "red"),
    Option("lost", _("Gone")),
)
TAGS = (
    Option("reference", _("Reference customer"), "teal"),
    Option("frame_contract", _("Frame contract"), "violet"),
    Option("price_sensitive", _("Price sensitive"), "orange"),
    Option("slow_payer", _("Pays late"), "red"),
)


@declare
class Account(BusinessObject):
    """A company or organisation we sell to, or want to."""

    name = c.Text(_("Name"), max=160, required=True, search=10)
    short_name = c.Text(_("Short name"), max=60, search=8, index=True)
    number = c.AutoNumber(_("Account number"), NumberRule("KH-", digits=5), search=5, unique=True)
    status = c.Choice(_("Status"), STATUSES, default="new", index=True)
    level = c.Choice(_("Level"), LEVELS, default="normal", index=True)
    industry = c.Choice(_("Industry"), INDUSTRIES, index=True)
    region = c.Choice(_("Region"), REGIONS, index=True)
    size = c.Choice(_("Size"), SIZES)
    employees = c.Number(_("Employees"))
    annual_revenue = c.Money(_("Annual revenue"))
    founded = c.Number(_("Founded in"))
    source = c.Choice(_("Source"), SOURCES, index=True)
    parent = c.Link(_("Parent company"), to="account", back="subsidiaries", tree=True)
    credit_code = c.Text(_("Credit code"), max=18, format="credit_code", unique=True, search=3)
    phone = c.Phone(_("Phone"))
    website = c.Url(_("Website"))
    address = c.Address(_("Address"))
    tags = c.Choices(_("Tags"), TAGS)
    about = c.LongText(_("About"), max=4000, search=1)
    open_deals = c.RollUp(
        _("Open opportunities"), "number", RollUp("opportunity", "account", "count", "stage.outcome = open")
    )
    open_amount = c.RollUp(
        _("Open pipeline"), "money", RollUp("opportunity", "account", "sum:amount", "stage.outcome = open"), index=True
    )
    won_amount = c.RollUp(
        _("Won in total"), "money", RollUp("opportunity", "account", "sum:amount", "stage.outcome = won"), index=True
    )
    last_follow_up = c.RollUp(
        _("Last follow-up"), "instant", RollUp("follow_up", "account", "max:happened"), index=True
    )

    class About:
        key, plural, icon, title = "account", "accounts", "building", "name"
        label, plural_label = _("Account"), _("Accounts")
        help = _("Companies and organisations you sell to or want to. Add one, import a table, or convert a lead.")
        columns = "name status level industry region owner phone open_amount last_follow_up"
        highlights = "owner status level open_amount won_amount last_follow_up"
        form = (
            Tab.of(_("Company"), "name short_name credit_code industry size employees region"),
            Tab.of(_("Relationship"), "status level source owner tags parent"),
            Tab.of(_("Reaching them"), "phone website address"),
            Tab.of(_("More"), "number annual_revenue founded about"),
        )
        related = "contacts opportunities tasks files subsidiaries follow_ups notes comments"
        same = Same.of("name+short_name:firm credit_code:code phone:phone website:url address:address", others="lead")
        phone = "name status industry owner"
        views = (
            View("key", _("Key accounts"), "level = key"),
            View(
                "quiet",
                _("Quiet for 30 days"),
                "status in (following, negotiating, customer) and (last_follow_up < today - 30 days or last_follow_up is empty)",
                "last_follow_up",
            ),
            View("risk", _("At risk"), "status = at_risk"),
        )
        group = "sales"
