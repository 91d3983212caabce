"""The follow-up line: one sentence, what was understood of it as tags that can be changed or dropped, and files along with it.

The server decides. While somebody types, the same reading is asked for that the save will make; without a script the
buttons of the tags draw the page again. What was set by hand travels in hidden inputs and wins over what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Problem, Refused
from zhike.kernel.words import _
from zhike.records.actions import LINE, understood
from zhike.records.files import LARGEST, store_file
from zhike.records.record import Record
from zhike.records.titles import titles_of
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec
from zhike.schema.understanding import Understanding
from zhike.schema.values import FileRef, Ref
from zhike.web.generic.snippets import Snippets, snippets_for
from zhike.web.kinds.figures import day_text, instant_text
from zhike.web.links import LOG, action_url, record_url
from zhike.web.reading import reading
from zhike.web.visitor import actor_of

SALT = "zhike.composer.files"
MOST_FILES = 12
HOURS_KEPT = 12
WAY_ICONS = {
    "call": "phone-call", "phone": "phone-call", "visit": "map-pin", "meeting": "users-round", "meet": "users-round",
    "wechat": "message-circle", "wecom": "message-circle", "chat": "message-circle", "message": "message-square",
    "email": "mail", "mail": "mail", "video": "video", "demo": "presentation", "note": "notebook-pen", "sms": "message-square",
}  # fmt: skip
ON_PAGE, ON_SHEET = "log", "sheet"  # what ids begin with: a sheet may lie over a page that has a line of its own
SET, DROP, OFF = "set", "drop", "off"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a tag's menu: what a click posts, and how it looks."""

    value: str
    text: str
    hue: str = ""
    icon: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """One thing that will be saved: the input, its words, and what may stand there instead. ``unsure``: several people may be
    meant, or nobody gave the tag that name; it is not saved as it stands."""

    key: str
    text: str
    hue: str = "grey"
    icon: str = ""
    drop: str = ""
    choices: tuple[Choice, ...] = ()
    unsure: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Composer:
    """Everything the template of the line needs."""

    action: ActionSpec
    record: Record
    line: str
    tags: tuple[Tag, ...]
    more: tuple[tuple[FieldSpec, tuple[Choice, ...]], ...]
    next: Mapping[str, str]
    days: tuple[Choice, ...]
    carried: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...] = ()
    snippets: Snippets | None = None
    post_to: str = ""
    back: str = ""
    ids: str = ON_PAGE
    largest: int = LARGEST

    @property
    def read_url(self) -> str:
        """Where the line is read while it is typed."""
        return f"{record_url(self.record)}/follow-ups/read"

    @property
    def draft(self) -> str:
        """The name under which this device keeps what was typed and not yet saved."""
        return f"{self.record.object}:{self.record.id}"


@dataclass
class Typed:
    """What came with the form: the line, values set by hand (None: emptied), keys that are not to be read."""

    line: str = ""
    set: dict[str, Any] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """For the action: the line, and what stands beside it."""
        return {LINE: self.line, **self.set}


def taken(request: HttpRequest, action: ActionSpec, record: Record) -> Typed:
    """What the form says, with the click that came with it (a choice, a dropped tag) carried out."""
    posted = request.POST if request.method == "POST" else request.GET
    typed = Typed(posted.get(LINE, posted.get("summary", "")))
    by_key = {one.key: one for one in action.inputs}
    for key in posted.getlist(OFF):
        if key in by_key:
            typed.set[key] = None
    for key, one in by_key.items():
        values = [text for text in posted.getlist(key) if text]
        if key not in (LINE, "summary") and values:
            typed.set[key] = values if one.kind in ("links", "choices") else values[-1]
    for key in ("next_on", "next_time", "next_step"):
        picked = posted.get(f"pick.{key}")
        if key in by_key and picked is not None and picked.strip() != posted.get(f"shown.{key}", ""):
            typed.set[key] = picked.strip() or None
    _click(request, by_key, typed, action, record, posted)
    return typed


def _click(
    request: HttpRequest, by_key: Mapping[str, FieldSpec], typed: Typed, action: ActionSpec, record: Record, posted: Any
) -> None:
    for verb in (SET, DROP):
        key, _colon, value = posted.get(verb, "").partition(":")
        one = by_key.get(key)
        if one is None:
            continue
        if one.kind in ("links", "choices"):
            held = [_as_text(each) for each in _standing(request, action, record, typed).get(key, ())]
            held = [each for each in held if each != value]
            typed.set[key] = ([*held, value] if verb == SET and value else held) or None
        elif verb == SET:
            typed.set[key] = value or None
        else:
            typed.set[key] = None
            for beside in ("next_time", "next_step") if key == "next_on" else ():
                typed.set[beside] = None


