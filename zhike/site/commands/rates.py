"""``zhike rates``: exchange rates by hand, from the European Central Bank's file, and what they make of an amount."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from zhike.kernel.actor import Actor
from zhike.kernel.clock import today
from zhike.kernel.words import _
from zhike.records.company.ecb_rates import LARGEST_FILE, import_rates
from zhike.records.company.rates import converted, enter_rates, rate_used, rates_of
from zhike.records.company.settings import company
from zhike.site.commands.arguments import Given, NotDone, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for


def run(given: Given, home: Path) -> int:
    """Run one of import, set, list and convert."""
    work: dict[str, Callable[[Given, Actor], int]] = {
        "rates import": _import,
        "rates set": _set,
        "rates list": _list,
        "rates convert": _convert,
    }
    return work[given.shape.name](given, actor_for(given, home))


def _import(given: Given, actor: Actor) -> int:
    try:
        with Path(given.word("FILE")).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise NotDone(
            _("{path} cannot be read: {reason}").with_(path=given.word("FILE"), reason=error.strerror)
        ) from error
    wanted = tuple(one.upper() for one in given.list("currencies")) if given.has("currencies") else ()
    since = _day(given.text("since")) if given.has("since") else None
    done = import_rates(actor, data, wanted, since, dry_run=given.has("dry-run"))
    if given.text("format", "table") == "json":
        shape = {**asdict(done), "first": str(done.first or ""), "last": str(done.last or "")}
        sys.stdout.write(as_json(shape))
    else:
        print(done.said())
    return 0


def _set(given: Given, actor: Actor) -> int:
    on = _day(given.text("on")) if given.has("on") else _today()
    code = given.word("CURRENCY").upper()
    enter_rates(actor, [(code, on, _number(given.word("RATE")))])
    held = rate_used(code, on)
    assert held is not None
    print(
        _("1 {code} = {rate} {base} from {day} on").with_(
            code=code, rate=_plain(held.rate), base=company().currency, day=on
        )
    )
    return 0


def _list(given: Given, actor: Actor) -> int:
    found = rates_of(given.word("CURRENCY").upper(), given.number("size", 20))
    lines = [{"on": one.on.isoformat(), "currency": one.currency, "rate": _plain(one.rate)} for one in found]
    print_rows(sys.stdout, given.text("format", "table"), ("on", "currency", "rate"), lines)
    return 0


def _convert(given: Given, actor: Actor) -> int:
    on = _day(given.text("on")) if given.has("on") else _today()
    source, target = given.word("CURRENCY").upper(), (given.word("INTO") or company().currency).upper()
    amount = converted(_number(given.word("AMOUNT")), source, target, on)
    if amount is None:
        raise NotDone(_("There is no exchange rate of {day} for this.").with_(day=on))
    used = rate_used(source if source != company().currency else target, on)
    print(f"{amount} {target}  ({used.on if used else on})")
    return 0


def _plain(rate: Decimal) -> str:
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _today() -> date:
    return today(company().timezone)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(_("A day is written YYYY-MM-DD.")) from None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise WrongUsage(_("“{text}” is not a number.").with_(text=text[:40])) from None
