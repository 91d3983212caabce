"""``/inbox``: what a person should know of, newest first; opening one marks it read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.agenda import Kind, due_where
from zhike.records.notices.notices import (
    KINDS,
    Notice,
    counted,
    inbox,
    mark_all_read,
    mark_opened,
    mark_read,
    notice,
    unread_count,
)
from zhike.schema.registry import registry
from zhike.web.kinds.figures import day_text, exact_text, local_day, zone
from zhike.web.links import list_url, number_in, record_url, with_query
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

LOOKS = {
    "due": ("calendar-clock", "orange"),
    "assigned": ("user-round-check", "blue"),
    "mentioned": ("at-sign", "violet"),
    "shared": ("users", "teal"),
    "followed": ("bell", "gold"),
    "job": ("loader", "grey"),
    "security": ("shield-alert", "red"),
    "privacy": ("scan-eye", "plum"),
    "handover": ("handshake", "teal"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice on the page: what it says, what it is about, how it looks."""

    notice: Notice
    about: str
    icon: str
    hue: str
    clock: str
    exact: str


def show(request: HttpRequest) -> HttpResponse:
    """The inbox, of one kind or only unread if asked; ``after`` asks for the page behind a notice."""
    actor = actor_of(request)
    kind = request.GET.get("kind", "") if request.GET.get("kind") in KINDS else ""
    unread_only = request.GET.get("show") == "unread"
    after = number_in(request.GET.get("after", ""))
    found, following = inbox(actor, unread_only=unread_only, kind=kind, after=after)
    asked = {"kind": kind, "show": "unread" if unread_only else ""}
    context = {
        "days": _days(found),
        "kind": kind,
        "unread_only": unread_only,
        "kinds": [(key, label, with_query("/inbox", {**asked, "kind": key})) for key, label in KINDS.items()],
        "every_kind": with_query("/inbox", {**asked, "kind": ""}),
        "ways": [
            (_("All"), with_query("/inbox", {"kind": kind}), not unread_only),
            (_("Unread"), with_query("/inbox", {"kind": kind, "show": "unread"}), unread_only),
        ],
        "more": with_query("/inbox", {**asked, "after": following or ""}) if following else "",
        "newest": with_query("/inbox", asked) if after else "",
        "waiting": unread_count(actor),
    }
    return respond(request, "inbox.html", context, part="lines")


def count(request: HttpRequest) -> HttpResponse:
    """How many wait, as text: "", "7" or "99+". The bell asks every minute while the page is looked at."""
    return HttpResponse(counted(unread_count(actor_of(request))), content_type="text/plain; charset=utf-8")


def open_one(request: HttpRequest, id: int) -> HttpResponse:
    """Marks a notice, and everything else about its record, as read and goes where it leads."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    actor = actor_of(request)
    found = _own(actor, id)
    mark_read(actor, [id])
    if found.object and found.record:
        mark_opened(actor, found.object, found.record)
    return see_other(request, address_of(found) or "/inbox")


def follow(request: HttpRequest, id: int) -> HttpResponse:
    """Where a notice leads, for links in mails: they change nothing."""
    return HttpResponseRedirect(address_of(_own(actor_of(request), id)) or "/inbox")


def _own(actor: Actor, id: int) -> Notice:
    found = notice(actor, id)
    if found is None:
        raise NotFound()
    return found


def mark(request: HttpRequest) -> HttpResponse:
    """Marks as read or unread: ``ids`` with ``to`` (read, unread), or everything (of a ``kind``) with ``all``."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    actor = actor_of(request)
    kind = request.POST.get("kind", "") if request.POST.get("kind") in KINDS else ""
    back = with_query("/inbox", {"kind": kind, "show": "unread" if request.POST.get("show") == "unread" else ""})
    if "all" in request.POST:
        number = mark_all_read(actor, kind)
        return say(request, see_other(request, back), _("{n} notices marked as read").with_(n=number))
    ids = [one for one in (number_in(text) for text in request.POST.getlist("ids")[:200]) if one]
    mark_read(actor, ids, read=request.POST.get("to") != "unread")
    if not wants_part(request) or len(ids) != 1:
        return see_other(request, back)
    found = _own(actor, ids[0])
    answer = respond(request, "inbox.html", {**_empty_page(kind), "line": _line(found)}, part="one")
    answer["HX-Trigger"] = "zhike:notices"
    return answer


def address_of(found: Notice) -> str:
    """The page a notice leads to; "" when there is none."""
    if found.kind == "job":
        return f"/jobs/{found.record}" if found.record else "/jobs"
    if found.record:
        return record_url(_Target(found.object, found.record))
    spec = registry.find(found.object)
    if spec is None:
        return ""
    if found.kind == "due":
        planned = [Kind(spec, one) for one in spec.calendar if one.remind or one.yields]
        return list_url(spec, where=due_where(planned[0]), sort=planned[0].entry.field) if planned else list_url(spec)
    return list_url(spec, where="owner = me", sort="-changed")


@dataclass(frozen=True, slots=True)
class _Target:
    object: str
    id: int


def _days(found: list[Notice]) -> list[tuple[str, list[Line]]]:
    setting = reading()
    by_day = groupby(found, key=lambda one: local_day(one.at, setting))
    return [(day_text(day, setting, weekday=True), [_line(one) for one in some]) for day, some in by_day]


def _line(found: Notice) -> Line:
    spec = registry.find(found.object)
    icon, hue = LOOKS[found.kind]
    about = str(KINDS[found.kind])
    if spec is not None:
        about = f"{about} · {spec.label if found.record else spec.plural_label}"
    setting = reading()
    clock = found.at.astimezone(zone(setting.timezone)).strftime("%H:%M")
    return Line(found, about, icon, hue, clock, exact_text(found.at, setting))


def _empty_page(kind: str) -> dict[str, Any]:
    return {
        "days": [],
        "kind": kind,
        "unread_only": False,
        "kinds": [],
        "ways": [],
        "more": "",
        "newest": "",
        "waiting": 0,
    }
