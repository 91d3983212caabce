"""Which records does a change touch, for a segment? The changed ones, and those whose conditions look at them over links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhike.query.predicate import paths
from zhike.query.tree import Compare, Node, Path
from zhike.records.asking import compiler, conditions
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows

MOST_TOUCHED = 5000
AT_ONCE = 500


def looks_at(tree: Node, object_key: str) -> set[str]:
    """The fields of an object that the conditions look at, on the record itself or over links."""
    return {key for path in paths(tree) for _at, key in _steps(path, object_key)}


def touched(
    spec: ObjectSpec, tree: Node, object_key: str, changed: frozenset[str] | None, ids: Sequence[int]
) -> list[int]:
    """Records of ``spec`` that may come or go because these fields of these records changed (None: the whole records
    came or went); at most one more than :data:`MOST_TOUCHED`."""
    found: set[int] = set()
    if spec.key == object_key and (changed is None or not changed.isdisjoint(_own(tree))):
        found.update(ids)
    ways = {}
    for path in paths(tree):
        for at, key in _steps(path, object_key):
            if at and (changed is None or key in changed):
                ways[tuple(link.key for link in path.links[:at])] = _up_to(path, at)
    for way in ways.values():
        for start in range(0, len(ids), AT_ONCE):
            build = compiler(spec)
            where = conditions(build, spec, Compare(way, "in", tuple(ids[start : start + AT_ONCE])))
            sql = f'SELECT t."id" {build.source()} WHERE {where} LIMIT {MOST_TOUCHED + 1}'
            found.update(line[0] for line in rows(sql, build.params))
            if len(found) > MOST_TOUCHED:
                return sorted(found)
    return sorted(found)


def _own(tree: Node) -> set[str]:
    return {path.links[0].key if path.links else path.field.key for path in paths(tree)}


def _steps(path: Path, object_key: str) -> Iterator[tuple[int, str]]:
    """Where on a path the object stands, and which of its fields is looked at there."""
    for at, spec in enumerate(path.objects):
        if spec.key == object_key:
            yield at, path.links[at].key if at < len(path.links) else path.field.key


def _up_to(path: Path, at: int) -> Path:
    target = path.objects[at]
    return Path(path.objects[: at + 1], path.links[:at], target["id"])
