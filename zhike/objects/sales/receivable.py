"""Receivable plans 回款计划, payments 回款, and which part of a payment pays which plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.objects.sales.totals import HUNDRED, shared_out
from zhike.schema.declare import action, asks, computes, forbids, tallies
from zhike.schema.spec import NumberRule, OnCalendar, Option, Scope, Tab, View
from zhike.schema.values import Money, Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

STATUSES = (
    Option("open", _("To be paid"), "blue"),
    Option("partly", _("Partly paid"), "orange"),
    Option("paid", _("Paid"), "green"),
)
METHODS = (
    Option("transfer", _("Bank transfer")),
    Option("draft", _("Bank draft")),
    Option("card", _("Card")),
    Option("wechat", _("WeChat Pay")),
    Option("alipay", _("Alipay")),
    Option("cash", _("Cash")),
)
MOST_PARTS = 24
_TERMS = re.compile(r"\s*[/:：,，、]\s*")


@declare
class ReceivablePlan(BusinessObject):
    """An instalment: how much of an order is to be paid when. What was paid follows from payments."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    order = c.Link(_("Sales order"), to="order", back="receivable_plans", required=True, on_delete="trash")
    account = c.Link(_("Account"), to="account", back="receivable_plans", readonly=True)
    due_on = c.Date(_("Due on"), required=True, index=True)
    amount = c.Money(_("Amount"), required=True, index=True)
    paid = c.Money(_("Paid"), readonly=True)
    rest = c.Money(_("Still open"), readonly=True, index=True)
    status = c.Choice(_("Status"), STATUSES, default="open", readonly=True, index=True)
    about = c.LongText(_("Note"), max=2000)

    class About:
        key, plural, icon, title = "receivable_plan", "receivable_plans", "calendar-clock", "name"
        label, plural_label = _("Receivable plan"), _("Receivable plans")
        help = _("What is to be paid when, instalment by instalment.")
        columns = "name account order due_on amount paid rest status owner"
        highlights = "account order due_on amount rest status"
        form = (
            Tab.of(_("Plan"), "name order due_on amount about owner"),
            Tab.of(_("Paid"), "account paid rest status"),
        )
        related = "payment_parts tasks notes comments"
        phone = "name rest account due_on"
        views = (
            View("due", _("Due within 30 days"), "status != paid and due_on <= today + 30 days", "due_on", first=True),
            View("late", _("Overdue"), "status != paid and due_on < today", "due_on"),
            View("paid", _("Paid"), "status = paid", "-due_on"),
        )
        calendar = (
            OnCalendar(
                "due_on", _("Payments due"), "orange", where="status != paid", under=("account", "rest"), remind=True
            ),
        )
        sort = "due_on"
        scope = Scope.follows("order", people=("owner",))
        handed = "status != paid"
        group = "sales"


@declare
class Payment(BusinessObject):
    """Money that came in from an account, spread over the plans it pays."""

    name = c.Text(_("Purpose"), max=200, search=3)
    number = c.AutoNumber(_("Payment number"), NumberRule("HK-", "%Y-", 4, yearly=True), unique=True, search=5)
    account = c.Link(_("Account"), to="account", back="payments", required=True)
    received_on = c.Date(_("Received on"), default="today", required=True, index=True)
    amount = c.Money(_("Amount"), required=True, index=True)
    method = c.Choice(_("Way"), METHODS, default="transfer", index=True)
    payer = c.Text(_("Paid by"), max=160, search=3, hint=_("As the bank names it, where it is not the account"))
    reference = c.Text(_("Bank reference"), max=120, search=3)
    spread = c.Money(_("Spread over plans"), readonly=True)
    rest = c.Money(_("Not spread yet"), readonly=True, index=True)
    about = c.LongText(_("Note"), max=2000)

    class About:
        key, plural, icon, title = "payment", "payments", "banknote", "name"
        label, plural_label = _("Payment"), _("Payments")
        help = _("Money that came in. It pays the plans of the account, the oldest first unless you say otherwise.")
        columns = "name number account received_on amount method rest owner"
        highlights = "account amount received_on method rest owner"
        form = (
            Tab.of(_("Payment"), "name account amount received_on method payer reference about owner"),
            Tab.of(_("Spread"), "spread rest number"),
        )
        lines = "payment_parts"
        related = "files notes comments"
        phone = "name amount account received_on"
        views = (View("rest", _("Not spread yet"), "rest > 0", "received_on"),)
        sort = "-received_on"
        group = "sales"


