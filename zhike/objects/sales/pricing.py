"""Which price list an account gets, and what a product costs under it for a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.records.company.rates import converted
from zhike.records.linking import values_of
from zhike.records.picking import matching_ids
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.schema.values import Money, Ref

MOST_LISTS = 500
MOST_TIERS = 1000
_FACTS = ("currency", "tax_included", "where", "valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Asked:
    """A product for a quantity on a day, under a price list (0: none) in a currency."""

    product: int
    quantity: Decimal
    price_list: int
    currency: str
    day: date


@dataclass(frozen=True, slots=True)
class Offered:
    """What one costs, and the least it may be offered for (None: no limit). ``price`` None: nobody said what it costs."""

    price: Decimal | None
    lowest: Decimal | None = None


def list_for(account: int, day: date, currency: str = "") -> Ref | None:
    """The price list of an account on a day, in a currency if given: the first in order that fits; None when none does."""
    spec = registry.object("account")
    query = Query("price_list", "active = yes", "position", _FACTS, MOST_LISTS, count=False)
    for one in read(SYSTEM, query).rows:
        first, last = one["valid_from"], one["valid_until"]
        if (first and first > day) or (last and last < day) or (currency and one["currency"] != currency):
            continue
        where = str(one["where"] or "").strip()
        if not where or account in matching_ids(spec, where, [account]):
            return Ref("price_list", one.id, one.title)
    return None


def prices(asked: Sequence[Asked]) -> list[Offered]:
    """What each costs, in order: by the tier of its price list, else the product's list price in the currency wanted, at the
    rate of the day."""
    tiers = _tiers({(one.price_list, one.product) for one in asked if one.price_list})
    plain = values_of(registry.object("product"), ("price",), {one.product for one in asked})
    answers = []
    for one in asked:
        reached = [tier for tier in tiers.get((one.price_list, one.product), ()) if tier[0] <= one.quantity]
        if reached:
            _from, price, lowest = reached[-1]
            answers.append(Offered(price, lowest))
        else:
            answers.append(Offered(in_currency(plain.get(one.product, {}).get("price"), one.currency, one.day)))
    return answers


def _tiers(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], list[tuple[Decimal, Decimal, Decimal | None]]]:
    found: dict[tuple[int, int], list[tuple[Decimal, Decimal, Decimal | None]]] = {}
    by_list: dict[int, set[int]] = {}
    for price_list, product in wanted:
        by_list.setdefault(price_list, set()).add(product)
    for price_list, products in by_list.items():
        listed = sorted(products)
        for start in range(0, len(listed), 50):
            some = ", ".join(map(str, listed[start : start + 50]))
            where = f"price_list = {price_list} and product in ({some})"
            columns = ("product", "from_quantity", "unit_price", "lowest")
            for one in read(SYSTEM, Query("price", where, "from_quantity", columns, MOST_TIERS, count=False)).rows:
                tier = (one["from_quantity"], one["unit_price"], one["lowest"])
                found.setdefault((price_list, one["product"].id), []).append(tier)
    return found


def in_currency(price: Any, currency: str, day: date) -> Decimal | None:
    """An amount in another currency at the rate of a day; None where it or the rate is missing."""
    if not isinstance(price, Money):
        return None
    if price.currency == currency:
        return price.amount
    return converted(price.amount, price.currency, currency, day)
