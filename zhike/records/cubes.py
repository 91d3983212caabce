"""Cubes: which cut of an object's cube can answer a question, keeping the cells few, and proving them against the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from zhike.query.sql import Compiler
from zhike.query.tree import EVERYTHING, And, Compare, Grouping, Measure, Node, Not, Or, Path
from zhike.records.asking import compiler, conditions
from zhike.schema.cubes import Cut
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.cubes import ARCHIVED, CubeTables, remake
from zhike.store.database import row, rows, write_transaction
from zhike.store.plan import part_of

BY_MONTHS = frozenset({"month", "quarter", "year"})
BY_VALUE = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "~", "empty"})  # comparisons that need the field alone
MOST_IDS = 1000
MOST_FACTS = 1000  # that may wait before they are folded into the cells; every question reads them


@dataclass
class _Needs:
    """What a question asks of a cube: fields, those of its dates that must be known by the day, and whether it asks for
    something no cube knows."""

    fields: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """A cut that answers a question, and the conditions as it is asked them. ``rest``: conditions of the records in sight that
    no cut can tell, such as shared ones, to be added from the table."""

    tables: CubeTables
    cut: Cut
    nodes: tuple[Node, ...]
    rest: tuple[Node, ...] = ()

    def compiler(self) -> Compiler:
        """A compiler over the cut."""
        return compiler(self.tables.spec, table=self.tables.source(self.cut))


def answering(
    spec: ObjectSpec, groupings: Sequence[Grouping], measures: Sequence[Measure], nodes: Sequence[Node], scope: Node
) -> Answering | None:
    """The coarsest cut that knows everything a question about records outside the trash asks for, ``scope`` being the row
    scope of whoever asks; None: ask the records."""
    if spec.cube is None or not all(_is_kept(spec, one) for one in measures):
        return None
    inside, beside = _told(spec, scope)
    if inside is None:
        return None
    needs = _Needs()
    for grouping in groupings:
        _need(needs, spec, grouping.path, by_month=grouping.bucket in BY_MONTHS)
    for node in (*nodes, inside):
        _look(needs, spec, node)
    fields, days = frozenset(needs.fields), frozenset(needs.days)
    cut = None if needs.more else next((one for one in spec.cube.cuts if one.answers(fields, days)), None)
    if cut is None:
        return None
    rest = (*nodes, Not(inside), beside) if beside is not None else ()
    return Answering(CubeTables(spec), cut, tuple(_by_ids(one) for one in (*nodes, inside)), rest)


def _told(spec: ObjectSpec, scope: Node) -> tuple[Node | None, Node | None]:
    """A row scope as what cells can tell (sets of owners) and what they cannot (shares); None for no such branch."""
    known: list[Node] = []
    others: list[Node] = []
    for branch in scope.parts if isinstance(scope, Or) else (scope,):
        needs = _Needs()
        _look(needs, spec, branch)
        (others if needs.more else known).append(branch)
    if not others:
        return scope, None
    return (Or(tuple(known)) if known else None), Or(tuple(others))


def _is_kept(spec: ObjectSpec, measure: Measure) -> bool:
    assert spec.cube is not None
    if measure.path is None:
        return measure.name == "count"
    own = not measure.path.links and measure.path.part is None
    return own and measure.name in ("sum", "avg") and measure.path.field.key in spec.cube.sums


def _look(needs: _Needs, spec: ObjectSpec, node: Node) -> None:
    if isinstance(node, And | Or):
        for part in node.parts:
            _look(needs, spec, part)
    elif isinstance(node, Not):
        _look(needs, spec, node.part)
    elif not isinstance(node, Compare) or node.op not in BY_VALUE:
        needs.more = True
    elif node.path.links or node.path.field.key != ARCHIVED:
        _need(needs, spec, node.path, by_month=_begins_months(node))
    elif node.op != "empty":
        needs.more = True


def _need(needs: _Needs, spec: ObjectSpec, path: Path, *, by_month: bool) -> None:
    first = path.links[0] if path.links else path.field
    assert spec.cube is not None
    if first.key not in spec.cube.fields or (path.part is not None and not path.links):
        needs.more = True
        return
    needs.fields.add(first.key)
    if first.kind == "date" and not by_month:
        needs.days.add(first.key)


def _begins_months(node: Compare) -> bool:
    """Whether a comparison of a date tells whole months apart: it is false or true of all days of each."""
    if node.op == "empty":
        return True
    if node.op not in ("<", ">=", "<=", ">") or node.path.field.kind != "date":
        return False
    day = date.fromisoformat(str(node.value)[:10])
    return (day if node.op in ("<", ">=") else day + timedelta(days=1)).day == 1


# -- facts of catalogues -------------------------------------------------------------------------------------------------
def _by_ids(node: Node) -> Node:
    """The same condition, with facts of a catalogue's records (``stage.outcome``, ``owner.department``) said by their ids, so
    that cells are found by an index."""
    if isinstance(node, And | Or):
        return type(node)(tuple(_by_ids(part) for part in node.parts))
    if isinstance(node, Not):
        return Not(_by_ids(node.part))
    if not isinstance(node, Compare) or len(node.path.links) != 1 or not _is_catalogue(node.path):
        return node
    negative = node.op in ("!=", "empty")  # true of whoever links to nothing
    ids = _ids(node, fits=not negative)
    if ids is None:
        return node
    among = Compare(Path(node.path.objects[:1], (), node.path.links[0]), "in", ids)
    return Not(among) if negative else among


def _is_catalogue(path: Path) -> bool:
    return path.objects[1].scope.kind is ScopeKind.OPEN and all(one == EVERYTHING for one in path.within)


def _ids(node: Compare, *, fits: bool) -> tuple[int, ...] | None:
    """The records of the catalogue that satisfy the condition, or those that do not; None for too many."""
    target = node.path.objects[1]
    own: Node = replace(node, path=Path((target,), (), node.path.field, node.path.part))
    build = compiler(target)
    where = conditions(build, target, own if fits else Not(own))
    found = rows(f'SELECT {build.alias}."id" {build.source()} WHERE {where} LIMIT {MOST_IDS + 1}', build.params)
    return None if len(found) > MOST_IDS else tuple(line[0] for line in found)


# -- measures ------------------------------------------------------------------------------------------------------------
def measured(build: Compiler, measure: Measure) -> tuple[str, str]:
    """A measure over a cut as two columns: the figure, and how many values are behind it."""
    if measure.path is None:
        count = f'COALESCE(sum({build.alias}."n"), 0)'
        return count, count
    column = _column(measure.path.field)
    behind = f'sum({build.alias}."{column}_n")'
    return f'CASE WHEN {behind} > 0 THEN sum({build.alias}."{column}") END', behind


def _column(one: FieldSpec) -> str:
    return one.key + part_of(one).suffix


# -- upkeep --------------------------------------------------------------------------------------------------------------
def fold(spec: ObjectSpec, most: int = MOST_FACTS) -> bool:
    """Bring the noted facts of an object into its cells when more than ``most`` wait; answers whether it did."""
    tables = CubeTables(spec)
    found = row(f'SELECT count(*) FROM (SELECT 1 FROM "{tables.facts}" LIMIT {most + 1}) x')
    if found is None or found[0] <= most:
        return False
    with write_transaction():
        tables.fold()
    return True


def check_cubes(repair: bool = False) -> list[str]:
    """Add every cube up anew from its records and name what differed; with ``repair`` it is made anew."""
    problems: list[str] = []
    for spec in registry:
        if spec.cube is None:
            continue
        tables = CubeTables(spec)
        wrong: Any = sum(tables.wrong(cut) for cut in spec.cube.cuts)
        if wrong:
            problems.append(f"{spec.key}: {wrong}")
            if repair:
                remake(spec)
    return problems
