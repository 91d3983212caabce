"""Dated exchange rates into the company's base currency, and which currencies the company uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.company.settings import company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.schema.formats import currencies
from zhike.store.database import row, rows, run, run_many, to_db, write_transaction

SCALE = Decimal(10) ** 10
LARGEST = Decimal(10) ** 8
SMALLEST = 1 / SCALE
USUAL = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "TWD", "KRW", "SGD", "AUD", "CAD", "CHF")
CURRENCIES = "currencies"
PORTION = 5000
MOST = 400


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in the base currency from a day on."""

    currency: str
    on: date
    rate: Decimal


# -- the company's currencies ------------------------------------------------------------------------------------------
def used_currencies() -> tuple[str, ...]:
    """The currencies forms offer, the base currency first."""
    return tuple(dict.fromkeys((company().currency, *kept(CURRENCIES, USUAL))))


def use_currency(actor: Actor, code: str, *, use: bool = True) -> None:
    """Offer a currency in forms, or no longer; amounts in it and its rates stay. Raises Invalid, Forbidden."""
    require_settings(actor)
    code = code.strip().upper()
    if code not in currencies():
        text = _("“{code}” is not a currency. Write its code, such as CNY or USD.")
        raise Invalid(Problem(text.with_(code=code[:10]), "currency"))
    if not use and code == company().currency:
        raise Invalid(Problem(_("The base currency is always offered."), "currency"))
    before = list(used_currencies())
    after = [one for one in before if one != code] + ([code] if use else [])
    if set(after) != set(before):
        with write_transaction():
            note_setting(actor, "company.currencies", before, after)
            keep(CURRENCIES, after)


# -- rates -------------------------------------------------------------------------------------------------------------
def set_rates(rates: Iterable[tuple[str, date, Decimal]]) -> int:
    """Store ``(currency, from date, value of one unit in the base currency)``; replaces equal days. Returns how many."""
    lines: list[tuple[object, ...]] = []
    done = 0
    with write_transaction():
        for currency, on, rate in rates:
            lines.append((currency, to_db(on), int((rate * SCALE).to_integral_value(ROUND_HALF_UP))))
            if len(lines) == PORTION:
                done += _stored(lines)
        return done + _stored(lines)


def _stored(lines: list[tuple[object, ...]]) -> int:
    run_many(
        'INSERT INTO "store_rate" ("currency", "on", "rate") VALUES (%s, %s, %s)'
        ' ON CONFLICT ("currency", "on") DO UPDATE SET "rate" = excluded."rate"',
        lines,
    )
    count = len(lines)
    lines.clear()
    return count


def enter_rates(actor: Actor, entered: Sequence[tuple[str, date, Decimal]]) -> int:
    """Rates by hand or by a program, judged and logged. They count for what is saved from now on. Raises Invalid naming
    the first wrong one, Forbidden."""
    require_settings(actor)
    if len(entered) > PORTION:
        raise Invalid(Problem(_("At most {n} rates at once.").with_(n=PORTION), "rates"))
    for currency, _on, rate in entered:
        if currency not in currencies() or currency == company().currency:
            text = _("“{code}” has no rate: give the code of another currency than {base}.")
            raise Invalid(Problem(text.with_(code=currency[:10], base=company().currency), "currency"))
        if not rate.is_finite() or not SMALLEST <= rate < LARGEST:
            text = _("A rate says what one unit is worth in {base}: a number above nought.")
            raise Invalid(Problem(text.with_(base=company().currency), "rate"))
    with write_transaction():
        for currency, on, rate in entered:
            held = rate_of_day(currency, on)
            note_setting(actor, f"rate.{currency}.{on.isoformat()}", str(held) if held else None, str(rate))
        return set_rates(entered)


def drop_rate(actor: Actor, currency: str, on: date) -> bool:
    """Take the rate of a day back; then the one before it counts. Raises Forbidden."""
    require_settings(actor)
    with write_transaction():
        held = rate_of_day(currency, on)
        note_setting(actor, f"rate.{currency}.{on.isoformat()}", str(held) if held else None, None)
        return bool(run('DELETE FROM "store_rate" WHERE "currency" = %s AND "on" = %s', (currency, to_db(on))))


def rate_on(currency: str, on: date) -> Decimal | None:
    """The newest rate not later than ``on``; 1 for the base currency; None when there is none."""
    found = rate_used(currency, on)
    return found.rate if found else None


def rate_used(currency: str, on: date) -> Rate | None:
    """The rate :func:`rate_on` answers, with the day it is from."""
    if currency == company().currency:
        return Rate(currency, on, Decimal(1))
    found = row(
        'SELECT "on", "rate" FROM "store_rate" WHERE "currency" = %s AND "on" <= %s ORDER BY "on" DESC LIMIT 1',
        (currency, to_db(on)),
    )
    return Rate(currency, _day(found[0]), Decimal(found[1]) / SCALE) if found else None


def rate_of_day(currency: str, on: date) -> Decimal | None:
    """The rate of exactly this day."""
    found = row('SELECT "rate" FROM "store_rate" WHERE "currency" = %s AND "on" = %s', (currency, to_db(on)))
    return Decimal(found[0]) / SCALE if found else None


def rates_of(currency: str, size: int = 60, before: date | None = None) -> list[Rate]:
    """The newest rates of a currency first, older than the day ``before`` if given."""
    older = ' AND "on" < %s' if before else ""
    found = rows(
        f'SELECT "on", "rate" FROM "store_rate" WHERE "currency" = %s{older} ORDER BY "on" DESC LIMIT %s',
        (currency, *([to_db(before)] if before else []), min(size, MOST)),
    )
    return [Rate(currency, _day(on), Decimal(rate) / SCALE) for on, rate in found]


def converted(amount: Decimal, currency: str, target: str, on: date) -> Decimal | None:
    """An amount in another currency at the rates of a day, to the cent; None where a rate is missing."""
    rate, into = rate_on(currency, on), rate_on(target, on)
    if rate is None or into is None:
        return None
    return (amount * rate / into).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
