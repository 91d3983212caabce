"""Money."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kinds.asking import AMERICA, CHINA, field, parse, refusal, shown
from zhike.schema.kinds import KINDS, ParseError, Setting
from zhike.schema.values import Money

MONEY = KINDS["money"]
PRICE = field("money", decimals=6)


@pytest.mark.parametrize(
    ("raw", "amount", "currency"),
    [
        ("¥12,000.50", "12000.50", "CNY"), ("￥12,000.50", "12000.50", "CNY"), ("12000 USD", "12000", "USD"),
        ("usd 12000", "12000", "USD"),
        ({"amount": "12.50", "currency": "USD"}, "12.50", "USD"), ({"amount": 12.5}, "12.50", "CNY"), ("1.2万",
        "12000", "CNY"),
        ("1.2万元", "12000", "CNY"), ("1.2万美元", "12000", "USD"), ("１２０００", "12000", "CNY"), ("￥１，０００",
        "1000", "CNY"),
        (12000, "12000", "CNY"), (Decimal("0.01"), "0.01", "CNY"), (12.5, "12.5", "CNY"), ("-¥3", "-3", "CNY"),
        ("¥-3", "-3", "CNY"),
        ("(300) EUR", "-300", "EUR"), ("（¥300）", "-300", "CNY"), ("US$1,000", "1000", "USD"), ("$5", "5", "USD"),
        ("HK$ 5", "5", "HKD"),
        ("100港币", "100", "HKD"), ("人民币88元整", "88", "CNY"), ("1千万", "10000000", "CNY"), ("3 EUR", "3", "EUR"),
        ("€3.5", "3.5", "EUR"),
        ("1000日元", "1000", "JPY"), ("1.234 KWD", "1.234", "KWD"), (Money(Decimal(3), "EUR"), "3", "EUR"),
        ("12k USD", "12000", "USD"),
    ],
)  # fmt: skip
def test_money_is_read_as_people_write_it(raw: object, amount: str, currency: str) -> None:
    assert parse("money", raw) == Money(Decimal(amount), currency)


def test_no_currency_means_the_companys() -> None:
    assert parse("money", "12", AMERICA) == Money(Decimal(12), "USD")
    assert parse("money", "12", Setting(currency="JPY")) == Money(Decimal(12), "JPY")


def test_an_ambiguous_sign_is_the_companys_own_first() -> None:
    assert parse("money", "$12", Setting(currency="HKD")).currency == "HKD"
    assert parse("money", "¥12", Setting(currency="JPY")).currency == "JPY"
    assert parse("money", "12元", Setting(currency="TWD")).currency == "TWD"
    assert parse("money", "12元", AMERICA).currency == "CNY"


@pytest.mark.parametrize(
    "raw",
    ["abc", "12 XYZ", "USD", "12 USD 13", "$12 EUR", "1,2", "12.505", "1e999999", 10**30, True, [], {"x": 1},
     {"amount": [1]}, "NaN",
     {"amount": "1", "currency": "XYZ"}, {"amount": "1", "currency": 7}, Decimal("Infinity"), "12 USD CNY"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(raw: object) -> None:
    assert refusal("money", raw)


def test_nothing_is_no_money() -> None:
    assert parse("money", "") is None
    assert parse("money", {"amount": "", "currency": "CNY"}) is None
    assert parse("money", {"amount": None}) is None


def test_each_currency_has_its_own_smallest_unit() -> None:
    one = field("money")
    assert MONEY.to_parts(Money(Decimal("12.50"), "CNY", Decimal("12.50")), one) == (1250, "CNY", 1250)
    assert MONEY.to_parts(Money(Decimal(12), "JPY"), one) == (12, "JPY", None)
    assert MONEY.to_parts(Money(Decimal("1.234"), "KWD"), one) == (1234, "KWD", None)
    assert refusal("money", "12.5 JPY") == "JPY has no decimals; 12.5 has."
    assert MONEY.from_parts((1234, "KWD", None), one) == Money(Decimal("1.234"), "KWD")


def test_unit_prices_keep_six_decimals() -> None:
    assert MONEY.to_parts(parse("money", "0.123456", decimals=6), PRICE) == (123456, "CNY", None)
    assert parse("money", "0.123456 JPY", decimals=6) == Money(Decimal("0.123456"), "JPY")
    assert refusal("money", "0.1234567", decimals=6) == "At most 6 decimals; 0.1234567 has more."


def test_filters_compare_the_base_value() -> None:
    assert MONEY.main == "_base"
    assert MONEY.operand("1万", field("money"), CHINA) == 1_000_000
    assert MONEY.operand("0.5", PRICE, CHINA) == 500_000
    assert MONEY.scalar(Money(Decimal(10), "USD", Decimal("71.5")), field("money")) == 7150
    with pytest.raises(ParseError, match="Amounts are compared"):
        MONEY.operand("10 USD", field("money"), CHINA)


def test_json_carries_decimal_strings() -> None:
    value = Money(Decimal("12.5"), "USD", Decimal("90.1"))
    assert MONEY.to_json(value, field("money")) == {"amount": "12.50", "currency": "USD", "base": "90.1"}
    assert parse("money", MONEY.to_json(value, field("money"))) == value


def test_a_sum_over_currencies_has_only_a_base_value() -> None:
    assert MONEY.from_parts((None, None, 12345), field("money")) == Money(Decimal("123.45"), "", Decimal("123.45"))


def test_lists_leave_out_decimals_of_whole_amounts() -> None:
    assert shown("money", "860000") == "¥860,000"
    assert shown("money", "860000.5") == "¥860,000.50"
    assert shown("money", "12 USD") == "US$12"
    assert shown("money", "12 USD", AMERICA) == "$12"