@declare
class PaymentPart(BusinessObject):
    """How much of a payment pays a plan."""

    payment = c.Link(_("Payment"), to="payment", back="payment_parts", required=True, on_delete="trash")
    plan = c.Link(_("Receivable plan"), to="receivable_plan", back="payment_parts", required=True)
    amount = c.Money(_("Amount"), required=True)
    name = c.Text(_("Name"), max=120, hidden=True)

    class About:
        key, plural, icon, title = "payment_part", "payment_parts", "split", "name"
        label, plural_label = _("Part of a payment"), _("Parts of a payment")
        help = _("Which plans a payment pays, and how much of each.")
        columns = "payment name amount"
        form = (Tab.of(_("Part of a payment"), "payment plan amount"),)
        phone = "name amount plan payment"
        scope = Scope.follows("payment")
        group = "hidden"


forbids("receivable_plan", "amount <= 0", _("An instalment is more than nothing."), "amount")
forbids("payment", "amount <= 0", _("A payment is more than nothing."), "amount")
forbids("payment_part", "amount <= 0", _("A part is more than nothing. Take it out instead."), "amount")


def _sum(parts: Sequence[Mapping[str, Any]], key: str, currency: str) -> Money:
    return Money(sum((part[key].amount for part in parts if part[key] is not None), Decimal(0)), currency)


@computes("receivable_plan", needs="order.account order.currency")
def plan_of_the_order(plan: Any) -> Mapping[str, Any]:
    """A plan is the account's of its order, in the order's currency."""
    currency = plan["order.currency"]
    if plan["amount"] is not None and currency and plan["amount"].currency != currency:
        plan.refuse(_("The order is in {currency}.").with_(currency=currency), "amount")
    return {"account": plan["order.account"]}


