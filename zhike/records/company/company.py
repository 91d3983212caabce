"""The company's own facts, changed by an administrator: judged, written, logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden, Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.settings import Company, change_company, company
from zhike.records.company.settings_log import note_setting
from zhike.schema.formats import currencies
from zhike.schema.kinds import ParseError
from zhike.schema.kinds.common import one_line
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import row, run, write_transaction
from zhike.store.plan import own_rows, part_sql

FACTS = ("name", "currency", "country", "timezone", "language")
LANGUAGES = ("zh-hans", "en")
MOST_NAME = 60


def is_administrator(actor: Actor) -> bool:
    """Whether the actor may change how the system works: who may edit roles may."""
    role = registry.find("role")
    return actor.is_system or (role is not None and can(actor, "edit", role))


def require_settings(actor: Actor) -> None:
    """Raise Forbidden unless :func:`is_administrator`."""
    if not is_administrator(actor):
        raise Forbidden(_("Only an administrator can change the settings."))


def set_company(actor: Actor, values: Mapping[str, Any]) -> Company:
    """Change the company's name, currency, country, time zone or language. Raises Invalid naming each wrong one.

    The base currency stays once amounts are stored: each of them is also kept in it."""
    require_settings(actor)
    held = company()
    taken: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, raw in values.items():
        problem = _wrong(key, raw)
        if problem is None:
            taken[key] = raw.strip()
        else:
            problems.append(problem)
    changed = {key: one for key, one in taken.items() if one != getattr(held, key)}
    with write_transaction():
        if "currency" in changed and holds_money():
            text = _("Amounts are stored already, each with its value in {currency}; the base currency stays.")
            problems.append(Problem(text.with_(currency=held.currency), "currency", "in-use"))
        if problems:
            raise Invalid(problems)
        for key, one in changed.items():
            note_setting(actor, f"company.{key}", getattr(held, key), one)
        if "currency" in changed:
            run('DELETE FROM "store_rate"')  # they led to the old base currency
        return change_company(**changed) if changed else held


def holds_money() -> bool:
    """Whether any record has an amount."""
    for spec in registry:
        for one in spec.fields:
            if one.kind == "money" and _any_value(spec, one):
                return True
    return False


def _any_value(spec: ObjectSpec, field: FieldSpec) -> bool:
    only = own_rows(spec) or "(1 = 1)"
    sql = f'SELECT 1 FROM "{spec.table}" t WHERE {only} AND {part_sql("t", field, "")} IS NOT NULL LIMIT 1'
    return row(sql) is not None


def _wrong(key: str, raw: Any) -> Problem | None:
    if key not in FACTS:
        return Problem(_("“{name}” is not a fact of the company.").with_(name=str(key)[:60]), str(key)[:60], "unknown")
    if not isinstance(raw, str) or not raw.strip():
        return Problem(_("Fill in this field."), key, "required")
    text = raw.strip()
    known: Mapping[str, Any] = {"currency": currencies(), "timezone": available_timezones(), "language": LANGUAGES}
    if key == "name":
        try:
            one_line(text, MOST_NAME)
        except ParseError as error:
            return Problem(error.text, key)
        return None
    if key == "country":
        good = len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()
        return None if good else Problem(_("Give the country by its two letters, such as CN."), key)
    return None if text in known[key] else Problem(_("“{value}” is not known here.").with_(value=text[:60]), key)
