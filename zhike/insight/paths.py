"""How many records came how far along their path, what share went on from step to step, and how long they stayed."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.insight.steps import first_line, line_field, steps_of
from zhike.insight.tiles import Answer, Asked, Narrowed, both, narrowed
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused, StillComputing
from zhike.kernel.words import _
from zhike.records.step_times import step_times
from zhike.schema.registry import registry


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of the way: how many came this far (``where`` finds exactly them), what share of those one step before that
    is (percent; None for the first), how many days a stay lasted on average (None: not known), and whether that is longer
    than usual."""

    label: str
    reached: int
    share: float | None
    days: float | None
    slow: bool
    where: str = ""


def path_answer(actor: Actor, asked: Asked, page: Narrowed) -> Answer:
    """The path of an object over the records the page is narrowed to."""
    spec = registry.object(asked.object)
    where = narrowed(spec, asked, page)
    try:
        line = page.pipeline or first_line(actor, spec)
        steps = steps_of(actor, spec, line)
        target = registry.find(spec[spec.path].to) if spec.path and spec[spec.path].kind == "link" else None
        parent = line_field(target) if target else None
        within = f"{spec.path}.{parent.key} = {line}" if parent is not None and line else ""
        opened = [one for one in steps if one.outcome == "open"]
        won = [one for one in steps if one.outcome == "won"]
        found, closed = step_times(
            actor, spec.key, [one.value for one in opened], [one.value for one in won], both(where, within), beside=True
        )
    except StillComputing as computing:
        return Answer(asked, where=where, waiting=computing.job)
    except Refused as refused:
        return Answer(asked, where=where, problem=refused.problems[0].text)
    told, before, where = [], 0, both(where, within)
    for place, (step, one) in enumerate(zip(opened, found, strict=True)):
        share = one.reached * 100 / before if before else None
        slow = bool(step.usual and one.days is not None and one.days > step.usual)
        onwards = ", ".join(later.typed for later in (*opened[place:], *won))
        told.append(
            PathStep(
                step.label,
                one.reached,
                share,
                one.days,
                slow,
                both(where, f"{spec.path} reached ({onwards})" if place else ""),
            )
        )
        before = one.reached
    if won and told:
        share = closed * 100 / before if before else None
        at = both(where, " or ".join(f"{spec.path} = {one.typed}" for one in won))
        told.append(PathStep(won[0].label, closed, share, None, False, at))
    count = told[0].reached if told else 0
    text = _("{won} of {all} won").with_(won=f"{closed:,}", all=f"{count:,}")
    return Answer(asked, where=where, count=count, more=(tuple(told), text if won else None))
