"""The working calendar: a year at a glance, a day turned with one press, a list of days read in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.clock import today
from zhike.kernel.errors import Invalid
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _, current_language
from zhike.records.company.calendar_days import reliable_until
from zhike.records.company.settings import company
from zhike.records.company.working_days import add_working_days, own_days, read_days, set_days, toggle_day, year_of
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

_dates: Any = LazyModule("babel.dates")

HERE = "/settings/calendar"
FIRST, LAST = 1990, 2100
LONGEST = 200_000
MOST_ADDED = 10_000


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """A year; a POST turns one day, reads a list of days, or lets the year be as announced again."""
    year = _year(request)
    here = f"{HERE}?year={year}"
    if request.method != "POST":
        return settings_page(request, "calendar.html", _context(request, year))
    actor = actor_of(request)
    try:
        if "day" in request.POST:
            day = date.fromisoformat(request.POST["day"])
            worked = toggle_day(actor, day)
            text = _("{day} is worked now") if worked else _("{day} is free now")
            return say(request, see_other(request, here), text.with_(day=day.isoformat()))
        if "announced" in request.POST:
            set_days(actor, {day: None for day in own_days() if day.year == year})
            return say(request, see_other(request, here), _("{year} is as announced again").with_(year=year))
        days = read_days(_listed(request))
        set_days(actor, dict(days))
        return say(request, see_other(request, here), _("{n} days were read in").with_(n=len(days)))
    except Invalid as refused:
        context = {**_context(request, year), "problems": refused.problems, "typed": request.POST.get("days", "")}
        return settings_page(request, "calendar.html", context, status=422)
    except ValueError:
        return see_other(request, here)


def _listed(request: HttpRequest) -> str:
    sent = request.FILES.get("file")
    text = request.POST.get("days", "")
    if sent is not None:
        raw = sent.read(LONGEST + 1)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030", "replace")
    return text[:LONGEST]


def _year(request: HttpRequest) -> int:
    asked = request.POST.get("year") or request.GET.get("year", "")
    known = asked.isascii() and asked.isdecimal() and len(asked) == 4 and FIRST <= int(asked) <= LAST
    return int(asked) if known else today(company().timezone).year


def _context(request: HttpRequest, year: int) -> dict[str, Any]:
    firm = company()
    months = year_of(year)
    until = reliable_until(firm.country)
    notes = {str(day.note) for month in months for _day, day, own in month if not day.official and not own}
    return {
        "year": year,
        "first": FIRST,
        "last": LAST,
        "months": list(zip(_names(), months, strict=True)),
        "today": today(firm.timezone),
        "until": until,
        "notes": sorted(notes),
        "own": sum(own for month in months for _day, _worked, own in month),
        "worked": sum(day.working for month in months for _day, day, _own in month),
        "problems": (),
        "typed": "",
        "sum": _sum(request),
    }


def _names() -> list[str]:
    locale = "zh_Hans" if current_language().startswith("zh") else "en"
    names = _dates.get_month_names("wide", context="stand-alone", locale=locale)
    return [names[month] for month in range(1, 13)]


def _sum(request: HttpRequest) -> dict[str, Any]:
    """The answer of the little reckoner: a day, so many working days on; or what cannot be reckoned."""
    asked: dict[str, Any] = {
        "since": today(company().timezone).isoformat(),
        "count": "5",
        "reached": None,
        "problem": "",
    }
    if "count" not in request.GET:
        return asked
    asked |= {"since": request.GET.get("since", ""), "count": request.GET["count"]}
    try:
        day, number = date.fromisoformat(asked["since"]), int(asked["count"][:7])
        if not -MOST_ADDED <= number <= MOST_ADDED:
            raise ValueError
        return {**asked, "reached": add_working_days(day, number)}
    except (ValueError, OverflowError):
        text = _("Give a day, and a whole number of days from {least} to {most}.")
        return {**asked, "problem": text.with_(least=-MOST_ADDED, most=MOST_ADDED)}
