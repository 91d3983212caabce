"""Roles to begin with: whoever looks without changing, inside or from outside the company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhike.access.people import RIGHTS
from zhike.kernel.words import Words, _
from zhike.records.roles.table import AUDIT, OTHERS, RoleTable
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ScopeKind

RULING = frozenset({"role", "grant", "field_right", "sharing_rule", "retention_rule"})
OWN_THINGS = ("read", "create", "edit", "delete")  # private until shared: everybody keeps their own


@dataclass(frozen=True, slots=True)
class Preset:
    """A role as it can be begun with: its words, and what it may do in this installation."""

    name: str
    label: Words
    about: Words
    table: Callable[[], RoleTable]


def preset(name: str) -> Preset | None:
    """The preset of this name."""
    return next((one for one in PRESETS if one.name == name), None)


def _whole(**rights: str) -> dict[str, str]:
    return {right: rights.get(right, "none") for right in RIGHTS}


def _looking_on() -> RoleTable:
    """The department and those below, to read; what everybody shares, to read; what is one's own, to keep."""
    table = RoleTable({OTHERS: _whole()})
    for spec in registry:
        if spec.scope.kind is ScopeKind.AUDIENCE or spec.key == "stand_in":
            table.grants[spec.key] = _whole(**dict.fromkeys(OWN_THINGS, "own"))
        elif spec.scope.kind is ScopeKind.OPEN:
            if spec.key not in RULING:
                table.grants[spec.key] = _whole(read="all")
        else:
            table.grants[spec.key] = _whole(read="subtree")
    return table


def _auditing() -> RoleTable:
    """Everything, roles and rights included, to read; nothing to change; secrets masked, with no way to open them."""
    table = RoleTable({OTHERS: _whole(read="all"), AUDIT: _whole(read="all")})
    for spec in registry:
        for field in spec.fields:
            if kind_of(field).secret:
                table.fields[(spec.key, field.key)] = "masked"
    return table


PRESETS = (
    Preset(
        "looking_on",
        _("Manager who looks on"),
        _("Sees all business of the department and those below, and changes nothing"),
        _looking_on,
    ),
    Preset(
        "auditor",
        _("External auditor"),
        _("Reads everything, the audit log included; changes nothing, takes nothing away, sees secrets masked"),
        _auditing,
    ),
)