def _as_text(value: Any) -> str:
    return str(value.id) if isinstance(value, Ref) else str(value)


def _standing(request: HttpRequest, action: ActionSpec, record: Record, typed: Typed) -> dict[str, Any]:
    """The values as they stand: read from the line, then by hand."""
    many = [one.key for one in action.inputs if one.kind in ("links", "choices")]
    actor = actor_of(request)
    read = understood(actor, record.object, action.name, [record.id], typed.line)
    return {**read.values(many), **typed.set}


# -- the tags ----------------------------------------------------------------------------------------------------------
def composed(
    request: HttpRequest,
    action: ActionSpec,
    record: Record,
    typed: Typed,
    *,
    refused: Refused | None = None,
    kept: Sequence[FileRef] = (),
    post_to: str = "",
    back: str = "",
    ids: str = ON_SHEET,
) -> Composer:
    """The line as the page shows it."""
    actor = actor_of(request)
    read = understood(actor, record.object, action.name, [record.id], typed.line)
    many = [one.key for one in action.inputs if one.kind in ("links", "choices")]
    standing = {**read.values(many), **typed.set}
    values = {one.key: _parsed(one, standing.get(one.key)) for one in action.inputs if one.key != LINE}
    _name(actor, values)
    inputs = {one.key: one for one in action.inputs if one.key not in (LINE, "summary")}
    tags = [tag for key in inputs for tag in _tags(inputs[key], values.get(key), read, typed)]
    order = {key: place for place, key in enumerate(("way", "contacts", "result", "next_on", "tags", "happened"))}
    tags.sort(key=lambda tag: order.get(tag.key, len(order)))
    shown: dict[str, str] = {
        key: _machine(values.get(key)) for key in ("next_on", "next_time", "next_step") if key in inputs
    }
    return Composer(
        action,
        record,
        typed.line,
        tuple(tags),
        tuple(_more(inputs, values, read)),
        shown,
        tuple(_days()) if "next_on" in inputs else (),
        tuple(_carried(typed)),
        tuple((signing.dumps([one.id, one.name], salt=SALT), one.name) for one in kept),
        tuple(refused.problems) if refused else (),
        snippets_for(actor),
        post_to or action_url(record, action.name),
        back,
        ids,
    )


def _parsed(one: FieldSpec, raw: Any) -> Any:
    try:
        return kind_of(one).parse(raw, one, reading())
    except ParseError:
        return None


