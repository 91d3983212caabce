"""``/calendar``: what objects declare for it, as a week, a month or a day; on a phone as an agenda by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.query.periods import add_months
from zhike.records.agenda import Agenda, Kind, agenda, department_seen, kinds, owners_seen
from zhike.web.generic.calendar_days import Asked, Drawing, days_of, heading, hours_of, short_heading
from zhike.web.links import number_in
from zhike.web.reading import reading
from zhike.web.respond import respond
from zhike.web.visitor import actor_of

GIVEN = "given"
VIEWS = {"day": _("Day"), "week": _("Week"), "month": _("Month")}


def show(request: HttpRequest) -> HttpResponse:
    """The calendar of one person, or of a department, around the day asked for."""
    actor = actor_of(request)
    every = kinds(actor)
    if not every:
        raise Forbidden(_("Your roles do not open anything that stands on a calendar. Ask an administrator."))
    setting = reading()
    assert setting.today is not None
    look = request.GET.get("view", "") if request.GET.get("view") in VIEWS else "week"
    on = _day(request.GET.get("day", ""), setting.today)
    seen = owners_seen(actor)
    whose, owners = _whose(actor, request.GET.get("who", ""), seen)
    if whose == GIVEN:
        every = [one for one in every if one.entry.given]
    off = [key for key in request.GET.get("off", "").split(",") if key in {kind.key for kind in every}]
    start, end = _window(look, on)
    found = agenda(actor, start, end, owners, [kind.key for kind in every if kind.key not in off],
                   given_by=actor.id if whose == GIVEN else 0)  # fmt: skip
    state = {
        "view": look if look != "week" else "",
        "who": whose if whose != str(actor.id) else "",
        "off": ",".join(off),
    }
    asked = Asked(state, setting.today)
    adds = next((one for one in every if one.entry.adds and can(actor, "create", one.spec)), None)
    drawing = Drawing(setting, asked, request.get_full_path(), len(owners) != 1, adds)
    days = days_of(found, start, end, on.month if look == "month" else 0, drawing)
    context = {
        "look": look,
        "views": [(key, label, asked.at(on, view=key if key != "week" else "")) for key, label in VIEWS.items()],
        "heading": heading(look, on, start, end, setting),
        "short_heading": short_heading(look, on, start, end, setting),
        "week_number": _("Week {n}").with_(n=start.isocalendar().week) if look == "week" else "",
        "before": asked.at(_step(look, on, -1)),
        "after": asked.at(_step(look, on, 1)),
        "to_today": asked.at(setting.today),
        "legend": _legend(every, off, found, asked, on),
        "people": _people(actor, seen, whose, asked, on),
        "who_name": _who_name(actor, whose),
        "days": days,
        "weeks": [days[number : number + 7] for number in range(0, len(days), 7)],
        "hours": hours_of(found, days, drawing) if look != "month" else [],
        "add_url": drawing.add(on),
        "counts": (len(found.items), sum(one.done for one in found.items), sum(one.overdue for one in found.items)),
        "cut": [str(kind.entry.label) for kind in found.cut],
    }
    return respond(request, "calendar.html", context)


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else otherwise
    except ValueError:
        return otherwise
    return found if 1901 <= found.year <= 2199 else otherwise


def _window(look: str, on: date) -> tuple[date, date]:
    if look == "day":
        return on, on
    if look == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=6)
    first = on.replace(day=1)
    last = add_months(first, 1) - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _step(look: str, on: date, by: int) -> date:
    if look == "month":
        return add_months(on.replace(day=1), by)
    return on + timedelta(days=by * (7 if look == "week" else 1))


def _whose(actor: Actor, who: str, seen: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """Whose calendar is meant, as it stands in the address, and their ids; one's own when it is nobody one may look at.
    What one gave to others is nobody's calendar."""
    if who == "department" and (inside := department_seen(actor)):
        return who, inside
    if who == GIVEN:
        return who, ()
    if (chosen := number_in(who)) in seen:
        return str(chosen), (chosen,)
    return str(actor.id), (actor.id,)


def _people(actor: Actor, seen: Sequence[int], whose: str, asked: Asked, on: date) -> list[tuple[str, str, bool]]:
    """Whom the actor may look at: themselves, what they gave to others, their department, single people."""
    found = [(str(_("Me")), asked.at(on, who=""), whose == str(actor.id))]
    found.append((str(_("Given by me")), asked.at(on, who=GIVEN), whose == GIVEN))
    if len(department_seen(actor)) > 1:
        found.append((str(_("My department and below")), asked.at(on, who="department"), whose == "department"))
    persons = people().persons
    others = sorted((persons[one].name, one) for one in seen if one != actor.id)
    return found + [(name, asked.at(on, who=str(one)), whose == str(one)) for name, one in others]


def _who_name(actor: Actor, whose: str) -> str:
    if whose == str(actor.id):
        return str(_("me"))
    if whose == "department":
        return str(_("my department"))
    if whose == GIVEN:
        return str(_("given by me"))
    return people().persons[int(whose)].name


def _legend(
    every: Sequence[Kind], off: Sequence[str], found: Agenda, asked: Asked, on: date
) -> list[dict[str, object]]:
    counts = {kind.key: sum(item.kind.key == kind.key for item in found.items) for kind in every}
    lines: list[dict[str, object]] = []
    for kind in every:
        others = [key for key in off if key != kind.key]
        hidden = kind.key in off
        lines.append(
            {
                "label": kind.entry.label,
                "icon": kind.icon,
                "hue": kind.entry.hue,
                "on": not hidden,
                "count": "" if hidden else counts[kind.key] or "",
                "url": asked.at(on, off=",".join(others if hidden else [*off, kind.key])),
            }
        )
    return lines
