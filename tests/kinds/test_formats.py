"""Compiled formats are Babel's texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from tests.kinds.asking import speaking
from zhike.schema.formats import (
    currencies,
    date_patterns,
    friendly_date,
    minor_digits,
    show_date,
    show_instant,
    show_money,
    show_number,
    show_percent,
)
from zhike.schema.values import Money

LANGUAGES = [("zh-hans", "zh_Hans_CN"), ("en", "en"), ("de", "de"), ("hi", "hi"), ("ja", "ja")]
AMOUNTS = [
    Decimal(text)
    for text in ("0", "1", "-1", "12.5", "999.99", "1000", "-1234567.89", "123456789012.34", "0.05", "100000")
]
DAYS = [date(2025, 11, 3), date(2026, 1, 31), date(2000, 2, 29), date(1999, 12, 9)]


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
@pytest.mark.parametrize("value", AMOUNTS)
def test_numbers_are_babels(language: str, locale: str, value: Decimal) -> None:
    assert show_number(value, language) == format_decimal(value, locale=locale, decimal_quantization=False)
    assert show_number(value, language, 2) == format_decimal(
        value, "#,##0.00" if locale != "hi" else "#,##,##0.00", locale=locale
    )
    assert show_percent(value, language) == format_percent(value / 100, locale=locale, decimal_quantization=False)


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
@pytest.mark.parametrize("currency", ["CNY", "USD", "EUR", "JPY", "KWD", "HKD", "CHF", "XAU"])
@pytest.mark.parametrize("value", AMOUNTS)
def test_documents_show_money_as_babel_does(language: str, locale: str, currency: str, value: Decimal) -> None:
    amount = value.quantize(Decimal(1).scaleb(-minor_digits(currency)))
    assert show_money(Money(amount, currency), language, document=True) == format_currency(
        amount, currency, locale=locale
    )


@pytest.mark.parametrize(("language", "locale"), LANGUAGES[:2])
@pytest.mark.parametrize("value", [one for one in AMOUNTS if one == one.to_integral_value()])
def test_lists_show_whole_amounts_as_babel_does_without_decimals(language: str, locale: str, value: Decimal) -> None:
    whole = format_currency(value, "CNY", "¤#,##0", locale=locale, currency_digits=False)
    assert show_money(Money(value, "CNY"), language) == whole


def test_prices_keep_the_decimals_they_need() -> None:
    assert show_money(Money(Decimal("0.123400"), "CNY"), "zh-hans") == "¥0.1234"
    assert show_money(Money(Decimal("0.100000"), "CNY"), "zh-hans") == "¥0.10"
    assert show_money(Money(Decimal("5.000000"), "CNY"), "zh-hans", document=True) == "¥5.00"


@pytest.mark.parametrize(("language", "locale"), LANGUAGES)
@pytest.mark.parametrize("day", DAYS)
def test_dates_are_babels(language: str, locale: str, day: date) -> None:
    whole, short, instant = date_patterns(language)
    assert show_date(day, language) == format_date(day, whole, locale=locale)
    far = friendly_date(day, date(day.year, 6, 15), language)
    assert far == format_date(day, short, locale=locale)
    moment = datetime(day.year, day.month, day.day, 22, 5, tzinfo=UTC)
    local = moment.astimezone(ZoneInfo("Asia/Shanghai"))
    assert show_instant(moment, "Asia/Shanghai", language) == format_datetime(local, instant, locale=locale)


def test_chinese_and_english_dates_are_as_the_guide_says() -> None:
    assert show_date(date(2025, 11, 3), "zh-hans") == "2025-11-03"
    assert show_date(date(2025, 11, 3), "en") == "Nov 3, 2025"
    assert show_instant(datetime(2025, 11, 3, 6, 30, tzinfo=UTC), "Asia/Shanghai", "zh-hans") == "2025-11-03 14:30"
    assert show_instant(datetime(2025, 11, 3, 6, 30, tzinfo=UTC), "Asia/Shanghai", "en") == "Nov 3, 2025, 14:30"


CHINESE = {
    "today": "今天",
    "yesterday": "昨天",
    "tomorrow": "明天",
    "{n} days ago": "{n}天前",
    "in {n} days": "{n}天后",
}


def test_near_days_are_said_in_words() -> None:
    today = date(2026, 3, 18)
    days = [date(2026, 3, day) for day in (18, 17, 19, 15, 12, 24, 11, 9)] + [date(2025, 11, 3), date(2027, 1, 5)]
    with speaking(CHINESE.__getitem__):
        shown = [friendly_date(day, today, "zh-hans") for day in days]
    assert shown == ["今天", "昨天", "明天", "3天前", "6天前", "6天后", "3月11日", "3月9日", "2025-11-03", "2027-01-05"]
    assert friendly_date(date(2026, 3, 9), today, "en") == "Mar 9"


def test_smallest_units_come_from_the_cldr() -> None:
    assert [minor_digits(code) for code in ("CNY", "JPY", "KWD", "USD", "XYZ")] == [2, 0, 3, 2, 2]
    assert {"CNY", "USD", "DEM"} <= currencies()
    assert "XYZ" not in currencies()


def test_an_unknown_language_reads_english() -> None:
    assert show_number(Decimal("1234.5"), "qq-zz") == "1,234.5"
