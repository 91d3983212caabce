"""The history page: who did what when, in sentences, everything one act changed together, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup, escape

from zhike.kernel.clock import now
from zhike.kernel.words import Words, _
from zhike.records.read import read_one
from zhike.records.story import Chapter, story, told_apart
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.record_timeline import KINDS_OF_ACT, VERBS
from zhike.web.kinds.cells import draw
from zhike.web.kinds.figures import MONTHS, day_text, is_chinese, local_day, zone
from zhike.web.links import number_in
from zhike.web.markup import filled, html
from zhike.web.reading import reading
from zhike.web.respond import respond
from zhike.web.visitor import actor_of

MOST_SENTENCES = 12
LONG = ("long_text", "rich_text")
SET, EMPTIED, CHANGED = (
    _("set {field} to {new}"),
    _("emptied {field}, which was {old}"),
    _("changed {field} from {old} to {new}"),
)
WROTE, REWROTE, DROPPED = _("wrote {field}"), _("rewrote {field}"), _("emptied {field}")
ADDED, TOOK, SWAPPED = (
    _("added {new} to {field}"),
    _("took {old} off {field}"),
    _("added {new} to {field} and took {old} off"),
)
WAYS = {"api": _("through the API"), "command": _("on the command line"), "worker": _("automatically")}


@dataclass(frozen=True, slots=True)
class Told:
    """One act ready to draw: what it was, its sentences, and what became of it."""

    chapter: Chapter
    icon: str
    lead: Markup
    sentences: tuple[Markup, ...]
    more: int
    way: str


@dataclass(frozen=True, slots=True)
class Day:
    """A heading with the acts under it."""

    label: str
    acts: tuple[Told, ...]


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """``/{plural}/{id}/history``: ``field`` narrows it to one field, ``before`` is where the page before ended."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    fields = told_apart(actor, spec)
    asked = request.GET.get("field", "")
    field = asked if asked in {one.key for one in fields} else ""
    before = number_in(request.GET.get("before", ""))
    found = story(actor, spec.key, record.id, before=before, field_key=field)
    context = {
        "spec": spec,
        "record": record,
        "days": _by_day([_told(one, spec, field) for one in found.chapters], request.GET.get("under", "")[:60]),
        "before": found.before,
        "fields": fields,
        "field": field,
        "later": before > 0,
        "today": local_day(now(), reading()).isoformat(),
    }
    return respond(request, "record/history.html", context, part="older" if before else "acts")


def _told(chapter: Chapter, spec: ObjectSpec, only: str) -> Told:
    changes = [
        change
        for entry in chapter.entries
        for change in entry.changes
        if entry.verb == "update" and (not only or change[0].key == only)
    ]
    sentences = [sentence(*change) for change in changes]
    lead, icon = _lead(chapter, spec, len(changes))
    if lead is None:  # a plain edit of one thing is its own headline
        return Told(chapter, icon, sentences[0], (), 0, _way(chapter))
    shown = tuple(sentences[:MOST_SENTENCES])
    return Told(chapter, icon, escape(str(lead)), shown, len(sentences) - len(shown), _way(chapter))


def _lead(chapter: Chapter, spec: ObjectSpec, count: int) -> tuple[Words | None, str]:
    verbs = [entry.verb for entry in chapter.entries]
    verb = next((one for one in verbs if one in VERBS), "")
    if chapter.kind == "undo":
        return _("took an earlier change back"), "undo-2"
    if chapter.kind in KINDS_OF_ACT and (chapter.kind != "import" or verb == "create"):
        return KINDS_OF_ACT[chapter.kind]
    object_key, dot, name = chapter.kind.partition(".")
    action = next((one for one in registry.actions(object_key) if one.name == name), None) if dot else None
    if verb:
        return VERBS[verb]
    if action is not None:
        return action.label, action.icon
    if count == 1:
        return None, "pencil"
    return (_("changed {n} things").with_(n=count), "pencil") if count else (_("left a remark"), "pencil")


def _way(chapter: Chapter) -> str:
    return str(WAYS[chapter.via]) if chapter.via in WAYS else ""


def sentence(field: FieldSpec, before: Any, after: Any) -> Markup:
    """``changed Level from Standard to Key account``, with the field and its values marked up."""
    name = html("<b>%s</b>", field.label)
    if field.kind in LONG:
        return filled(REWROTE if before and after else WROTE if after else DROPPED, field=name)
    if isinstance(before, tuple) and isinstance(after, tuple):
        gone, come = _only(before, after), _only(after, before)
        text = SWAPPED if gone and come else ADDED if come else TOOK
        return filled(text, field=name, new=_value(come, field, "ins"), old=_value(gone, field, "del"))
    if before in (None, ()):
        return filled(SET, field=name, new=_value(after, field, "ins"))
    if after in (None, ()):
        return filled(EMPTIED, field=name, old=_value(before, field, "del"))
    return filled(CHANGED, field=name, old=_value(before, field, "del"), new=_value(after, field, "ins"))


def _only(some: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    held = {getattr(one, "id", one) for one in others}
    return tuple(one for one in some if getattr(one, "id", one) not in held)


def _value(value: Any, field: FieldSpec, tag: str) -> Markup:
    drawn = draw(value, field, "list") or str(_("(empty)"))
    return html("<ins>%s</ins>", drawn) if tag == "ins" else html("<del>%s</del>", drawn)


def _by_day(acts: Sequence[Told], standing: str) -> tuple[Day, ...]:
    days: list[tuple[str, list[Told]]] = []
    for act in acts:
        label = _heading(act.chapter.at)
        if not days or days[-1][0] != label:
            days.append((label, []))
        days[-1][1].append(act)
    return tuple(
        Day("" if index == 0 and label == standing else label, tuple(some)) for index, (label, some) in enumerate(days)
    )


def _heading(at: datetime) -> str:
    """今天 and 昨天 with their date, else the date alone."""
    setting = reading()
    day = local_day(at, setting)
    dated = f"{day.month}月{day.day}日" if is_chinese(setting) else f"{day.day} {MONTHS[day.month - 1]}"
    if setting.today and day.year != setting.today.year:
        dated = day.isoformat()
    friendly = day_text(day, setting)
    near = abs((day - (setting.today or datetime.now(zone(setting.timezone)).date())).days) <= 1
    return f"{dated} {friendly}" if near else dated
