"""Keyset pages: the rows after a cursor, at the same cost however deep. Empties come last in both directions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.sql import Compiler
from zhike.query.tree import EVERYTHING, Compare, Node, Or, Path, SortKey, flat
from zhike.records.asking import compiler, conditions
from zhike.records.pricing import RANGES, is_link_to, is_small
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, is_postgres, marks, row, rows, to_json_scalar
from zhike.store.plan import RowPlan, operand, own_rows, part_of, part_sql
from zhike.store.replicas import late

NEWEST = "created"
NEVER_EMPTY = frozenset({"id", "created", "changed", "version"})
OF_ONE = 5000  # records of one customer that are asked one by one whether they may be seen
WALK = 2000  # records looked at in order before a scope of several branches is asked branch by branch


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before: its sort values (None: empty) and id."""

    values: tuple[Any, ...]
    id: int


def encode_cursor(sort: Sequence[SortKey], values: Sequence[Any], record_id: int) -> str:
    """A cursor as opaque URL-safe text, from the raw sort values of a row."""
    scalars = [to_json_scalar(from_db(value, part_of(key.field).type)) for key, value in zip(sort, values, strict=True)]
    body = json.dumps([scalars, record_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def decode_cursor(text: str, sort: Sequence[SortKey]) -> Cursor | None:
    """The cursor of such a text; None for "". Raises BadQuery when it does not belong to this sort."""
    if not text:
        return None
    try:
        values, record_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if type(record_id) is not int or not 0 <= record_id < 2**53:
            raise ValueError(record_id)
        read = [None if value is None else _read(value, key) for value, key in zip(values, sort, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadQuery(_("This page marker does not belong to this list. Start again from the first page.")) from None
    return Cursor(tuple(read), record_id)


def _read(value: Any, key: SortKey) -> Any:
    """A sort value of a cursor as the parameter to compare with. Raises ValueError or TypeError when it cannot be one."""
    type_ = part_of(key.field).type
    if type_ == "int" and type(value) is int and abs(value) < 2**63:
        return value
    if type_ == "bool" and type(value) in (bool, int):
        return operand(bool(value), key.field)
    if not isinstance(value, str) or b"\x00" in value.encode() or type_ in ("int", "bool"):
        raise ValueError(value)
    if type_ == "date":
        return operand(date.fromisoformat(value), key.field)
    if type_ == "instant":
        return operand(datetime.fromisoformat(value).replace(tzinfo=UTC), key.field)
    return value


def sort_sql(spec: ObjectSpec, key: SortKey, alias: str = "t") -> str:
    """What a sort key orders by: titles by their stored sort key, everything else by its main part."""
    if key.field.key == spec.title and part_of(key.field).type in ("text", "long"):
        return f'{alias}."title_sort"'
    return part_sql(alias, key.field)


def page_rows(
    spec: ObjectSpec,
    plan: RowPlan,
    scope: Node,
    nodes: Sequence[Node],
    sort: tuple[SortKey, ...],
    size: int,
    after: Cursor | None,
    *,
    walk: bool = True,
    known: bool = False,
) -> tuple[list[tuple[Any, ...]], bool]:
    """Up to ``size`` rows of the plan within the row scope, each followed by its sort values, and whether more follow.
    ``walk``: the live records are meant, which the indexes hold. ``known``: the records are named by their ids.

    Few records are asked for in one statement and sorted; many are read in the order of an index."""
    few = known or (walk and (is_small(spec, WALK) or _leaves_few(spec, scope, nodes)))
    if few or len(sort) > 1:
        found = _by_many(spec, plan, [*nodes, scope], sort, size + 1, after, few=few)
    else:
        found = _by_one(_Asked(spec, plan, nodes, scope, sort[0], walk and _in_order(spec, sort[0])), size + 1, after)
    return found[:size], len(found) > size


def _leaves_few(spec: ObjectSpec, scope: Node, nodes: Sequence[Node]) -> bool:
    """Whether a condition on a link leaves so few records (those of one customer) that a scope of several branches is best
    asked of them at once."""
    links = [one for one in flat(nodes) if is_link_to(one)] if isinstance(scope, Or) else []
    if not links:
        return False
    build = compiler(spec)
    where = conditions(build, spec, *links)
    sql = f'SELECT 1 {build.source()} WHERE {where} AND t."trashed" IS NULL LIMIT 1 OFFSET {OF_ONE}'
    return row(sql, build.params) is None


def _in_order(spec: ObjectSpec, key: SortKey) -> bool:
    """Whether an index gives the records in this order."""
    field = key.field
    return field.index or field.unique or field.key in NEVER_EMPTY - {"version"} or field.key == spec.title


@dataclass(frozen=True, slots=True)
class _Asked:
    """A list in the order of one key.

    Records within a row scope are first looked for along the order, among the next :data:`WALK` records: that is enough for
    whoever sees many. For whoever sees few, all of theirs are sorted: own records, those of a followed parent, shared ones,
    each branch by itself, since an OR of all would make the database walk through everybody's rows."""

    spec: ObjectSpec
    plan: RowPlan
    nodes: Sequence[Node]
    scope: Node
    key: SortKey
    walk: bool

    @property
    def column(self) -> str:
        """What it is sorted by."""
        return sort_sql(self.spec, self.key)

    def rows(self, where: str, params: Sequence[Any], by: Sequence[str], limit: int) -> list[tuple[Any, ...]]:
        """The first rows that also satisfy ``where``, ordered by these columns."""
        branches = self.scope.parts if isinstance(self.scope, Or) else (self.scope,)
        if len(branches) == 1 and (self.scope == EVERYTHING or self.key.field.key == NEWEST):
            return self._run(self.scope, where, params, by, limit)
        if self.walk:
            found = self._walked(where, params, by, limit)
            if len(found) == limit:
                return found
        if len(branches) == 1:
            return self._run(self.scope, where, params, by, limit)
        return _merged([self._run(branch, where, params, by, limit) for branch in branches], self.key, limit)

    @property
    def never_empty(self) -> bool:
        """Whether every record has something to sort by: one without a title is called by its number."""
        return self.key.field.key in NEVER_EMPTY or self.column == 't."title_sort"'

    @property
    def filled(self) -> str:
        """The condition that something is there to sort by."""
        if self.never_empty:
            return "(1 = 1)"
        if self._by_expression:  # such an index leads past the empty ones only with a bound
            return f"{self.column} >= {-(2**63)}"
        return f"{self.column} IS NOT NULL"

    def bound(self, by: Sequence[str], beyond: str, at: Sequence[Any]) -> tuple[str, list[Any]]:
        """The condition that a record lies on this side of a place in the order, and its parameters."""
        sql, params = f"({', '.join(by)}) {beyond} ({marks(by)})", list(at)
        if self._by_expression and by[0] == self.column:  # nor do pairs lead along it
            sql, params = f"{by[0]} {beyond[0]}= %s AND {sql}", [at[0], *params]
        return sql, params

    @property
    def _by_expression(self) -> bool:
        """Whether SQLite finds what it is sorted by in an index over an expression: that of a field the company added."""
        return bool(self.key.field.slot) and not is_postgres()

    def _walked(self, where: str, params: Sequence[Any], by: Sequence[str], limit: int) -> list[tuple[Any, ...]]:
        """Those within the scope of the next so many records, whoever may see them. The join says what comes first: left
        alone, SQLite would begin with the scope."""
        only = own_rows(self.spec)
        live = f't."trashed" IS NULL AND {where}' + (f" AND {only}" if only else "")
        next_ones = f'SELECT t."id" FROM "{self.spec.table}" t WHERE {live} ORDER BY {self._order(by)} LIMIT {WALK}'
        build = compiler(self.spec)
        whole = f'{conditions(build, self.spec, *self.nodes, self.scope)} AND t."id" = w."id"'
        build.params[:0] = params
        return _run(build, self.plan, [self.column], whole, self._order(by), limit, f"({next_ones}) w CROSS JOIN ")

    def _run(
        self, scope: Node, where: str, params: Sequence[Any], by: Sequence[str], limit: int
    ) -> list[tuple[Any, ...]]:
        build = compiler(self.spec)
        whole = f"{conditions(build, self.spec, *self.nodes, scope)} AND {where}"
        build.params += params
        return _run(build, self.plan, [self.column], whole, self._order(by), limit)

    def _order(self, by: Sequence[str]) -> str:
        return ", ".join(f"{column} {_direction(self.key)}" for column in by)


def _by_one(asked: _Asked, limit: int, after: Cursor | None) -> list[tuple[Any, ...]]:
    """First the rows that have a value, in order; then, if room is left, the empty ones by id."""
    found: list[tuple[Any, ...]] = []
    column, key = asked.column, asked.key
    beyond, by = "<" if key.descending else ">", (column, 't."id"')
    params: list[Any] = []
    if after is None or after.values[0] is not None:
        where = asked.filled
        if after is not None:
            further, params = asked.bound(by, beyond, (after.values[0], after.id))
            where += f" AND {further}"
        found = asked.rows(where, params, by, limit)
    if len(found) < limit and not asked.never_empty and not any(_needs(one, key) for one in flat(asked.nodes)):
        where, params = f"{column} IS NULL", []
        if after is not None and after.values[0] is None:
            where += f' AND t."id" {beyond} %s'
            params = [after.id]
        found += asked.rows(where, params, ('t."id"',), limit - len(found))
    return found


def _needs(node: Node, key: SortKey) -> bool:
    """Whether a condition leaves out the records that are empty in what they are sorted by."""
    return isinstance(node, Compare) and node.op in RANGES and node.path == Path(node.path.objects[:1], (), key.field)


def _merged(runs: Sequence[list[tuple[Any, ...]]], key: SortKey, limit: int) -> list[tuple[Any, ...]]:
    """Sorted runs as one, each record once. Texts compare by code point, as both databases do."""

    def place(line: tuple[Any, ...]) -> tuple[Any, int]:
        return ("" if line[-1] is None else line[-1]), line[0]

    merged = merge(*runs, key=place, reverse=key.descending)
    return list(islice((next(same) for _id, same in groupby(merged, key=itemgetter(0))), limit))


def _by_many(
    spec: ObjectSpec,
    plan: RowPlan,
    nodes: Sequence[Node],
    sort: tuple[SortKey, ...],
    limit: int,
    after: Cursor | None,
    *,
    few: bool,
) -> list[tuple[Any, ...]]:
    build = compiler(spec, few=few)
    where = conditions(build, spec, *nodes)
    columns = [sort_sql(spec, key) for key in sort]
    tie = _direction(sort[0])
    if after is not None:
        steps: list[str] = []
        params: list[Any] = []
        same: list[str] = []
        for column, value, key in zip(columns, after.values, sort, strict=True):
            if value is not None:
                beyond = f"({column} {'<' if key.descending else '>'} %s OR {column} IS NULL)"
                steps.append(" AND ".join([*same, beyond]))
                params += [*after.values[: len(same)], value]
            same.append(f"{column} IS NOT DISTINCT FROM %s")
        steps.append(" AND ".join([*same, f't."id" {"<" if tie == "DESC" else ">"} %s']))
        params += [*after.values, after.id]
        where += " AND (" + " OR ".join(f"({step})" for step in steps) + ")"
        build.params += params
    order = ", ".join(
        f"({column} IS NULL), {column} {_direction(key)}" for column, key in zip(columns, sort, strict=True)
    )
    return _run(build, plan, columns, where, f'{order}, t."id" {tie}', limit)


def _run(
    build: Compiler, plan: RowPlan, extra: list[str], where: str, order: str, limit: int, before: str = ""
) -> list[tuple[Any, ...]]:
    """``before``: what stands before the object's table after FROM."""
    chosen = ", ".join(f"{column} AS k{i}" for i, column in enumerate(extra))
    source = f"FROM {before}{build.source().removeprefix('FROM ')}"
    sql = f"SELECT {plan.columns}, {chosen} {source} WHERE {where} ORDER BY {order} LIMIT {limit}"
    return late(lambda: rows(sql, build.params))


def _direction(key: SortKey) -> str:
    return "DESC" if key.descending else "ASC"