@tallies("receivable_plan", "payment_part", "plan", fills="paid rest status", reads="amount", on="amount")
def paid_of_plan(plan: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What payments brought of it, and what is still open."""
    if plan["amount"] is None:
        return {}
    paid = _sum(parts, "amount", plan["amount"].currency)
    rest = plan["amount"].amount - paid.amount
    status = "paid" if rest <= 0 else "partly" if paid.amount else "open"
    return {"paid": paid, "rest": Money(rest, plan["amount"].currency), "status": status}


@computes("receivable_plan")
def no_more_than_planned(plan: Any) -> Mapping[str, Any]:
    """Payments bring no more than was planned. Judged with their sum, so that two at once cannot."""
    paid, amount = plan["paid"], plan["amount"]
    if paid is not None and amount is not None and paid.amount > amount.amount:
        text = _("“{plan}” asks for {amount}, and payments would bring {paid}. Spread the rest over another plan.")
        plan.refuse(
            text.with_(plan=plan["name"] or "", amount=f"{amount.amount:,}", paid=f"{paid.amount:,}"), "amount", "paid"
        )
    return {}


@tallies("payment", "payment_part", "payment", fills="spread rest", reads="amount", on="amount")
def spread_of_payment(payment: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What of it pays plans, and what is left."""
    if payment["amount"] is None:
        return {}
    currency = payment["amount"].currency
    spread = _sum(parts, "amount", currency)
    return {"spread": spread, "rest": Money(payment["amount"].amount - spread.amount, currency)}


@computes("payment", needs="account.name")
def no_more_than_came(payment: Any) -> Mapping[str, Any]:
    """No more is spread than came in; a payment without a purpose is called after its account."""
    spread, amount = payment["spread"], payment["amount"]
    if spread is not None and amount is not None and spread.amount > amount.amount:
        text = _("{spread} would be spread over plans, and {amount} came in.")
        payment.refuse(text.with_(spread=f"{spread.amount:,}", amount=f"{amount.amount:,}"), "amount", "spread")
    return {} if payment["name"] else {"name": payment["account.name"]}


@computes("payment_part", needs="payment.amount payment.account plan.amount plan.account plan.name")
def same_account_and_currency(part: Any) -> Mapping[str, Any]:
    """A payment pays plans of its own account, in its own currency."""
    account, of_plan = part["payment.account"], part["plan.account"]
    if account is not None and of_plan is not None and account.id != of_plan.id:
        part.refuse(_("This plan is another account’s."), "plan")
    for held in (part["payment.amount"], part["plan.amount"]):
        if part["amount"] is not None and held is not None and held.currency != part["amount"].currency:
            part.refuse(_("It is in {currency}.").with_(currency=held.currency), "amount")
            break
    return {"name": part["plan.name"]} if part.changed("plan") and part.given.get("name") is None else {}


@tallies("order", "receivable_plan", "order", fills="planned paid", reads="amount paid", on="currency")
def paid_of_order(order: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What plans ask for, and what of it was paid."""
    currency = order["currency"] or "CNY"
    return {"planned": _sum(plans, "amount", currency), "paid": _sum(plans, "paid", currency)}


def shares_of(terms: str) -> list[Decimal]:
    """``30/60/10`` as shares of a hundred; nothing for what is no such terms."""
    words = [one for one in _TERMS.split(terms.replace("%", "").strip()) if one]
    try:
        shares = [Decimal(one) for one in words]
    except ArithmeticError:
        return []
    whole = 0 < len(shares) <= MOST_PARTS and all(one > 0 for one in shares) and sum(shares) == HUNDRED
    return shares if whole else []


@action(
    "order", "plan", _("Plan the payments"), icon="calendar-clock", when="status != cancelled and total > 0", bulk=False,
    inputs=(
        asks("terms", _("Payment terms"), "text", max=120, hint=_("Such as 30/60/10; empty: as the order says, or all at once")),
        asks("first_on", _("First due on"), "date", default="today", required=True),
        asks("every", _("Days between"), "number", default=30),
    ),
)  # fmt: skip
def plan_payments(doors: Any, order: Any, values: Mapping[str, Any]) -> Words:
    """Instalments of what is not planned yet, by the terms, so and so many days apart."""
    terms = values.get("terms") or order.values.get("payment_terms") or "100"
    shares = shares_of(terms)
    if not shares:
        text = _("Write the shares of a hundred, such as 30/60/10. “{terms}” does not add up to 100.")
        raise Invalid([Problem(text.with_(terms=terms), "terms", "invalid")])
    total = order["total"]
    planned = order["planned"].amount if order["planned"] else Decimal(0)
    rest = total.amount - planned
    if rest <= 0:
        raise Invalid([Problem(_("All of this order is planned already."), "terms", "planned")])
    parts = shared_out(rest, dict(enumerate(shares)), total.currency)
    days = int(values.get("every") or 0)
    commands = [
        Command(
            "create",
            "receivable_plan",
            values={
                "name": str(_("Instalment {n} of {all}").with_(n=n + 1, all=len(parts))),
                "order": Ref("order", order.id),
                "due_on": values["first_on"] + timedelta(days=days * n),
                "amount": Money(amount, total.currency),
                "owner": order.values.get("owner"),
            },
        )
        for n, amount in parts.items()
    ]
    doors.many(commands)
    return _("{n} instalments are planned").with_(n=len(commands))


@action("payment", "spread", _("Spread over plans"), icon="split", when="rest > 0",
        help=_("The oldest open plans of the account are paid first."))  # fmt: skip
def spread_over_plans(doors: Any, payment: Any, values: Mapping[str, Any]) -> Words:
    """The oldest open plans of the account in the payment's currency are paid first, as far as the money goes."""
    rest, commands = payment["rest"].amount, []
    account, currency = payment["account"].id, payment["amount"].currency
    columns = ("rest", "due_on")
    for plan in doors.read("receivable_plan", f"account = {account} and status != paid", 500, "due_on", columns).rows:
        if plan["rest"].currency != currency or rest <= 0:
            continue
        part = min(rest, plan["rest"].amount)
        rest -= part
        facts = {
            "payment": Ref("payment", payment.id),
            "plan": Ref("receivable_plan", plan.id),
            "amount": Money(part, currency),
        }
        commands.append(Command("create", "payment_part", values=facts))
    if not commands:
        raise Invalid(
            [Problem(_("This account has no open plan in {currency}.").with_(currency=currency), "", "nothing")]
        )
    doors.many(commands)
    return _("{n} plans are paid by it").with_(n=len(commands))
