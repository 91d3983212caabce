"""Counting and summing records by groups, under the same scope and rights as reading them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, TooWide
from zhike.kernel.words import _
from zhike.query.measures import parse_by, parse_measures
from zhike.query.periods import bucket_label
from zhike.query.sql import Compiler, bucket_sql
from zhike.query.tree import Grouping, Measure, Node, Or, Path
from zhike.records.asking import (
    ActorResolver,
    beyond,
    compiler,
    conditions,
    in_archive,
    in_sight,
    masked_on,
    question,
    state,
    united,
    visible,
)
from zhike.records.company.settings import setting_for
from zhike.records.cubes import answering, measured
from zhike.records.long_answers import QUESTIONS, Question, answered
from zhike.records.titles import titles_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import TookTooLong, from_db, is_postgres, rows, within_seconds
from zhike.store.ids import steady
from zhike.store.plan import part_of

MOST_GROUPS = 5000
MOST_FEW = 10_001  # as many as a list counts, and one
CENT = Decimal("0.01")
AVERAGE = Decimal("0.0001")


class _Statement(NamedTuple):
    """``cells``: it reads cells only, and is quick."""

    sql: str
    params: list[Any]
    cells: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One group: raw keys (ids, option keys, first days of periods), their labels (None: empty), and measured values."""

    keys: tuple[Any, ...]
    labels: tuple[str | None, ...]
    values: tuple[Any, ...]


def aggregate(
    actor: Actor,
    object_key: str,
    by: Sequence[str] = (),
    measures: Sequence[str] = ("count",),
    where: str = "",
    size: int = 1000,
    archived: str = "all",
    *,
    beside: bool = False,
) -> list[dict[str, Any]]:
    """Rows keyed as typed: ``{"stage": "谈判", "count": 3, "sum:amount": "12000.00"}``.

    Groups come in the order of their keys (options and stages in their own order). ``beside``: what takes long is left to a
    job, see :func:`aggregate_raw`. Raises BadQuery, Forbidden."""
    by = tuple(one for one in by if one.strip())
    measures = tuple(one for one in measures if one.strip()) or ("count",)
    groups = aggregate_raw(actor, object_key, by, measures, where, size, archived, beside=beside)
    return [dict(zip((*by, *measures), (*group.labels, *map(_plain, group.values)), strict=True)) for group in groups]