def _name(actor: Actor, values: dict[str, Any]) -> None:
    """Links by their titles, as far as this reader may know them."""
    refs = [ref for value in values.values() if isinstance(value, tuple) for ref in value if isinstance(ref, Ref)]
    wanted: dict[str, set[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.object, set()).add(ref.id)
    titles = titles_of(actor, wanted) if wanted else {}
    for key, value in values.items():
        if isinstance(value, tuple) and value and isinstance(value[0], Ref):
            values[key] = tuple(Ref(ref.object, ref.id, titles.get(ref.id) or f"#{ref.id}") for ref in value)


def _tags(one: FieldSpec, value: Any, read: Understanding, typed: Typed) -> Iterable[Tag]:
    if one.kind == "choice":
        option = one.option(value) if value else None
        first = one.options[0] if one.key == "way" and one.options else None
        if option or first:
            shown = option or first
            assert shown is not None
            hue = (shown.hue or "grey") if option else ""
            icon = WAY_ICONS.get(shown.key, "message-square") if one.key == "way" else "flag"
            drop = f"{one.key}:" if option and one.key != "way" else ""
            yield Tag(one.key, str(shown.label), hue, icon, drop, _choices(one, value), title=str(one.label))
    elif one.kind == "choices":
        for key in value or ():
            option = one.option(key)
            if option:
                yield Tag(one.key, str(option.label), option.hue or "grey", "hash", f"{one.key}:{key}")
        yield from _unknown(one, read, typed)
    elif one.kind == "links":
        for ref in value or ():
            yield Tag(one.key, ref.title, "blue", "user-round", f"{one.key}:{ref.id}")
        if one.key not in typed.set:
            for piece in read.of(one.key):
                if piece.value is None and piece.choices:
                    who = tuple(Choice(f"{one.key}:{ref.id}", ref.title, icon="user-round") for ref in piece.choices)
                    said = _("Who is “{name}”?").with_(name=piece.said(read.text))
                    yield Tag(one.key, str(said), "gold", "circle-help", choices=who, unsure=True)
    elif one.key == "next_on" and isinstance(value, date):
        yield Tag(one.key, _next_text(value, read, typed), "orange", "clock", f"{one.key}:")
    elif one.key == "happened" and isinstance(value, datetime):
        yield Tag(one.key, instant_text(value, reading()), "grey", "history", f"{one.key}:", title=str(one.label))


def _unknown(one: FieldSpec, read: Understanding, typed: Typed) -> Iterable[Tag]:
    if one.key in typed.set:
        return
    for piece in read.of(one.key):
        if piece.value is None:
            said = _("There is no tag “{name}”").with_(name=piece.said(read.text).lstrip("!！#＃ "))
            yield Tag(one.key, str(said), "grey", "circle-help", unsure=True)


def _next_text(value: date, read: Understanding, typed: Typed) -> str:
    standing = {**read.values(), **typed.set}
    parts = [
        str(_("Next up")),
        day_text(value, reading(), weekday=True),
        standing.get("next_time"),
        standing.get("next_step"),
    ]
    return " ".join(str(part) for part in parts if part)


def _choices(one: FieldSpec, value: Any) -> tuple[Choice, ...]:
    icons = WAY_ICONS if one.key == "way" else {}
    return tuple(
        Choice(f"{one.key}:{option.key}", str(option.label), option.hue, icons.get(option.key, ""), option.key == value)
        for option in one.options
        if option.active
    )


def _more(
    inputs: Mapping[str, FieldSpec], values: Mapping[str, Any], read: Understanding
) -> Iterable[tuple[FieldSpec, tuple[Choice, ...]]]:
    """What can be added by hand: results, tags, people who are near."""
    for one in inputs.values():
        if one.kind == "choice" and one.key != "way":
            yield one, _choices(one, values.get(one.key))
        elif one.kind == "choices":
            taken_ = values.get(one.key) or ()
            yield (
                one,
                tuple(
                    Choice(f"{one.key}:{option.key}", str(option.label), option.hue, "", option.key in taken_)
                    for option in one.options
                    if option.active
                ),
            )
        elif one.kind == "links":
            ids = {ref.id for ref in values.get(one.key) or ()}
            near = tuple(
                Choice(f"{one.key}:{ref.id}", ref.title, "", "user-round", ref.id in ids)
                for ref in read.near.get(one.key, ())
            )
            if near:
                yield one, near


def _days() -> Iterable[Choice]:
    today = reading().today or date.today()  # noqa: DTZ011 - the reader's own day is known except in tests
    monday = today + timedelta(days=7 - today.weekday())
    ends = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    named = [
        (_("Tomorrow"), today + timedelta(days=1)),
        (_("In three days"), today + timedelta(days=3)),
        (_("Next Monday"), monday),
        (_("In a week"), today + timedelta(days=7)),
        (_("End of the month"), ends),
    ]
    for label, day in named:
        if day > today:
            yield Choice(f"next_on:{day.isoformat()}", str(label), icon=day_text(day, reading(), weekday=True))


def _carried(typed: Typed) -> Iterable[tuple[str, str]]:
    """The hidden inputs that remember what was set by hand."""
    for key, value in typed.set.items():
        if value is None:
            yield OFF, key
        elif isinstance(value, list | tuple):
            yield from ((key, _as_text(one)) for one in value)
        else:
            yield key, _machine(value)


def _machine(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


# -- files -------------------------------------------------------------------------------------------------------------
def files_of(request: HttpRequest, action: ActionSpec) -> tuple[list[FileRef], list[Problem]]:
    """What came along: stored now, or stored with an attempt that was refused. Each that cannot be kept says why."""
    if not action.takes_files:
        return [], []
    found: list[FileRef] = []
    problems: list[Problem] = []
    for text in request.POST.getlist("kept"):
        try:
            id_, name = signing.loads(text, salt=SALT, max_age=HOURS_KEPT * 3600)
        except signing.BadSignature:
            continue
        found.append(FileRef(id_, name, type=""))
    sent = request.FILES.getlist("files")
    if len(found) + len(sent) > MOST_FILES:
        problems.append(Problem(_("At most {n} files at once.").with_(n=MOST_FILES), "files", "too-many"))
        sent = []
    for upload in sent:
        try:
            found.append(store_file(actor_of(request), upload.name or "", upload.chunks()))
        except Refused as refused:
            name = str(upload.name)[:80]
            problems += [
                Problem(_("{name}: {problem}").with_(name=name, problem=one.text), "files", one.code)
                for one in refused.problems
            ]
    return found, problems


def action_of(record: Record) -> ActionSpec:
    """The action that logs a follow-up of this record. Raises NotFound."""
    return registry.action(record.object, LOG)
