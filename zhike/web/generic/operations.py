"""An operation's page, and taking it back: first what would happen and what was changed since, then the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.hits import hits_of
from zhike.records.operations import Looked, look, with_names
from zhike.records.undo import Kept, UndoDone, rehearse
from zhike.records.undo_job import undo_now_or_later
from zhike.schema.registry import registry
from zhike.web.generic.composer_views import came_from
from zhike.web.generic.record_history import WAYS
from zhike.web.generic.record_timeline import KINDS_OF_ACT
from zhike.web.kinds.cells import draw
from zhike.web.links import local, number_in, undo_url
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

MOST_KEPT = 50
DONE_TO: dict[str, Words] = {
    "create": _("{n} {objects} made"),
    "update": _("{n} {objects} changed"),
    "archive": _("{n} {objects} archived"),
    "unarchive": _("{n} {objects} taken out of the archive"),
    "trash": _("{n} {objects} moved to the trash"),
    "restore": _("{n} {objects} restored"),
}
GOES_BACK: dict[str, Words] = {
    "trash": _("{n} {objects} that were made go to the trash"),
    "restore": _("{n} {objects} come back from the trash"),
    "update": _("{n} {objects} go back to what they were"),
    "archive": _("{n} {objects} go back into the archive"),
    "unarchive": _("{n} {objects} come out of the archive"),
}
VERB_TAGS: dict[str, tuple[Words, str]] = {
    "create": (_("Made"), "green"),
    "update": (_("Edited"), "blue"),
    "archive": (_("Archived"), "grey"),
    "unarchive": (_("Unarchived"), "grey"),
    "trash": (_("In the trash"), "red"),
    "restore": (_("Restored"), "green"),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value changed since, ready to choose: what the operation had set, what stands there now, what would come back."""

    name: str
    title: str
    address: str
    label: str
    set: Markup
    now: Markup
    back: Markup


def show(request: HttpRequest, operation: int) -> HttpResponse:
    """``/operations/{id}``: who did what when to which records, and the way back."""
    actor = actor_of(request)
    looked = look(actor, operation)
    context = {
        "looked": looked,
        "heading": heading(looked),
        "way": str(WAYS[looked.via]) if looked.via in WAYS else "",
        "counts": [_said(DONE_TO, one.verb, one.object, one.number) for one in looked.counts],
        "verbs": VERB_TAGS,
        "undo": undo_url(operation),
    }
    return respond(request, "operation.html", context)


def heading(looked: Looked) -> str:
    """What kind of act it was, in a few words."""
    if looked.kind == "undo":
        return str(_("Undo"))
    if looked.kind == "import":
        return str(_("Import"))
    if looked.kind in KINDS_OF_ACT:
        return str(KINDS_OF_ACT[looked.kind][0])
    object_key, dot, name = looked.kind.partition(".")
    action = next((one for one in registry.actions(object_key) if one.name == name), None) if dot else None
    if action is not None:
        return str(action.label)
    many = sum(one.number for one in looked.counts) > 1
    return str(_("Changes") if many else _("Change"))


def undo_operation(request: HttpRequest, operation: int) -> HttpResponse:
    """Take an operation back. GET says what would happen; POST does it, a large one as a job. ``take`` names values changed
    since that shall go back all the same."""
    actor = actor_of(request)
    back = local(request.POST.get("next", "") or came_from(request), "/")
    if request.method != "POST":
        return _ask(request, actor, operation, back)
    done = undo_now_or_later(actor, operation, _taken(request.POST.getlist("take")))
    if isinstance(done, int):
        return see_other(request, f"/jobs/{done}")
    text = _("Undone")
    if done.conflicts:
        text = _("Undone, except {n} values that were changed since").with_(n=len(done.conflicts))
    return say(request, see_other(request, back), text, undo=done.operation)


def _taken(texts: Sequence[str]) -> set[tuple[int, str]]:
    pairs = (text.partition(":") for text in texts)
    return {(number_in(record), field) for record, _colon, field in pairs if number_in(record) and field}


def _ask(request: HttpRequest, actor: Actor, operation: int, back: str) -> HttpResponse:
    tried = rehearse(actor, operation)
    some = with_names(actor, tried.conflicts[:MOST_KEPT])
    hits = hits_of(actor, [(one.object, one.id) for one in some])
    conflicts, kept = [], []
    for one in some:
        if one.changed_since and one.id in hits:
            conflicts.append(_conflict(one, hits[one.id].title))
        else:
            kept.append((hits[one.id].title if one.id in hits else "", str(one.text)))
    context = {
        "operation": operation,
        "tried": tried,
        "lines": _lines(tried),
        "conflicts": conflicts,
        "kept": kept,
        "left": len(tried.conflicts) - len(some),
        "later": tried.changes > tried.looked_at,
        "back": back,
        "post_to": undo_url(operation),
    }
    return respond(request, "record/undo.html", context, part="dialog")


def _lines(tried: UndoDone) -> list[str]:
    return [_said(GOES_BACK, verb, key, number) for (key, verb), number in tried.how.most_common()]


def _said(texts: dict[str, Words], verb: str, object_key: str, number: int) -> str:
    spec = registry.object(object_key)
    label = spec.label if number == 1 else spec.plural_label
    return str(texts[verb].with_(n=f"{number:,}", objects=inside(label)))


def _conflict(one: Kept, title: str) -> Conflict:
    spec = registry.object(one.object)
    field = spec[one.field]

    def drawn(value: Any) -> Markup:
        return draw(value, field, "list") or Markup("<span class='muted'>{}</span>").format(_("(empty)"))

    address = f"/{spec.plural}/{one.id}"
    name = f"{one.id}:{one.field}"
    return Conflict(name, title, address, str(field.label), drawn(one.set), drawn(one.now), drawn(one.back))
