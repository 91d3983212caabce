"""One condition: the fields it can be made on, the ways to compare them, and its text. Everything comes from the kinds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, Refused
from zhike.kernel.words import Words, _
from zhike.query.lexer import is_word, quoted
from zhike.query.operands import literal
from zhike.query.parse import Condition, parse
from zhike.records.read import Query, read
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.web.links import number_in

UNFILTERABLE = frozenset({"file", "rich_text"})
NUMBERS = frozenset({"number", "money", "percent", "duration"})
TIMES = frozenset({"date", "instant"})
LINKS = frozenset({"link", "links", "any_link"})
PERIODS: tuple[tuple[str, Words], ...] = (
    ("this day", _("today")),
    ("last day", _("yesterday")),
    ("this week", _("this week")),
    ("next week", _("next week")),
    ("this month", _("this month")),
    ("last month", _("last month")),
    ("next month", _("next month")),
    ("this quarter", _("this quarter")),
    ("this year", _("this year")),
    ("last 7 days", _("the last 7 days")),
    ("last 30 days", _("the last 30 days")),
    ("last 90 days", _("the last 90 days")),
    ("next 7 days", _("the next 7 days")),
    ("next 30 days", _("the next 30 days")),
)
NUMBER = re.compile(r"-?[0-9][0-9_,]*(\.[0-9]+)?[万亿]?%?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SHIFT = re.compile(r"today (?P<sign>[-+]) (?P<n>[0-9]+) days?")
SPAN = re.compile(r"(?P<which>last|next) (?P<n>[0-9]+) days?")
MOST_DAYS = 3650
MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compare: its name in the form, its words, and which input stands beside it."""

    name: str
    label: Words
    input: str  # none, text, number, day, period, options, targets, record


@dataclass(frozen=True, slots=True)
class Offer:
    """A field a condition can be made on: its path and how it is called."""

    path: str
    label: str
    field: FieldSpec
    through: str = ""
    is_path: bool = False  # records walk along it, so one can also ask what they reached


def offers(actor: Actor, spec: ObjectSpec) -> list[Offer]:
    """Fields conditions can be made on: the object's own, then those of what it links to."""
    found = [
        Offer(one.key, str(one.label), one, is_path=one.key == spec.path)
        for one in spec.fields
        if _usable(actor, spec, one)
    ]
    for link in spec.fields:
        target = registry.find(link.to) if link.kind == "link" and link.to not in ("", "user", spec.key) else None
        if target is None or field_right(actor, spec, link) == "hidden" or not can(actor, "read", target):
            continue
        found += [
            Offer(f"{link.key}.{one.key}", f"{link.label} › {one.label}", one, str(link.label), one.key == target.path)
            for one in target.fields
            if one.key in target.columns
            and one.key != target.title
            and one.kind != "any_link"
            and _usable(actor, target, one)
        ]
    return found


def offer_for(actor: Actor, spec: ObjectSpec, path: str) -> Offer | None:
    """The offer with this path, or None."""
    return next((one for one in offers(actor, spec) if one.path == path), None)


