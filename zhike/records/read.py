"""The reading door: lists, single records and counts, under row scope and field rights."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zhike.access.rights import RIGHTS_OF_RECORDS, field_right, reach_of, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, Forbidden, NotFound
from zhike.kernel.words import _
from zhike.query.tree import And, Compare, Node, Or, Path
from zhike.records.asking import beyond, compiler, conditions, order, question, state, united, visible
from zhike.records.company.settings import setting_for
from zhike.records.formulas import formula_of, inputs_of, moves_by_itself
from zhike.records.paging import decode_cursor, encode_cursor, page_rows
from zhike.records.pricing import check_price, is_small
from zhike.records.record import Page, Record
from zhike.records.redirects import LARGEST_ID, winners
from zhike.records.secrets import sealer_of
from zhike.records.titles import with_titles
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED, Address, Masked
from zhike.store.database import marks, row, rows
from zhike.store.ids import notes, steady
from zhike.store.plan import RowPlan
from zhike.store.replicas import late

MOST_COUNTED = 10_000
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """A question about one object. ``columns`` empty: the object's own choice. ``archived``: no, only, all."""

    object: str
    where: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    size: int = 50
    after: str = ""
    archived: str = "no"
    trashed: bool = False
    count: bool = True
    node: Node | None = None


@steady()
def read(actor: Actor, query: Query) -> Page:
    """One page of records. Raises NotFound (no such object), Forbidden, BadQuery."""
    registry.refresh()
    spec = registry.object(query.object)
    require(actor, "read", spec)
    tree = question(actor, spec, query.where)
    fields = chosen_columns(actor, spec, query.columns)
    sort = order(actor, spec, query.sort)
    scope = visible(actor, spec)
    check_price(actor, spec, And((tree, query.node)) if query.node is not None else tree, scope, sort)
    nodes = [tree, state(spec, query.archived, query.trashed)]
    if query.node is not None:
        nodes.append(query.node)
    size = max(1, min(query.size, MOST_ROWS))
    setting = setting_for(actor)
    plan = RowPlan(spec, [*fields, *inputs_of(spec, fields, setting)])
    after = decode_cursor(query.after, sort)
    known = isinstance(query.node, Compare) and query.node.path.field.key == "id"
    scope = beyond(scope, nodes)
    found, more = page_rows(spec, plan, scope, nodes, sort, size, after, walk=not query.trashed, known=known)
    allowed = rights_of_fields(actor, spec, fields)
    if not query.trashed:  # a live record was never merged away
        notes().update({("kept", line[0]): line[0] for line in found})
    view = View(spec, fields, allowed, setting)
    records = [view.record(plan, line) for line in found]
    shown = with_titles(actor, spec, fields, records)
    following = encode_cursor(sort, found[-1][-len(sort) :], found[-1][0]) if more else ""
    count, capped = None, False
    if query.count:
        is_whole = not more and after is None
        count, capped = (len(found), False) if is_whole else _count(spec, nodes, scope)
    return Page(spec, tuple(shown), tuple(field.key for field in fields), sort, tree, following, count, capped)


@steady()
def read_one(actor: Actor, object_key: str, record_id: int, *, right: str = "read") -> Record:
    """One record with every field this actor may read, be it in the trash; ids of merged records lead to the winner.

    Raises NotFound for missing and hidden records alike, Forbidden when the object is closed to the actor or the record is
    in their sight and not within ``right``."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, right, spec)
    known, asked = notes(), ("one", actor, spec.key, record_id, right, registry.generation)
    if asked not in known:
        known[asked] = _read_one(actor, spec, record_id, right)
    return known[asked]  # type: ignore[no-any-return]


def _read_one(actor: Actor, spec: ObjectSpec, record_id: int, right: str) -> Record:
    allowed = rights_of_fields(actor, spec, spec.fields)
    fields = [field for field in spec.fields if allowed[field.key] != "hidden"]
    setting = setting_for(actor)
    plan = RowPlan(spec, [*fields, *inputs_of(spec, fields, setting)])
    line = _found(actor, spec, plan, record_id, right)
    record = View(spec, fields, allowed, setting).record(plan, line, reveal=_owns(actor, line[2]))
    locked = frozenset(
        field.key for field in fields if field.readonly or not kind_of(field).writable or allowed[field.key] != "write"
    )
    (shown,) = with_titles(actor, spec, fields, [record])
    seen: dict[Hashable, Any] = {("seen", actor.id, spec.key, record_id): record.id, ("kept", record.id): record.id}
    notes().update({**seen, ("title", spec.key, record.id): line[4] or ""})
    return replace(shown, rights=rights_on(actor, spec, [record.id])[record.id], locked=locked)


@steady()
def seen_id(actor: Actor, object_key: str, record_id: int) -> int:
    """The id of a record in the actor's sight: its own, or that of the winner when it was merged. Raises as read_one."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    known = notes()
    asked = ("seen", actor.id, spec.key, record_id)
    if asked not in known:
        known[asked] = int(_found(actor, spec, RowPlan(spec, ()), record_id, "read")[0])
    return int(known[asked])


