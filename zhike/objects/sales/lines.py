"""What the lines of quotes and orders have in common: prices from lists, amounts, and the totals of their document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.objects.sales.pricing import Asked, Offered, in_currency, prices
from zhike.objects.sales.totals import line_amount, totals
from zhike.records.company.rates import rate_on
from zhike.records.company.settings import company
from zhike.schema.declare import computes, forbids, tallies
from zhike.schema.values import Money, Ref

TOTALS = "listed net tax total optional cost margin line_count"
COPIED = "position section product description quantity unit unit_price discount tax_rate".split()
_OF_PRODUCT = "product.name product.unit product.tax_rate product.cost"


def priced_lines(key: str, head: str, day: str) -> None:
    """Declare what holds for lines of the object ``key`` that belong to ``head`` by the link of that name; ``day`` is the date
    field of the document by whose rates they are priced."""

    def offers(lines: Sequence[Any]) -> None:
        _look_up(lines, head, day)

    needs = " ".join(f"{head}.{one}" for one in ("currency", "price_list", day))

    @computes(key, needs=f"{needs} {_OF_PRODUCT}", looks_up=offers)
    def priced(line: Any) -> Mapping[str, Any]:
        return _priced(line, line[f"{head}.currency"] or company().currency)

    part = _("A discount lies between 0 and 100 percent.")
    forbids(key, "quantity <= 0", _("A line is about more than nothing. Take it out instead."), "quantity")
    forbids(key, "unit_price < 0", _("A price is not negative. Give a discount instead."), "unit_price")
    forbids(key, "discount < 0 or discount > 100", part, "discount")
    rate = _("A tax rate lies between 0 and 100 percent.")
    forbids(key, "tax_rate < 0 or tax_rate >= 100", rate, "tax_rate")
    forbids(head, "discount < 0 or discount > 100", part, "discount")


def summed_lines(key: str, lines: str, optional: str = "") -> None:
    """Declare the totals of documents ``key`` over their ``lines``; ``optional``: the field of lines that do not count."""

    @tallies(
        key, lines, key, fills=TOTALS, reads=f"amount tax_rate quantity cost {optional}",
        on="discount tax_included currency",
    )  # fmt: skip
    def summed(head: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        currency = head["currency"] or company().currency
        sums = totals(head, found, currency)
        money = {one: Money(getattr(sums, one), currency) for one in ("listed", "net", "tax", "total", "optional")}
        cost = None if sums.cost is None else Money(sums.cost, currency)
        return {**money, "cost": cost, "margin": sums.margin, "line_count": Decimal(len(found))}


def _look_up(lines: Sequence[Any], head: str, day: str) -> None:
    """What each line's product costs by its document's price list, and what it costs us."""
    priced = [line for line in lines if line["product"] is not None and line[head] is not None]
    asked = [
        Asked(
            line["product"].id,
            line["quantity"] or Decimal(1),
            line[f"{head}.price_list"].id if line[f"{head}.price_list"] else 0,
            line[f"{head}.currency"] or company().currency,
            line[f"{head}.{day}"] or line.today,
        )
        for line in priced
    ]
    for line, one, offer in zip(priced, asked, prices(asked), strict=True):
        line.linked["offer"] = offer
        line.linked["cost"] = in_currency(line["product.cost"], one.currency, one.day)


def _priced(line: Any, currency: str) -> Mapping[str, Any]:
    """A line takes words, unit, tax and price from its product, unless somebody gave others; a price nobody touched follows
    the quantity. Its amount is quantity × price less its discount."""
    filled: dict[str, Any] = {}
    offer: Offered = line.linked.get("offer") or Offered(None)
    if line.changed("product"):
        for key, of in (("description", "name"), ("unit", "unit"), ("tax_rate", "tax_rate")):
            if line.given.get(key) is None and line[f"product.{of}"] is not None:
                filled[key] = line[f"product.{of}"]
    before = line.old.get("list_price")
    untouched = line.created or line["unit_price"] in (None, before) or line.changed("product")
    if offer.price is not None and untouched and line.given.get("unit_price") is None:
        filled["unit_price"] = offer.price
    if line["product"] is not None:
        filled |= {"list_price": offer.price, "lowest": offer.lowest, "cost": line.linked.get("cost")}
    price = filled.get("unit_price", line["unit_price"])
    if price is not None:
        filled["amount"] = Money(line_amount(line["quantity"], price, line["discount"], currency), currency)
    return filled


def priced_head(key: str, day: str) -> None:
    """Declare currency and tax of documents ``key``: from their price list, else the company's. A currency has a rate on the
    document's ``day``, and stays once there are lines."""

    def rates(documents: Sequence[Any]) -> None:
        for one in documents:
            if one["currency"] and one.changed("currency"):
                one.linked["rate"] = rate_on(one["currency"], one[day] or one.today)

    @computes(key, needs="price_list.currency price_list.tax_included", looks_up=rates)
    def currency_and_tax(document: Any) -> Mapping[str, Any]:
        filled: dict[str, Any] = {}
        if document["currency"] is None:
            filled["currency"] = document["price_list.currency"] or company().currency
        included = document["price_list.tax_included"]
        if included is not None and (document.created or document.changed("price_list")):
            filled["tax_included"] = included  # its prices are what they are
        if document.changed("currency") and not document.created and document["line_count"]:
            text = _("The lines are priced in the old currency. Take them out first, or make another document.")
            document.refuse(text, "currency")
        if "rate" in document.linked and document.linked["rate"] is None:
            text = _(
                "There is no exchange rate for {currency} yet. Enter one under Settings, Currencies, or choose another."
            )
            document.refuse(text.with_(currency=document["currency"]), "currency", "rate")
        return filled


def copy_lines(
    doors: Any, source: tuple[str, str, int], target: tuple[str, str, int], more: Sequence[str] = ()
) -> None:
    """The lines of one document as lines of another, in their order: each ``(object of the lines, link, document)``. Optional
    ones are copied where ``more`` names the field, else left out."""
    (key, via, record), (new_key, new_via, new_record) = source, target
    names = [*COPIED, *more]
    chosen = "" if "optional" in more or key != "quote_line" else " and (optional = no or optional is empty)"
    last = 0
    while True:
        found = doors.read(key, f"{via} = {record} and id > {last}{chosen}", 500, "id", tuple(names)).rows
        if not found:
            return
        last = found[-1].id
        facts = [{name: line.values.get(name) for name in names} for line in found]
        doors.many([Command("create", new_key, values={**one, new_via: Ref(new_via, new_record)}) for one in facts])
