"""The trash of everything: what lies there, restored one by one or many at once; for administrators, deleted for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid
from zhike.kernel.words import _
from zhike.records.trash import in_trash, keep_for, kept_days, may_purge, purge, restore
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.web.links import number_in, with_query
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

TRASH = "/trash"
PAGE = 50
MOST = 500


def show(request: HttpRequest) -> HttpResponse:
    """The newest first; ``object`` narrows it, ``before`` goes on. A POST restores, deletes or sets how long it is kept."""
    actor = actor_of(request)
    registry.refresh()
    if request.method == "POST":
        return _act(request, actor)
    specs = [one for one in registry if one.group != "hidden" and can(actor, "read", one)]
    asked = request.GET.get("object", "")
    object_key = asked if asked in {one.key for one in specs} else ""
    lines = in_trash(actor, object_key, PAGE + 1, _instant(request.GET.get("before", "")))
    older = lines[PAGE - 1].at.isoformat() if len(lines) > PAGE else ""
    context = {
        "lines": lines[:PAGE],
        "specs": specs,
        "object": object_key,
        "older": with_query(TRASH, {"object": object_key, "before": older}) if older else "",
        "may_purge": may_purge(actor),
        "days": kept_days(),
        "asking": _refs(request.GET.getlist("ids")) if may_purge(actor) and "purge" in request.GET else [],
    }
    return respond(request, "trash.html", context)


def _act(request: HttpRequest, actor: Actor) -> HttpResponse:
    back = see_other(request, TRASH)
    act, refs = request.POST.get("do", ""), _refs(request.POST.getlist("ids"))
    if act == "keep":
        days = request.POST.get("days", "").strip()
        try:
            keep_for(actor, int(days) if days.isascii() and days.isdigit() and len(days) < 6 else -1)
        except Invalid as refused:
            return say(request, back, refused.problems[0].text, bad=True)
        return say(request, back, _("Saved"))
    if not refs:
        return say(request, back, _("Choose at least one record first."), bad=True)
    if act == "purge":
        if "sure" not in request.POST:
            return see_other(request, with_query(TRASH, {"purge": "1", "ids": request.POST.getlist("ids")}))
        done = purge(actor, refs)
        text = _("{n} records are gone for good").with_(n=done.gone)
        if done.stayed:
            text = _("{n} records are gone for good; {m} stayed, because others point at them")
            text = text.with_(n=done.gone, m=done.stayed)
        return say(request, back, text)
    count, operation, problems = restore(actor, refs)
    if problems and not count:
        return say(request, back, problems[0].text, bad=True)
    text = _("{n} records are back").with_(n=count)
    if problems:
        text = _("{n} records are back; {m} could not: {why}").with_(n=count, m=len(problems), why=problems[0].text)
    return say(request, back, text, undo=operation)


def _refs(texts: Sequence[str]) -> list[Ref]:
    """``account:12`` as links, at most :data:`MOST`."""
    pairs = [text.partition(":") for text in texts[:MOST]]
    return [Ref(key, number_in(id_)) for key, _colon, id_ in pairs if key in registry and number_in(id_)]


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+")) if text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
