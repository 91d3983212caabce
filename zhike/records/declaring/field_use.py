"""Where a field is used, how many records hold a value of it, and what its index takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhike.kernel.words import Words, _
from zhike.query.formula_grammar import words_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import is_postgres, row, rows
from zhike.store.plan import own_rows, part_of, part_sql

MOST_COUNTED = 10_000
ENTRY_BYTES = 24
"""What an index entry takes beside its value: record id, links and headers, measured on both databases."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a field: of which sort (form, list, board, …) and in which place; ``firm`` ones must go before it."""

    sort: str
    text: Words
    firm: bool = False


def uses_of(spec: ObjectSpec, field: FieldSpec) -> list[Use]:
    """Everything declared that names the field: its object's pages, rules, formulas and roll-ups of any object."""
    return [*_in_pages(spec, field.key), *_in_rules(spec, field.key), *_in_derived(spec, field.key)]


def _in_pages(spec: ObjectSpec, key: str) -> list[Use]:
    found = [Use("form", _("Form: {section}").with_(section=tab.label)) for tab in spec.form if key in tab.fields]
    if key == spec.title:
        found.append(Use("title", _("Names the records"), firm=True))
    for place, keys in (
        (Use("list", _("List column")), spec.columns),
        (Use("highlights", _("Highlights")), spec.highlights),
        (Use("phone", _("Row on the phone")), spec.phone),
        (Use("scope", _("Decides who sees a record")), (*spec.scope.parents, *spec.scope.people)),
    ):
        if key in keys:
            found.append(place)
    if spec.board is not None and key in (spec.board.by, spec.board.total, *spec.board.card):
        found.append(Use("board", _("Board"), firm=key == spec.board.by))
    if any(key in one.fields for one in spec.compared):
        found.append(Use("same", _("Finds records that may already exist")))
    return found


def _in_rules(spec: ObjectSpec, key: str) -> list[Use]:
    word = re.compile(rf"(?<![\w.]){re.escape(key)}\b")
    return [
        Use("rule", _("Rule: {text}").with_(text=rule.text))
        for rule in registry.rules(spec.key)
        if word.search(rule.forbids)
    ]


def _in_derived(spec: ObjectSpec, key: str) -> list[Use]:
    word = re.compile(rf"(?<!\w){re.escape(key)}\b")
    found = []
    for other in registry:
        for one in other.fields:
            named = other is spec and one.formula and key in words_of(one.formula, spec)
            said = one.rollup if one.rollup and one.rollup.object == spec.key else None
            if said and (key in (said.via, said.measure.partition(":")[2]) or word.search(said.where)):
                named = True
            if named:
                text = _("Formula: {field}") if one.formula else _("Roll-up: {field} of {object}")
                found.append(Use("derived", text.with_(field=one.label, object=other.label), firm=True))
    return found


def values_held(spec: ObjectSpec, field: FieldSpec) -> tuple[int, bool]:
    """How many records hold a value, the trash included, counted up to 10,000; whether there are more."""
    only = own_rows(spec) or "(1 = 1)"
    if field.kind in ("links", "any_link") or (field.kind == "link" and field.custom):
        sql = (
            'SELECT count(*) FROM (SELECT DISTINCT x."source" FROM "store_linkrow" x WHERE x."object" = %s'
            ' AND x."field" = %s LIMIT %s) held'
        )
        found = row(sql, (spec.key, field.slot or field.key, MOST_COUNTED + 1))
    else:
        suffix = kind_of(field).parts[0].suffix
        column = part_sql("t", field, suffix)
        sql = (
            f'SELECT count(*) FROM (SELECT 1 FROM "{spec.table}" t WHERE {only} AND {column} IS NOT NULL LIMIT %s) held'
        )
        found = row(sql, (MOST_COUNTED + 1,))
    count = int(found[0]) if found else 0
    return min(count, MOST_COUNTED), count > MOST_COUNTED


def can_have_index(field: FieldSpec) -> bool:
    """Whether lists can filter and sort by the field with an index of its own."""
    kind = kind_of(field)
    return kind.indexable and not kind.secret and kind.stored and part_of(field).type != "long"


def index_bytes(spec: ObjectSpec, field: FieldSpec) -> tuple[int, bool]:
    """What the field's index takes or would take in bytes; True when measured, False when reckoned from a thousand
    values. On SQLite sizes are always reckoned."""
    if not can_have_index(field):
        return 0, False
    if is_postgres() and (field.index or field.unique):
        stem = f"zk_{spec.key}_{field.key}"[:48].replace("_", "\\_")
        found = rows(
            "SELECT pg_relation_size(c.oid) FROM pg_class c WHERE c.relkind = 'i' AND c.relname LIKE %s",
            (stem + "\\_%",),
        )
        if found:
            return sum(int(line[0]) for line in found), True
    count, _more = values_held(spec, field)
    return count * (_usual_length(spec, field) + ENTRY_BYTES), False


def _usual_length(spec: ObjectSpec, field: FieldSpec) -> int:
    if part_of(field).type != "text":
        return 8
    only = own_rows(spec) or "(1 = 1)"
    column = part_sql("t", field)
    found = row(
        f'SELECT avg(length(v.held)) FROM (SELECT {column} AS held FROM "{spec.table}" t WHERE {only}'
        f" AND {column} IS NOT NULL LIMIT 1000) v"
    )
    return int(found[0] or 0) if found else 0
