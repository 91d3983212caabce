"""Currencies and their dated rates: which are offered, entered by hand, taken from the European Central Bank's file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.clock import today
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _, current_language
from zhike.records.company.ecb_rates import LARGEST_FILE, import_rates
from zhike.records.company.rates import (
    Rate,
    converted,
    drop_rate,
    enter_rates,
    rate_used,
    rates_of,
    use_currency,
    used_currencies,
)
from zhike.records.company.settings import company
from zhike.schema.formats import currencies, locale_of
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

CURRENCIES = "/settings/currencies"
SHOWN = 60
OLD_DAYS = 31


@settings_place(CURRENCIES)
def show(request: HttpRequest) -> HttpResponse:
    """The currencies with the newest rate of each; a POST adds or takes away a currency."""
    problems: dict[str, Any] = {}
    if request.method == "POST":
        add, leave = request.POST.get("add", ""), request.POST.get("leave", "")
        try:
            use_currency(actor_of(request), add or leave, use=bool(add))
            return say(request, see_other(request, CURRENCIES), _("Saved"))
        except Invalid as refused:
            problems = dict(by_field(refused)[0])
    return _listed(request, problems=problems, status=422 if problems else 200)


def _listed(
    request: HttpRequest,
    panel: dict[str, Any] | None = None,
    problems: dict[str, Any] | None = None,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    day = _today()
    offered = used_currencies()
    names = locale_of(current_language()).currencies
    context = {
        "base": company().currency,
        "lines": [(code, str(names.get(code, code)), rate_used(code, day)) for code in offered],
        "old": day.toordinal() - OLD_DAYS,
        "others": sorted((code, str(names.get(code, code))) for code in currencies() - set(offered) if len(code) == 3),
        "panel": panel,
        "problems": problems or {},
        "tried": _tried(request, offered, day),
        "plain": plain,
    }
    return settings_page(request, "currencies.html", context, part=part, status=status)


def _tried(request: HttpRequest, offered: tuple[str, ...], day: date) -> dict[str, Any]:
    """What an amount makes in another currency on a day, as asked for above the list."""
    source = request.GET.get("of", "")
    source = source if source in offered else next((code for code in offered if code != company().currency), "")
    target = request.GET.get("in", "")
    target = target if target in offered else company().currency
    amount, on = _number(request.GET.get("amount", "10000")), _day(request.GET.get("on", "")) or day
    result = converted(amount, source, target, on) if amount is not None and source else None
    used = rate_used(source if source != company().currency else target, on) if source else None
    return {
        "amount": request.GET.get("amount", "10000")[:24], "of": source, "in": target, "on": on.isoformat(),
        "result": result, "day": used.on if used else None,
    }  # fmt: skip


@settings_place(CURRENCIES)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """The rates of one currency beside the list; a POST enters one or takes one back."""
    code = code.upper()
    if code not in currencies() or code == company().currency:
        return see_other(request, CURRENCIES)
    typed = {"on": request.POST.get("on") or _today().isoformat(), "rate": request.POST.get("rate", "")}
    problems: dict[str, Any] = {}
    if request.method == "POST":
        dropped = _day(request.POST.get("drop", ""))
        try:
            if dropped is not None:
                drop_rate(actor_of(request), code, dropped)
            else:
                on, rate = _day(typed["on"]), _number(typed["rate"])
                if on is None:
                    raise Invalid(Problem(_("Choose a day."), "on"))
                if rate is None:
                    raise Invalid(Problem(_("Write the rate as a number."), "rate"))
                enter_rates(actor_of(request), [(code, on, rate)])
            return say(request, see_other(request, f"{CURRENCIES}/{code}"), _("Saved"))
        except Invalid as refused:
            problems = dict(by_field(refused)[0])
    before = _day(request.GET.get("before", ""))
    found = rates_of(code, SHOWN + 1, before)
    panel = {
        "code": code,
        "name": str(locale_of(current_language()).currencies.get(code, code)),
        "rates": found[:SHOWN],
        "older": found[SHOWN - 1].on.isoformat() if len(found) > SHOWN else "",
        "typed": typed,
        "problems": problems,
    }
    return _listed(request, panel, part="side", status=422 if problems else 200)


@settings_place(CURRENCIES)
def take_file(request: HttpRequest) -> HttpResponse:
    """The European Central Bank's file: a POST keeps its rates of the offered currencies."""
    problems: dict[str, Any] = {}
    since = request.POST.get("since", "")
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise Invalid(Problem(_("Choose the file first."), "file"))
            done = import_rates(actor_of(request), upload.read(LARGEST_FILE + 1), since=_day(since))
            return say(request, see_other(request, CURRENCIES), done.said(), bad=not done.rates)
        except Invalid as refused:
            problems = dict(by_field(refused)[0])
    context = {"problems": problems, "since": since, "offered": used_currencies(), "base": company().currency}
    return settings_page(
        request, "rates_file.html", context, title=_("Rates from a file"), status=422 if problems else 200
    )


def plain(rate: Rate | None) -> str:
    """A rate as people write it: six digits that matter, at least two decimals."""
    if rate is None:
        return ""
    places = max(2, 5 - rate.rate.adjusted())
    whole, _dot, decimals = f"{rate.rate:.{places}f}".rstrip("0").partition(".")
    return f"{int(whole):,}.{decimals.ljust(2, '0')}"


def _today() -> date:
    return today(reading().timezone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip().replace(",", "").replace("，", "")[:40])
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 15 else None