@steady()
def count(actor: Actor, object_key: str, where: str = "", archived: str = "no") -> tuple[int, bool]:
    """How many records match, counted up to 10,000: ``(number, whether it stopped there)``."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    tree, scope = question(actor, spec, where), visible(actor, spec)
    check_price(actor, spec, tree, scope, ())
    return _count(spec, [tree, state(spec, archived)], beyond(scope, [tree]))


def sees(actor: Actor, spec: ObjectSpec, ids: Sequence[int], right: str = "read") -> set[int]:
    """Which of these records the actor's right covers (trashed ones included)."""
    ids = [one for one in ids if _is_id(one)]
    if not ids:
        return set()
    build = compiler(spec, few=True)
    where = conditions(
        build, spec, Compare(Path((spec,), (), spec["id"]), "in", tuple(ids)), visible(actor, spec, right)
    )
    return {line[0] for line in rows(f'SELECT t."id" {build.source()} WHERE {where}', build.params)}


def _is_id(value: int) -> bool:
    return 0 < value < LARGEST_ID


def _found(actor: Actor, spec: ObjectSpec, plan: RowPlan, record_id: int, right: str) -> tuple[Any, ...]:
    line = _one(actor, spec, plan, record_id, right)
    if line is None or line[6] is not None:
        winner = winners(spec, [record_id]).get(record_id)
        if winner is not None:
            return _found(actor, spec, plan, winner, right)
    if line is None:
        if right != "read" and sees(actor, spec, [record_id]):
            raise Forbidden(_("You can see this record but not change it."))
        raise NotFound()
    return line


def _one(actor: Actor, spec: ObjectSpec, plan: RowPlan, record_id: int, right: str) -> tuple[Any, ...] | None:
    if not _is_id(record_id):
        return None
    build = compiler(spec, few=True)
    nodes = [visible(actor, spec, one) for one in dict.fromkeys(("read", right))]
    where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "=", record_id), *nodes)
    return row(f"SELECT {plan.columns} {build.source()} WHERE {where}", build.params)


