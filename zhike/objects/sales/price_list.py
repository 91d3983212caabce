"""Price list 价格表: what products cost for some accounts, in one currency, for some time; by quantity where it says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.objects.currencies import CURRENCIES
from zhike.records.roles.checks import kept_tree
from zhike.schema.declare import computes, forbids
from zhike.schema.registry import registry
from zhike.schema.spec import OPEN, Tab, View
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

_VALID = (
    "active = yes and (valid_from is empty or valid_from <= today) and (valid_until is empty or valid_until >= today)"
)


@declare
class PriceList(BusinessObject):
    """Prices for the accounts a filter finds; of several that fit, the first in order counts."""

    name = c.Text(_("Name"), max=120, required=True, search=8)
    currency = c.Choice(_("Currency"), CURRENCIES, required=True, default="CNY")
    tax_included = c.YesNo(_("Prices include tax"), default=True)
    where = c.LongText(
        _("For accounts"), max=2000, hint=_("A filter of accounts, such as level = key; empty: every account")
    )
    valid_from = c.Date(_("Valid from"), index=True)
    valid_until = c.Date(_("Valid until"), index=True)
    position = c.Number(_("Order"), default=10, hint=_("Of several that fit, the smallest counts"))
    active = c.YesNo(_("Active"), default=True)

    class About:
        key, plural, icon, title = "price_list", "price_lists", "tags", "name"
        label, plural_label = _("Price list"), _("Price lists")
        help = _("What products cost for some accounts, in one currency, for some time.")
        columns = "name currency tax_included where valid_from valid_until position active"
        form = (
            Tab.of(_("Price list"), "name currency tax_included position active"),
            Tab.of(_("For whom and when"), "where valid_from valid_until"),
        )
        related = "prices quotes"
        phone = "name currency valid_from valid_until"
        views = (View("valid", _("Valid today"), _VALID, first=True),)
        sort = "position"
        scope = OPEN
        group = "sales"


@declare
class Price(BusinessObject):
    """What one of a product costs under a price list, from a quantity on."""

    price_list = c.Link(_("Price list"), to="price_list", back="prices", required=True, on_delete="trash")
    product = c.Link(_("Product"), to="product", back="prices", required=True, on_delete="trash")
    from_quantity = c.Number(_("From quantity"), decimals=4, default=0, required=True)
    unit_price = c.Number(_("Unit price"), decimals=6, required=True)
    lowest = c.Number(_("Lowest price"), decimals=6, hint=_("Nobody offers it for less without approval"))
    name = c.Text(_("Name"), max=160, hidden=True)

    class About:
        key, plural, icon, title = "price", "prices", "tag", "name"
        label, plural_label = _("Price"), _("Prices")
        help = _("What a product costs under a price list. Several with growing quantities make it cheaper by number.")
        columns = "product from_quantity unit_price lowest price_list"
        form = (Tab.of(_("Price"), "price_list product from_quantity unit_price lowest"),)
        phone = "product unit_price from_quantity price_list"
        once = "price_list product from_quantity"
        sort = "product"
        scope = OPEN
        group = "hidden"


forbids("price", "unit_price < 0", _("A price is not negative."), "unit_price")
forbids("price", "from_quantity < 0", _("A quantity is not negative."), "from_quantity")


@computes("price_list")
def finds_accounts(prices: Any) -> Mapping[str, Any]:
    """The filter of accounts can be read, and the days are in order."""
    if prices["valid_from"] and prices["valid_until"] and prices["valid_until"] < prices["valid_from"]:
        prices.refuse(_("A price list ends no earlier than it begins."), "valid_until")
    where = str(prices["where"] or "")
    if where.strip() and prices.changed("where"):
        try:
            kept_tree(registry.object("account"), where, _("Leave the condition empty to take every account."))
        except Refused as error:
            prices.refuse(error.problems[0].text, "where", error.code)
    return {}


@computes("price", needs="product.name")
def named_after_the_product(price: Any) -> Mapping[str, Any]:
    """A price is called what its product is."""
    if price["lowest"] is not None and price["unit_price"] is not None and price["lowest"] > price["unit_price"]:
        price.refuse(_("The lowest price is not above the price."), "lowest")
    return {"name": price["product.name"]} if price.changed("product") and price.given.get("name") is None else {}
