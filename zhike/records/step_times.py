"""How far records come along their path and how long they stay on each step, under the same rights as counting them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from zhike.access.rights import field_right, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.records.asking import compiler, conditions, question, state, visible
from zhike.records.long_answers import QUESTIONS, Question, answered
from zhike.records.stays import path_field
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import is_postgres
from zhike.store.ids import steady
from zhike.store.plan import part_sql

DAY = 86400
Asking = Callable[[str, Sequence[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class StepTime:
    """One step: how many records came at least this far, and how many days those that left it had stayed, on average."""

    step: str
    reached: int
    left: int
    days: float | None


@steady()
def step_times(
    actor: Actor, object_key: str, steps: Sequence[str], won: Sequence[str], where: str = "", *, beside: bool = False
) -> tuple[list[StepTime], int]:
    """For the open ``steps`` in their order, over the records that match; and how many of them stand on a step of ``won``.

    Whoever stands on a step of ``won`` came all the way, whatever is known of the way; whoever's way is not known came to the
    first step. ``beside``: what takes long is left to a job. Raises BadQuery, Forbidden, StillComputing."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    field = path_field(spec)
    if field is None or field_right(actor, spec, field) not in ("read", "write"):
        raise BadQuery(_("{objects} have no path.").with_(objects=spec.plural_label))
    if not steps:
        return [], 0
    args = {"object_key": object_key, "steps": list(steps), "won": list(won), "where": where}
    again = Question(actor, "step_times", args, _("Figures of {objects}").with_(objects=spec.plural_label))
    asking = partial(answered, again if beside else None)
    reached, won_count = _reached(actor, spec, field, steps, won, where, asking)
    stays = _stays(actor, spec, steps, where, asking)
    found = []
    for step in steps:
        left, seconds = stays.get(step, (0, None))
        found.append(StepTime(step, reached[step], left, seconds / DAY if seconds is not None and left else None))
    return found, won_count


QUESTIONS["step_times"] = partial(step_times, beside=True)


def _asked(actor: Actor, spec: ObjectSpec, where: str) -> tuple[str, str, list[Any]]:
    """Source, condition and parameters of the records meant."""
    build = compiler(spec)
    condition = conditions(build, spec, question(actor, spec, where), visible(actor, spec), state(spec, "all"))
    return build.source(), condition, build.params


def _reached(
    actor: Actor,
    spec: ObjectSpec,
    field: FieldSpec,
    steps: Sequence[str],
    won: Sequence[str],
    where: str,
    asking: Asking,
) -> tuple[Mapping[str, int], int]:
    source, condition, params = _asked(actor, spec, where)
    here = f"CAST({part_sql('t', field)} AS {'text' if is_postgres() else 'TEXT'})"
    on_path = " ".join("WHEN %s THEN %s" for _step in steps)
    places = [one for place, step in enumerate(steps, start=1) for one in (step, place)]
    on_path += " " + " ".join("WHEN %s THEN %s" for _one in won)
    far = f'max(CASE s."step" {on_path} ELSE 0 END) AS been, max(CASE {here} {on_path} ELSE 0 END) AS here'
    places += [one for step in won for one in (step, len(steps))]
    is_won = f"CASE {here} {' '.join('WHEN %s THEN 1' for _one in won)} ELSE 0 END" if won else "0"
    sql = (
        f"SELECT been, here, won, count(*) FROM (SELECT {far}, max({is_won}) AS won {source}"
        f' LEFT JOIN "store_stay" s ON s."record" = t."id" WHERE {condition} GROUP BY t."id") x GROUP BY been, here, won'
    )
    lines = asking(sql, [*places, *places, *won, *params])
    counted = dict.fromkeys(steps, 0)
    for been, now_at, _is_won, number in lines:
        place = max(1, int(been or 0), int(now_at or 0))
        for step in steps[:place]:
            counted[step] += int(number)
    return counted, sum(int(number) for _been, _here, is_over, number in lines if is_over)


def _stays(
    actor: Actor, spec: ObjectSpec, steps: Sequence[str], where: str, asking: Asking
) -> dict[str, tuple[int, float | None]]:
    """By step: how many stays ended, and how many seconds they lasted on average."""
    source, condition, params = _asked(actor, spec, where)
    if is_postgres():
        length = 'extract(epoch FROM (s."left" - s."entered"))'
    else:
        length = '((julianday(s."left") - julianday(s."entered")) * 86400.0)'
    sql = (
        f'SELECT s."step", count(*), avg({length}) {source} JOIN "store_stay" s ON s."record" = t."id"'
        f' WHERE {condition} AND s."left" IS NOT NULL GROUP BY s."step"'
    )
    known = set(steps)
    return {
        step: (int(number), None if seconds is None else float(seconds))
        for step, number, seconds in asking(sql, params)
        if step in known
    }
