"""Quote 报价: what we offer an account, line by line, at which price and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _
from zhike.objects.currencies import CURRENCIES
from zhike.objects.sales.lines import copy_lines, priced_head, priced_lines, summed_lines
from zhike.objects.sales.opportunity import closing_stage
from zhike.objects.sales.pricing import list_for
from zhike.schema.declare import action, asks, computes, entails, locks
from zhike.schema.spec import NumberRule, OnCalendar, Option, Scope, Tab, View
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATUSES = (
    Option("draft", _("Draft")),
    Option("sent", _("Sent"), "blue"),
    Option("accepted", _("Accepted"), "green"),
    Option("declined", _("Declined"), "red"),
    Option("replaced", _("Replaced by a newer version")),
)
VALID_DAYS = 30
_HEAD = (
    "name account contact opportunity price_list currency tax_included discount terms payment_terms about owner".split()
)


@declare
class Quote(BusinessObject):
    """An offer to an account. Its totals follow its lines; once sent it stands, and a new version replaces it."""

    name = c.Text(_("Name"), max=160, required=True, search=10)
    number = c.AutoNumber(_("Quote number"), NumberRule("BJ-", "%Y-", 4, yearly=True), unique=True, search=5)
    edition = c.Number(_("Version"), default=1, readonly=True)
    replaces = c.Link(_("Replaces"), to="quote", back="newer", readonly=True, on_delete="clear")
    status = c.Choice(_("Status"), STATUSES, default="draft", required=True, readonly=True, index=True)
    opportunity = c.Link(_("Opportunity"), to="opportunity", back="quotes")
    account = c.Link(_("Account"), to="account", back="quotes", required=True)
    contact = c.Link(_("Contact"), to="contact", back="quotes")
    quoted_on = c.Date(_("Date"), default="today", required=True, index=True)
    valid_until = c.Date(_("Valid until"), index=True)
    price_list = c.Link(_("Price list"), to="price_list", back="quotes")
    currency = c.Choice(_("Currency"), CURRENCIES)
    tax_included = c.YesNo(_("Prices include tax"), default=True)
    discount = c.Percent(_("Discount on the whole"), hint=_("Such as 5 for five percent off"))
    payment_terms = c.Text(_("Payment terms"), max=120, hint=_("Such as 30/60/10"))
    terms = c.LongText(_("Terms"), max=8000)
    about = c.LongText(_("Note"), max=4000, search=1)
    sent_on = c.Date(_("Sent on"), readonly=True)
    answered_on = c.Date(_("Answered on"), readonly=True, index=True)
    answer = c.LongText(_("Answer"), max=2000, readonly=True)
    line_count = c.Number(_("Lines"), readonly=True)
    listed = c.Money(_("Before the discount"), readonly=True)
    net = c.Money(_("Net"), readonly=True)
    tax = c.Money(_("Tax"), readonly=True)
    total = c.Money(_("Total amount"), readonly=True, index=True)
    optional = c.Money(_("Optional"), readonly=True)
    cost = c.Money(_("Cost"), readonly=True, hidden=True)
    margin = c.Percent(_("Margin"), readonly=True, hidden=True)

    class About:
        key, plural, icon, title = "quote", "quotes", "file-spreadsheet", "name"
        label, plural_label = _("Quote"), _("Quotes")
        help = _("What you offer a customer, line by line. Once it is sent it stands; a new version replaces it.")
        columns = "name number account status total quoted_on valid_until owner"
        highlights = "account status total valid_until opportunity owner"
        form = (
            Tab.of(_("Quote"), "name opportunity account contact quoted_on valid_until owner"),
            Tab.of(_("Prices"), "price_list currency tax_included discount payment_terms"),
            Tab.of(_("Text"), "terms about"),
            Tab.of(_("Totals"), "line_count listed net tax total optional"),
            Tab.of(_("Answer"), "sent_on answered_on answer"),
            Tab.of(_("More"), "number edition replaces"),
        )
        lines = "quote_lines"
        related = "tasks files follow_ups notes comments"
        phone = "name total account status"
        views = (
            View("draft", _("Drafts"), "status = draft"),
            View("waiting", _("Waiting for an answer"), "status = sent", "valid_until"),
            View("late", _("No longer valid"), "status = sent and valid_until < today", "valid_until"),
        )
        calendar = (
            OnCalendar("valid_until", _("Quotes run out"), "purple", where="status = sent", under=("account", "total")),
        )
        handed = "status in (draft, sent)"
        group = "sales"


@declare
class QuoteLine(BusinessObject):
    """A product, or anything in words, with its quantity and price."""

    quote = c.Link(_("Quote"), to="quote", back="quote_lines", required=True, on_delete="trash")
    position = c.Number(_("Position"), decimals=2)
    section = c.Text(_("Group"), max=120, hint=_("Lines of one group stand together under it"))
    product = c.Link(_("Product"), to="product", back="quote_lines")
    description = c.Text(_("Description"), max=500, required=True, search=2)
    quantity = c.Number(_("Quantity"), decimals=4, default=1, required=True)
    unit = c.Text(_("Unit"), max=20)
    unit_price = c.Number(_("Unit price"), decimals=6, required=True)
    discount = c.Percent(_("Discount"))
    tax_rate = c.Percent(_("Tax rate"))
    optional = c.YesNo(_("Optional"), hint=_("Offered, but not part of the total"))
    amount = c.Money(_("Amount"), readonly=True)
    list_price = c.Number(_("List price"), decimals=6, readonly=True)
    lowest = c.Number(_("Lowest price"), decimals=6, readonly=True, hidden=True)
    cost = c.Number(_("Cost"), decimals=6, readonly=True, hidden=True)

    class About:
        key, plural, icon, title = "quote_line", "quote_lines", "list", "description"
        label, plural_label = _("Quote line"), _("Quote lines")
        help = _("What a quote offers: products or anything in words, each with quantity and price.")
        columns = "quote section description quantity unit unit_price discount tax_rate amount"
        form = (
            Tab.of(_("Line"), "quote product description quantity unit unit_price discount tax_rate"),
            Tab.of(_("More"), "section position optional list_price amount"),
        )
        phone = "description amount quantity unit_price"
        sort = "position"
        scope = Scope.follows("quote")
        group = "hidden"


_STANDS = _("This quote has been sent and stands. Take it back, or make a new version of it.")
locks("quote", "status != draft", _STANDS, leaves="owner valid_until about")
locks("quote_line", "quote.status != draft", _STANDS)
priced_lines("quote_line", "quote", "quoted_on")
summed_lines("quote", "quote_line", optional="optional")


def _price_lists(quotes: Sequence[Any]) -> None:
    """The price list each account gets, where none is named; it brings its currency and whether tax is included."""
    for quote in quotes:
        account = quote["account"] or quote["opportunity.account"]
        if quote.created and quote["price_list"] is None and account is not None:
            quote.linked["list_found"] = list_for(
                account.id, quote["quoted_on"] or quote.today, quote["currency"] or ""
            )


@computes("quote", needs="opportunity.account")
def of_the_deal(quote: Any) -> Mapping[str, Any]:
    """A quote for a deal goes to the deal's account."""
    return {"account": quote["account"] or quote["opportunity.account"]} if quote.created else {}


