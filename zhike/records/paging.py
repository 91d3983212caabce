"""Keyset pages: the rows after a cursor, at the same cost however deep. Empties come last in both directions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.sql import Compiler
from zhike.query.tree import Node, SortKey
from zhike.records.asking import compiler, conditions
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, rows, to_json_scalar
from zhike.store.plan import RowPlan, part_of, part_sql

NEVER_EMPTY = frozenset({"id", "created", "changed", "version"})


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
        good = isinstance(record_id, int) and abs(record_id) < 2**53 and len(values) == len(sort)
        for value, key in zip(values, sort, strict=False):
            good = good and (
                value is None or isinstance(value, int if part_of(key.field).type in ("int", "bool") else str)
            )
            good = (
                good
                and (not isinstance(value, int) or abs(value) < 2**63)
                and (not isinstance(value, str) or "\x00" not in value)
            )
    except (ValueError, TypeError, binascii.Error):
        good = False
    if not good:
        raise BadQuery(_("This page marker does not belong to this list. Start again from the first page."))
    return Cursor(tuple(values), record_id)


def sort_sql(spec: ObjectSpec, key: SortKey, alias: str = "t") -> str:
    """What a sort key orders by: titles by their stored sort key, everything else by its main part."""
    if key.field.key == spec.title and part_of(key.field).type in ("text", "long"):
        return f'{alias}."title_sort"'
    return part_sql(alias, key.field)


def page_rows(
    spec: ObjectSpec, plan: RowPlan, nodes: Sequence[Node], sort: tuple[SortKey, ...], size: int, after: Cursor | None
) -> tuple[list[tuple[Any, ...]], bool]:
    """Up to ``size`` rows of the plan, each followed by its sort values, and whether more follow."""
    if len(sort) == 1:
        found = _by_one(spec, plan, nodes, sort[0], size + 1, after)
    else:
        found = _by_many(spec, plan, nodes, sort, size + 1, after)
    return found[:size], len(found) > size


def _by_one(
    spec: ObjectSpec, plan: RowPlan, nodes: Sequence[Node], key: SortKey, limit: int, after: Cursor | None
) -> list[tuple[Any, ...]]:
    """First the rows that have a value, in order; then, if room is left, the empty ones by id."""
    found: list[tuple[Any, ...]] = []
    column = sort_sql(spec, key)
    if after is None or after.values[0] is not None:
        build = compiler(spec)
        where = conditions(build, spec, *nodes)
        if key.field.key not in NEVER_EMPTY:
            where += f" AND {column} IS NOT NULL"
        if after is not None:
            where += f' AND ({column}, t."id") {"<" if key.descending else ">"} (%s, %s)'
            build.params += [after.values[0], after.id]
        found = _run(build, plan, [column], where, f'{column} {_direction(key)}, t."id" {_direction(key)}', limit)
    if len(found) < limit and key.field.key not in NEVER_EMPTY:
        build = compiler(spec)
        where = conditions(build, spec, *nodes) + f" AND {column} IS NULL"
        if after is not None and after.values[0] is None:
            where += f' AND t."id" {"<" if key.descending else ">"} %s'
            build.params.append(after.id)
        found += _run(build, plan, [column], where, f't."id" {_direction(key)}', limit - len(found))
    return found


def _by_many(
    spec: ObjectSpec, plan: RowPlan, nodes: Sequence[Node], sort: tuple[SortKey, ...], limit: int, after: Cursor | None
) -> list[tuple[Any, ...]]:
    build = compiler(spec)
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


def _run(build: Compiler, plan: RowPlan, extra: list[str], where: str, order: str, limit: int) -> list[tuple[Any, ...]]:
    chosen = ", ".join(f"{column} AS k{i}" for i, column in enumerate(extra))
    sql = f"SELECT {plan.columns}, {chosen} {build.source()} WHERE {where} ORDER BY {order} LIMIT {limit}"
    return rows(sql, build.params)


def _direction(key: SortKey) -> str:
    return "DESC" if key.descending else "ASC"
