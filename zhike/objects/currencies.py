"""Currencies a document can be written in: those the European Central Bank publishes rates for, and its own."""

from __future__ import annotations

from zhike.kernel.words import Words
from zhike.schema.spec import Option

CURRENCIES = tuple(
    Option(code, Words(code))
    for code in (
        "CNY USD EUR HKD JPY GBP SGD AUD CAD CHF KRW TWD MOP THB MYR IDR PHP VND INR AED SAR RUB TRY BRL MXN ZAR NZD SEK"
        " NOK DKK PLN CZK HUF RON BGN ISK ILS"
    ).split()
)
