"""Writing, computes: everything the after-image derives from itself before it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from zhike.kernel.errors import Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.rates import rate_on
from zhike.records.draft import Draft, same
from zhike.records.formulas import formula_of
from zhike.records.linking import load_linked, values_of
from zhike.records.settling import settle_own
from zhike.records.shapes import shape_of
from zhike.schema.kinds import Setting
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Money, Ref
from zhike.store.ids import advance, raise_to

ACCOUNT, PARENT = "account", "parent"


def compute(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Fill the drafts' derived fields, in this order: copied account, object computes, what follows from
    lines, money, given numbers, formulas."""
    _copy_account(spec, drafts)
    for step in registry.computes(spec.key):
        load_linked(drafts, step.needs)
        if step.looks_up is not None:
            step.looks_up(drafts)
        for draft in drafts:
            draft.take(step.run(draft))
    settle_own(spec, drafts)
    for draft in drafts:
        for key, value in draft.values.items():
            if isinstance(value, Money) and not spec[key].rollup:
                draft.values[key] = _with_base(act, draft, spec[key], value, setting)
        for field in shape_of(spec).numbers if draft.created else ():
            if value := draft.values.get(field.key):
                _count_past(draft, field, str(value))
    _formulas(spec, drafts, setting)


def number(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Give new records their auto numbers, in the order of the drafts. Comes after the judge, so that a refused one
    leaves no hole."""
    for field in spec.fields:
        fresh = [draft for draft in drafts if draft.created and not draft.values.get(field.key)] if field.number else []
        if not fresh:
            continue
        rule = field.number
        assert rule is not None
        counter, before = _counter(fresh[0], field)
        last = advance(counter, len(fresh))
        for draft, value in zip(fresh, range(last - len(fresh) + 1, last + 1), strict=True):
            draft.values[field.key] = f"{before}{value:0{rule.digits}d}"
        _formulas(spec, fresh, setting)


def carries_account(spec: ObjectSpec) -> bool:
    """Whether records of the object take their account from their parent."""
    return spec.key != ACCOUNT and ACCOUNT in spec.by_key and PARENT in spec.by_key


def _copy_account(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """A record with a parent carries the parent's account, unless one was given."""
    if not carries_account(spec):
        return
    wanted: dict[str, set[int]] = {}
    pending: list[tuple[Draft, Ref]] = []
    for draft in drafts:
        parent = draft.values.get(PARENT)
        if isinstance(parent, Ref) and draft.changed(PARENT) and draft.given.get(ACCOUNT) is None:
            pending.append((draft, parent))
            wanted.setdefault(parent.object, set()).add(parent.id)
    found = {key: values_of(registry.object(key), (ACCOUNT,), ids) for key, ids in wanted.items() if key != ACCOUNT}
    for draft, parent in pending:
        if parent.object == ACCOUNT:
            draft.values[ACCOUNT] = Ref(ACCOUNT, parent.id)
        else:
            draft.values[ACCOUNT] = found[parent.object].get(parent.id, {}).get(ACCOUNT)


def _day_of(draft: Draft, values: Mapping[str, Any], setting: Setting) -> date:
    """The document's own date: its first date field that has a value, else the day it was created."""
    for field in draft.spec.fields:
        if field.kind == "date" and values.get(field.key):
            day: date = values[field.key]
            return min(day, draft.today)
    created: datetime | None = values.get("created")
    return created.astimezone(ZoneInfo(setting.timezone)).date() if created else draft.today


def _with_base(act: Act, draft: Draft, field: FieldSpec, value: Money, setting: Setting) -> Money:
    before = draft.old.get(field.key)
    day = _day_of(draft, draft.values, setting)
    if (
        isinstance(before, Money)
        and same(before, value)
        and before.base is not None
        and day == _day_of(draft, draft.old, setting)
    ):
        return before
    if value.currency == setting.currency or not value.amount:  # nothing is nothing in every currency
        return replace(value, base=value.amount)
    rate = rate_on(value.currency, day)
    if rate is None:
        text = _("There is no exchange rate for {currency} on {day}. Enter one first, or give the amount in {base}.")
        text = text.with_(currency=value.currency, day=day.isoformat(), base=setting.currency)
        if act.historic:
            draft.warnings.append(Problem(text, field.key, "rate"))
        else:
            draft.refuse(text, field.key, "rate")
        return value
    return replace(
        value, base=(value.amount * rate).quantize(Decimal(1).scaleb(-max(2, field.decimals)), ROUND_HALF_UP)
    )


def _counter(draft: Draft, field: FieldSpec) -> tuple[str, str]:
    """The counter's name, and what stands before the digits."""
    rule = field.number
    assert rule is not None
    name = f"number:{draft.spec.key}.{field.key}"
    dated = draft.today.strftime(rule.dated) if rule.dated else ""
    return (f"{name}:{dated}" if rule.yearly else name), rule.prefix + dated


def _count_past(draft: Draft, field: FieldSpec, given: str) -> None:
    """A number that came with the record is never given again."""
    counter, before = _counter(draft, field)
    digits = given[len(before) :]
    if given.startswith(before) and digits.isascii() and digits.isdecimal() and len(digits) < 16:
        raise_to(counter, int(digits))


def _formulas(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Formulas may build on one another: repeat until nothing moves, at most once per formula."""
    fields = shape_of(spec).formulas
    for draft in drafts if fields else ():
        for _round in fields:
            moved = False
            for field in fields:
                value = formula_of(spec, field, setting).value(draft.values.get)
                moved = moved or not same(value, draft.values.get(field.key))
                draft.values[field.key] = value
            if not moved:
                break
