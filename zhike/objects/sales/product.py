"""Product 产品, and what a bundle 套装 is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.records.read import Query, read
from zhike.schema.declare import computes, forbids
from zhike.schema.spec import OPEN, Same, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

MOST_PARTS = 1000


@declare
class Product(BusinessObject):
    """Something we sell, with its list price."""

    name = c.Text(_("Name"), max=160, required=True, unique=True, search=10)
    code = c.Text(_("Code"), max=60, unique=True, search=5)
    category = c.Text(_("Category"), max=80, index=True, search=2)
    price = c.Money(_("List price"), index=True)
    unit = c.Text(_("Unit"), max=20)
    on_sale = c.YesNo(_("On sale"), default=True)
    about = c.LongText(_("About"), max=4000, search=1)
    tax_rate = c.Percent(_("Tax rate"), default="13", hint=_("Such as 13, 9, 6, 3 or 0"))
    cost = c.Money(_("Cost"), hint=_("What one costs us; quotes work out the margin from it"))
    stock = c.Number(_("In stock"), decimals=4)
    picture = c.File(_("Picture"))
    variant_of = c.Link(
        _("Variant of"), to="product", back="variants", tree=True, hint=_("The product that comes in several versions")
    )
    variant = c.Text(_("Version"), max=80, hint=_("Such as red, 2 m"))

    class About:
        key, plural, icon, title, code = "product", "products", "package", "name", "code"
        label, plural_label = _("Product"), _("Products")
        help = _("What you sell, with its list price.")
        columns = "name code category price unit stock on_sale"
        form = (
            Tab.of(_("Product"), "name code category price unit tax_rate on_sale picture about"),
            Tab.of(_("Stock and cost"), "stock cost"),
            Tab.of(_("Versions"), "variant_of variant"),
        )
        related = "bundle_parts variants prices opportunities files notes"
        phone = "name price category stock"
        same = Same.of("name:text code:code")
        sort = "name"
        scope = OPEN
        group = "sales"


@declare
class BundlePart(BusinessObject):
    """What a bundle contains: so many of a product, which may be a bundle itself."""

    bundle = c.Link(_("Bundle"), to="product", back="bundle_parts", required=True, on_delete="trash")
    part = c.Link(_("Part"), to="product", back="part_of", required=True)
    quantity = c.Number(_("Quantity"), decimals=4, default=1, required=True)
    name = c.Text(_("Name"), max=160, hidden=True)

    class About:
        key, plural, icon, title = "bundle_part", "bundle_parts", "boxes", "name"
        label, plural_label = _("Part of a bundle"), _("Parts of a bundle")
        help = _("Products that are sold together under one name.")
        columns = "part quantity bundle"
        form = (Tab.of(_("Part"), "bundle part quantity"),)
        phone = "part quantity bundle"
        scope = OPEN
        group = "hidden"


forbids("product", "price < 0", _("A price is not negative."), "price")
forbids("product", "tax_rate < 0 or tax_rate >= 100", _("A tax rate lies between 0 and 100 percent."), "tax_rate")
forbids("bundle_part", "quantity <= 0", _("A bundle contains more than nothing of each part."), "quantity")


def _inside(parts: Sequence[Any]) -> None:
    """What every part contains in turn, all the way down."""
    for part in parts:
        part.linked["inside"] = inside([part["part"].id]) if part["part"] else frozenset()


@computes("bundle_part", needs="part.name", looks_up=_inside)
def not_in_itself(part: Any) -> Mapping[str, Any]:
    """A bundle is no part of itself, nor of what it contains."""
    if part["bundle"] and part["bundle"].id in part.linked["inside"]:
        part.refuse(_("This product contains the bundle, so it cannot be a part of it."), "part", "loop")
    return {"name": part["part.name"]} if part.changed("part") and part.given.get("name") is None else {}


def inside(products: Sequence[int]) -> frozenset[int]:
    """The products themselves and whatever they contain, nested bundles included."""
    met: set[int] = set()
    fresh = set(products)
    while fresh:
        met |= fresh
        where = f"bundle in ({', '.join(map(str, sorted(fresh)))})"
        found = read(SYSTEM, Query("bundle_part", where, "id", ("part",), MOST_PARTS, count=False)).rows
        fresh = {one["part"].id for one in found if one["part"]} - met
    return frozenset(met)
