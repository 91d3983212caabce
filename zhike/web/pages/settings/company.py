"""The company's own facts: name, base currency, country, time zone, language."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse

from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Plain, _, current_language
from zhike.records.company.company import FACTS, set_company
from zhike.records.company.settings import company
from zhike.schema.spec import FieldSpec, Option
from zhike.web.kinds.widgets import control, countries
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

_babel: Any = LazyModule("babel")
_dates: Any = LazyModule("babel.dates")

HERE = "/settings/company"
CURRENCIES = (
    "CNY USD EUR HKD JPY GBP TWD KRW SGD AUD CAD CHF MOP INR IDR MYR PHP THB VND NZD AED SAR RUB BRL MXN ZAR TRY"
    " SEK NOK DKK PLN CZK HUF ILS"
).split()
OWN_NAMES = (Option("zh-hans", Plain("简体中文")), Option("en", Plain("English")))


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The facts as a form; a POST saves them."""
    typed = {key: getattr(company(), key) for key in FACTS}
    refused = None
    if request.method == "POST":
        typed = {key: request.POST.get(key, "") for key in FACTS}
        try:
            set_company(actor_of(request), typed)
            return say(request, see_other(request, HERE), _("Saved"))
        except Invalid as error:
            refused = error
    problems, misplaced = by_field(refused, frozenset(FACTS))
    setting = reading()
    controls = [
        control(one, {"": [typed[one.key]]}, setting, problem=problems.get(one.key, ""))
        for one in company_fields(current_language(), typed["currency"])
    ]
    context = {"controls": controls, "misplaced": misplaced, "refused": refused}
    return settings_page(request, "company.html", context, status=422 if refused else 200)


def company_fields(language: str, currency: str) -> list[FieldSpec]:
    """The questions about the company, in a language, with ``currency`` among the currencies."""
    locale = _locale(language)
    codes = dict.fromkeys((*CURRENCIES, currency))
    monies = tuple(Option(code, Plain(f"{code} · {locale.currencies.get(code, code)}")) for code in codes if code)
    lands = tuple(Option(code, Plain(name)) for code, name in countries(language))
    zones = tuple(Option(name, Plain(text)) for name, text in _zones(language))
    return [
        FieldSpec(
            "name",
            _("Company name"),
            "text",
            required=True,
            max=60,
            hint=_("Stands at the top of the rail and on the sign-in page."),
        ),
        FieldSpec(
            "currency",
            _("Base currency"),
            "choice",
            required=True,
            options=monies,
            hint=_("Sums and comparisons are kept in it. It stays once amounts are stored."),
        ),
        FieldSpec(
            "country",
            _("Country"),
            "choice",
            required=True,
            options=lands,
            hint=_("Decides how phone numbers and addresses are read, and which days are holidays."),
        ),
        FieldSpec("timezone", _("Time zone"), "choice", required=True, options=zones),
        FieldSpec(
            "language",
            _("Language"),
            "choice",
            required=True,
            options=OWN_NAMES,
            hint=_("For new people and the sign-in page. Everybody can choose another for themselves."),
        ),
    ]


def _locale(language: str) -> Any:
    return _babel.Locale("zh", script="Hans") if language.startswith("zh") else _babel.Locale("en")


@lru_cache(maxsize=4)
def _zones(language: str) -> tuple[tuple[str, str], ...]:
    """Every place-named time zone with its present distance from UTC, the nearest to the west first."""
    found = []
    at = now()
    for name in available_timezones():
        area, _slash, rest = name.partition("/")
        if not rest or area in ("Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"):
            continue
        offset = _minutes(at.astimezone(ZoneInfo(name)))
        place = str(_dates.get_timezone_location(name, locale=_locale(language), return_city=False))
        shown = f"UTC{offset // 60:+03d}:{abs(offset) % 60:02d}  {place}  {name}"
        found.append((offset, name, shown))
    return tuple((name, shown) for _offset, name, shown in sorted(found))


def _minutes(at: datetime) -> int:
    offset = at.utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