@steady()
def aggregate_raw(
    actor: Actor,
    object_key: str,
    by: Sequence[str] = (),
    measures: Sequence[str] = ("count",),
    where: str = "",
    size: int = 1000,
    archived: str = "all",
    node: Node | None = None,
    seconds: float = 0,
    *,
    beside: bool = False,
    few: bool = False,
) -> list[Group]:
    """The groups with raw keys beside their labels; money and number values as Decimal, counts as int. With ``seconds``
    it is given up after so long: TooWide. With ``beside`` it is left to a job: StillComputing; an answer that was computed
    like that is given for some minutes. ``few``: it is known that no more records are meant than a list counts."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    resolver = ActorResolver(actor)
    groupings = parse_by(tuple(by), spec, resolver) if by else ()
    asked = parse_measures(tuple(measures), spec, resolver) or (Measure("count", None, "count"),)
    _no_masked(actor, groupings, asked)
    groupings = tuple(replace(one, path=in_sight(actor, one.path)) for one in groupings)
    asked = tuple(replace(one, path=in_sight(actor, one.path)) if one.path else one for one in asked)
    setting = setting_for(actor)
    asked_for = [question(actor, spec, where), *([node] if node is not None else [])]
    nodes = (*asked_for, in_archive(spec, archived))
    scope = beyond(visible(actor, spec), asked_for)
    statement = _statement(spec, groupings, asked, nodes, scope, setting, few=few)
    again = None
    if beside and not statement.cells and node is None:
        args = {
            "object_key": object_key,
            "by": list(by),
            "measures": list(measures),
            "where": where,
            "size": size,
            "archived": archived,
        }
        again = Question(actor, "aggregate", args, _("Figures of {objects}").with_(objects=spec.plural_label))
    try:
        with within_seconds(seconds) if seconds else nullcontext():
            found = answered(again, statement.sql, statement.params)
    except TookTooLong as error:
        text = _("There is too much to add up at once. Add a condition.")
        raise TooWide(text) from error
    if len(found) > MOST_GROUPS:
        raise BadQuery(
            _("This makes more than {n} groups. Group by something coarser, or add a filter.").with_(n=MOST_GROUPS)
        )
    return _groups(actor, groupings, asked, found, setting)[:size]


QUESTIONS["aggregate"] = partial(aggregate_raw, beside=True)


def _no_masked(actor: Actor, groupings: Sequence[Grouping], measures: Sequence[Measure]) -> None:
    for path in [grouping.path for grouping in groupings] + [measure.path for measure in measures if measure.path]:
        if kind_of(path.field).secret and path.part is None and path.field.kind != "address":
            raise BadQuery(_("“{field}” cannot be grouped or measured.").with_(field=path.field.label))
        masked = masked_on(actor, path)
        if masked is not None:
            raise BadQuery(_("“{field}” cannot be grouped or measured.").with_(field=masked.label))


def _statement(
    spec: ObjectSpec,
    groupings: Sequence[Grouping],
    measures: Sequence[Measure],
    nodes: Sequence[Node],
    scope: Node,
    setting: Setting,
    *,
    few: bool,
) -> _Statement:
    """The statement that answers, with its parameters: from cells where a cut knows enough, with what only the table knows
    added to them. ``few``: those within each branch of the scope are found by an index of its own."""
    width = len(groupings)
    grouped = f" GROUP BY {', '.join(str(i + 1) for i in range(width))}" if width else ""
    limit = f"LIMIT {MOST_GROUPS + 1}"

    def added_up(build: Compiler, figures: Iterable[tuple[str, str]], condition: str) -> str:
        keys = [f"{_key_sql(build, one, setting)} AS g{i}" for i, one in enumerate(groupings)]
        named = [f"{one} AS f{i}" for i, one in enumerate(chain.from_iterable(figures))]
        return f"SELECT {', '.join([*keys, *named])} {build.source()} WHERE {condition}{grouped}"

    def of_records(condition: str) -> str:
        return added_up(table, (_measure_sql(table, one) for one in measures), condition)

    table, cube = compiler(spec), answering(spec, groupings, measures, nodes, scope)
    if cube is None:
        nodes = (*nodes, state(spec, "all"))
        condition = _united(table, nodes, scope) if few else conditions(table, spec, *nodes, scope)
        return _Statement(f"{of_records(condition)} {limit}", table.params)
    build = cube.compiler()
    cells = added_up(build, (measured(build, one) for one in measures), conditions(build, spec, *cube.nodes))
    if width:
        cells += f' HAVING sum({build.alias}."n") <> 0'
    if not cube.rest:
        return _Statement(f"{cells} {limit}", build.params, cells=True)
    records = of_records(conditions(table, spec, *cube.rest, state(spec, "all")))
    added = ", ".join([*(f"g{i}" for i in range(width)), *(f"sum(f{i})" for i in range(2 * len(measures)))])
    both = f"({cells} UNION ALL {records}) x"
    return _Statement(f"SELECT {added} FROM {both}{grouped} {limit}", [*build.params, *table.params])


def _united(build: Compiler, nodes: Sequence[Node], scope: Node) -> str:
    """The condition of few records, each branch of the scope asked for by itself."""
    if not isinstance(scope, Or):
        return conditions(build, build.spec, *nodes, scope)
    found, params = united(build.spec, nodes, scope.parts, MOST_FEW)
    build.params += params
    return f't."id" IN ({found})'


def _key_sql(build: Compiler, grouping: Grouping, setting: Setting) -> str:
    expression = build.value(grouping.path)
    if grouping.path.field.kind in ("choices", "links"):
        raise BadQuery(
            _("“{field}” holds several values and cannot be grouped by.").with_(field=grouping.path.field.label)
        )
    if not grouping.bucket:
        return expression
    if part_of(grouping.path.field).type == "instant":
        expression = local_day(expression, grouping.path, setting.timezone)
    return bucket_sql(expression, grouping.bucket)


def local_day(expression: str, path: Path, timezone: str) -> str:
    """An instant's date in a timezone; the zone's name comes from our own records and is checked for its letters."""
    if not timezone.replace("/", "").replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise BadQuery(_("This is not a time zone: {name}").with_(name=timezone[:40]))
    if is_postgres():
        instant = f"(({expression})::timestamp AT TIME ZONE 'UTC')" if path.field.custom else f"({expression})"
        return f"({instant} AT TIME ZONE '{timezone}')"
    return f"django_datetime_cast_date({expression}, '{timezone}', 'UTC')"


def _measure_sql(build: Compiler, measure: Measure) -> tuple[str, str]:
    """Two columns a measure: the figure, and how many values are behind it (averages are divided exactly in Python)."""
    if measure.path is None:
        return "count(*)", "count(*)"
    column = build.value(measure.path)
    name = "sum" if measure.name in ("sum", "avg") else measure.name
    return f"{name}({column})", f"count({column})"


def _groups(
    actor: Actor,
    groupings: Sequence[Grouping],
    measures: Sequence[Measure],
    found: Sequence[Sequence[Any]],
    setting: Setting,
) -> list[Group]:
    width = len(groupings)
    columns = [[_key(grouping, line[i]) for line in found] for i, grouping in enumerate(groupings)]
    named = [_labels(actor, grouping, column, setting) for grouping, column in zip(groupings, columns, strict=True)]
    groups = []
    for at, line in enumerate(found):
        values = tuple(
            _value(measure, line[width + 2 * i], line[width + 2 * i + 1]) for i, measure in enumerate(measures)
        )
        groups.append(
            Group(
                tuple(c[at] for c in columns),
                tuple(names.get(c[at]) for names, c in zip(named, columns, strict=True)),
                values,
            )
        )
    orders = [_order(grouping, column) for grouping, column in zip(groupings, columns, strict=True)]
    groups.sort(key=lambda group: tuple(order[key] for order, key in zip(orders, group.keys, strict=True)))
    return groups


def _key(grouping: Grouping, scalar: Any) -> Any:
    if scalar is None or grouping.bucket:
        return scalar if not isinstance(scalar, Decimal) else int(scalar)
    type_ = part_of(grouping.path.field, grouping.path.part).type
    return from_db(scalar, type_)


def _labels(actor: Actor, grouping: Grouping, keys: Sequence[Any], setting: Setting) -> dict[Any, str]:
    field, distinct = grouping.path.field, {key for key in keys if key is not None}
    if grouping.bucket:
        return {key: bucket_label(key, grouping.bucket) for key in distinct}
    if field.kind == "link":
        titles = titles_of(actor, {field.to: {int(key) for key in distinct}})
        return {key: titles.get(key) or f"#{key}" for key in distinct}
    if field.kind == "choice":
        options = {option.key: str(option.label) for option in field.options}
        return {key: options.get(key, str(key)) for key in distinct}
    kind = kind_of(field)
    if len(kind.parts) > 1 or grouping.path.part is not None:
        return {key: str(key) for key in distinct}
    return {key: kind.show(kind.from_parts((key,), field), field, setting) for key in distinct}


def _order(grouping: Grouping, keys: Sequence[Any]) -> dict[Any, tuple[int, Any]]:
    """Sort keys: options as declared, stages by position, everything else by value; empty last."""
    field = grouping.path.field
    distinct = [key for key in set(keys) if key is not None]
    place: dict[Any, Any] = {key: key for key in distinct}
    if field.kind == "choice":
        order = {option.key: i for i, option in enumerate(field.options)}
        place = {key: order.get(key, len(order)) for key in distinct}
    elif field.kind == "link" and not grouping.bucket:
        place = _positions(field, distinct)
    return {None: (1, 0), **{key: (0, place[key]) for key in distinct}}


def _positions(field: FieldSpec, ids: Sequence[int]) -> dict[int, Any]:
    target = registry.find(field.to)
    column = (
        '"position"'
        if target is not None and target.field("position") is not None and not target.custom
        else '"title_sort"'
    )
    if target is None or not ids:
        return dict.fromkeys(ids, (0, ""))
    among = ", ".join(str(int(one)) for one in ids)
    found = dict(rows(f'SELECT "id", {column} FROM "{target.table}" WHERE "id" IN ({among})'))
    empty: Any = 0 if column == '"position"' else ""
    return {one: (found.get(one) if found.get(one) is not None else empty, one) for one in ids}


def _value(measure: Measure, figure: Any, behind: Any) -> Any:
    if measure.path is None:
        return int(figure)
    if figure is None:
        return None
    field = measure.path.field
    part = part_of(field, measure.path.part)
    if part.type in ("date", "instant"):
        return from_db(figure, part.type)
    scale = _scale(field)
    if measure.name == "avg":
        return (Decimal(int(figure)) / Decimal(int(behind)) / scale).quantize(AVERAGE, ROUND_HALF_UP)
    exact = Decimal(int(figure)) / scale
    return exact.quantize(CENT) if (field.result or field.kind) == "money" else exact


def _scale(field: FieldSpec) -> Decimal:
    """How many stored units make one shown unit: cents for money, 10^decimals for numbers."""
    kind = kind_of(field)
    name = field.result or field.kind
    if name == "money":
        return Decimal(100)
    if name in ("number", "percent"):
        one = kind.to_parts(Decimal(1), field)[kind.main_index]
        return Decimal(int(one))
    return Decimal(1)


def _plain(value: Any) -> Any:
    """A measured value as JSON carries it: decimals as strings, money with two decimals."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if hasattr(value, "isoformat") else value
