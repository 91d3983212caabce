"""Addresses of the follow-up line: read while one types, saved, opened as a sheet over any page; and of comments."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.records.marks import SEEN, marked
from zhike.records.notices.notices import in_sight, reader
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.search import search
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.web.generic.composer import ON_PAGE, ON_SHEET, Composer, action_of, composed, files_of, taken
from zhike.web.kinds.widgets import control
from zhike.web.links import LOG, action_url, local, number_in, record_url, with_query
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

COMMENT = "comment"
IN_PLACE = (409, 422)
MOST_RECENT = 6
MOST_PEOPLE = 8
MOST_ASKED = 24


def read_line(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """What the line says so far, as tags; a click on a tag comes here too. Without a script the whole sheet is drawn."""
    actor = actor_of(request)
    record = read_one(actor, registry.by_plural(plural).key, id)
    if request.method != "POST":
        return see_other(request, record_url(record))
    action = action_of(record)
    typed = taken(request, action, record)
    back = local(request.POST.get("next", ""), record_url(record))
    ids = ON_PAGE if request.POST.get("ids") == ON_PAGE else ON_SHEET
    composer = composed(request, action, record, typed, back=back, ids=ids)
    return respond(request, "record/sheet.html", _sheet(request, composer), part="tags")


def log_dialog(request: HttpRequest, record: Record, back: str) -> HttpResponse:
    """The line as a sheet over the page one stands on; POST saves it and goes back there."""
    actor = actor_of(request)
    action = action_of(record)
    typed = taken(request, action, record)
    post_to = action_url(record, action.name)
    if request.method != "POST":
        composer = composed(request, action, record, typed, post_to=post_to, back=back)
        return respond(request, "record/sheet.html", _sheet(request, composer), part="dialog")
    files, problems = files_of(request, action)
    try:
        if problems:
            raise Invalid(problems)
        done = run_action(actor, record.object, action.name, [record.id], typed.values(), files=files)
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        composer = composed(request, action, record, typed, refused=refused, kept=files, post_to=post_to, back=back)
        return respond(request, "record/sheet.html", _sheet(request, composer), part="dialog", status=refused.status)
    return say(request, see_other(request, back), _("Noted"), undo=done.operation)


def log_anywhere(request: HttpRequest) -> HttpResponse:
    """``/log``: the line about the record one stands on, the one asked for, or the one seen last."""
    actor = actor_of(request)
    back = local(request.GET.get("next", "") or came_from(request), "/")
    ref = _asked_for(request)
    recent = [Ref(one.object, one.id, one.title) for one in marked(actor, SEEN, MOST_RECENT * 4) if _takes(one.object)]
    record = None
    for one in (ref, *recent) if ref else recent:
        with suppress(Refused):
            record = read_one(actor, one.object, one.id)
            break
    others = [one for one in recent if record is None or one.id != record.id][:MOST_RECENT]
    if record is None:
        return respond(request, "record/sheet.html", _sheet(request, None, others, back), part="dialog")
    action = action_of(record)
    composer = composed(
        request, action, record, taken(request, action, record), post_to=action_url(record, action.name), back=back
    )
    return respond(request, "record/sheet.html", _sheet(request, composer, others, back), part="dialog")


def _sheet(
    request: HttpRequest, composer: Composer | None, others: list[Ref] | None = None, back: str = ""
) -> dict[str, Any]:
    chooser = None
    if others is not None:
        about = FieldSpec("about", _("About"), "any_link")
        ref = composer.record if composer else None
        held = {"": [str(ref.id)], "object": [ref.object], "text": [ref.title], "was": [ref.title]} if ref else {}
        chooser = control(about, held, reading(), id_prefix="log-")
    record = composer.record if composer else None
    return {
        "composer": composer,
        "record": record,
        "spec": registry.object(record.object) if record else None,
        "others": others,
        "chooser": chooser,
        "back": back or (composer.back if composer else "/"),
        "line": request.GET.get("line", "")[:8000],
        "log_url": lambda ref: with_query(
            "/log", {"about": f"{ref.object}:{ref.id}", "line": request.GET.get("line", ""), "next": back}
        ),
    }


def _takes(object_key: str) -> bool:
    spec = registry.find(object_key)
    return spec is not None and any(one.name == LOG for one in registry.actions(object_key))


def _asked_for(request: HttpRequest) -> Ref | None:
    """The record in the address (``about=account:5``), else the one whose page the click came from."""
    text, object_key = request.GET.get("about", ""), request.GET.get("about.object", "")
    key, _colon, id_ = text.rpartition(":")
    key = key or object_key
    if _takes(key) and number_in(id_):
        return Ref(key, int(id_))
    parts = [part for part in urlsplit(came_from(request)).path.split("/") if part]
    if len(parts) >= 2 and number_in(parts[1]):
        spec = next((one for one in registry if one.plural == parts[0]), None)
        if spec is not None and _takes(spec.key):
            return Ref(spec.key, int(parts[1]))
    return None


def came_from(request: HttpRequest) -> str:
    """The page a click came from, when it was one of ours."""
    address = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    _scheme, found, path = address.partition(f"//{request.get_host()}")
    return path if found else ""


# -- people to mention -------------------------------------------------------------------------------------------------
def people_near(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Active people who may see the record and whose names match ``q``, as options of the @ list."""
    actor = actor_of(request)
    record = read_one(actor, registry.by_plural(plural).key, id)
    text = request.GET.get("q", "").strip()[:60]
    found = [ref for ref in _candidates(actor, text) if _may_see(ref.id, record)][:MOST_PEOPLE]
    return respond(request, "record/people.html", {"found": found, "record": record, "spec": None}, part="options")


def _candidates(actor: Actor, text: str) -> list[Ref]:
    spec = registry.object("user")
    if text:
        hits = search(actor, text, objects=[spec.key], size=MOST_ASKED)
        return [Ref(one.object, one.id, one.title) for one in hits if one.id != actor.id]
    rows = read(actor, Query(spec.key, "active = yes", columns=(spec.title,), size=MOST_ASKED, count=False)).rows
    return [Ref(one.object, one.id, one.title) for one in rows if one.id != actor.id]


def _may_see(person: int, record: Record) -> bool:
    known = people().persons.get(person)
    return known is not None and known.active and in_sight(reader(person), record.object, [record.id])[record.id]


def may_comment(spec: ObjectSpec) -> bool:
    """Whether records of this object take comments."""
    return any(one.name == COMMENT for one in registry.actions(spec.key))


def comment_values(request: HttpRequest) -> dict[str, Any]:
    """What the comment box sent."""
    picked = [int(one) for one in request.POST.getlist("mentions") if number_in(one)]
    return {"text": request.POST.get("text", ""), "mentions": picked or None}
