"""Dated exchange rates into the company's base currency."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from zhike.records.settings import company
from zhike.store.database import row, run, to_db, write_transaction

SCALE = Decimal(10) ** 10


def set_rates(rates: Iterable[tuple[str, date, Decimal]]) -> int:
    """Store ``(currency, from date, value of one unit in the base currency)``; replaces equal days. Returns how many."""
    done = 0
    with write_transaction():
        for currency, on, rate in rates:
            scaled = int((rate * SCALE).to_integral_value(ROUND_HALF_UP))
            if not run(
                'UPDATE "store_rate" SET "rate" = %s WHERE "currency" = %s AND "on" = %s', (scaled, currency, to_db(on))
            ):
                run(
                    'INSERT INTO "store_rate" ("currency", "on", "rate") VALUES (%s, %s, %s)',
                    (currency, to_db(on), scaled),
                )
            done += 1
    return done


def rate_on(currency: str, on: date) -> Decimal | None:
    """The newest rate not later than ``on``; 1 for the base currency; None when there is none."""
    if currency == company().currency:
        return Decimal(1)
    found = row(
        'SELECT "rate" FROM "store_rate" WHERE "currency" = %s AND "on" <= %s ORDER BY "on" DESC LIMIT 1',
        (currency, to_db(on)),
    )
    return Decimal(found[0]) / SCALE if found else None
