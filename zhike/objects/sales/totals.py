"""Money of documents with lines: what a line costs, and how a document's total, its net value and its tax follow.

A line's amount is quantity × unit price less its discount, rounded to the currency's smallest unit. The discount on the whole
is taken from the rates' sums so that they add up to the discounted total to the cent. Prices include tax (net = gross ÷ (1 +
rate)) or do not (tax = net × rate); either is rounded once for each rate, as invoices are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from zhike.schema.formats import minor_digits
from zhike.schema.values import Money

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one document, in its currency: ``listed`` before the discount on the whole, ``net``, ``tax`` and ``total`` after it,
    ``optional`` what optional lines would add, ``cost`` None where a line's cost is unknown, ``by_rate`` (net, tax) by rate."""

    listed: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    optional: Decimal
    cost: Decimal | None
    by_rate: Mapping[Decimal, tuple[Decimal, Decimal]]

    @property
    def margin(self) -> Decimal | None:
        """Percent of the net value that is left after the cost."""
        if self.cost is None or not self.net:
            return None
        return ((self.net - self.cost) / self.net * HUNDRED).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def line_amount(quantity: Any, price: Any, discount: Any, currency: str) -> Decimal:
    """What a line costs, in the currency's smallest unit."""
    full = Decimal(quantity or 0) * Decimal(price or 0)
    return rounded(full * (HUNDRED - Decimal(discount or 0)) / HUNDRED, currency)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the currency's smallest unit, half up."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)


def totals(head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], currency: str) -> Totals:
    """``head``: discount (percent) and tax_included; ``lines``: amount, tax_rate, quantity, cost, optional."""
    counted = [line for line in lines if not line.get("optional")]
    by_rate: dict[Decimal, Decimal] = {}
    for line in counted:
        rate = Decimal(line.get("tax_rate") or 0)
        by_rate[rate] = by_rate.get(rate, Decimal(0)) + _amount(line)
    listed = sum(by_rate.values(), Decimal(0))
    wanted = rounded(listed * (HUNDRED - Decimal(head.get("discount") or 0)) / HUNDRED, currency)
    split: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for rate, amount in shared_out(wanted, by_rate, currency).items():
        if head.get("tax_included"):
            net = rounded(amount * HUNDRED / (HUNDRED + rate), currency)
            split[rate] = (net, amount - net)
        else:
            split[rate] = (amount, rounded(amount * rate / HUNDRED, currency))
    net, tax = (sum((one[part] for one in split.values()), Decimal(0)) for part in (0, 1))
    costs = [_cost(line) for line in counted]
    cost = None if not costs or None in costs else rounded(sum(filter(None, costs), Decimal(0)), currency)
    optional = sum((_amount(line) for line in lines if line.get("optional")), Decimal(0))
    return Totals(listed, net, tax, net + tax, optional, cost, split)


def shared_out(whole: Decimal, by: Mapping[Any, Decimal], currency: str) -> dict[Any, Decimal]:
    """``whole`` in parts proportional to ``by``, each in the smallest unit, adding up to it exactly: the largest remainders
    get the cents that rounding leaves."""
    sum_of = sum(by.values(), Decimal(0))
    if not sum_of:
        return dict.fromkeys(by, Decimal(0))
    unit = Decimal(1).scaleb(-minor_digits(currency))
    exact = {key: whole * part / sum_of for key, part in by.items()}
    parts = {key: one.quantize(unit, ROUND_FLOOR) for key, one in exact.items()}
    left = int((whole - sum(parts.values(), Decimal(0))) / unit)
    for key in sorted(exact, key=lambda one: (parts[one] - exact[one], str(one)))[:left]:
        parts[key] += unit
    return parts


def _amount(line: Mapping[str, Any]) -> Decimal:
    held = line.get("amount")
    return held.amount if isinstance(held, Money) else Decimal(0)


def _cost(line: Mapping[str, Any]) -> Decimal | None:
    cost = line.get("cost")
    return None if cost is None else Decimal(cost) * Decimal(line.get("quantity") or 0)
