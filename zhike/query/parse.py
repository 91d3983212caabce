"""What does a filter mean on this object, for this reader? Text becomes the typed tree; anything unknown is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.kernel.errors import BadQuery
from zhike.query.grammar import parse
from zhike.query.moments import Moments, is_period
from zhike.query.operands import contained, mail_domain, operand, part_of, refused_operator, tail
from zhike.query.paths import SEGMENTS, Resolver, find_path, visible, way_to
from zhike.query.references import References
from zhike.query.syntax import Always, Both, Condition, Either, Negation, Shared, Syntax, Value
from zhike.query.tree import EVERYTHING, NOTHING, And, Compare, Node, Not, Or, Path, SharedWithMe
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import ObjectSpec

_PART_OPERATORS = {
    "text": ("=", "!=", "in", "~", "empty"),
    "int": ("=", "!=", "<", "<=", ">", ">=", "in", "empty"),
}


def parse_filter(text: str, spec: ObjectSpec, setting: Setting, actor_id: int, resolver: Resolver) -> Node:
    """The typed tree of a filter on ``spec``; empty text is EVERYTHING. ``me`` is ``actor_id``.

    Raises BadQuery (with position and source) and nothing else but what the resolver raises."""
    return _Meaning(text, spec, setting, actor_id, resolver).of(parse(text))


def all_of(parts: Sequence[Node]) -> Node:
    """The conjunction in normal form: inner conjunctions dissolved (periods stay together), a single part as it is."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) and not is_period(part) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat)) if flat else EVERYTHING


def any_of(parts: Sequence[Node]) -> Node:
    """The disjunction in normal form: inner disjunctions dissolved, a single part as it is."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat)) if flat else NOTHING


class _Meaning:
    """The parts of one filter, resolved against one object."""

    def __init__(self, source: str, spec: ObjectSpec, setting: Setting, actor_id: int, resolver: Resolver) -> None:
        self.source, self.spec, self.setting = source, spec, setting
        self.actor_id, self.resolver = actor_id, resolver
        self.moments = Moments(setting, source)
        self.references = References(source, setting, actor_id, resolver)

    def of(self, syntax: Syntax) -> Node:
        """The typed node of a piece of syntax."""
        if isinstance(syntax, Condition):
            found = self.condition(syntax)
            return Not(found) if syntax.negated else found
        if isinstance(syntax, Both):
            return all_of([self.of(part) for part in syntax.parts])
        if isinstance(syntax, Either):
            return any_of([self.of(part) for part in syntax.parts])
        if isinstance(syntax, Negation):
            return Not(self.of(syntax.part))
        if isinstance(syntax, Shared):
            return SharedWithMe(self.spec, self.actor_id)
        assert isinstance(syntax, Always)
        return EVERYTHING if syntax.holds else NOTHING

    def condition(self, said: Condition) -> Node:
        """One comparison, its negation left to the caller."""
        if said.names[-1].text.lower() in SEGMENTS:
            path = way_to(said.names, self.spec, self.resolver, self.source)
            if visible(said.names[-1].text, path.objects[-1], self.resolver) is None:
                return self.references.segments(path, said)
        path = find_path(said.names, self.spec, self.resolver, self.source)
        op, values = said.op, said.values
        if op in ("=", "!=") and _means_empty(values[0]):
            empty = Compare(path, "empty", None)
            return empty if op == "=" else Not(empty)
        self.check_operator(path, op, said.at)
        if op == "empty":
            return Compare(path, "empty", None)
        if op == "~":
            if path.field.kind == "link":
                path = self.references.named(path, values[0]._replace(form="text"))
            return Compare(path, "~", *contained(values[0], path, self.source))
        if op == "ends":
            return Compare(path, "ends", *tail(values[0], path, self.source))
        if op == "domain":
            return Compare(path, "domain", *mail_domain(values[0], path, self.source))
        if op in ("has", "reached"):
            return self.any_of(path, op, values)
        if path.part is None:
            if part_of(path).type in ("date", "instant"):
                return self.moments.condition(path, op, values)
            if path.field.kind in ("link", "any_link"):
                return self.references.condition(path, op, values)
        return self.plain(path, op, values)

    def plain(self, path: Path, op: str, values: list[Value]) -> Node:
        """A comparison of a field that holds its own value."""
        if op != "in":
            return Compare(path, op, *operand(values[0], path, self.setting, self.source))  # type: ignore[arg-type]
        found: dict[Any, str] = {}
        for value in values:
            found.setdefault(*operand(value, path, self.setting, self.source))
        return Compare(path, "in", tuple(found), f"({', '.join(found.values())})")

    def any_of(self, path: Path, op: str, values: list[Value]) -> Node:
        """A field of many options or links holds any of these; a record is or was on one of these steps."""
        found: dict[str | int, None] = {}
        said: dict[str, None] = {}
        for value in values:
            if path.field.kind in ("links", "link"):
                ids, spelled = self.references.many(path, value)
                found.update(dict.fromkeys(ids))
            else:
                key, spelled = operand(value, path, self.setting, self.source)
                found[key] = None
            said[spelled] = None
        spelled = next(iter(said)) if len(said) == 1 else f"({', '.join(said)})"
        return Compare(path, op, tuple(found), spelled)  # type: ignore[arg-type]

    def check_operator(self, path: Path, op: str, at: int) -> None:
        """Refuse an operator the field does not have, naming those it has."""
        kind = kind_of(path.field)
        allowed: tuple[str, ...] = kind.operators if path.part is None else _PART_OPERATORS[part_of(path).type]
        if path.part is None and part_of(path).type in ("date", "instant") and "within" not in allowed:
            allowed = (*allowed, "within")
        if path.field.kind == "link" and "~" not in allowed:
            allowed = (*allowed, "~")
        if path.part is None and path.objects[-1].path == path.field.key:
            allowed = (*allowed, "reached")
        if op not in allowed:
            raise BadQuery(refused_operator(path.field, op, allowed), at, self.source)


def _means_empty(value: Value) -> bool:
    return (value.form == "text" and not value.text.strip()) or (value.form == "word" and value.text.lower() == "empty")


__all__ = ["Condition", "all_of", "any_of", "parse", "parse_filter"]
