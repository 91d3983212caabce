"""The rules of a handover as rows of a form: object, filter and who gets it; one of them at a time is open, with its
conditions to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import Words, _
from zhike.query.sentence import sentence
from zhike.records.asking import question
from zhike.records.company.settings import setting_for
from zhike.records.handing.rules import ACCOUNT, ALL, ARROW, MOST_RULES, Rule, Target, rules_in
from zhike.records.roles.explaining import department_names
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.list_state import Asked
from zhike.web.generic.rule_conditions import RuleConditions, conditions_of
from zhike.web.links import number_in


@dataclass(frozen=True, slots=True)
class Row:
    """One rule as it is typed; ``to`` is p and a person's id or d and a department's."""

    object: str = ACCOUNT
    where: str = ""
    to: str = ""
    problem: str = ""

    @property
    def by_hand(self) -> int:
        """How many records it names one by one; 0 for a condition."""
        return self.where.count(",") + 1 if self.where.startswith("id in (") else 0


def rows_of(text: str, fallback: ObjectSpec) -> list[Row]:
    """The rows of kept rules; where they cannot be read any more, each line as it stands."""
    try:
        return [Row(one.object, one.where, _said(one.to)) for one in rules_in(text)]
    except Refused:
        lines = [line.rpartition(ARROW)[0].strip() for line in text.splitlines() if line.strip()]
        return [Row(fallback.key, line, "", str(_("This rule cannot be read any more."))) for line in lines]


def _said(to: Target) -> str:
    return f"p{to.person}" if to.person else f"d{to.department}"


def says(row: Row, actor: Actor) -> str:
    """The filter of a row in words; "" for everything, and as it is typed where it cannot be read."""
    spec = registry.find(row.object)
    if spec is None or row.where in ("", ALL):
        return ""
    try:
        return sentence(question(actor, spec, row.where), setting_for(actor))
    except Refused:
        return row.where


def open_conditions(actor: Actor, handover: int, asked: Asked, row: Row) -> RuleConditions:
    """The conditions of the row that is open, as the form sent them or as they are kept."""
    spec = registry.find(row.object) or registry.object(ACCOUNT)
    found = conditions_of(actor, spec, asked, "" if row.where == ALL else row.where)
    return replace(found, home=f"/handovers/{handover}/conditions", form="#open-rule")


def rows_sent(sent: QueryDict, actor: Actor) -> tuple[list[Row], int]:
    """The rows of the form with what was made of the open one, and its place (-1: none is open)."""
    columns = [sent.getlist(key)[:MOST_RULES] for key in ("rule_object", "rule_where", "target")]
    rows = [Row(object_key, where.strip(), to) for object_key, where, to in zip(*columns, strict=False)]
    place = sent.get("open", "")
    at = number_in(place) if place.isdecimal() and number_in(place) < len(rows) else -1
    if at >= 0:
        row = replace(rows[at], object=sent.get("object", rows[at].object))
        where = "" if row.object == ALL else open_conditions(actor, 0, sent, row).where
        rows[at] = replace(row, where=" ".join(where.split()))
    return rows, at


def changed_rows(rows: Sequence[Row], opened: int, act: str, by: str) -> tuple[list[Row], int]:
    """The rows and the open one after a button of the form: add, open.2, close, drop.2, up.2, or split, which makes a row
    of every option of ``by``."""
    found = list(rows)
    name, _dot, place = act.partition(".")
    at = number_in(place) if place.isdecimal() and number_in(place) < len(found) else -1
    if name == "add":
        return [*found, Row()], len(found)
    if name == "open":
        return found, at
    if name == "drop" and at >= 0:
        del found[at]
    elif name == "up" and at > 0:
        found.insert(at - 1, found.pop(at))
    elif name == "split":
        field = next((one for one in places() if one.key == by), None)
        found += [Row(ACCOUNT, f"{by} = {one.key}") for one in (field.options if field else ()) if one.active]
    elif not name:  # a button of the conditions themselves
        return found, opened
    return found, -1


def places() -> list[FieldSpec]:
    """Fields of accounts a package is commonly split by: its choices with an index, such as region and level."""
    spec = registry.object(ACCOUNT)
    return [one for one in spec.fields if one.kind == "choice" and one.index]


def text_of_rows(rows: Sequence[Row], actor: Actor) -> tuple[list[Row], str]:
    """The rows with what is wrong in each, and the text they come to; empty rows are left out."""
    kept = [one for one in rows if one.where or one.to]
    judged, lines = [], []
    for one in kept:
        target = _target(one.to)
        if target is None:
            judged.append(replace(one, problem=str(_("Choose who gets it."))))
            continue
        line = Rule(one.object, "" if one.where == ALL else one.where.replace("\n", " "), target).text
        try:
            rules_in(line, actor)
        except Invalid as error:
            judged.append(replace(one, problem=str(_inner(error))))
            continue
        judged.append(one)
        lines.append(line)
    return judged, "\n".join(lines)


def _inner(error: Invalid) -> Words | str:
    """What is wrong without the number of the rule: it stands beside the row."""
    text = error.problems[0].text
    found: Words | str = text.params.get("problem", text)
    return found


def _target(text: str) -> Target | None:
    id_ = int(text[1:]) if text[1:].isdigit() else 0
    if text[:1] == "p" and id_ in people().persons:
        return Target(person=id_)
    return Target(department=id_) if text[:1] == "d" and id_ in department_names() else None


def recipients(leaver: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """People and departments to choose from, by name."""
    persons = [one for one in people().persons.values() if one.active and one.login and one.id != leaver]
    names = sorted(department_names().items(), key=lambda one: one[1])
    return sorted(((one.id, one.name) for one in persons), key=lambda one: one[1]), names
