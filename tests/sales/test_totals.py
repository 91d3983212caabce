"""Money of documents: every cent of a total is in exactly one rate, whatever the prices and discounts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from zhike.objects.sales.totals import line_amount, shared_out, totals
from zhike.schema.values import Money

cents = st.integers(0, 10**9).map(lambda one: Decimal(one) / 100)
rates = st.sampled_from([Decimal(one) for one in (0, 3, 6, 9, 13)])
lines = st.lists(st.tuples(cents, rates, st.booleans()), max_size=12)


def as_lines(some):
    return [{"amount": Money(amount, "CNY"), "tax_rate": rate, "optional": extra} for amount, rate, extra in some]


@given(lines, st.integers(0, 10_000).map(lambda one: Decimal(one) / 100), st.booleans())
def test_net_and_tax_of_all_rates_add_up_to_the_total(some, discount, included):
    found = totals({"discount": discount, "tax_included": included}, as_lines(some), "CNY")
    assert found.net == sum((net for net, _tax in found.by_rate.values()), Decimal(0))
    assert found.total == found.net + found.tax
    assert found.listed == sum((amount for amount, _rate, extra in some if not extra), Decimal(0))
    assert found.optional == sum((amount for amount, _rate, extra in some if extra), Decimal(0))
    discounted = found.total if included else found.net
    assert abs(discounted - found.listed * (100 - discount) / 100) <= Decimal("0.005")


@given(cents, st.dictionaries(st.integers(0, 9), cents, min_size=1))
def test_what_is_shared_out_adds_up_and_nobody_is_a_cent_off(whole, by):
    parts = shared_out(whole, by, "CNY")
    sum_of = sum(by.values(), Decimal(0))
    if not sum_of:
        assert not any(parts.values())
        return
    assert sum(parts.values(), Decimal(0)) == whole
    assert all(abs(part - whole * by[key] / sum_of) < Decimal("0.01") for key, part in parts.items())


def test_a_price_with_tax_is_taken_apart_once_for_each_rate():
    some = [(Decimal("113.00"), Decimal(13), False), (Decimal("106.00"), Decimal(6), False)]
    found = totals({"tax_included": True}, as_lines(some), "CNY")
    assert found.by_rate == {
        Decimal(13): (Decimal("100.00"), Decimal("13.00")),
        Decimal(6): (Decimal("100.00"), Decimal("6.00")),
    }


def test_a_line_is_rounded_to_what_its_currency_has():
    assert line_amount(Decimal(3), Decimal("0.335"), None, "CNY") == Decimal("1.01")
    assert line_amount(Decimal(3), Decimal("33.5"), Decimal(10), "JPY") == Decimal(90)
