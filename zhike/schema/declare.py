"""What stands beside an object's fields: rules, computes and actions, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhike.kernel.words import Words
from zhike.schema.registry import registry
from zhike.schema.settling import Lock, Tally, Values
from zhike.schema.spec import ActionSpec, Compute, FieldSpec, Hold, Rule


def forbids(object_key: str, where: str, text: Words, field: str = "", name: str = "") -> None:
    """After a save, no record of the object may satisfy ``where``; ``text`` says what to do, ``field`` where to show it."""
    registry.add_rule(Rule(object_key, where, text, field, name))


def holds(object_key: str, where: str, text: Words) -> None:
    """A record of the object that satisfies ``where`` holds itself and whatever it points at: no retention rule takes them
    away; ``text`` says why."""
    registry.add_hold(Hold(object_key, where, text))


def locks(object_key: str, where: str, text: Words, leaves: str = "") -> None:
    """Records of the object that satisfy ``where`` stand as they are; see :class:`Lock`. ``leaves`` names what may change."""
    registry.add_lock(Lock(object_key, where, text, tuple(leaves.split())))


def tallies(
    object_key: str, of: str, via: str, *, fills: str, reads: str, on: str = ""
) -> Callable[[Callable[..., Values]], Callable[..., Values]]:
    """Decorator: a pure function ``run(record, lines)`` that answers the fields which follow from the lines; see
    :class:`Tally`. ``fills``: the fields it answers, ``reads`` and ``on``: those of lines and record it looks at."""

    def keep(run: Callable[[Values, Sequence[Values]], Values]) -> Callable[..., Values]:
        words = (tuple(one.split()) for one in (fills, reads, on))
        registry.add_tally(Tally(object_key, of, via, run, *words))
        return run

    return keep


def computes(
    object_key: str, needs: str = "", looks_up: Callable[..., None] | None = None
) -> Callable[[Callable[..., Mapping[str, Any]]], Callable[..., Mapping[str, Any]]]:
    """Decorator: a pure function of the draft that answers the fields to fill in. ``needs`` names paths over links;
    ``looks_up(drafts)`` puts into ``draft.linked`` what else it has to know, once for the whole batch."""

    def keep(run: Callable[..., Mapping[str, Any]]) -> Callable[..., Mapping[str, Any]]:
        registry.add_compute(Compute(object_key, run, tuple(needs.split()), looks_up))
        return run

    return keep


def action(
    object_key: str, name: str, label: Words, *, inputs: tuple[FieldSpec, ...] = (), **facts: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: ``run(doors, record, inputs)`` becomes a button, a bulk action, an API endpoint and a command."""

    def keep(run: Callable[..., Any]) -> Callable[..., Any]:
        registry.add_action(ActionSpec(object_key, name, label, run, inputs=inputs, **facts))
        return run

    return keep


def entails(object_key: str, field: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: ``run(doors, record)`` follows every update that changes the field, by whatever way it came, as part of the
    same operation. It comes through the outbox, at least once: it looks whether what it does is done already."""

    def keep(run: Callable[..., Any]) -> Callable[..., Any]:
        registry.add_consequence(object_key, field, run)
        return run

    return keep


def asks(key: str, label: Words, kind: str, **facts: Any) -> FieldSpec:
    """An input of an action."""
    return FieldSpec(key, label, kind, **facts)
