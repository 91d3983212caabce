"""Order 订单 with its lines, and deliveries 交付 of parts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _
from zhike.objects.currencies import CURRENCIES
from zhike.objects.sales.lines import copy_lines, priced_head, priced_lines, summed_lines
from zhike.objects.sales.totals import HUNDRED
from zhike.schema.declare import action, asks, computes, forbids, locks, tallies
from zhike.schema.spec import NumberRule, OnCalendar, Option, Scope, Tab, View
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATUSES = (
    Option("draft", _("Draft")),
    Option("confirmed", _("Confirmed"), "blue"),
    Option("delivered", _("Delivered"), "green"),
    Option("cancelled", _("Cancelled")),
)
DELIVERY_STATUSES = (
    Option("planned", _("Planned")),
    Option("shipped", _("Under way"), "blue"),
    Option("received", _("Received by the customer"), "green"),
)
_HEAD = "name account contact opportunity price_list currency tax_included discount payment_terms terms owner".split()


@declare
class Order(BusinessObject):
    """What an account ordered. Once confirmed it stands; what of it was delivered follows from the deliveries."""

    name = c.Text(_("Name"), max=160, required=True, search=10)
    number = c.AutoNumber(_("Order number"), NumberRule("DD-", "%Y-", 4, yearly=True), unique=True, search=5)
    status = c.Choice(_("Status"), STATUSES, default="draft", required=True, readonly=True, index=True)
    account = c.Link(_("Account"), to="account", back="orders", required=True)
    contact = c.Link(_("Contact"), to="contact", back="orders")
    opportunity = c.Link(_("Opportunity"), to="opportunity", back="orders")
    quote = c.Link(_("Quote"), to="quote", back="orders")
    ordered_on = c.Date(_("Ordered on"), default="today", required=True, index=True)
    deliver_by = c.Date(_("Deliver by"), index=True)
    price_list = c.Link(_("Price list"), to="price_list", back="orders")
    currency = c.Choice(_("Currency"), CURRENCIES)
    tax_included = c.YesNo(_("Prices include tax"), default=True)
    discount = c.Percent(_("Discount on the whole"), hint=_("Such as 5 for five percent off"))
    payment_terms = c.Text(_("Payment terms"), max=120, hint=_("Such as 30/60/10"))
    terms = c.LongText(_("Terms"), max=8000)
    about = c.LongText(_("Note"), max=4000, search=1)
    line_count = c.Number(_("Lines"), readonly=True)
    listed = c.Money(_("Before the discount"), readonly=True)
    net = c.Money(_("Net"), readonly=True)
    tax = c.Money(_("Tax"), readonly=True)
    total = c.Money(_("Total amount"), readonly=True, index=True)
    optional = c.Money(_("Optional"), readonly=True, hidden=True)
    cost = c.Money(_("Cost"), readonly=True, hidden=True)
    margin = c.Percent(_("Margin"), readonly=True, hidden=True)
    delivered = c.Percent(_("Delivered"), readonly=True)
    planned = c.Money(_("Planned to be paid"), readonly=True)
    paid = c.Money(_("Paid"), readonly=True)

    class About:
        key, plural, icon, title = "order", "orders", "shopping-cart", "name"
        label, plural_label = _("Sales order"), _("Orders")
        help = _("What a customer ordered: its lines, what was delivered of them, and what was paid.")
        columns = "name number account status total delivered paid ordered_on owner"
        highlights = "account status total delivered paid deliver_by owner"
        form = (
            Tab.of(_("Sales order"), "name account contact opportunity quote ordered_on deliver_by owner"),
            Tab.of(_("Prices"), "price_list currency tax_included discount payment_terms"),
            Tab.of(_("Text"), "terms about"),
            Tab.of(_("Totals"), "line_count listed net tax total delivered planned paid"),
            Tab.of(_("More"), "number"),
        )
        lines = "order_lines"
        related = "deliveries receivable_plans tasks files follow_ups notes comments"
        phone = "name total account status"
        views = (
            View("draft", _("Drafts"), "status = draft"),
            View("open", _("To deliver"), "status = confirmed", "deliver_by"),
            View("late", _("Late"), "status = confirmed and deliver_by < today", "deliver_by"),
        )
        calendar = (
            OnCalendar(
                "deliver_by", _("Deliveries due"), "teal", where="status = confirmed", under=("account", "total")
            ),
        )
        handed = "status in (draft, confirmed)"
        group = "sales"


@declare
class OrderLine(BusinessObject):
    """A product, or anything in words, that was ordered, and how much of it was delivered."""

    order = c.Link(_("Sales order"), to="order", back="order_lines", required=True, on_delete="trash")
    position = c.Number(_("Position"), decimals=2)
    section = c.Text(_("Group"), max=120, hint=_("Lines of one group stand together under it"))
    product = c.Link(_("Product"), to="product", back="order_lines")
    description = c.Text(_("Description"), max=500, required=True, search=2)
    quantity = c.Number(_("Quantity"), decimals=4, default=1, required=True)
    unit = c.Text(_("Unit"), max=20)
    unit_price = c.Number(_("Unit price"), decimals=6, required=True)
    discount = c.Percent(_("Discount"))
    tax_rate = c.Percent(_("Tax rate"))
    amount = c.Money(_("Amount"), readonly=True)
    list_price = c.Number(_("List price"), decimals=6, readonly=True)
    lowest = c.Number(_("Lowest price"), decimals=6, readonly=True, hidden=True)
    cost = c.Number(_("Cost"), decimals=6, readonly=True, hidden=True)
    delivered = c.Number(_("Delivered"), decimals=4, readonly=True)

    class About:
        key, plural, icon, title = "order_line", "order_lines", "list", "description"
        label, plural_label = _("Order line"), _("Order lines")
        help = _("What was ordered, and how much of it was delivered.")
        columns = "order section description quantity unit unit_price discount tax_rate amount delivered"
        form = (
            Tab.of(_("Line"), "order product description quantity unit unit_price discount tax_rate"),
            Tab.of(_("More"), "section position list_price amount delivered"),
        )
        related = "delivery_lines"
        phone = "description amount quantity delivered"
        sort = "position"
        scope = Scope.follows("order")
        group = "hidden"


@declare
class Delivery(BusinessObject):
    """A part of an order, or all of it, on its way to the customer. As long as it is planned it can be changed."""

    name = c.Text(_("Name"), max=160, search=3)
    number = c.AutoNumber(_("Delivery number"), NumberRule("FH-", "%Y-", 4, yearly=True), unique=True, search=5)
    order = c.Link(_("Sales order"), to="order", back="deliveries", required=True)
    status = c.Choice(_("Status"), DELIVERY_STATUSES, default="planned", required=True, readonly=True, index=True)
    planned_on = c.Date(_("Planned for"), default="today", index=True)
    shipped_on = c.Date(_("Shipped on"), readonly=True)
    received_on = c.Date(_("Signed for on"), readonly=True)
    receiver = c.Text(_("Signed for by"), max=120, readonly=True, personal=True)
    carrier = c.Text(_("Carrier"), max=120)
    tracking = c.Text(_("Tracking number"), max=120, search=3)
    about = c.LongText(_("Note"), max=4000)
    line_count = c.Number(_("Lines"), readonly=True)

    class About:
        key, plural, icon, title = "delivery", "deliveries", "truck", "name"
        label, plural_label = _("Delivery"), _("Deliveries")
        help = _("A part of an order on its way to the customer.")
        columns = "name number order status planned_on shipped_on received_on owner"
        highlights = "order status planned_on shipped_on received_on carrier tracking"
        form = (
            Tab.of(_("Delivery"), "name order planned_on carrier tracking about owner"),
            Tab.of(_("Done"), "shipped_on received_on receiver"),
            Tab.of(_("More"), "number line_count"),
        )
        lines = "delivery_lines"
        related = "tasks files notes comments"
        phone = "name planned_on order status"
        views = (View("planned", _("Planned"), "status = planned", "planned_on", first=True),)
        scope = Scope.follows("order")
        handed = "status = planned"
        group = "sales"


@declare
class DeliveryLine(BusinessObject):
    """How much of a line of the order a delivery brings."""

    delivery = c.Link(_("Delivery"), to="delivery", back="delivery_lines", required=True, on_delete="trash")
    order_line = c.Link(_("Order line"), to="order_line", back="delivery_lines", required=True)
    quantity = c.Number(_("Quantity"), decimals=4, default=1, required=True)
    serials = c.LongText(_("Serial numbers"), max=8000, search=2, hint=_("One in each line"))
    name = c.Text(_("Name"), max=500, hidden=True)

    class About:
        key, plural, icon, title = "delivery_line", "delivery_lines", "package-check", "name"
        label, plural_label = _("Delivery line"), _("Delivery lines")
        help = _("How much of what was ordered a delivery brings.")
        columns = "delivery name quantity serials"
        form = (Tab.of(_("Line"), "delivery order_line quantity serials"),)
        phone = "name quantity order_line delivery"
        scope = Scope.follows("delivery")
        group = "hidden"


_CONFIRMED = _("This order is confirmed and stands. Take it back first.")
_SHIPPED = _("This delivery is under way and stands. Take it back first.")
locks("order", "status != draft", _CONFIRMED, leaves="owner deliver_by about contact")
locks("order_line", "order.status != draft", _CONFIRMED)
locks("delivery", "status != planned", _SHIPPED, leaves="owner carrier tracking about")
locks("delivery_line", "delivery.status != planned", _SHIPPED, leaves="serials")
priced_head("order", "ordered_on")
priced_lines("order_line", "order", "ordered_on")
summed_lines("order", "order_line")
forbids("delivery_line", "quantity <= 0", _("A line is about more than nothing. Take it out instead."), "quantity")


@computes("order")
def delivered_after_it_was_placed(order: Any) -> Mapping[str, Any]:
    """Days are in order."""
    if order["deliver_by"] and order["ordered_on"] and order["deliver_by"] < order["ordered_on"]:
        order.refuse(_("An order is delivered on the day it is placed or later."), "deliver_by")
    return {}


@tallies("order_line", "delivery_line", "order_line", fills="delivered", reads="quantity", on="quantity")
def delivered_of_line(line: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What all deliveries bring of a line."""
    return {"delivered": sum((part["quantity"] for part in parts), Decimal(0))}