def rights_on(actor: Actor, spec: ObjectSpec, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Which rights cover records the actor can see; those that depend on the row are asked in one query."""
    reaches = {right: reach_of(actor, right, spec) for right in RIGHTS_OF_RECORDS}
    seen = visible(actor, spec)
    sure = {right for right, reach in reaches.items() if reach == "all" or right == "read"}
    unsure: list[tuple[Node, list[str]]] = []  # rights that reach the same records are asked about once
    for right in [right for right, reach in reaches.items() if right not in sure and reach != "none"]:
        scope = visible(actor, spec, right)
        same = next((rights for node, rights in unsure if node == scope), None)
        if scope == seen:
            sure.add(right)
        elif same is not None:
            same.append(right)
        else:
            unsure.append((scope, [right]))
    held = dict.fromkeys(ids, frozenset(sure))
    if not unsure or not ids:
        return held
    build = compiler(spec, few=True)
    asked = ", ".join(f"CASE WHEN {build.where(scope)} THEN 1 ELSE 0 END" for scope, _rights in unsure)
    found = rows(f'SELECT t."id", {asked} {build.source()} WHERE t."id" IN ({marks(ids)})', [*build.params, *ids])
    return held | {
        line[0]: frozenset(sure).union(*(rights for (_, rights), holds in zip(unsure, line[1:], strict=True) if holds))
        for line in found
    }


def rights_of_fields(actor: Actor, spec: ObjectSpec, fields: Iterable[FieldSpec]) -> dict[str, str]:
    """Field rights by key, the title's under ""."""
    rights = {field.key: field_right(actor, spec, field) for field in fields}
    return rights | {"": field_right(actor, spec, spec[spec.title])}


def _owns(actor: Actor, owner: int | None) -> bool:
    return actor.is_system or (owner is not None and owner == actor.id)


def chosen_columns(actor: Actor, spec: ObjectSpec, keys: Iterable[str]) -> list[FieldSpec]:
    asked = tuple(keys)
    chosen: list[FieldSpec] = []
    for key in asked or spec.columns:
        field = spec.field(key)
        if field is None or field_right(actor, spec, field) == "hidden":
            if asked:
                raise BadQuery(_("“{name}” is not a field of {object}.").with_(name=key[:60], object=spec.label))
            continue
        chosen.append(field)
    return chosen


class View:
    """How rows of these fields become records for one reader: what is the same for all rows is worked out once.

    ``rights``: field rights by key ("" for the title); a field that is not among them was read for a formula only."""

    def __init__(
        self, spec: ObjectSpec, fields: Sequence[FieldSpec], rights: Mapping[str, str], setting: Setting
    ) -> None:
        self.spec = spec
        listed = [*fields, *inputs_of(spec, fields, setting)]
        self.known = frozenset(one.key for one in listed)
        self.moving = [(one.key, formula_of(spec, one, setting)) for one in listed if moves_by_itself(one)]
        known = [(one, kind_of(one), rights.get(one.key, "hidden")) for one in listed]
        self.absent = [field.key for field, _kind, right in known if right == "hidden"]
        self.guarded = [
            (field.key, kind, right == "masked")
            for field, kind, right in known
            if right == "masked" or (kind.secret and right != "hidden")
        ]
        self.titled = rights[""] not in ("hidden", "masked")

    def record(self, plan: RowPlan, line: Sequence[Any], *, reveal: bool = False) -> Record:
        """The record of one row; ``reveal`` shows secrets in full, unless they are masked for this reader."""
        id_, version, _owner, title, values = plan.decode(line, sealer_of)
        gone = (line[5] is not None, line[6] is not None)
        return self.shown(id_, version, title, values, reveal=reveal, archived=gone[0], trashed=gone[1])

    def shown(
        self, id_: int, version: int, title: str, values: dict[str, Any], *, reveal: bool, archived: bool, trashed: bool
    ) -> Record:
        """The record of canonical values, as this reader may see them; ``values`` is used up."""
        for key, formula in self.moving:
            values[key] = formula.value(values.get)
        for key in self.absent:
            del values[key]
        for key, kind, masked in self.guarded:
            value = values[key]
            if value is None or value is DAMAGED:
                continue
            if masked:
                values[key] = Masked(kind.mask(value) if kind.secret and isinstance(value, str) else "•••")
            elif not reveal:
                if isinstance(value, Address):
                    values[key] = replace(value, street="•••" if value.street else "")
                else:
                    values[key] = Masked(kind.mask(value))
        if not self.titled:
            title = f"#{id_}"
        return Record(self.spec.key, id_, version, title, values, archived=archived, trashed=trashed)


def _count(spec: ObjectSpec, nodes: Sequence[Node], scope: Node) -> tuple[int, bool]:
    """A scope of several branches is first counted in its first one alone (own records): often that is enough to stop."""
    branches = scope.parts if isinstance(scope, Or) and not is_small(spec, MOST_COUNTED) else (scope,)
    number = _counted(spec, nodes, branches[:1])
    if len(branches) > 1 and number <= MOST_COUNTED:
        number = _counted(spec, nodes, branches)
    return min(number, MOST_COUNTED), number > MOST_COUNTED


def _counted(spec: ObjectSpec, nodes: Sequence[Node], branches: Sequence[Node]) -> int:
    sql, params = united(spec, nodes, branches, MOST_COUNTED + 1)
    found = late(lambda: row(f"SELECT count(*) FROM ({sql}) x", params))
    return int(found[0]) if found else 0
