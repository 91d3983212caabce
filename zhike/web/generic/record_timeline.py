"""The timeline: what was written down about a record and how it changed, as lines under day headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.history import Entry, Moment, timeline
from zhike.records.read import rights_on
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.web.generic.attachments import Attachment, attachments, hangs_elsewhere
from zhike.web.generic.composer import WAY_ICONS
from zhike.web.generic.form_layout import fillable
from zhike.web.generic.record_related import COMPLETE, back_relation, log_target
from zhike.web.kinds.cells import draw
from zhike.web.kinds.faces import shape_of
from zhike.web.kinds.figures import MONTHS, day_text, is_chinese, local_day, zone
from zhike.web.reading import reading

Rights = Mapping[tuple[str, int], frozenset[str]]
Files = Mapping[tuple[str, int], tuple[Attachment, ...]]
SIZE = 30
MOST_CHANGES = 8
CHANGES = "changes"
LOG = "log_follow_up"
TONES = {"phone-call": "is-call", "map-pin": "is-visit", "circle-check": "is-done", "git-branch": "is-done"}
VERBS: dict[str, tuple[Words, str]] = {
    "create": (_("created this"), "plus"),
    "archive": (_("archived this"), "archive"),
    "unarchive": (_("took this out of the archive"), "archive-restore"),
    "trash": (_("moved this to the trash"), "trash-2"),
    "restore": (_("restored this"), "archive-restore"),
}
KINDS_OF_ACT: dict[str, tuple[Words, str]] = {
    "import": (_("imported this"), "import"),
    "merge": (_("merged records into this"), "git-merge"),
    "undo": (_("took a change back"), "undo-2"),
    "handover.hand_over": (_("Handover"), "handshake"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the timeline, ready to draw."""

    at: datetime
    time: str
    icon: str
    tone: str
    who: str
    said: str
    record: Record | None = None
    title: str = ""
    body: FieldSpec | None = None
    under: tuple[tuple[str, Markup], ...] = ()
    changes: tuple[tuple[FieldSpec, Any, Any], ...] = ()
    more: int = 0
    why: str = ""
    operation: int = 0
    files: tuple[Attachment, ...] = ()
    editable: bool = False
    removable: bool = False
    done_action: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A heading with the lines under it."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a timeline: days, newest first, and the instant to go on from ("" at the end)."""

    days: tuple[Day, ...]
    before: str


def stretch(
    actor: Actor, record: Record, show: str = "all", before: datetime | None = None, after_label: str = ""
) -> Stretch:
    """The next piece of the timeline; ``show``: all, changes, or the key of the object whose records are wanted.
    ``after_label``: the heading that stands already."""
    objects = None if show == "all" else () if show == CHANGES else (show,)
    moments = timeline(actor, record.object, record.id, SIZE, before, objects=objects, changes=show in ("all", CHANGES))
    until = moments[-1].at if len(moments) == SIZE else None
    written = [one.record for one in moments if one.record is not None]
    files, rights = attachments(actor, written), _rights(actor, written)
    lines = [
        _with_acts(actor, line, rights)
        for one in moments
        if (line := _line(one, record, files, whole=show == "all")) is not None
    ]
    return Stretch(_by_day(lines, after_label), until.isoformat() if until else "")


def shows(actor: Actor, spec: ObjectSpec) -> list[tuple[str, str]]:
    """What the timeline of an object can be narrowed to: ``(name, label)``, everything first. Empty when its records have
    no timeline but their changes."""
    wanted = [log_target(spec)] if any(one.name == LOG for one in registry.actions(spec.key)) else []
    wanted += [source[0].key for name in spec.related if (source := back_relation(spec, name)) is not None]
    written = [one for one in registry if one.timeline and one.key in wanted and can(actor, "read", one)]
    written.sort(key=lambda one: wanted.index(one.key))
    if not written:
        return []
    kinds = [(one.key, str(one.plural_label)) for one in written]
    return [("all", str(_("Everything"))), *kinds, (CHANGES, str(_("Changes")))]


