"""What a declaration would be before it is made: a key from its name, its spec, and what it shows on real records."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import BadQuery, Invalid, Problem, Refused
from zhike.query.formula import parse_formula
from zhike.records.company.settings import setting_for
from zhike.records.declaring.customise import RESERVED, require_administrator
from zhike.records.declaring.declaring import check_derived, settle_decimals, wrong_default, wrong_in_field
from zhike.records.derived import computed
from zhike.records.linking import values_of
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.customs import field_of
from zhike.store.pinyin import readings

LONGEST = 30
SAMPLES = 3
LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """What a derived field would show on one record."""

    id: int
    title: str
    value: Any


@dataclass(frozen=True, slots=True)
class Draft:
    """A declaration being written: its spec (None while it cannot be read), what is wrong, values on sample records."""

    field: FieldSpec | None
    problems: tuple[Problem, ...] = ()
    samples: tuple[Sample, ...] = ()


def suggest_key(label: Any, taken: Container[str], otherwise: str = "field") -> str:
    """A key made of the English label, else of the syllables of the Chinese one, that is not taken yet."""
    texts = label if isinstance(label, Mapping) else {"en": label}
    for language in ("en", "zh-hans"):
        key = _key_of(str(texts.get(language) or ""))
        if key:
            break
    else:
        key = otherwise
    number, tried = 1, key
    while tried in taken or tried in RESERVED:
        number += 1
        tried = f"{key}_{number}"
    return tried


def _key_of(text: str) -> str:
    known = readings() if not text.isascii() else {}
    spelt = "".join(f" {known[one].syllables[0]} " if one in known else one for one in text)
    plain = re.sub(r"[^a-z0-9]+", "_", spelt.lower().replace("ü", "v")).strip("_")
    cut = plain if len(plain) <= LONGEST else plain[: LONGEST + 1].rpartition("_")[0] or plain[:LONGEST]
    return cut if cut[:1].isalpha() else f"n_{cut}" if cut else ""


def draft_field(actor: Actor, object_key: str, key: str, body: Mapping[str, Any]) -> Draft:
    """Judge a field's declaration as if it were made, without making it; formulas and roll-ups are worked out on the
    newest records the actor sees, those that have a value first."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    facts = {name: one for name, one in body.items() if one not in (None, "", [], {})}
    problems = wrong_in_field(facts)
    if problems:
        return Draft(_leniently(key, facts), tuple(problems))
    settle_decimals(spec, facts)
    made = field_of(key, "f0", dict(facts))
    problems = wrong_default(made)
    try:
        check_derived(spec, made)
    except Invalid as refused:
        return Draft(made, (*problems, *refused.problems))
    samples = _samples(actor, spec, made) if made.formula or made.rollup else ()
    return Draft(made, tuple(problems), samples)


def _leniently(key: str, facts: Mapping[str, Any]) -> FieldSpec | None:
    """The spec of a declaration that is not complete yet, good enough to be looked at; None without a known kind."""
    known = {
        name: one for name, one in facts.items() if name in ("label", "kind", "hint", "required", "unit", "options")
    }
    if any(problem.field in ("kind", "options") for problem in wrong_in_field({"label": "-", **known})):
        return None
    return field_of(key, "f0", {"label": "…", **known})


def _samples(actor: Actor, spec: ObjectSpec, made: FieldSpec) -> tuple[Sample, ...]:
    try:
        page = read(actor, Query(spec.key, columns=(spec.title,), size=LOOKED_AT, count=False))
    except Refused:
        return ()
    ids = [record.id for record in page.rows]
    if not ids:
        return ()
    values = computed(spec, made, ids) if made.rollup else _worked_out(spec, made, ids)
    found = [Sample(record.id, record.title, values.get(record.id)) for record in page.rows]
    telling = [one for one in found if one.value not in (None, 0)]
    return tuple((telling + [one for one in found if one not in telling])[:SAMPLES])


def _worked_out(spec: ObjectSpec, made: FieldSpec, ids: list[int]) -> dict[int, Any]:
    try:
        formula = parse_formula(made.formula, spec, setting_for(SYSTEM), made)
    except BadQuery:
        return {}
    return {id_: formula.value(held.get) for id_, held in values_of(spec, sorted(formula.inputs), ids).items()}
