"""The filter as a sentence of chips, and the small form that makes one condition. Everything comes from the kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.query.lexer import is_word, quoted
from zhike.query.parse import Condition, parse
from zhike.query.sentence import Piece, pieces
from zhike.query.tree import Node, Path
from zhike.records.asking import ids_by_words
from zhike.records.titles import titles_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.links import number_in
from zhike.web.reading import reading

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


@dataclass(frozen=True, slots=True)
class Way:
    """One way to compare: its name in the form, its words, and which input stands beside it."""

    name: str
    label: Words
    input: str  # none, text, number, day, period, options, record


@dataclass(frozen=True, slots=True)
class Chip:
    """A piece of the sentence, the filter without it, and the path its form opens on ("" when it has none)."""

    piece: Piece
    without: str
    edits: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A field a condition can be made on: its path and how it is called."""

    path: str
    label: str
    field: FieldSpec
    through: str = ""


def chips(actor: Actor, spec: ObjectSpec, tree: Node) -> list[Chip]:
    """The sentence of a filter as chips, in order."""
    told = pieces(tree, reading(), _Titles(actor))
    texts = [one.text if one.path else f"({one.text})" for one in told]
    found = []
    for index, piece in enumerate(told):
        rest = texts[:index] + texts[index + 1 :]
        editable = piece.path if piece.path and offer_for(actor, spec, piece.path) else ""
        found.append(Chip(piece, " and ".join(rest) if len(rest) != 1 else rest[0], editable))
    return found


class _Titles:
    """Titles of the records a filter names, for one reader."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __call__(self, path: Path, scalar: Any) -> str:
        if isinstance(scalar, int):
            key = path.field.to
            return titles_of(self.actor, {key: {scalar}}).get(scalar, "") if key else ""
        target = path.objects[-1]
        if path.field.key != target.code or not can(self.actor, "read", target):
            return ""
        ids = ids_by_words(target, str(scalar), 1)
        return titles_of(self.actor, {target.key: set(ids)}).get(ids[0], "") if ids else ""


def offers(actor: Actor, spec: ObjectSpec) -> list[Offer]:
    """Fields conditions can be made on: the object's own, then those of what it links to."""
    found = [Offer(one.key, str(one.label), one) for one in spec.fields if _usable(actor, spec, one)]
    for link in spec.fields:
        target = registry.find(link.to) if link.kind == "link" and link.to not in ("", "user", spec.key) else None
        if target is None or field_right(actor, spec, link) == "hidden" or not can(actor, "read", target):
            continue
        found += [
            Offer(f"{link.key}.{one.key}", f"{link.label} › {one.label}", one, str(link.label))
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
    return field_right(actor, spec, field) != "hidden"


def ways(field: FieldSpec) -> list[Way]:
    """How values of a field can be compared, the likeliest first."""
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
        found = [Way("has" if kind == "links" else "=", _("is"), "record")]
        found += [Way("!=", _("is not"), "record")] if kind == "link" else []
    elif kind in TIMES:
        found = [
            Way("within", _("is within"), "period"),
            Way(">=", _("is from"), "day"),
            Way("<", _("is before"), "day"),
        ]
        found += [Way("not within", _("is not within"), "period")]
    elif kind in NUMBERS:
        found = [
            Way(">=", _("is at least"), "number"),
            Way("<=", _("is at most"), "number"),
            Way("=", _("is"), "number"),
        ]
    else:
        found += [Way("~", _("contains"), "text")] if "~" in operators else []
        found += [Way("=", _("is"), "text")] if "=" in operators else []
        found += [Way("ends", _("ends with"), "text")] if "ends" in operators else []
        found += [Way("domain", _("is of the mail domain"), "text")] if "domain" in operators else []
    if "empty" in operators:
        found += [Way("empty", _("is empty"), "none"), Way("not empty", _("is not empty"), "none")]
    return found


def compose(offer: Offer, posted: Any) -> str:
    """The filter text of a filled-in form; "" when nothing was said. Raises BadQuery for a number or day that is none."""
    way = next((one for one in ways(offer.field) if one.name == posted.get("way")), None)
    if way is None:
        return ""
    if way.name in ("empty", "not empty"):
        return f"{offer.path} is {way.name}"
    if way.input == "none":
        return f"{offer.path} {way.name}"
    value = _VALUES[way.input](posted, offer)
    return f"{offer.path} {way.name} {value}" if value else ""


def filled(text: str) -> Mapping[str, Any]:
    """What the form of an existing condition shows: ``way`` and the value, from its filter text."""
    empty = {"way": "", "value": "", "values": [], "said": "", "shown": ""}
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
    first = said.values[0] if said.values else None
    return {
        **empty,
        "way": name,
        "value": texts[0] if texts else "",
        "values": texts,
        "said": first.said if first else "",
    }


def _text(posted: Any, offer: Offer) -> str:
    text = posted.get("text", "").strip()
    return quoted(text) if text else ""


def _number(posted: Any, offer: Offer) -> str:
    text = posted.get("number", "").strip().replace(",", "").replace("，", "")
    if text and not NUMBER.fullmatch(text):
        raise BadQuery(_("“{value}” is not a number.").with_(value=text[:40]))
    return str(text)


def _day(posted: Any, offer: Offer) -> str:
    text = posted.get("day", "").strip()
    if text and not DAY.fullmatch(text):
        raise BadQuery(_("“{value}” is not a day; write 2026-03-18.").with_(value=text[:40]))
    return str(text)


def _period(posted: Any, offer: Offer) -> str:
    first, last = posted.get("from", "").strip(), posted.get("to", "").strip()
    if posted.get("period") == "between" and DAY.fullmatch(first) and DAY.fullmatch(last):
        return f"{first}..{last}"
    known = {name for name, _label in PERIODS}
    return posted.get("period", "") if posted.get("period") in known else ""


def _options(posted: Any, offer: Offer) -> str:
    keys = [key for key in posted.getlist("options") if offer.field.option(key)]
    return f"({', '.join(key if is_word(key) else quoted(key) for key in keys)})" if keys else ""


def _record(posted: Any, offer: Offer) -> str:
    if posted.get("me"):
        return "me"
    name = f"record.{offer.field.key}"
    ident, object_key = posted.get(name, ""), posted.get(f"{name}.object", "") or offer.field.to
    typed, was = posted.get(f"{name}.text", "").strip(), posted.get(f"{name}.was", "").strip()
    if number_in(ident) and object_key and (not typed or typed == was):
        return f"{object_key}:{ident}"
    return quoted(typed) if typed else ""


_VALUES = {"text": _text, "number": _number, "day": _day, "period": _period, "options": _options, "record": _record}