def _line(moment: Moment, page: Record, files: Files, *, whole: bool) -> Line | None:
    if moment.record is not None:
        if whole and hangs_elsewhere(moment.record, page):
            return None
        line = _written(moment.at, moment.record, page)
        return replace(line, files=files.get((moment.record.object, moment.record.id), ()))
    entry = moment.entry
    return None if entry is None or (whole and _follows_only(entry, page)) else _changed(entry)


def _follows_only(entry: Entry, page: Record) -> bool:
    """Whether a change is nothing but totals that followed a line: the history tells it, the timeline need not."""
    tallied = registry.tallied(page.object)
    return entry.verb == "update" and bool(tallied) and {field.key for field, _b, _a in entry.changes} <= tallied


def _rights(actor: Actor, written: Sequence[Record]) -> Rights:
    """What the actor may do with each of these records, asked once for each object."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    for key in dict.fromkeys(one.object for one in written):
        ids = [one.id for one in written if one.object == key]
        found |= {(key, id): some for id, some in rights_on(actor, registry.object(key), ids).items()}
    return found


def _with_acts(actor: Actor, line: Line, rights: Rights) -> Line:
    """The line with what can be done where it stands: its text rewritten, itself ticked off or thrown away."""
    record = line.record
    if record is None or record.trashed:
        return line
    may = rights[record.object, record.id]
    spec = registry.object(record.object)
    unfinished = spec.doing is not None and record.values.get(spec.doing.key) == "open"
    completes = any(one.name == COMPLETE for one in registry.actions(spec.key))
    return replace(
        line,
        editable="edit" in may and line.body is not None and fillable(actor, spec, line.body),
        removable="delete" in may,
        done_action=COMPLETE if "edit" in may and unfinished and completes else "",
    )


def _written(at: datetime, record: Record, page: Record) -> Line:
    """A follow-up, task, note or file: how and with whom, its text, and what else it says."""
    spec = registry.object(record.object)
    choice = next((one for one in spec.fields if one.kind == "choice" and record.values.get(one.key)), None)
    option = choice.option(record.values[choice.key]) if choice else None
    done = _is_done(spec, record)
    icon = "circle-check" if done else WAY_ICONS.get(option.key, spec.icon) if option else spec.icon
    people = [ref.title for ref in _people(spec, record) if ref.title]
    comma = "、" if is_chinese(reading()) else ", "
    lead = str(option.label) if option and option.key in WAY_ICONS else str(spec.label)
    said = " · ".join(part for part in (lead, comma.join(people)) if part)
    body = _body(spec, record)
    used = body.key if body else ""
    who = record.values.get("owner") or record.values.get("created_by")
    names = {value.name for value in record.values.values() if isinstance(value, FileRef)}
    title = record.title if spec.title != used and record.title and record.title not in names else ""
    skip = {
        choice.key if choice and lead == str(option.label if option else "") else "",
        used,
        spec.title,
        "owner",
        spec.timeline,
    }
    under = tuple(_under(spec, record, page, skip))
    name = who.title if isinstance(who, Ref) else ""
    return Line(at, _clock(at), icon, TONES.get(icon, ""), name, said, record, title, body, under)


def _changed(entry: Entry) -> Line | None:
    label, icon = VERBS.get(entry.verb, (None, "pencil"))
    changes = entry.changes
    if entry.verb == "create":
        label, icon = KINDS_OF_ACT.get(entry.kind, (label, icon))
        changes = ()
    elif label is None:
        label, icon = _act(entry)
    if entry.verb == "update" and not changes and not entry.why:
        return None
    who = entry.actor.title or str(_("System"))
    shown = changes[:MOST_CHANGES]
    return Line(
        entry.at, _clock(entry.at), icon, TONES.get(icon, ""), who, str(label), changes=shown,
        more=len(changes) - len(shown), why=entry.why, operation=entry.operation,
    )  # fmt: skip


def _act(entry: Entry) -> tuple[Words, str]:
    count = len(entry.changes)
    if entry.kind in KINDS_OF_ACT:
        return KINDS_OF_ACT[entry.kind]
    object_key, dot, name = entry.kind.partition(".")
    action = next((one for one in registry.actions(object_key) if one.name == name), None) if dot else None
    if action is not None:
        return action.label, action.icon
    if count == 1:
        return _("changed {field}").with_(field=entry.changes[0][0].label), "pencil"
    return _("changed {n} things").with_(n=count), "pencil"


def _people(spec: ObjectSpec, record: Record) -> Iterable[Ref]:
    for field in spec.links:
        value = record.values.get(field.key)
        target = registry.find(field.to)
        if field.key in ("owner", "created_by", "changed_by") or target is None or shape_of(target) != "person":
            continue
        yield from value if isinstance(value, tuple) else [value] if isinstance(value, Ref) else []


def _body(spec: ObjectSpec, record: Record) -> FieldSpec | None:
    """The field with the text a record is about."""
    texts = (one for one in spec.fields if one.kind in ("long_text", "rich_text") and one.format != "checklist")
    return next((one for one in texts if record.values.get(one.key)), None)


def _under(spec: ObjectSpec, record: Record, page: Record, skip: set[str]) -> Iterable[tuple[str, Markup]]:
    """Dates, files, tags and links of a written moment, except those that lead back to the page and mere defaults."""
    linked: set[tuple[str, int]] = {(one.object, one.id) for one in page.values.values() if isinstance(one, Ref)}
    linked.add((page.object, page.id))
    for field in spec.fields:
        value = record.values.get(field.key)
        if field.key in skip or value is None or field.hidden or (field.readonly and field.kind == "link"):
            continue
        if isinstance(value, Ref):
            target = registry.find(value.object)
            if (value.object, value.id) in linked or not value.title or shape_of(target) == "person":
                continue
            linked.add((value.object, value.id))
            yield "", draw(value, field, "fact", record)
        elif field.format == "time" or spec.reminds.startswith(field.key):  # a reminder and what it is worked out from
            continue
        elif field.kind in ("date", "instant"):
            yield str(field.label), _with_time(spec, record, field)
        elif field.kind == "text":
            yield "", draw(value, field, "fact", record)
        elif field.format == "checklist":
            yield "", draw(value, field, "list", record)
        elif field.kind in ("file", "choices") or (field.kind == "choice" and value != field.default):
            yield "", draw(value, field, "fact", record)


def _with_time(spec: ObjectSpec, record: Record, field: FieldSpec) -> Markup:
    """A day with the time of day that stands after it in the declaration."""
    after = spec.clock_of(field.key)
    clock = record.values.get(after.key) if after is not None else None
    day = draw(record.values[field.key], field, "list", record)
    return Markup("{} {}").format(day, clock) if clock and field.key != spec.due else day


def _is_done(spec: ObjectSpec, record: Record) -> bool:
    return any(
        record.values.get(one.key) is True if one.kind == "yes_no" else record.values.get(one.key) == "done"
        for one in spec.fields
        if one.kind in ("yes_no", "choice")
    )


def _clock(at: datetime) -> str:
    """The time of day while it is near, else the day."""
    setting = reading()
    day = local_day(at, setting)
    if abs((_today() - day).days) <= 1:
        return at.astimezone(zone(setting.timezone)).strftime("%H:%M")
    return day_text(day, setting)


def _today() -> date:
    setting = reading()
    return setting.today or datetime.now(zone(setting.timezone)).date()


# -- days --------------------------------------------------------------------------------------------------------------
def _by_day(lines: Sequence[Line], after_label: str) -> tuple[Day, ...]:
    setting = reading()
    today = _today()
    days: list[tuple[str, list[Line]]] = []
    for line in lines:
        label = _heading(local_day(line.at, setting), today, chinese=is_chinese(setting))
        if not days or days[-1][0] != label:
            days.append((label, []))
        days[-1][1].append(line)
    return tuple(
        Day("" if index == 0 and label == after_label else label, tuple(some))
        for index, (label, some) in enumerate(days)
    )


def _heading(day: date, today: date, *, chinese: bool) -> str:
    monday = today - timedelta(days=today.weekday())
    if day > today:
        return str(_("Ahead"))
    if day == today:
        return str(_("Today"))
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    if day >= monday:
        return str(_("Earlier this week"))
    if day >= monday - timedelta(days=7):
        return str(_("Last week"))
    if chinese:
        return f"{day.month}月" if day.year == today.year else f"{day.year}年{day.month}月"
    return f"{MONTHS[day.month - 1]}" if day.year == today.year else f"{MONTHS[day.month - 1]} {day.year}"
