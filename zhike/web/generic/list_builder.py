"""The conditions of a list as rows to fill in: from the filter, from what a form sent, and back to filter text.

A form sends ``row`` for each row in order, ``3`` or ``3.1`` (row 3 in the "or" number 1), and the row's parts under
``c3.path``, ``c3.way`` and so on. What rows cannot show stands as text in ``c3.raw`` and is kept as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.conditions import Offer, Way, compose, filled, is_filled, offers, targets, ways
from zhike.web.generic.list_sentence import Chip
from zhike.web.generic.list_state import Asked, State, bracketed
from zhike.web.kinds.widgets import Control, control
from zhike.web.links import number_in
from zhike.web.reading import reading

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number in its names, the "or" it belongs to (0: none), its field and comparison, what was typed."""

    at: int
    group: int = 0
    offer: Offer | None = None
    ways: Sequence[Way] = ()
    way: Way | None = None
    before: dict[str, Any] = field(default_factory=dict)
    picks: tuple[tuple[str, str, str], ...] = ()  # value, label, hue
    picker: Control | None = None
    raw: str = ""
    said: str = ""
    problem: str = ""
    text: str = ""

    @property
    def prefix(self) -> str:
        """What the names of its inputs begin with."""
        return f"c{self.at}."


@dataclass(frozen=True, slots=True)
class Block:
    """A row that stands for itself, or the rows of one "or"."""

    group: int
    rows: tuple[Row, ...]


class _Prefixed:
    """One row's part of a form."""

    def __init__(self, asked: Asked, prefix: str) -> None:
        self.asked, self.prefix = asked, prefix

    def get(self, name: str, default: Any = "") -> Any:
        return self.asked.get(self.prefix + name, default)

    def getlist(self, name: str) -> list[str]:
        return self.asked.getlist(self.prefix + name)


class Builder:
    """Makes rows for one reader and one object; what several rows need is looked up once."""

    def __init__(self, actor: Actor, spec: ObjectSpec) -> None:
        self.actor = actor
        self.offers = offers(actor, spec)
        self._by_path = {one.path: one for one in self.offers}
        self._targets: dict[str, tuple[tuple[str, str], ...]] = {}

    def of_sentence(self, shown: Iterable[Chip]) -> list[Row]:
        """The rows of a filter: one for each chip; chips of one "or" share a group."""
        return [
            self._of_chip(at, chip.part + 1 if chip.join == "or" or chip.opens else 0, chip)
            for at, chip in enumerate(self._with_first(list(shown)))
        ]

    def _with_first(self, shown: list[Chip]) -> list[Chip]:
        """A filter that is nothing but one "or" has no brackets in its sentence; its first chip belongs to it too."""
        if len(shown) > 1 and shown[1].join == "or" and not shown[0].opens:
            return [replace(shown[0], opens=True), *shown[1:]]
        return shown

    def _of_chip(self, at: int, group: int, chip: Chip) -> Row:
        offer = self._by_path.get(chip.piece.path)
        if offer is not None:
            before = {**filled(chip.piece.text, offer.field), "shown": chip.piece.value}
            known = self._known(offer)
            if is_filled(before, offer, {key for key, _label in known}, listed=bool(known)):
                return self._row(at, group, offer, before, chip.piece.text)
        return Row(at, group, raw=chip.piece.text, said=chip.said, text=chip.piece.text)

    def of_form(self, asked: Asked) -> list[Row]:
        """The rows a form sent, with what is wrong in them; a row that says nothing yet has no text."""
        found = []
        for name in asked.getlist("row")[:MOST_ROWS]:
            number, _dot, group = name.partition(".")
            if number.isdecimal() and len(number) < 6:
                found.append(self._of_form(int(number), number_in(group), _Prefixed(asked, f"c{int(number)}.")))
        return found

    def _of_form(self, at: int, group: int, sent: _Prefixed) -> Row:
        raw = str(sent.get("raw")).strip()
        if raw:
            return Row(at, group, raw=raw, said=str(sent.get("said")), text=raw)
        offer = self._by_path.get(sent.get("path"))
        if offer is None:
            return Row(at, group)
        known = bool(self._known(offer))
        problem, text = "", ""
        try:
            text = compose(offer, sent, listed=known)
        except BadQuery as error:
            problem = str(error.problems[0].text)
        before = {**(filled(text, offer.field) if text else {}), **_typed(sent)}
        return replace(self._row(at, group, offer, before, text), problem=problem)

    def _row(self, at: int, group: int, offer: Offer, before: dict[str, Any], text: str) -> Row:
        known = self._known(offer)
        every = ways(offer, listed=bool(known))
        way = next((one for one in every if one.name == before.get("way")), every[0] if every else None)
        empty = filled("")
        before = {**empty, "period": "this month", **before}
        picks: tuple[tuple[str, str, str], ...] = ()
        picker = None
        if way is not None and way.input == "options":
            live = (one for one in offer.field.options if one.active or one.key in before["values"])
            picks = tuple((one.key, str(one.label), one.hue) for one in live)
        elif way is not None and way.input == "targets":
            picks = tuple((key, label, "grey") for key, label in known)
        elif way is not None and way.input == "record":
            picker = control(offer.field, typed_record(before), reading(), prefix=f"c{at}.record.", id_prefix=f"c{at}-")
        return Row(at, group, offer, every, way, before, picks, picker, text=text)

    def _known(self, offer: Offer) -> tuple[tuple[str, str], ...]:
        if offer.path not in self._targets:
            self._targets[offer.path] = targets(self.actor, offer.field)
        return self._targets[offer.path]