@computes("quote", looks_up=_price_lists)
def with_a_price_list(quote: Any) -> Mapping[str, Any]:
    """A new quote takes the first price list that fits its account."""
    found = quote.linked.get("list_found")
    return {"price_list": found} if found is not None else {}


priced_head("quote", "quoted_on")


@computes("quote", needs="price_list.currency")
def dated_and_in_one_currency(quote: Any) -> Mapping[str, Any]:
    """A quote is valid for some time from its date on, in the currency of its price list."""
    filled: dict[str, Any] = {}
    if quote.created and quote["valid_until"] is None and quote["quoted_on"]:
        filled["valid_until"] = quote["quoted_on"] + timedelta(days=VALID_DAYS)
    if quote["valid_until"] and quote["quoted_on"] and quote["valid_until"] < quote["quoted_on"]:
        quote.refuse(_("A quote is valid from its date on, not only before."), "valid_until")
    listed = quote["price_list.currency"]
    if listed and listed != quote["currency"]:
        quote.refuse(_("The price list is in {currency}.").with_(currency=listed), "price_list")
    return filled


@action("quote", "send", _("Mark as sent"), icon="send", when="status = draft and line_count > 0",
        inputs=(asks("sent_on", _("Sent on"), "date", default="today"),))  # fmt: skip