def _usable(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    kind = kind_of(field)
    if not kind.stored or not kind.operators or field.kind in UNFILTERABLE:
        return False
    if field.key in ("id", "version", "archived", "trashed") or (field.hidden and not field.system):
        return False
    return field_right(actor, spec, field) not in ("hidden", "masked")


def targets(actor: Actor, field: FieldSpec) -> tuple[tuple[str, str], ...]:
    """What a link can lead to, as it is written in a filter and as it is called, when everybody sees all of it and it is
    little (stages, products of a small company); () where one has to search."""
    target = registry.find(field.to) if field.kind == "link" else None
    if target is None or target.scope.kind is not ScopeKind.OPEN or target.key == "user":
        return ()
    code = target.code if target.code and field_right(actor, target, target[target.code]) == "write" else ""
    columns = tuple(dict.fromkeys((target.title, *([code] if code else []))))
    try:
        rows = read(actor, Query(target.key, columns=columns, size=MOST_LISTED + 1, count=False)).rows
    except Refused:
        return ()
    if len(rows) > MOST_LISTED:
        return ()
    keys = [str(one.values.get(code) or "") for one in rows]
    plain = code and len(set(keys)) == len(keys) and all(key.isascii() and literal(key) == key for key in keys)
    return tuple((key if plain else str(one.id), one.title) for key, one in zip(keys, rows, strict=True))


def ways(offer: Offer, *, listed: bool = False) -> list[Way]:
    """How values of a field can be compared, the likeliest first; ``listed``: a link whose targets can be ticked."""
    field = offer.field
    kind = field.result or field.kind if field.kind in ("formula", "roll_up") else field.kind
    operators = kind_of(field).operators
    found: list[Way] = []
    if kind == "choice":
        found = [Way("in", _("is one of"), "options"), Way("not in", _("is none of"), "options")]
    elif kind == "choices":
        found = [Way("has", _("has one of"), "options"), Way("not has", _("has none of"), "options")]
    elif kind == "yes_no":
        found = [Way("= true", _("is yes"), "none"), Way("= false", _("is no"), "none")]
    elif kind in LINKS:
        if listed:
            found = [Way("in", _("is one of"), "targets"), Way("not in", _("is none of"), "targets")]
        found += [Way("has" if kind == "links" else "=", _("is"), "record")]
        found += [Way("!=", _("is not"), "record")] if kind == "link" else []
    elif kind in TIMES:
        found = [
            Way("within", _("is within"), "period"),
            Way("not within", _("is not within"), "period"),
            Way(">=", _("is from"), "day"),
            Way("<=", _("is until"), "day"),
            Way("<", _("is before"), "day"),
            Way(">", _("is after"), "day"),
        ]
    elif kind in NUMBERS:
        found = [
            Way(">=", _("is at least"), "number"),
            Way("<=", _("is at most"), "number"),
            Way(">", _("is more than"), "number"),
            Way("<", _("is less than"), "number"),
            Way("=", _("is"), "number"),
        ]
    else:
        found += [Way("~", _("contains"), "text")] if "~" in operators else []
        found += [Way("=", _("is"), "text")] if "=" in operators else []
        found += [Way("ends", _("ends with"), "text")] if "ends" in operators else []
        found += [Way("domain", _("is of the mail domain"), "text")] if "domain" in operators else []
    if offer.is_path and found[0].input in ("options", "targets"):
        ticked = found[0].input
        found += [Way("reached", _("has reached"), ticked), Way("not reached", _("has never reached"), ticked)]
    if "empty" in operators:
        found += [Way("empty", _("is empty"), "none"), Way("not empty", _("is not empty"), "none")]
    return found


class Posted(Protocol):
    """What a form sent."""

    def get(self, name: str, default: Any = None) -> Any: ...

    def getlist(self, name: str) -> list[str]: ...


def compose(offer: Offer, posted: Posted, *, listed: bool = False) -> str:
    """The filter text of a filled-in form; "" when nothing was said. Raises BadQuery for a number or day that is none."""
    way = next((one for one in ways(offer, listed=listed) if one.name == posted.get("way")), None)
    if way is None:
        return ""
    if way.name in ("empty", "not empty"):
        return f"{offer.path} is {way.name}"
    if way.input == "none":
        return f"{offer.path} {way.name}"
    value = _VALUES[way.input](posted, offer)
    return f"{offer.path} {way.name} {value}" if value else ""


def filled(text: str, field: FieldSpec | None = None) -> dict[str, Any]:
    """What the form of an existing condition shows: ``way`` and the value, from its filter text."""
    empty: dict[str, Any] = {"way": "", "value": "", "values": [], "said": "", "shown": "", "moment": "on", "n": ""}
    try:
        said = parse(text)
    except BadQuery:
        return empty
    if not isinstance(said, Condition):
        return empty
    name = f"{'not ' if said.negated else ''}{said.op}"
    texts = [value.text for value in said.values]
    if said.op == "=" and texts in (["true"], ["false"]):
        name = f"= {texts[0]}"
    elif field is not None and said.op in ("=", "!=") and field.kind in ("choice", "link") and said.values:
        by_list = field.kind == "choice" or (said.values[0].form == "word" and said.values[0].said != "me")
        name = {"=": "in", "!=": "not in"}[said.op] if by_list else name
    first = said.values[0].said if said.values else ""
    found = {**empty, "way": name, "value": texts[0] if texts else "", "values": texts, "said": first}
    return {**found, **_moment(first), **_span(first)}


def _moment(said: str) -> dict[str, str]:
    """A day said from today: today, so many days ago or ahead."""
    if said == "today":
        return {"moment": "today"}
    shift = SHIFT.fullmatch(said)
    if shift:
        return {"moment": "ago" if shift["sign"] == "-" else "ahead", "n": shift["n"]}
    return {}


def _span(said: str) -> dict[str, str]:
    """A period of so many days that is none of the usual ones."""
    span = SPAN.fullmatch(said)
    if span and said not in {name for name, _label in PERIODS}:
        return {"period": f"{span['which']} days", "n": span["n"]}
    return {"period": "between" if ".." in said else said}


def is_filled(before: Mapping[str, Any], offer: Offer, known: Collection[str], *, listed: bool) -> bool:
    """Whether the form can show this condition as it is; ``known``: the targets that can be ticked."""
    way = next((one for one in ways(offer, listed=listed) if one.name == before["way"]), None)
    if way is None:
        return False
    said = str(before["said"])
    if way.input == "day":
        return bool(before["moment"] != "on" or DAY.fullmatch(said))
    if way.input == "period":
        period = before["period"]
        days = said.split("..")
        return bool(
            period in {name for name, _label in PERIODS}
            or period in ("last days", "next days")
            or (len(days) == 2 and all(DAY.fullmatch(day) for day in days))
        )
    if way.input == "options":
        return all(offer.field.option(one) for one in before["values"])
    if way.input == "targets":
        return all(one in known for one in before["values"])
    return way.input != "number" or NUMBER.fullmatch(said) is not None


def _text(posted: Posted, offer: Offer) -> str:
    text = posted.get("text", "").strip()
    return quoted(text) if text else ""


def _number(posted: Posted, offer: Offer) -> str:
    text = posted.get("number", "").strip().replace(",", "").replace("，", "")
    if text and not NUMBER.fullmatch(text):
        raise BadQuery(_("“{value}” is not a number.").with_(value=text[:40]))
    return str(text)


def _days(posted: Posted) -> str:
    text = posted.get("n", "").strip()
    if text and not (number_in(text) and int(text) <= MOST_DAYS):
        raise BadQuery(_("“{value}” is no number of days.").with_(value=text[:40]))
    return f"{int(text)} {'day' if int(text) == 1 else 'days'}" if text else ""


def _day(posted: Posted, offer: Offer) -> str:
    moment = posted.get("moment", "on")
    if moment == "today":
        return "today"
    if moment in ("ago", "ahead"):
        days = _days(posted)
        return f"today {'-' if moment == 'ago' else '+'} {days}" if days else ""
    text = posted.get("day", "").strip()
    if text and not DAY.fullmatch(text):
        raise BadQuery(_("“{value}” is not a day; write 2026-03-18.").with_(value=text[:40]))
    return str(text)


def _period(posted: Posted, offer: Offer) -> str:
    said = posted.get("period", "")
    first, last = posted.get("from", "").strip(), posted.get("to", "").strip()
    if said == "between" and DAY.fullmatch(first) and DAY.fullmatch(last):
        return f"{first}..{last}"
    if said in ("last days", "next days"):
        days = _days(posted)
        return f"{said.partition(' ')[0]} {days}" if days else ""
    return said if said in {name for name, _label in PERIODS} else ""


def _options(posted: Posted, offer: Offer) -> str:
    keys = [key for key in posted.getlist("options") if offer.field.option(key)]
    return f"({', '.join(key if is_word(key) else quoted(key) for key in keys)})" if keys else ""


def _targets(posted: Posted, offer: Offer) -> str:
    keys = [key for key in posted.getlist("options") if number_in(key) or literal(key) == key]
    return f"({', '.join(keys)})" if keys else ""


def _record(posted: Posted, offer: Offer) -> str:
    if posted.get("me"):
        return "me"
    name = f"record.{offer.field.key}"
    ident, object_key = posted.get(name, ""), posted.get(f"{name}.object", "") or offer.field.to
    typed, was = posted.get(f"{name}.text", "").strip(), posted.get(f"{name}.was", "").strip()
    if number_in(ident) and object_key and (not typed or typed == was):
        return f"{object_key}:{ident}"
    return quoted(typed) if typed else ""


_VALUES = {
    "text": _text, "number": _number, "day": _day, "period": _period, "options": _options, "targets": _targets,
    "record": _record,
}  # fmt: skip
