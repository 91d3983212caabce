"""From words to a statement: a question parsed for one actor, with their row scope, ready to run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zhike.access.people import Rule
from zhike.access.rights import can, field_right, share_departments
from zhike.access.ways import scope
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, NotFound, TooWide
from zhike.kernel.words import _
from zhike.query.parse import parse_filter
from zhike.query.paths import Members
from zhike.query.predicate import paths
from zhike.query.sorting import parse_sort
from zhike.query.sql import Compiler
from zhike.query.tree import EVERYTHING, NOTHING, And, Compare, InSegment, Node, Not, Or, Path, SortKey, flat
from zhike.records.company.settings import setting_for
from zhike.records.redirects import followed
from zhike.records.secrets import blind, sealer_of
from zhike.records.segments.kept import FEW_MEMBERS, by_hand, segment_named
from zhike.schema.kinds import Setting
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import marks, row, rows
from zhike.store.plan import RowPlan, own_rows
from zhike.store.search_text import sort_key

INDEXED_TAIL = 4
MOST_OPENED = 1000
MOST_RULES = 2000  # trees of sharing rules kept, one for each reader and minute
PEOPLE = "user"
TITLE = 't."title_shown"'
LONGEST_TITLE = 500
ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ActorResolver:
    """What the filter language may know: objects and fields this actor can read; the rest does not exist."""

    actor: Actor
    segments: bool = True  # whether a condition may name a segment

    def object(self, key: str) -> ObjectSpec:
        """The object with this key. Raises NotFound."""
        return registry.object(key)

    def readable(self, spec: ObjectSpec, field: FieldSpec) -> bool:
        """Whether the field exists for this actor: not hidden, and of an object open to them (everybody knows people's
        names, which stand beside every record)."""
        if not can(self.actor, "read", spec) and not (spec.key == PEOPLE and field.key == spec.title):
            return False
        return field_right(self.actor, spec, field) != "hidden"

    def find_ids(self, spec: ObjectSpec, text: str) -> list[int]:
        """Records in the actor's sight whose title is exactly ``text`` or whose stable key it is."""
        return ids_by_words(spec, text, actor=self.actor)

    def segment(self, spec: ObjectSpec, name: str) -> Members | None:
        """The segment of this object in the actor's sight with this id, key or title. Whoever sees everything its
        conditions look at asks its kept members; anybody else asks the conditions with their own eyes, so that members tell
        them nothing new. A segment whose conditions name a field they may not ask for does not exist for them."""
        if not self.segments:
            raise BadQuery(_("A segment cannot be asked for here."))
        table = registry.find("segment")
        if table is None or not can(self.actor, "read", table):
            return None
        found = segment_named(spec.key, name)
        if found is None or not _sees_one(self.actor, table, found.id):
            return None
        try:
            tree = segment_tree(self.actor, spec, found.where)
        except (BadQuery, NotFound):
            return None
        if found.ready and not any(path.within for path in paths(tree)):
            return Members(found.id, found.name, few=found.members <= FEW_MEMBERS)
        return Members(found.id, found.name, live=by_hand(spec, found.id, tree))


def _sees_one(actor: Actor, spec: ObjectSpec, record_id: int) -> bool:
    build = compiler(spec)
    where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "=", record_id), visible(actor, spec))
    return row(f"SELECT 1 {build.source()} WHERE {where}", build.params) is not None


def segment_tree(actor: Actor, spec: ObjectSpec, where: str, me: int = 0) -> Node:
    """The conditions of a segment as this actor may ask them; without any, nobody satisfies them. They are the same for
    everybody: ``me`` is whoever it is put for. Raises BadQuery."""
    if not where.strip():
        return NOTHING
    tree = parse_filter(where, spec, setting_for(SYSTEM), me, ActorResolver(actor, segments=False))
    return _as_asked(actor, tree, where)


def ids_by_words(spec: ObjectSpec, text: str, limit: int = 3, actor: Actor = SYSTEM) -> list[int]:
    """Ids of records not in the trash, and visible to ``actor``, whose stable key or title equals ``text``; at most
    ``limit``. People are visible to everybody."""
    for column in _called(spec):
        source, params = _called_so(spec, column, [text[:LONGEST_TITLE]], actor)
        found = rows(f'SELECT t."id" {source} ORDER BY t."id" LIMIT {limit}', params)
        if found:
            return [line[0] for line in found]
    return []


def ids_by_many_words(spec: ObjectSpec, texts: Collection[str], actor: Actor = SYSTEM) -> dict[str, list[int]]:
    """:func:`ids_by_words` for many texts at once: those that name a record, with its id, or with two when they name
    several."""
    named: dict[str, list[int]] = {}
    left = sorted({text[:LONGEST_TITLE] for text in texts})
    for column in _called(spec):
        for start in range(0, len(left), ASKED_AT_ONCE):
            source, params = _called_so(spec, column, left[start : start + ASKED_AT_ONCE], actor)
            found = rows(f'SELECT {column}, min(t."id"), max(t."id") {source} GROUP BY {column}', params)
            named |= {text: sorted({first, last}) for text, first, last in found}
        left = [text for text in left if text not in named]
    return {text: named[text[:LONGEST_TITLE]] for text in texts if text[:LONGEST_TITLE] in named}


