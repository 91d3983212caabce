"""What would this question cost? One that no index helps is refused on a large table, before it is asked: whoever waits
minutes for a list has been served worse than whoever is told which condition to add."""

from __future__ import annotations

import time
from collections.abc import Sequence

from zhike.kernel.actor import Actor
from zhike.kernel.errors import TooWide
from zhike.kernel.words import _
from zhike.query.paths import listed
from zhike.query.tree import And, Compare, InSegment, InSet, Node, Or, SharedWithMe, SortKey
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.database import row
from zhike.store.plan import own_rows

LARGE = 200_000
KNOWN_FOR = 600  # seconds that the size of a table is believed
SMALL_FOR = 60
MOST_NAMED = 4
RANGES = frozenset({"=", "in", "<", "<=", ">", ">="})
UNINDEXED = frozenset({"created_by", "changed_by"})  # links without one
ALWAYS = frozenset({"id", "created", "changed", "owner"})  # system fields with an index on every object

_sizes: dict[tuple[str, int], tuple[float, bool]] = {}


def forget_sizes() -> None:
    """Drop what is known of the sizes of tables (after the database was replaced, as tests do)."""
    _sizes.clear()


def check_price(actor: Actor, spec: ObjectSpec, tree: Node, scope: Node, sort: Sequence[SortKey]) -> None:
    """Raise TooWide when the object has more than :data:`LARGE` records and neither a condition nor the actor's own
    scope narrows them by an index while something has to be compared or sorted without one. The system may ask."""
    if actor.is_system or narrows(spec, tree) or narrows(spec, scope):
        return
    costly = next(iter(_compared(tree)), None) or next(
        (key.field for key in sort if not has_index(spec, key.field) and key.field.key != spec.title), None
    )
    if costly is None or not _is_large(spec):
        return
    helpful = [field for field in spec.fields if has_index(spec, field) and not field.hidden and field.key != "id"]
    text = _(
        "There are more than {n} {objects}, and nothing in this question is found by an index. Add a condition, such as on "
        "{fields}, or have an administrator index “{field}”."
    )
    raise TooWide(
        text.with_(
            n=f"{LARGE:,}",
            objects=spec.plural_label,
            fields=listed(str(one.label) for one in helpful[:MOST_NAMED]),
            field=costly.label,
        )
    )


def has_index(spec: ObjectSpec, field: FieldSpec) -> bool:
    """Whether conditions and order on a field of the object are served by an index."""
    return field.index or field.unique or field.key in ALWAYS or field.kind in ("link", "any_link")


def is_link_to(node: Node) -> bool:
    """Whether a condition names the records a link leads to, and an index finds those that link there."""
    if not isinstance(node, Compare) or node.path.links or node.op not in ("=", "in"):
        return False
    return node.path.field.kind in ("link", "any_link") and node.path.field.key not in UNINDEXED


def narrows(spec: ObjectSpec, node: Node) -> bool:
    """Whether an index finds the records of a condition without looking at the others."""
    if isinstance(node, And):
        return any(narrows(spec, part) for part in node.parts)
    if isinstance(node, Or):
        return all(narrows(spec, part) for part in node.parts)
    if isinstance(node, SharedWithMe):
        return True
    if isinstance(node, InSegment):
        return node.few
    if isinstance(node, InSet):
        return has_index(spec, node.link)
    if not isinstance(node, Compare) or node.path.links:
        return False
    field = node.path.field
    if kind_of(field).secret and field.kind != "address":
        return node.op in ("=", "in", "ends", "domain")
    if node.op in ("has", "reached"):
        return True
    return (node.op in RANGES or node.op == "empty") and has_index(spec, field)


def _compared(node: Node) -> list[FieldSpec]:
    """Fields a condition compares without an index. Looking for words in titles is left out: lists are found by them; so
    are facts of catalogues (``stage.outcome``, ``owner.department``), which few rows decide."""
    if isinstance(node, And | Or):
        return [field for part in node.parts for field in _compared(part)]
    if isinstance(node, Compare):
        links, objects = node.path.links, node.path.objects
        words = node.op == "~" and not links and node.path.field.key == objects[0].title
        catalogue = bool(links) and all(one.scope.kind is ScopeKind.OPEN for one in objects[1:])
        return [] if words or catalogue else [links[0] if links else node.path.field]
    if isinstance(node, InSegment):
        return [field for part in node.live for field in _compared(part)]
    part = getattr(node, "part", None)
    return _compared(part) if part is not None else []


def is_small(spec: ObjectSpec, most: int) -> bool:
    """Whether the object has at most so many live records; believed for a minute. Only to choose how to ask."""
    only = own_rows(spec)
    live = 't."trashed" IS NULL' + (f" AND {only}" if only else "")
    return not _holds_more(spec, most, live, SMALL_FOR)


def _is_large(spec: ObjectSpec) -> bool:
    return _holds_more(spec, LARGE, own_rows(spec), KNOWN_FOR)


def _holds_more(spec: ObjectSpec, most: int, where: str, known_for: int) -> bool:
    held = _sizes.get((spec.key, most))
    if held is not None and held[0] > time.monotonic():
        return held[1]
    condition = f" WHERE {where}" if where else ""
    more = row(f'SELECT 1 FROM "{spec.table}" t{condition} LIMIT 1 OFFSET {most}') is not None
    _sizes[spec.key, most] = (time.monotonic() + known_for, more)
    return more
