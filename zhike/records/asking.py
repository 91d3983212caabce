"""From words to a statement: a question parsed for one actor, with their row scope, ready to run."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.rights import readable, scope, share_departments
from zhike.kernel.actor import Actor
from zhike.query.parse import parse_filter
from zhike.query.sql import Compiler
from zhike.query.tree import EVERYTHING, And, Compare, Node, Not, Path
from zhike.records.secrets import blind
from zhike.records.settings import setting_for
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import rows
from zhike.store.plan import own_rows


@dataclass(frozen=True, slots=True)
class ActorResolver:
    """What the filter language may know: objects and fields this actor can read; the rest does not exist."""

    actor: Actor

    def object(self, key: str) -> ObjectSpec:
        """The object with this key. Raises NotFound."""
        return registry.object(key)

    def readable(self, spec: ObjectSpec, field: FieldSpec) -> bool:
        """Whether the actor may use this field in a question."""
        return readable(self.actor, spec, field)

    def find_ids(self, spec: ObjectSpec, text: str) -> list[int]:
        """Records whose title is exactly ``text`` or whose stable key it is."""
        return ids_by_words(spec, text)


def ids_by_words(spec: ObjectSpec, text: str, limit: int = 3) -> list[int]:
    """Ids of records not in the trash whose stable key or title equals ``text``; at most ``limit``."""
    only = own_rows(spec)
    where = f" AND {only}" if only else ""
    columns = [f'"{spec.code}"'] if spec.code and not spec.custom else []
    for column in (*columns, '"title_shown"'):
        found = rows(
            f'SELECT t."id" FROM "{spec.table}" t WHERE t.{column} = %s AND t."trashed" IS NULL{where} ORDER BY t."id" LIMIT {limit}',  # noqa: S608
            (text[:500],),
        )
        if found:
            return [line[0] for line in found]
    return []


def question(actor: Actor, spec: ObjectSpec, where: str) -> Node:
    """Filter text as a typed tree for this actor; empty text is everything. Raises BadQuery with the position."""
    if not where.strip():
        return EVERYTHING
    return parse_filter(where, spec, setting_for(actor), actor.id, ActorResolver(actor))


def state(spec: ObjectSpec, archived: str = "no", trashed: bool = False) -> Node:
    """Which of live, archived and trashed records are meant. ``archived``: no, only or all."""
    in_trash = Compare(Path((spec,), (), spec["trashed"]), "empty", None)
    in_archive = Compare(Path((spec,), (), spec["archived"]), "empty", None)
    parts: list[Node] = [Not(in_trash) if trashed else in_trash]
    if archived == "no" and not trashed:
        parts.append(in_archive)
    elif archived == "only":
        parts.append(Not(in_archive))
    return And(tuple(parts))


def compiler(spec: ObjectSpec, alias: str = "t") -> Compiler:
    """A compiler for one statement over the object."""
    return Compiler(spec, blind, share_departments, alias)


def visible(actor: Actor, spec: ObjectSpec, right: str = "read") -> Node:
    """The actor's row scope for a right."""
    return scope(actor, right, spec)


def conditions(build: Compiler, spec: ObjectSpec, *nodes: Node) -> str:
    """All nodes and the object's own-rows condition, ANDed as SQL."""
    parts = [build.where(node) for node in nodes if node != EVERYTHING]
    only = own_rows(spec, build.alias)
    if only:
        parts.append(only)
    return " AND ".join(parts) or "(1 = 1)"