def _called(spec: ObjectSpec) -> list[str]:
    """The columns by which a record is named in words: its stable key first, then its title."""
    return [f't."{spec.code}"', TITLE] if spec.code and not spec.custom else [TITLE]


def _called_so(spec: ObjectSpec, column: str, texts: Sequence[str], actor: Actor) -> tuple[str, list[Any]]:
    """FROM and WHERE of the records called one of these texts, with parameters. Titles are found by what they are sorted
    by: that has an index."""
    build = compiler(spec)
    where = conditions(build, spec, EVERYTHING if spec.key == PEOPLE else visible(actor, spec))
    called, params = f"{column} IN ({marks(texts)})", list(texts)
    if column == TITLE:
        called += f' AND t."title_sort" IN ({marks(texts)})'
        params += [sort_key(text) for text in texts]
    return f'{build.source()} WHERE {where} AND {called} AND t."trashed" IS NULL', [*build.params, *params]


def question(actor: Actor, spec: ObjectSpec, where: str, setting: Setting | None = None) -> Node:
    """Filter text as a typed tree for this actor; empty text is everything. ``setting``: how the actor reads, with another
    day for today. Raises BadQuery with the position."""
    if not where.strip():
        return EVERYTHING
    return _as_asked(
        actor, parse_filter(where, spec, setting or setting_for(actor), actor.id, ActorResolver(actor)), where
    )


def _as_asked(actor: Actor, tree: Node, where: str) -> Node:
    for path in paths(tree):
        masked = masked_on(actor, path)
        if masked is not None:
            text = _("“{field}” is shown to you only in part, so it cannot be asked for.").with_(field=masked.label)
            raise BadQuery(text, max(where.find(masked.key), where.find(str(masked.label)), 0), where)
    return _whole_endings(_narrowed(actor, followed(tree)))


def _narrowed(actor: Actor, node: Node) -> Node:
    if isinstance(node, And | Or):
        return type(node)(tuple(_narrowed(actor, part) for part in node.parts))
    if isinstance(node, Not):
        return Not(_narrowed(actor, node.part))
    if isinstance(node, Compare | InSegment) and node.path.links:
        return replace(node, path=in_sight(actor, node.path))
    return node


def in_sight(actor: Actor, path: Path) -> Path:
    """The path over links that lead only to records the actor can see: one they cannot see counts as no link at all, or
    its facts could be asked for through records that point at it. Its title alone stands on those records anyway."""
    is_title = len(path.links) == 1 and path.field.key == path.objects[-1].title
    if not path.links or is_title or actor.is_system:
        return path
    within = tuple(EVERYTHING if one.key == PEOPLE else visible(actor, one) for one in path.objects[1:])
    return replace(path, within=within) if any(one != EVERYTHING for one in within) else path


def masked_on(actor: Actor, path: Path) -> FieldSpec | None:
    """The first field of a path, links included, that this actor sees only masked: asking for it would tell its value."""
    if actor.is_system:
        return None
    for owner, field in zip(path.objects, (*path.links, path.field), strict=True):
        if field_right(actor, owner, field) == "masked":
            return field
    return None


def order(actor: Actor, spec: ObjectSpec, sort: str) -> tuple[SortKey, ...]:
    """The sort a text asks for, or the object's own where this actor may use it; the newest first if nothing is left.

    Raises BadQuery for fields that are hidden, masked or cannot be sorted by."""
    if sort.strip():
        keys = parse_sort(sort, spec, ActorResolver(actor))
        for key in keys:
            if masked_on(actor, Path((spec,), (), key.field)) is not None:
                raise BadQuery(_("Records cannot be sorted by “{name}”.").with_(name=key.field.label))
        return keys
    try:
        return order(actor, spec, spec.sort) if spec.sort else _newest(spec)
    except BadQuery:
        return _newest(spec)


def _newest(spec: ObjectSpec) -> tuple[SortKey, ...]:
    return (SortKey(spec["id"], True),)


