"""What would this question cost? One that no index helps is refused on a large table, before it is asked: whoever waits
minutes for a list has been served worse than whoever is told which condition to add."""

from __future__ import annotations

import time
from collections.abc import Sequence

from zhike.kernel.actor import Actor
from zhike.kernel.errors import TooWide
from zhike.kernel.words import _
from zhike.query.paths import listed
from zhike.query.tree import And, Compare, InSet, Node, Or, SharedWithMe, SortKey
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.database import row
from zhike.store.plan import own_rows

LARGE = 200_000
KNOWN_FOR = 600  # seconds that the size of a table is believed
MOST_NAMED = 4
RANGES = frozenset({"=", "in", "<", "<=", ">", ">="})
ALWAYS = frozenset({"id", "created", "changed", "owner"})  # system fields with an index on every object

_large: dict[str, tuple[float, bool]] = {}


def forget_sizes() -> None:
    """Drop what is known of the sizes of tables (after the database was replaced, as tests do)."""
    _large.clear()


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


def narrows(spec: ObjectSpec, node: Node) -> bool:
    """Whether an index finds the records of a condition without looking at the others."""
    if isinstance(node, And):
        return any(narrows(spec, part) for part in node.parts)
    if isinstance(node, Or):
        return all(narrows(spec, part) for part in node.parts)
    if isinstance(node, SharedWithMe):
        return True
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
    part = getattr(node, "part", None)
    return _compared(part) if part is not None else []


def _is_large(spec: ObjectSpec) -> bool:
    held = _large.get(spec.key)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    only = own_rows(spec)
    where = f" WHERE {only}" if only else ""
    sql = f'SELECT count(*) FROM (SELECT 1 FROM "{spec.table}" t{where} LIMIT {LARGE + 1}) x'
    found = row(sql)
    large = found is not None and found[0] > LARGE
    _large[spec.key] = (time.monotonic() + KNOWN_FOR, large)
    return large
