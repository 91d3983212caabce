"""How does a filter read to a person? A plain sentence, or one chip for each of its conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.query.grammar import parse_value, parse_values
from zhike.query.moments import WITHIN, is_period
from zhike.query.operands import kind_name, part_of
from zhike.query.spelling import path_text, reached_by_name, said_of, segment_path, to_text
from zhike.query.syntax import Value
from zhike.query.tree import And, Compare, InSegment, InSet, Node, Not, Or, Path, SharedWithMe
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.base import Setting

Names = Callable[[Path, Any], str]
"""The title of the record a link's id (path ending at the link) or stable key (path ending at the key) means; "" if unknown."""


class Piece(NamedTuple):
    """One condition as a chip. ``text`` is its filter text; ``path`` is "" for what is not a single comparison, and then
    ``value`` is the whole sentence."""

    path: str
    field: str
    verb: str
    value: str
    text: str


_VERBS = {
    "=": _("is"),
    "!=": _("is not"),
    "<": _("is less than"),
    "<=": _("is at most"),
    ">": _("is more than"),
    ">=": _("is at least"),
    "in": _("is one of"),
    "~": _("contains"),
    "has": _("has"),
    "reached": _("has reached"),
    "empty": _("is empty"),
    "ends": _("ends with"),
    "domain": _("is of the mail domain"),
    "within": _("is within"),
}
_DATE_VERBS = {"<": _("is before"), "<=": _("is until"), ">": _("is after"), ">=": _("is from")}
_NEGATED = {
    "in": _("is none of"),
    "has": _("does not have"),
    "reached": _("has never reached"),
    "empty": _("is not empty"),
    "within": _("is not within"),
}
_PARTS = {
    "value": _("in its own currency"),
    "currency": _("currency"),
    "object": _("kind of record"),
    "country": _("country"),
    "region": _("region"),
    "city": _("city"),
    "district": _("district"),
}
_CALENDAR = {
    ("this", "day"): _("today"),
    ("next", "day"): _("tomorrow"),
    ("last", "day"): _("yesterday"),
    ("this", "week"): _("this week"),
    ("next", "week"): _("next week"),
    ("last", "week"): _("last week"),
    ("this", "month"): _("this month"),
    ("next", "month"): _("next month"),
    ("last", "month"): _("last month"),
    ("this", "quarter"): _("this quarter"),
    ("next", "quarter"): _("next quarter"),
    ("last", "quarter"): _("last quarter"),
    ("this", "year"): _("this year"),
    ("next", "year"): _("next year"),
    ("last", "year"): _("last year"),
}
_AMOUNTS = {
    "minute": (_("{n} minute"), _("{n} minutes")),
    "hour": (_("{n} hour"), _("{n} hours")),
    "day": (_("{n} day"), _("{n} days")),
    "week": (_("{n} week"), _("{n} weeks")),
    "month": (_("{n} month"), _("{n} months")),
    "quarter": (_("{n} quarter"), _("{n} quarters")),
    "year": (_("{n} year"), _("{n} years")),
}


def sentence(node: Node, setting: Setting, names: Names | None = None) -> str:
    """The filter as one sentence in the reader's language: ``阶段 是 谈判 且 金额 大于 ¥10,000``.

    Words are translated as everywhere; ``setting.language`` must be the same language, it decides how values print."""
    return _Reader(setting, names).sentence(node, 0)


def pieces(node: Node, setting: Setting, names: Names | None = None) -> list[Piece]:
    """One piece for each part of a conjunction, one for any other filter, none for EVERYTHING."""
    reader = _Reader(setting, names)
    parts = node.parts if isinstance(node, And) and not is_period(node) else (node,)
    return [reader.piece(part) for part in parts]


def grouped_pieces(node: Node, setting: Setting, names: Names | None = None) -> list[list[Piece]]:
    """The parts of a conjunction; one that is "any of" single conditions as a piece for each of them."""
    reader = _Reader(setting, names)
    parts = node.parts if isinstance(node, And) and not is_period(node) else (node,)
    return [reader.members(part) for part in parts]