def _whole_endings(node: Node) -> Node:
    """Blind indexes know the last four characters of a secret: longer endings are decided by opening the candidates."""
    if isinstance(node, And | Or):
        return type(node)(tuple(_whole_endings(part) for part in node.parts))
    if isinstance(node, Not):
        return Not(_whole_endings(node.part))
    if not isinstance(node, Compare) or node.op != "ends" or len(node.value) <= INDEXED_TAIL:
        return node
    target, field = node.path.objects[-1], node.path.field
    build = compiler(target)
    plan = RowPlan(target, [field])
    where = conditions(build, target, Compare(Path((target,), (), field), "ends", node.value[-INDEXED_TAIL:]))
    found = rows(f"SELECT {plan.columns} {build.source()} WHERE {where} LIMIT {MOST_OPENED + 1}", build.params)
    if len(found) > MOST_OPENED:
        raise TooWide(_("Too many records end like this. Give the whole value."))
    ids = tuple(line[0] for line in found if str(plan.decode(line, sealer_of)[4][field.key]).endswith(node.value))
    return Compare(replace(node.path, field=target["id"]), "in", ids)


def state(spec: ObjectSpec, archived: str = "no", trashed: bool = False) -> Node:
    """Which of live, archived and trashed records are meant. ``archived``: no, only or all."""

    def found() -> Node:
        in_trash = Compare(Path((spec,), (), spec["trashed"]), "empty", None)
        wanted = "all" if trashed and archived == "no" else archived
        parts = [Not(in_trash) if trashed else in_trash, in_archive(spec, wanted)]
        return And(tuple(part for part in parts if part != EVERYTHING))

    return registry.once(("state", spec.key, archived, trashed), found)


def in_archive(spec: ObjectSpec, archived: str) -> Node:
    """Which of archived and other records are meant: no, only or all."""
    if archived == "all":
        return EVERYTHING
    live = Compare(Path((spec,), (), spec["archived"]), "empty", None)
    return Not(live) if archived == "only" else live


def compiler(spec: ObjectSpec, alias: str = "t", *, few: bool = False, table: str = "") -> Compiler:
    """A compiler for one statement over the object, or over SQL that stands for its table; ``few``: over few of its rows."""
    return Compiler(spec, blind, share_departments, alias, few=few, table=table)


def visible(actor: Actor, spec: ObjectSpec, right: str = "read") -> Node:
    """The actor's row scope for a right."""
    return scope(actor, right, spec, read_rule)


def beyond(scope: Node, nodes: Sequence[Node]) -> Node:
    """What a question needs of a row scope besides its own conditions: nothing when it asks for what a branch of the scope
    covers anyway, such as the reader's own records."""
    branches = scope.parts if isinstance(scope, Or) else (scope,)
    asked = {key: ids for key, ids in map(_among, flat(nodes)) if key}
    covered = any(key in asked and asked[key] <= ids for key, ids in map(_among, branches) if key)
    return EVERYTHING if covered else scope


def _among(node: Node) -> tuple[str, frozenset[int]]:
    """The own field a condition compares with some ids, and those; "" for any other condition."""
    if not isinstance(node, Compare) or node.path.links or node.path.part is not None or node.path.field.kind != "link":
        return "", frozenset()
    ids = {"=": (node.value,), "in": node.value}.get(node.op)
    return (node.path.field.key, frozenset(ids)) if ids is not None else ("", frozenset())


_rule_trees: dict[tuple[object, ...], Node | None] = {}


def read_rule(rule: Rule, actor: Actor) -> Node | None:
    """The filter of a sharing rule for one reader (``me`` is the reader); None, and nothing is shared by it, where it
    cannot be read any more: a field that went away must not open what it narrowed."""
    minute = now().replace(second=0, microsecond=0)
    asked = (registry.generation, rule.object, rule.where, actor.id, minute)
    if asked not in _rule_trees:
        if len(_rule_trees) > MOST_RULES:
            _rule_trees.clear()
        spec = registry.find(rule.object)
        try:
            known = spec is not None and rule.where.strip() != ""
            _rule_trees[asked] = (
                followed(parse_filter(rule.where, spec, setting_for(SYSTEM), actor.id, ActorResolver(SYSTEM)))
                if known and spec is not None
                else None
            )
        except (BadQuery, NotFound):
            _rule_trees[asked] = None
    return _rule_trees[asked]


def united(spec: ObjectSpec, nodes: Sequence[Node], branches: Sequence[Node], most: int) -> tuple[str, list[object]]:
    """A statement for the ids of records that satisfy all nodes and one of the branches, each branch found by its own index
    and for at most ``most``; with its parameters."""
    parts: list[str] = []
    params: list[object] = []
    for number, branch in enumerate(branches):
        build = compiler(spec)
        where = conditions(build, spec, *nodes, branch)
        parts.append(f'SELECT * FROM (SELECT t."id" {build.source()} WHERE {where} LIMIT {most}) b{number}')
        params += build.params
    return " UNION ".join(parts), params


def conditions(build: Compiler, spec: ObjectSpec, *nodes: Node) -> str:
    """All nodes and the object's own-rows condition, ANDed as SQL."""
    parts = [build.where(node) for node in nodes if node != EVERYTHING]
    only = own_rows(spec, build.alias)
    if only:
        parts.append(only)
    return " AND ".join(parts) or "(1 = 1)"