@tallies("order", "order_line", "order", fills="delivered", reads="quantity delivered")
def delivered_of_order(_order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The share of the ordered quantities that deliveries bring, each line counting the same."""
    shares = [(line["delivered"] or Decimal(0)) / line["quantity"] for line in lines if line["quantity"]]
    return {"delivered": (sum(shares, Decimal(0)) / len(shares) * HUNDRED) if shares else Decimal(0)}


@computes("order_line")
def no_more_than_ordered(line: Any) -> Mapping[str, Any]:
    """Deliveries bring no more of a line than was ordered. Judged with their total, so that two at once cannot."""
    delivered, ordered = line["delivered"], line["quantity"]
    if delivered is not None and ordered is not None and delivered > ordered:
        text = _("“{line}”: {n} were ordered, and deliveries would bring {delivered}.")
        line.refuse(
            text.with_(line=line["description"] or "", n=_plain(ordered), delivered=_plain(delivered)), "quantity"
        )
    return {}


@computes("delivery_line", needs="order_line.description order_line.order delivery.order")
def of_the_same_order(part: Any) -> Mapping[str, Any]:
    """A delivery brings lines of its own order."""
    line, delivery = part["order_line.order"], part["delivery.order"]
    if line is not None and delivery is not None and line.id != delivery.id:
        part.refuse(_("This line belongs to another order."), "order_line")
    return (
        {"name": part["order_line.description"]}
        if part.changed("order_line") and part.given.get("name") is None
        else {}
    )


@computes("delivery", needs="order.name")
def named_after_the_order(delivery: Any) -> Mapping[str, Any]:
    """A delivery without a name is called what its order is."""
    return {} if delivery["name"] else {"name": delivery["order.name"]}


@tallies("delivery", "delivery_line", "delivery", fills="line_count", reads="quantity")
def lines_of_delivery(_delivery: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """How many lines a delivery has."""
    return {"line_count": Decimal(len(lines))}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


@action("quote", "order", _("Make an order"), icon="shopping-cart", when="status = accepted", bulk=False,
        inputs=(asks("deliver_by", _("Deliver by"), "date"),))  # fmt: skip
def order_of_quote(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """A draft with the lines of the accepted quote, optional ones left out."""
    head = {key: quote.values.get(key) for key in _HEAD}
    facts = {**head, "quote": Ref("quote", quote.id), "deliver_by": values.get("deliver_by")}
    made = doors.create("order", facts)
    copy_lines(doors, ("quote_line", "quote", quote.id), ("order_line", "order", made))
    return _("The order “{order}” is a draft").with_(order=quote.title)


@action("order", "confirm", _("Confirm"), icon="circle-check", when="status = draft and line_count > 0",
        help=_("From now on the order stands, and can be delivered."))  # fmt: skip
def confirm(doors: Any, order: Any, values: Mapping[str, Any]) -> Words:
    """From now on the order stands, and can be delivered."""
    doors.update("order", order.id, {"status": "confirmed"})
    return _("“{order}” is confirmed and stands").with_(order=order.title)


@action("order", "take_back", _("Take back"), icon="undo-2", when="status = confirmed and delivered = 0",
        help=_("It becomes a draft again and can be changed."))  # fmt: skip
def take_back(doors: Any, order: Any, values: Mapping[str, Any]) -> Words:
    """It becomes a draft again and can be changed."""
    doors.update("order", order.id, {"status": "draft"})
    return _("“{order}” is a draft again").with_(order=order.title)


@action("order", "cancel", _("Cancel the order"), icon="circle-x", when="status = confirmed and delivered = 0", danger=True,
        inputs=(asks("why", _("Why"), "long_text"),))  # fmt: skip
def cancel(doors: Any, order: Any, values: Mapping[str, Any]) -> Words:
    """Nothing of it will be delivered."""
    why = values.get("why")
    doors.update("order", order.id, {"status": "cancelled", **({"about": why} if why else {})})
    return _("“{order}” is cancelled").with_(order=order.title)


@action("order", "deliver", _("New delivery"), icon="truck", when="status = confirmed and delivered < 100", bulk=False,
        inputs=(asks("planned_on", _("Planned for"), "date", default="today"),))  # fmt: skip
def deliver(doors: Any, order: Any, values: Mapping[str, Any]) -> Words:
    """A planned delivery of everything that is still open; take out or lessen what comes later."""
    made = doors.create("delivery", {"order": Ref("order", order.id), "planned_on": values.get("planned_on")})
    last, commands = 0, []
    while True:
        columns = ("quantity", "delivered")
        found = doors.read("order_line", f"order = {order.id} and id > {last}", 500, "id", columns).rows
        if not found:
            break
        last = found[-1].id
        for line in found:
            rest = line["quantity"] - (line["delivered"] or Decimal(0))
            if rest > 0:
                facts = {"delivery": Ref("delivery", made), "order_line": Ref("order_line", line.id), "quantity": rest}
                commands.append(Command("create", "delivery_line", values=facts))
    doors.many(commands)
    return _("A delivery of {n} lines is planned").with_(n=len(commands))


@action("delivery", "ship", _("Under way"), icon="truck", when="status = planned and line_count > 0",
        inputs=(
            asks("shipped_on", _("Shipped on"), "date", default="today"),
            asks("carrier", _("Carrier"), "text", max=120),
            asks("tracking", _("Tracking number"), "text", max=120),
        ))  # fmt: skip
def ship(doors: Any, delivery: Any, values: Mapping[str, Any]) -> Words:
    """It has left."""
    facts = {key: value for key, value in values.items() if value is not None}
    doors.update("delivery", delivery.id, {"status": "shipped", **facts})
    return _("“{delivery}” is under way").with_(delivery=delivery.title)


@action("delivery", "receive", _("Received by the customer"), icon="package-check", when="status = shipped",
        inputs=(
            asks("received_on", _("Signed for on"), "date", default="today"),
            asks("receiver", _("Signed for by"), "text", max=120),
        ))  # fmt: skip
def receive(doors: Any, delivery: Any, values: Mapping[str, Any]) -> Words:
    """The customer has it; an order of which everything was received is delivered."""
    doors.update("delivery", delivery.id, {"status": "received", **values})
    order = doors.one("order", delivery["order"].id)
    waiting = doors.read("delivery", f"order = {order.id} and status != received", size=1).rows
    if order["status"] == "confirmed" and order["delivered"] == HUNDRED and not waiting:
        doors.update("order", order.id, {"status": "delivered"})
    return _("“{delivery}” was received").with_(delivery=delivery.title)