class _Reader:
    """Puts nodes into words for one reader."""

    def __init__(self, setting: Setting, names: Names | None) -> None:
        self.setting, self.names = setting, names

    def sentence(self, node: Node, level: int) -> str:
        """``level``: 0 may be a disjunction, 1 a conjunction, 2 must stand alone."""
        if isinstance(node, SharedWithMe):
            return str(_("shared with me"))
        if isinstance(node, InSet):
            inner = self.sentence(node.part, 0)
            return str(
                _("{link} is among {objects} where {condition}").with_(
                    link=node.link.label, objects=node.target.plural_label, condition=inner
                )
            )
        condition = self.condition(node)
        if condition is not None:
            return " ".join(part for part in condition[1:] if part)
        if isinstance(node, Not):
            return str(_("not {condition}").with_(condition=self.sentence(node.part, 2)))
        assert isinstance(node, And | Or)
        if not node.parts:
            return str(_("everything") if isinstance(node, And) else _("nothing"))
        if len(node.parts) == 1:
            return self.sentence(node.parts[0], level)
        own, word = (1, _("and")) if isinstance(node, And) else (0, _("or"))
        text = f" {word} ".join(self.sentence(part, own + 1) for part in node.parts)
        return text if own >= level else str(_("({condition})").with_(condition=text))

    def piece(self, node: Node) -> Piece:
        """A part of a conjunction as a chip."""
        text = to_text(node, self.setting)
        condition = self.condition(node)
        return Piece(*condition, text) if condition is not None else Piece("", "", "", self.sentence(node, 0), text)

    def members(self, node: Node) -> list[Piece]:
        """One piece, or those of a disjunction in which each stands for itself."""
        if isinstance(node, Or) and len(node.parts) > 1:
            told = [self.piece(part) for part in node.parts]
            if all(one.path for one in told):
                return told
        return [self.piece(node)]

    def condition(self, node: Node) -> tuple[str, str, str, str] | None:
        """Path, field, verb and value of a single comparison, negated or not; None for anything else."""
        negated = isinstance(node, Not)
        inner = node.part if isinstance(node, Not) else node
        if is_period(inner):
            assert isinstance(inner, And)
            low = inner.parts[0]
            assert isinstance(low, Compare)
            verb = _NEGATED["within"] if negated else _VERBS["within"]
            return path_text(low.path), self.label(low), str(verb), self.period(low.said.removeprefix(WITHIN))
        if isinstance(inner, InSegment):
            return segment_path(inner), self.segment_label(inner), *self.segment(inner, negated)
        if not isinstance(inner, Compare) or (negated and inner.op not in _NEGATED):
            return None
        path = reached_by_name(inner) or path_text(inner.path)
        return path, self.label(inner), str(self.verb(inner, negated)), self.value(inner)

    def verb(self, node: Compare, negated: bool) -> Words:
        """What stands between field and value."""
        if negated:
            return _NEGATED[node.op]
        if node.path.part is None and part_of(node.path).type in ("date", "instant") and node.op in _DATE_VERBS:
            return _DATE_VERBS[node.op]
        return _VERBS[node.op]

    def label(self, node: Compare) -> str:
        """The labels along the path; a link compared by key or title is called by its own label."""
        path = node.path
        labels = [str(link.label) for link in path.links]
        if reached_by_name(node) is None:
            labels.append(str(path.field.label))
        if path.part is not None:
            part = path_text(path).rpartition(".")[2]
            labels.append(str(_PARTS[part]))
        return " › ".join(labels)

    def segment_label(self, node: InSegment) -> str:
        """The labels along the path to the record that is in a segment."""
        return " › ".join([*(str(link.label) for link in node.path.links), str(_("Segment"))])

    def segment(self, node: InSegment, negated: bool) -> tuple[str, str]:
        """What stands between, and the segments as a person knows them."""
        listed = node.said.startswith("(")
        verb = (_NEGATED["in"] if negated else _VERBS["in"]) if listed else _VERBS["!=" if negated else "="]
        return str(verb), ("、" if self.setting.language.startswith("zh") else ", ").join(node.names)

    # -- values ----------------------------------------------------------------------------------------------------
    def value(self, node: Compare) -> str:
        """The right side as a person reads it."""
        if node.op == "empty":
            return ""
        said = said_of(node, self.setting)
        if node.op not in ("in", "has", "reached"):
            return self.one(node, node.value, said)
        values = parse_values(said) if said.startswith("(") else [parse_value(said)]
        if node.path.field.kind == "links" or (node.op == "reached" and node.path.field.kind == "link"):
            scalars = [int(value.text) if value.form == "number" else value.text for value in values]
        else:
            scalars = list(node.value)
        shown = [self.one(node, scalar, value.said) for scalar, value in zip(scalars, values, strict=False)]
        return ("、" if self.setting.language.startswith("zh") else ", ").join(shown)

    def one(self, node: Compare, scalar: Any, said: str) -> str:
        """One value of a right side, from its scalar and its spelling."""
        path, field = node.path, node.path.field
        kind = kind_name(field)
        if said == "me" and field.kind in ("link", "links", "any_link"):
            return str(_("me"))
        if isinstance(scalar, bool):
            return str(_("yes") if scalar else _("no"))
        if kind in ("choice", "choices") and isinstance(scalar, str):
            option = field.option(scalar)
            return str(option.label) if option else scalar
        if field.kind in ("link", "links", "any_link") or reached_by_name(node):
            named = self.names(path, scalar) if self.names else ""
            return named or (scalar if isinstance(scalar, str) else said if ":" in said else f"#{scalar}")
        if isinstance(scalar, str):
            return scalar
        if path.part is None and part_of(path).type in ("date", "instant"):
            return self.period(said)
        return self.number(path, said)

    def number(self, path: Path, said: str) -> str:
        """A number, amount or duration, printed as the kind prints it."""
        kind = kind_of(path.field)
        try:
            value = kind.parse(parse_value(said).text, path.field, self.setting)
            return kind.show(value, path.field, self.setting)
        except (BadQuery, ValueError, ArithmeticError):
            return said

    def period(self, said: str) -> str:
        """A day, an instant or a period in words."""
        try:
            return str(self._moment(parse_value(said)))
        except BadQuery:
            return said

    def _moment(self, value: Value) -> Words | str:
        if value.form == "span":
            if value.data[0] == "from":
                first, last = (self._moment(one) for one in value.data[1:])
                return _("{first} to {last}").with_(first=first, last=last)
            if len(value.data) == 3:
                which, count, unit = value.data
                text = _("the next {amount}") if which == "next" else _("the last {amount}")
                return text.with_(amount=_amount(count, unit))
            return _CALENDAR.get(value.data, value.said)
        if value.form not in ("day", "now"):
            return value.text
        base, shifts = value.data if value.form == "day" else (None, value.data)
        start: Words | str = base.isoformat() if base else _("today") if value.form == "day" else _("now")
        if len(shifts) == 1 and base is None:
            count, unit = shifts[0]
            text = _("{amount} ago") if count < 0 else _("in {amount}")
            return text.with_(amount=_amount(count, unit))
        for count, unit in shifts:
            text = _("{day} − {amount}") if count < 0 else _("{day} + {amount}")
            start = text.with_(day=start, amount=_amount(count, unit))
        return start


def _amount(count: int, unit: str) -> Words:
    one, many = _AMOUNTS[unit]
    return (one if abs(count) == 1 else many).with_(n=abs(count))
