"""Rules of automatic numbers, shipped and own: what a number looks like, what the next one is, where counting goes on.

Numbers are taken inside the saving transaction, after everything was judged: a refused save leaves no hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import today
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.company.settings import company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.customise import change_field
from zhike.records.declaring.declaring import wrong_in_field
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, NumberRule, ObjectSpec
from zhike.store.customs import NUMBERS, schema_changed
from zhike.store.database import rows, write_transaction
from zhike.store.ids import counter, raise_to
from zhike.store.plan import own_rows, part_sql

FACTS = ("prefix", "dated", "digits", "yearly")
LARGEST = 10**12
MOST_DIGITS = 12


def numbered() -> list[tuple[ObjectSpec, FieldSpec]]:
    """Every field that numbers its records by itself."""
    registry.refresh()
    return [(spec, one) for spec in registry for one in spec.fields if one.kind == "auto_number" and one.number]


def numbered_field(object_key: str, field_key: str) -> tuple[ObjectSpec, FieldSpec]:
    """One of :func:`numbered`. Raises NotFound."""
    registry.refresh()
    spec = registry.object(object_key)
    field = spec.field(field_key)
    if field is None or field.number is None:
        raise NotFound()
    return spec, field


def read_rule(raw: Mapping[str, Any]) -> NumberRule:
    """A rule as a form or a program gives it. Raises Invalid."""
    facts = {name: one for name, one in raw.items() if one is not None}
    body = {"label": "-", "kind": "auto_number", "number": facts}
    unknown = [name for name in facts if name not in FACTS]
    digits = facts.get("digits", MOST_DIGITS)
    if not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise Invalid(Problem(_("The digits are a whole number from 1 to {n}.").with_(n=MOST_DIGITS), "digits"))
    problems = wrong_in_field(body)
    if problems or unknown:
        text = _("An automatic number has a prefix, a dated part such as %Y%m, 1 to 12 digits, and counts anew or on.")
        raise Invalid(Problem(text, unknown[0] if unknown else "number"))
    if facts.get("yearly") and not facts.get("dated"):
        text = _("To count anew, the number needs a date: else the same number would come twice.")
        raise Invalid(Problem(text, "yearly"))
    return NumberRule(**facts)


def next_number(
    spec: ObjectSpec, field: FieldSpec, rule: NumberRule | None = None, on: date | None = None, from_: int = 0
) -> str:
    """The number the next record gets under a rule (the present one if none is given), taking none; ``from_``: counting
    goes on there, if that is higher."""
    rule = rule or field.number
    assert rule is not None
    before, held = _before(rule, on), counter(_counter(spec, field, rule, on))
    last = held if rule == field.number else max(held, _highest(spec, field, before))
    return f"{before}{max(last + 1, from_):0{rule.digits}d}"


def set_rule(
    actor: Actor, object_key: str, field_key: str, raw: Mapping[str, Any], next_one: int | None = None
) -> NumberRule:
    """Number new records by this rule; those there are keep theirs. Counting goes on above every number that would come
    again, or from ``next_one`` when that is higher. Raises Invalid, NotFound, Forbidden."""
    require_settings(actor)
    spec, field = numbered_field(object_key, field_key)
    rule = read_rule(raw)
    name, before = _counter(spec, field, rule), _before(rule)
    with write_transaction():
        least = max(counter(name), _highest(spec, field, before))
        if next_one is not None and not least < next_one < LARGEST:
            text = _("The next number must be above {n}, the last one given.").with_(n=least)
            raise Invalid(Problem(text, "next"))
        raise_to(name, least if next_one is None else next_one - 1)
        if not field.custom and rule != field.number:
            held = dict(kept(NUMBERS, {}))
            where = f"{spec.key}.{field.key}"
            note_setting(actor, f"number.{where}", asdict(field.number) if field.number else None, asdict(rule))
            keep(NUMBERS, {**held, where: asdict(rule)})
            schema_changed()
    if field.custom and rule != field.number:
        change_field(actor, object_key, field_key, {"number": asdict(rule)})
    registry.refresh()
    return rule


def _before(rule: NumberRule, on: date | None = None) -> str:
    day = on or today(company().timezone)
    return rule.prefix + (day.strftime(rule.dated) if rule.dated else "")


def _counter(spec: ObjectSpec, field: FieldSpec, rule: NumberRule, on: date | None = None) -> str:
    """The counter's name, as the writing door has it."""
    day = on or today(company().timezone)
    name = f"number:{spec.key}.{field.key}"
    return f"{name}:{day.strftime(rule.dated) if rule.dated else ''}" if rule.yearly else name


def _highest(spec: ObjectSpec, field: FieldSpec, before: str) -> int:
    """The highest number given so far that begins like this and goes on with digits only; 0 when there is none."""
    column, only = part_sql("t", field), own_rows(spec) or "(1 = 1)"
    found = rows(
        f'SELECT max(length({column})) FROM "{spec.table}" t WHERE {only} AND {column} >= %s AND {column} < %s',
        (before + "0", before + ":"),  # the character after 9
    )
    longest = found[0][0] if found else None
    while longest and longest > len(before):
        highest = rows(
            f'SELECT {column} FROM "{spec.table}" t WHERE {only} AND {column} >= %s AND {column} < %s'
            f" AND length({column}) = %s ORDER BY {column} DESC LIMIT 1000",
            (before + "0", before + ":", longest),
        )
        for (text,) in highest:
            digits = text[len(before) :]
            if digits.isascii() and digits.isdecimal() and len(digits) <= 12:
                return int(digits)
        longest -= 1
    return 0