def _typed(sent: _Prefixed) -> dict[str, Any]:
    """What stood in the inputs, to be shown again as it was."""
    single = {name: sent.get(name) for name in ("way", "moment", "n", "period") if sent.get(name)}
    value = next((sent.get(name) for name in ("text", "number", "day") if sent.get(name)), None)
    found = {**single, **({"value": value} if value is not None else {})}
    if sent.getlist("options"):
        found["values"] = sent.getlist("options")
    if sent.get("from") or sent.get("to"):
        found["said"] = f"{sent.get('from')}..{sent.get('to')}"
    return found


def typed_record(before: Any) -> dict[str, list[str]]:
    """What the input for a record shows for a condition: the record it names, or the words typed."""
    text = str(before.get("value", ""))
    if not text or before.get("said") == "me":
        return {}
    shown = str(before.get("shown", text) or text)
    ident = text.rpartition(":")[2] if ":" in text else text
    if number_in(ident):
        return {"": [ident], "text": [shown], "was": [shown]}
    return {"text": [text]}


def changed(rows: list[Row], do: str) -> list[Row]:
    """The rows after one of the form's buttons: ``add``, ``add.2`` (into an "or"), ``or`` (a new one), ``drop.3``."""
    verb, _dot, which = do.partition(".")
    fresh = max((one.at for one in rows), default=-1) + 1
    if verb == "drop":
        return [one for one in rows if str(one.at) != which]
    if verb == "add" and which:
        place = max((at for at, one in enumerate(rows) if str(one.group) == which), default=len(rows) - 1)
        return [*rows[: place + 1], Row(fresh, number_in(which)), *rows[place + 1 :]]
    if verb == "add":
        return [*rows, Row(fresh)]
    if verb == "or":
        group = max((one.group for one in rows), default=0) + 1
        return [*rows, Row(fresh, group), Row(fresh + 1, group)]
    return rows


def blocks(rows: Sequence[Row]) -> list[Block]:
    """The rows as they stand on the page: those of one "or" together, where its first one is."""
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        found.setdefault((row.group, 0) if row.group else (0, row.at + 1), []).append(row)
    return [Block(group, tuple(members)) for (group, _at), members in found.items()]


def text_of(rows: Sequence[Row]) -> str:
    """The filter text of the rows; rows that say nothing are left out."""
    parts = []
    for block in blocks(rows):
        texts = [one.text for one in block.rows if one.text]
        if texts:
            parts.append((" or ".join(bracketed(one) for one in texts), len(texts) > 1, texts[0]))
    if len(parts) == 1:
        return parts[0][0] if parts[0][1] else parts[0][2]
    return " and ".join(f"({text})" if many else bracketed(first) for text, many, first in parts)


def in_lines(text: str) -> str:
    """A filter on several lines, one for each part of its outermost "and"."""
    found, depth, quote, line = [], 0, "", ""
    words = text.replace("\n", " ")
    at = 0
    while at < len(words):
        sign = words[at]
        if quote:
            quote = "" if sign == quote and words[at - 1] != "\\" else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "(（":
            depth += 1
        elif sign in ")）":
            depth -= 1
        elif not depth and words.startswith(" and ", at):
            found.append(line.strip())
            line, at = "and ", at + 5
            continue
        elif depth == 1 and words.startswith(" or ", at):
            found.append(line.rstrip())
            line, at = "  or ", at + 4
            continue
        line += sign
        at += 1
    return "\n".join([*found, line.rstrip()]).strip()


@dataclass(frozen=True, slots=True)
class Built:
    """The builder of one page: its rows, the fields on offer, and what the rows come to."""

    blocks: Sequence[Block]
    offers: Sequence[Offer]
    problem: bool
    text: str


def built(actor: Actor, state: State, shown: Sequence[Chip], asked: Asked) -> Built:
    """The builder for a list: rows of the form that was sent, else those of its filter."""
    builder = Builder(actor, state.spec)
    rows = builder.of_form(asked) if asked.getlist("row") or "do" in asked else builder.of_sentence(shown)
    rows = changed(rows, asked.get("do", ""))
    return Built(blocks(rows), builder.offers, any(one.problem for one in rows), text_of(rows))
