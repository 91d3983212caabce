"""The record page: highlights, stage path, facts, timeline and related lists, all read from the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import ActionDone, offered, run_action
from zhike.records.cards import has_card, offers_card
from zhike.records.company.layouts import laid_out
from zhike.records.files import LARGEST
from zhike.records.marks import marks_on, seen
from zhike.records.privacy.reading import opened
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.reveal import reveal
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Masked
from zhike.web.generic.composer import ON_PAGE, Composer, Typed, action_of, composed, files_of, taken
from zhike.web.generic.composer_views import COMMENT, comment_values
from zhike.web.generic.files import SAFE_PICTURES
from zhike.web.generic.form_layout import fillable, shown_fields
from zhike.web.generic.form_state import half_masked
from zhike.web.generic.record_lines import context_of, lines_of
from zhike.web.generic.record_path import guide_of, move_action, next_step, steps_of
from zhike.web.generic.record_related import related_lists
from zhike.web.generic.record_segments import card_of, tags_of
from zhike.web.generic.record_timeline import CHANGES, shows, stretch
from zhike.web.kinds.cells import draw
from zhike.web.links import LOG, record_url
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

PARTS = ("timeline", "facts")
MOST_BUTTONS = 2
MOST_REASON = 200
IN_PLACE = (409, 422)


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of the facts column and whether its value can be changed in place."""

    field: FieldSpec
    editable: bool


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The page of one record."""
    actor, spec, record = _asked(request, plural, id)
    if record.id != id:
        return see_other(request, record_url(record))
    answer = respond(request, "record.html", page_of(request, actor, spec, record))
    seen(actor, spec.key, record.id)
    opened(actor, spec, record)
    return answer


def timeline_part(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """A piece of the timeline: older moments than ``before``, narrowed by ``show`` (all, changes, or an object's key)."""
    actor, spec, record = _asked(request, plural, id)
    before = _instant(request.GET.get("before", ""))
    kinds = shows(actor, spec)
    show_ = _show(request, kinds)
    context = {
        "spec": spec,
        "record": record,
        "show": show_,
        "shows": kinds,
        "stretch": stretch(actor, record, show_, before, request.GET.get("under", "")[:60]),
        "more_only": before is not None,
    }
    if not request.headers.get("HX-Request"):
        context = {**page_of(request, actor, spec, record), **context}
        return respond(request, "record.html", context)
    return respond(request, "record.html", context, part="older" if before is not None else "moments")


def log_follow_up(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Save what was typed into the follow-up line and show the timeline with it."""
    actor, spec, record = _asked(request, plural, id)
    if request.method != "POST":
        return see_other(request, record_url(record))
    action = action_of(record)
    typed = taken(request, action, record)
    files, problems = files_of(request, action)
    try:
        if problems:
            raise Invalid(problems)
        done = run_action(actor, spec.key, LOG, [record.id], typed.values(), files=files)
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        context = page_of(request, actor, spec, record, typed=typed, refused=refused, kept=files)
        return respond(request, "record.html", context, part="middle", status=refused.status)
    return _written_down(request, actor, record, done, _("Noted"))


def add_comment(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Save a comment and show the timeline with it."""
    actor, spec, record = _asked(request, plural, id)
    if request.method != "POST":
        return see_other(request, record_url(record))
    values = comment_values(request)
    try:
        done = run_action(actor, spec.key, COMMENT, [record.id], values)
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        context = {
            **page_of(request, actor, spec, record),
            "commented": values["text"],
            "comment_problems": refused.problems,
        }
        return respond(request, "record.html", context, part="middle", status=refused.status)
    return _written_down(request, actor, record, done, done.message or _("Commented"))


def _written_down(request: HttpRequest, actor: Actor, record: Record, done: ActionDone, text: Words) -> HttpResponse:
    spec = registry.object(record.object)
    if request.headers.get("HX-Request"):
        answer = respond(
            request, "record.html", page_of(request, actor, spec, read_one(actor, spec.key, record.id)), part="logged"
        )
    else:
        answer = see_other(request, record_url(record))
    return say(request, answer, text, undo=done.operation)


def reveal_field(request: HttpRequest, plural: str, id: int, field: str) -> HttpResponse:
    """Why a masked value is needed, and, once that is logged, the value."""
    actor, spec, record = _asked(request, plural, id)
    if field not in spec.by_key or not _hidden_in_part(record.values.get(field)):
        raise NotFound
    reason = request.POST.get("reason", "").strip()[:MOST_REASON]
    context: dict[str, Any] = {
        "spec": spec,
        "record": record,
        "field": spec[field],
        "plain": "",
        "reason": reason,
        "problem": "",
    }
    status = 200
    if request.method == "POST":
        try:
            if not reason:
                raise Invalid(_("A short reason is needed, such as “calling about the quote”."))
            context["plain"] = reveal(actor, spec.key, record.id, field, reason)
        except Refused as refused:
            if refused.status not in IN_PLACE:
                raise
            context["problem"], status = str(refused.problems[0].text), refused.status
    answer = respond(request, "record/reveal.html", context, part="dialog", status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _hidden_in_part(value: Any) -> bool:
    return isinstance(value, Masked) or half_masked(value)


# -- what the page is made of ------------------------------------------------------------------------------------------
def page_of(
    request: HttpRequest,
    actor: Actor,
    spec: ObjectSpec,
    record: Record,
    typed: Typed | None = None,
    refused: Refused | None = None,
    kept: Sequence[FileRef] = (),
) -> dict[str, Any]:
    """What the templates of a record page need; ``typed`` and ``refused``: of a follow-up that was not saved."""
    may_edit = "edit" in record.rights and not record.trashed
    open_actions = [
        one for one in offered(actor, record) if one.on == "record" and (not record.trashed or "trashed" in one.when)
    ]
    steps = steps_of(actor, record, spec)
    mover = move_action(spec, spec.path) if spec.path else None
    may_move = may_edit and mover is not None and any(one.name == mover.name for one in open_actions)
    following = next_step(steps) if may_move else None
    ways_back = [
        one for one in open_actions if "is not empty" in one.when and ("archived" in one.when or "trashed" in one.when)
    ]
    held_back = {LOG, COMMENT, mover.name if mover else "", *(one.name for one in ways_back)}
    listed = [one for one in open_actions if one.name not in held_back]
    own = [one for one in listed if one.object != "*" and not one.danger][:MOST_BUTTONS]
    can_log = not record.archived and any(one.name == LOG for one in open_actions)
    badge = _badge(spec, record)
    kinds = shows(actor, spec)
    show_ = _show(request, kinds)
    asked_part = request.GET.get("part", "")
    lists = related_lists(actor, spec, record)
    drops = next((one for one in lists if one.drops), None)
    written = _written(actor, spec, record, may_edit=may_edit)
    parts = [*PARTS, *[one.name for one in lists]]
    document = (
        context_of(request, actor, record, lines) if (lines := lines_of(actor, spec, record)) else {"lines": None}
    )
    return {
        **document,
        "spec": spec,
        "record": record,
        "may_edit": may_edit,
        "badge": badge,
        "badge_drawn": draw(record.values.get(badge.key), badge, "fact", record) if badge else "",
        "highlights": [spec[key] for key in spec.highlights if _worth(actor, spec, record, key, badge)],
        "steps": steps,
        "mover": mover if may_move else None,
        "path_label": spec[spec.path].label if spec.path else "",
        "following": following,
        "guide": guide_of(actor, record, spec, steps),
        "segment": card_of(actor, record),
        "in_segments": tags_of(actor, record),
        "marks": marks_on(actor, record.id),
        "has_card": has_card(spec) and offers_card(actor, spec, record),
        "drops": drops.name if drops else "",
        "largest": LARGEST,
        "sections": _sections(actor, spec, record, may_edit=may_edit, apart=written.field.key if written else ""),
        "written": written,
        "pictures": [one for one in spec.fields if _is_picture(record.values.get(one.key))],
        "composer": _line(request, record, typed or _begun(request, record), refused, kept) if can_log else None,
        "comments": not record.archived and any(one.name == COMMENT for one in open_actions),
        "commented": "",
        "comment_problems": (),
        "stretch": stretch(actor, record, show_),
        "show": show_,
        "shows": kinds,
        "more_only": False,
        "lists": lists,
        "buttons": own,
        "menu": [one for one in listed if one not in own],
        "ways_back": ways_back,
        "part": asked_part if asked_part in parts else "timeline",
        "state_text": _state(record, spec),
    }


def _asked(request: HttpRequest, plural: str, id: int) -> tuple[Actor, ObjectSpec, Record]:
    actor = actor_of(request)
    spec = laid_out(actor, registry.by_plural(plural))
    return actor, spec, read_one(actor, spec.key, id)


def _badge(spec: ObjectSpec, record: Record) -> FieldSpec | None:
    """The choice that stands as a tag beside the title: the first one among highlights and phone fields."""
    keys = [key for key in (*spec.highlights, *spec.phone) if key in spec.by_key and key != spec.path]
    return next((spec[key] for key in keys if spec[key].kind == "choice" and record.values.get(key)), None)


def _worth(actor: Actor, spec: ObjectSpec, record: Record, key: str, badge: FieldSpec | None) -> bool:
    if (
        key == spec.title
        or key not in spec.by_key
        or key not in record.values
        or (badge is not None and key == badge.key)
    ):
        return False
    return key != spec.path and field_right(actor, spec, spec[key]) != "hidden"


def _sections(
    actor: Actor, spec: ObjectSpec, record: Record, *, may_edit: bool, apart: str
) -> list[tuple[Words, list[Fact]]]:
    found = []
    for label, fields in shown_fields(actor, spec):
        facts = []
        for field in fields:
            if field.key not in record.values or field.key == apart:
                continue
            value = record.values[field.key]
            editable = (
                may_edit and field.key not in record.locked and fillable(actor, spec, field) and not half_masked(value)
            )
            if editable or value not in (None, ()):
                facts.append(Fact(field, editable))
        if facts:
            found.append((label, facts))
    return found


def _editable(actor: Actor, spec: ObjectSpec, record: Record, field: FieldSpec) -> bool:
    return (
        field.key not in record.locked
        and fillable(actor, spec, field)
        and not half_masked(record.values.get(field.key))
    )


def _written(actor: Actor, spec: ObjectSpec, record: Record, *, may_edit: bool) -> Fact | None:
    """The text a written record (a note, a follow-up) is about; it is read in the middle, not among the facts."""
    if not spec.timeline:
        return None
    for field in spec.fields:
        if field.kind in ("rich_text", "long_text") and record.values.get(field.key):
            return Fact(field, may_edit and _editable(actor, spec, record, field))
    return None


def _is_picture(value: Any) -> bool:
    return isinstance(value, FileRef) and value.type in SAFE_PICTURES


def _begun(request: HttpRequest, record: Record) -> Typed:
    """The line as an address begins it (``?way=visit``); empty again after anything was saved."""
    return taken(request, action_of(record), record) if request.method == "GET" else Typed()


def _line(
    request: HttpRequest, record: Record, typed: Typed, refused: Refused | None, kept: Sequence[FileRef]
) -> Composer:
    post_to = f"{record_url(record)}/follow-ups"
    return composed(request, action_of(record), record, typed, refused=refused, kept=kept, post_to=post_to, ids=ON_PAGE)


def _state(record: Record, spec: ObjectSpec) -> str:
    if record.trashed:
        return str(_("This is in the trash. It can be restored; nobody can change it meanwhile."))
    if record.archived:
        return str(_("This is archived: it does not show up in lists. It can be brought back any time."))
    return ""


def _show(request: HttpRequest, kinds: list[tuple[str, str]]) -> str:
    asked = request.GET.get("show", "")
    return asked if asked == CHANGES or asked in {name for name, _label in kinds} else "all"


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
