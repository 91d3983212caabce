"""Which of these records does a filter find? In portions, in the system's name."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.actor import SYSTEM
from zhike.query.tree import Compare, Path
from zhike.records.asking import compiler, conditions, question, state
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows

AT_ONCE = 500


def matching_ids(spec: ObjectSpec, where: str, ids: Sequence[int]) -> set[int]:
    """Those of ``ids`` that satisfy ``where`` ("": all), archived ones included. Raises BadQuery."""
    if not where.strip():
        return set(ids)
    found: set[int] = set()
    tree = question(SYSTEM, spec, where)
    for start in range(0, len(ids), AT_ONCE):
        build = compiler(spec)
        among = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids[start : start + AT_ONCE]))
        wanted = conditions(build, spec, tree, among, state(spec, "all"))
        found |= {line[0] for line in rows(f'SELECT t."id" {build.source()} WHERE {wanted}', build.params)}
    return found
