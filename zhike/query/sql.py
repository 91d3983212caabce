"""Typed tree → SQL. Text comes only from specs and this module; every value is a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.kernel.clock import now
from zhike.query.folding import ascii_fold, fold
from zhike.query.tree import EVERYTHING, And, Compare, InSegment, InSet, Node, Not, Or, Path, SharedWithMe
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import is_postgres, marks, to_db
from zhike.store.plan import operand, own_rows, part_of, part_sql

BlindIndex = Callable[[FieldSpec, str, str], str]  # field, part name (whole, tail, domain), canonical text → index text
DepartmentsOf = Callable[[int], tuple[int, ...]]


class Compiler:
    """Compiles conditions of one statement over ``spec`` with alias ``t``; collects the joins its paths need.

    ``blind`` gives the blind index of a secret; ``departments_of`` the departments through which a share reaches a person.
    ``few``: few rows are left to look at, so that a row scope looks up their parents one by one. Otherwise it asks for the
    set of all parents first, which an index can lead on from. ``table``: SQL that stands for the object's table, with
    columns of the same names."""

    def __init__(
        self,
        spec: ObjectSpec,
        blind: BlindIndex,
        departments_of: DepartmentsOf,
        alias: str = "t",
        *,
        few: bool = False,
        table: str = "",
    ) -> None:
        self.spec, self.blind, self.departments_of, self.alias, self.few = spec, blind, departments_of, alias, few
        self.table = table or f'"{spec.table}"'
        self.params: list[Any] = []
        self._joins: dict[tuple[tuple[str, Node], ...], str] = {}
        self._join_sql: list[str] = []
        self._join_params = 0  # how many of the parameters, the first ones, belong to joins

    @property
    def joins(self) -> str:
        """The JOIN clauses collected so far, to be put after FROM."""
        return " ".join(self._join_sql)

    def source(self) -> str:
        """``FROM`` clause with the joins collected so far."""
        return f"FROM {self.table} {self.alias} {self.joins}"

    def reach(self, path: Path) -> str:
        """The alias of the table holding the path's field, joining on the way."""
        alias = self.alias
        walked: tuple[tuple[str, Node], ...] = ()
        within = path.within or (EVERYTHING,) * len(path.links)
        for link, target, seen in zip(path.links, path.objects[1:], within, strict=True):
            walked = (*walked, (link.key, seen))
            if walked not in self._joins:
                joined = f"{self.alias}j{len(self._joins) + 1}"
                self._join(link, target, seen, alias, joined)
                self._joins[walked] = joined
            alias = self._joins[walked]
        return alias

    def _join(self, link: FieldSpec, target: ObjectSpec, seen: Node, alias: str, joined: str) -> None:
        """Join the target of a link as far as it is seen; the parameters go before those of the conditions."""
        parts = [f'{joined}."id" = {part_sql(alias, link)}', own_rows(target, joined)]
        if seen != EVERYTHING:
            inner = Compiler(target, self.blind, self.departments_of, joined)
            parts.append(inner.where(seen))
            self.params[self._join_params : self._join_params] = inner.params
            self._join_params += len(inner.params)
        self._join_sql.append(f'LEFT JOIN "{target.table}" {joined} ON {" AND ".join(filter(None, parts))}')

    def value(self, path: Path) -> str:
        """The SQL expression of a path's stored part."""
        return part_sql(self.reach(path), path.field, path.part)

    def where(self, node: Node) -> str:
        """The condition as SQL; parameters are appended in order. Never yields NULL."""
        if isinstance(node, And):
            return "(" + " AND ".join(self.where(part) for part in node.parts) + ")" if node.parts else _TRUE
        if isinstance(node, Or):
            return "(" + " OR ".join(self.where(part) for part in node.parts) + ")" if node.parts else _FALSE
        if isinstance(node, Not):
            return f"({self.where(node.part)} IS NOT TRUE)"
        if isinstance(node, SharedWithMe):
            return self._shared(node)
        if isinstance(node, InSet):
            return self._in_set(node)
        if isinstance(node, InSegment):
            return self._in_segment(node)
        return self._compare(node)

    def _compare(self, node: Compare) -> str:
        field, kind = node.path.field, kind_of(node.path.field)
        if node.op == "empty":
            return self._empty(node)
        if kind.secret and kind.name != "address":
            return self._secret(node)
        if node.op == "has":
            return self._has(node)
        if node.op == "reached":
            return self._reached(node)
        if node.op == "~":
            return self._contains(node)
        sql = self.value(node.path)
        if node.op == "in":
            if not node.value:
                return _FALSE
            self.params += [operand(one, field) for one in node.value]
            return f"({sql} IN ({marks(node.value)}))"
        self.params.append(operand(node.value, field))
        if node.op == "!=":
            return f"({sql} IS DISTINCT FROM %s)"
        return f"({sql} {node.op} %s)"

    def _empty(self, node: Compare) -> str:
        if node.path.field.kind in ("links", "choices"):
            return f"({self._link_exists(node.path, '', [])} IS NOT TRUE)"
        if kind_of(node.path.field).secret and node.path.field.kind != "address":
            return f"({part_sql(self.reach(node.path), node.path.field, '')} IS NULL)"
        return f"({self.value(node.path)} IS NULL)"

    def _secret(self, node: Compare) -> str:
        field = node.path.field
        alias = self.reach(node.path)
        if node.op in ("=", "!=", "in"):
            texts = node.value if node.op == "in" else (node.value,)
            sql = part_sql(alias, field, "_whole")
            self.params += [self.blind(field, "whole", text) for text in texts]
            if node.op == "!=":
                return f"({sql} IS DISTINCT FROM %s)"
            return f"({sql} IN ({marks(texts)}))"
        name = "tail" if node.op == "ends" else "domain"
        text = node.value[-4:] if name == "tail" else node.value
        self.params.append(self.blind(field, name, text))
        return f"({part_sql(alias, field, '_' + name)} = %s)"

    def _has(self, node: Compare) -> str:
        column = "value" if node.path.field.kind == "choices" else "target"
        if not node.value:
            return _FALSE
        return self._link_exists(node.path, f' AND x."{column}" IN ({marks(node.value)})', list(node.value))

    def _reached(self, node: Compare) -> str:
        if not node.value:
            return _FALSE
        here = self.value(node.path)
        self.params += [operand(one, node.path.field) for one in node.value]
        self.params += [str(one) for one in node.value]
        before = f'SELECT 1 FROM "store_stay" y WHERE y."record" = {self.reach(node.path)}."id" AND y."step" IN ({marks(node.value)})'
        return f"({here} IN ({marks(node.value)}) OR EXISTS ({before}))"

    def _link_exists(self, path: Path, more: str, params: list[Any]) -> str:
        alias, field = self.reach(path), path.field
        self.params += [path.objects[-1].key, field.slot or field.key, *params]
        return f'EXISTS (SELECT 1 FROM "store_linkrow" x WHERE x."source" = {alias}."id" AND x."object" = %s AND x."field" = %s{more})'

    def _contains(self, node: Compare) -> str:
        path, alias = node.path, self.reach(node.path)
        value = part_sql(alias, path.field, path.part)
        own = f"(lower({value}) LIKE %s ESCAPE '!')"
        as_it_is = _like(ascii_fold(str(node.value)))
        if path.field.key != path.objects[-1].title:
            self.params.append(as_it_is)
            return own
        # The folded copy stands for an empty title too ("Lead #7"), and holds only the beginning of a long one.
        self.params.append(_like(fold(str(node.value))))
        folded = f"({alias}.\"title_folded\" LIKE %s ESCAPE '!' AND {value} IS NOT NULL)"
        if part_of(path.field, path.part).type != "long":
            return folded
        self.params.append(as_it_is)
        return f"({folded} OR {own})"

    def _in_set(self, node: InSet) -> str:
        inner = Compiler(node.target, self.blind, self.departments_of, self.alias + "p", few=self.few)
        condition = inner.where(node.part)
        only = own_rows(node.target, inner.alias)
        found = f"{inner.source()} WHERE {condition}" + (f" AND {only}" if only else "")
        link = part_sql(self.alias, node.link)
        params = inner.params
        if self.few:
            match = f'EXISTS (SELECT 1 {found} AND {inner.alias}."id" = {link})'
        else:  # the indexes hold what is in the trash apart: asked for both at once, none of them could be used
            chosen = f'SELECT {inner.alias}."id" {found} AND {inner.alias}."trashed" IS'
            match, params = f"{link} IN ({chosen} NULL UNION ALL {chosen} NOT NULL)", [*params, *params]
        if node.link.kind == "any_link":
            self.params.append(node.target.key)
            match = f"({part_sql(self.alias, node.link, '_object')} = %s AND {match})"
        self.params += params
        return f"({match})"

    def _in_segment(self, node: InSegment) -> str:
        target, one = node.path.objects[-1], f'{self.reach(node.path)}."id"'
        parts = []
        if node.kept:
            of = f'm."segment" IN ({marks(node.kept)})'
            self.params += node.kept
            if node.few:
                parts.append(f'{one} IN (SELECT m."record" FROM "store_segmentmember" m WHERE {of})')
            else:
                parts.append(f'EXISTS (SELECT 1 FROM "store_segmentmember" m WHERE {of} AND m."record" = {one})')
        for condition in node.live:
            inner = Compiler(target, self.blind, self.departments_of, self.alias + "s")
            where = inner.where(condition)
            parts.append(f'EXISTS (SELECT 1 {inner.source()} WHERE {inner.alias}."id" = {one} AND {where})')
            self.params += inner.params
        return f"({' OR '.join(parts)})" if parts else _FALSE

    def _shared(self, node: SharedWithMe) -> str:
        departments = self.departments_of(node.actor_id)
        reached = 's."person" = %s'
        if departments:
            reached = f'({reached} OR s."department" IN ({marks(departments)}))'
        self.params += [node.object.key, node.actor_id, *departments, to_db(now())]
        if node.right == "edit":
            reached += " AND s.\"right\" = 'edit'"
        known = f's."object" = %s AND {reached} AND (s."until" IS NULL OR s."until" > %s)'
        return f'({self.alias}."id" IN (SELECT s."record" FROM "store_share" s WHERE {known}))'


_TRUE, _FALSE = "(1 = 1)", "(1 = 0)"


def _like(text: str) -> str:
    return "%" + text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def bucket_sql(expression: str, bucket: str) -> str:
    """A date expression as the first day of its period (ISO text), or the weekday 1 (Monday) to 7."""
    if is_postgres():
        day = f"({expression})::date"
        if bucket == "weekday":
            return f"extract(isodow FROM {day})::int"
        if bucket == "day":
            return f"to_char({day}, 'YYYY-MM-DD')"
        return f"to_char(date_trunc('{bucket}', {day}), 'YYYY-MM-DD')"
    day = f"date({expression})"
    if bucket == "weekday":
        return f"((CAST(strftime('%%w', {day}) AS INTEGER) + 6) %% 7 + 1)"
    if bucket == "day":
        return day
    if bucket == "week":
        return f"date({day}, '-6 days', 'weekday 1')"
    if bucket == "month":
        return f"strftime('%%Y-%%m-01', {day})"
    if bucket == "quarter":
        return f"(strftime('%%Y-', {day}) || substr('0' || (((CAST(strftime('%%m', {day}) AS INTEGER) - 1) / 3) * 3 + 1), -2) || '-01')"
    return f"strftime('%%Y-01-01', {day})"
