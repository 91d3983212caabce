"""Does a record satisfy a filter? The same two-valued logic as the SQL compiler's, over values already loaded."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from zhike.query.folding import ascii_fold, fold
from zhike.query.tree import And, Compare, InSegment, InSet, Node, Not, Or, Path, SharedWithMe
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.phones import EXTENSION

Lookup = Callable[[Path], Any]
"""The stored main scalar of a path (of ``path.part`` when given): str, int, bool, date, aware datetime, or None when the
field or a link on the way is empty. For many-fields a tuple of option keys or record ids; for secrets the canonical plain text."""

Predicate = Callable[[Lookup], bool]
Shared = Callable[[SharedWithMe], bool]
Member = Callable[[InSegment, int], bool]
"""Whether the record with this id is what the condition asks for."""

REACHED = "reached"
"""The ``path.part`` under which a lookup answers every step, record ids or option keys, that was reached before."""

_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def compile_predicate(node: Node, shared: Shared | None = None, member: Member | None = None) -> Predicate:
    """A function that says whether the record behind a lookup satisfies the filter. Text compares by code point.

    ``shared`` answers ``shared with me`` for the record at hand, ``member`` who is in a segment. Raises ValueError when
    one is needed and missing."""
    if isinstance(node, Compare):
        return _compare(node)
    if isinstance(node, Not):
        part = compile_predicate(node.part, shared, member)
        return lambda look: not part(look)
    if isinstance(node, SharedWithMe):
        if shared is None:
            raise ValueError("this filter asks for shares, which are not known here")
        asked = shared
        return lambda look: asked(node)
    if isinstance(node, InSegment):
        return _in_segment(node, member)
    if isinstance(node, InSet):
        raise ValueError("row scopes over links are answered by the database only")
    parts = tuple(compile_predicate(part, shared, member) for part in node.parts)
    if isinstance(node, And):
        return lambda look: all(part(look) for part in parts)
    return lambda look: any(part(look) for part in parts)


def holds(node: Node, look: Lookup, shared: Shared | None = None) -> bool:
    """Whether the record behind the lookup satisfies the filter."""
    return compile_predicate(node, shared)(look)


def _in_segment(node: InSegment, member: Member | None) -> Predicate:
    if member is None:
        raise ValueError("this filter asks for segments, which are not known here")
    known = member
    return lambda look: (found := look(node.path)) is not None and known(node, found)


def _compare(node: Compare) -> Predicate:
    path, value = node.path, node.value
    if node.op == "=":
        return lambda look: bool(look(path) == value)
    if node.op == "!=":
        return lambda look: bool(look(path) != value)
    if node.op in ("in", "has"):
        wanted = frozenset(value)
        if node.op == "in":
            return lambda look: look(path) in wanted
        return lambda look: not wanted.isdisjoint(look(path) or ())
    if node.op == "reached":
        there, before = frozenset(value), replace(path, part=REACHED)
        return lambda look: look(path) in there or not there.isdisjoint(look(before))
    if node.op == "empty":
        return lambda look: look(path) in (None, ())
    if node.op in _ORDER:
        compare = _ORDER[node.op]
        return lambda look: (found := look(path)) is not None and bool(compare(found, value))
    if node.op == "~":
        return _contains(path, value)
    if node.op == "ends":
        return lambda look: (look(path) or "").partition(EXTENSION)[0].endswith(value)
    domain = "@" + value
    return lambda look: (look(path) or "").lower().endswith(domain)


def _contains(path: Path, text: str) -> Predicate:
    folded = fold if path.field.key == path.objects[-1].title and path.part is None else ascii_fold
    wanted = folded(text)
    return lambda look: wanted in folded(look(path) or "")


def paths(node: Node) -> tuple[Path, ...]:
    """Every path a filter reads, each once (by text and part), in the order of their first use."""
    found: dict[tuple[str, str | None], Path] = {}
    for one in _all_paths(node):
        found.setdefault((one.text, one.part), one)
    return tuple(found.values())


def _all_paths(node: Node) -> Iterator[Path]:
    if isinstance(node, Compare | InSegment):
        yield node.path
        if isinstance(node, Compare) and node.op == "reached":
            yield replace(node.path, part=REACHED)
    elif isinstance(node, Not):
        yield from _all_paths(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _all_paths(part)


def scalar_at(path: Path, value: Any) -> Any:
    """What a lookup answers for the canonical value (None when empty) of the path's field: its main scalar, or that of
    ``path.part``; ids of many links, keys of many choices, the plain text of a secret."""
    if value is None:
        return None
    field, kind = path.field, kind_of(path.field)
    if field.kind == "links":
        return tuple(ref.id for ref in value)
    if field.kind == "choices":
        return tuple(value)
    if path.part is None:
        return kind.scalar(value, field)
    if field.kind == "address":
        return getattr(value, path.part[1:]) or None
    return kind.to_parts(value, field)[next(i for i, part in enumerate(kind.parts) if part.suffix == path.part)]