def send(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """The customer has it; from now on it stands."""
    doors.update("quote", quote.id, {"status": "sent", "sent_on": values["sent_on"]})
    return _("“{quote}” is sent and stands").with_(quote=quote.title)


@action("quote", "take_back", _("Take back"), icon="undo-2", when="status = sent",
        help=_("It becomes a draft again and can be changed."))  # fmt: skip
def take_back(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """It becomes a draft again and can be changed."""
    doors.update("quote", quote.id, {"status": "draft", "sent_on": None})
    return _("“{quote}” is a draft again").with_(quote=quote.title)


@action(
    "quote", "accept", _("Accepted by the customer"), icon="circle-check", when="status = sent",
    inputs=(
        asks("answered_on", _("Accepted on"), "date", default="today"),
        asks("answer", _("What they said"), "long_text"),
        asks("win", _("Also win the deal"), "yes_no", default=True),
    ),
)  # fmt: skip
def accept(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """The customer accepts it; the deal takes over its total and, if wanted, is won."""
    facts = {"status": "accepted", "answered_on": values["answered_on"], "answer": values.get("answer")}
    doors.update("quote", quote.id, facts)
    deal = quote.values.get("opportunity")
    if deal is not None:
        found = doors.one("opportunity", deal.id)
        facts = {"amount": quote.values["total"]}
        if values.get("win") and found.values.get("stage"):
            stage = doors.one("stage", found["stage"].id)
            facts |= {"stage": closing_stage(doors, found, "won")} if stage["outcome"] == "open" else {}
        doors.update("opportunity", deal.id, facts)
    return _("“{quote}” is accepted").with_(quote=quote.title)


@action(
    "quote", "decline", _("Declined by the customer"), icon="circle-x", when="status = sent",
    inputs=(
        asks("answered_on", _("Declined on"), "date", default="today"),
        asks("answer", _("What they said"), "long_text"),
    ),
)  # fmt: skip
def decline(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """The customer does not want it."""
    facts = {"status": "declined", "answered_on": values["answered_on"], "answer": values.get("answer")}
    doors.update("quote", quote.id, facts)
    return _("“{quote}” is declined").with_(quote=quote.title)


@action("quote", "revise", _("New version"), icon="copy-plus", when="status in (sent, declined)", bulk=False,
        help=_("A draft with the same lines replaces this quote."))  # fmt: skip
def revise(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """A draft with the same lines and the next version number takes the place of this quote."""
    head = {key: quote.values.get(key) for key in _HEAD}
    edition = (quote.values.get("edition") or Decimal(1)) + 1
    new = doors.create("quote", {**head, "edition": edition, "replaces": Ref("quote", quote.id)})
    copy_lines(doors, ("quote_line", "quote", quote.id), ("quote_line", "quote", new), ("optional",))
    doors.update("quote", quote.id, {"status": "replaced"})
    return _("Version {n} of “{quote}” is a draft").with_(n=edition, quote=quote.title)


@action("quote", "reprice", _("Prices anew"), icon="refresh-cw", when="status = draft and line_count > 0",
        help=_("Every line takes the price its product has in the price list today."))  # fmt: skip
def reprice(doors: Any, quote: Any, values: Mapping[str, Any]) -> Words:
    """Every line with a product takes the price of the price list; prices given by hand are replaced."""
    done, last = 0, 0
    while True:
        where = f"quote = {quote.id} and product is not empty and id > {last}"
        found = doors.read("quote_line", where, 500, "id", ("list_price", "unit_price", "product")).rows
        if not found:
            break
        last = found[-1].id
        doors.many(
            [
                Command("update", "quote_line", line.id, {"product": line["product"], "unit_price": None})
                for line in found
            ]
        )
        done += len(found)
    return _("{n} lines have today’s prices").with_(n=done)


@action("opportunity", "quote", _("New quote"), icon="file-spreadsheet", when="stage.outcome = open", bulk=False,
        inputs=(asks("name", _("Name"), "text", max=160),))  # fmt: skip
def quote_for(doors: Any, deal: Any, values: Mapping[str, Any]) -> Words:
    """A draft for this deal, with its main product as the first line."""
    name = values.get("name") or deal.title
    made = doors.create(
        "quote", {"name": name, "opportunity": Ref("opportunity", deal.id), "owner": deal.values.get("owner")}
    )
    product = deal.values.get("product")
    if product is not None:
        price = {} if doors.one("product", product.id).values.get("price") else {"unit_price": 0}
        doors.create("quote_line", {"quote": Ref("quote", made), "product": product, **price})
    return _("The quote “{quote}” is a draft").with_(quote=name)


@entails("opportunity", "stage")
def answer_with_the_deal(doors: Any, deal: Any) -> None:
    """A deal that is won or lost answers its one quote that waits: accepted or declined."""
    outcome = doors.one("stage", deal["stage"].id)["outcome"] if deal["stage"] else "open"
    if outcome not in ("won", "lost"):
        return
    waiting = doors.read("quote", f"opportunity = {deal.id} and status in (sent, accepted)", size=2).rows
    if len(waiting) == 1 and waiting[0]["status"] == "sent":
        facts = {"status": "accepted" if outcome == "won" else "declined", "answered_on": doors.setting.today}
        doors.update("quote", waiting[0].id, facts)
