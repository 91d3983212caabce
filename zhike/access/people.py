"""A snapshot of people, departments, roles and rights, reloaded when any of them changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows
from zhike.store.ids import renew, stamp
from zhike.store.plan import RowPlan

PEOPLE_OBJECTS = frozenset({"user", "department", "role", "grant", "field_right"})
RIGHTS = ("read", "create", "edit", "delete", "export", "import", "transfer", "bulk")
REACHES = ("none", "own", "department", "subtree", "all")
STAMP = "stamp:people"


@dataclass(frozen=True, slots=True)
class Person:
    """One user as rights see them."""

    id: int
    name: str
    login: str
    active: bool
    department: int | None
    manager: int | None
    roles: tuple[int, ...]
    language: str
    timezone: str


@dataclass
class People:
    """Everything rights are decided from, at one stamp."""

    stamp: int
    persons: dict[int, Person] = field(default_factory=dict)
    parents: dict[int, int | None] = field(default_factory=dict)
    grants: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)  # (role, object or *) → right → reach
    fields: dict[tuple[int, str, str], str] = field(default_factory=dict)  # (role, object, field) → hidden…write
    _below: dict[int, frozenset[int]] = field(default_factory=dict)

    def departments_below(self, department: int) -> frozenset[int]:
        """The department and every one under it."""
        if department not in self._below:
            found = {department}
            grew = True
            while grew:
                more = {child for child, parent in self.parents.items() if parent in found} - found
                grew = bool(more)
                found |= more
            self._below[department] = frozenset(found)
        return self._below[department]

    def departments_above(self, department: int | None) -> tuple[int, ...]:
        """The department and those it belongs to, nearest first."""
        chain: list[int] = []
        while department is not None and department not in chain:
            chain.append(department)
            department = self.parents.get(department)
        return tuple(chain)

    def by_login(self, login: str) -> Person | None:
        """The person with this login, compared without case."""
        wanted = login.strip().casefold()
        return next((one for one in self.persons.values() if one.login.casefold() == wanted), None)


_lock = threading.Lock()
_held: dict[str, People] = {}


def people() -> People:
    """The snapshot of now; costs one small query a door when nothing changed."""
    newest = stamp(STAMP)
    held = _held.get("now")
    if held is not None and held.stamp == newest:
        return held
    with _lock:
        held = _held.get("now")
        if held is None or held.stamp != newest:
            held = _held["now"] = _load(newest)
        return held


def people_changed() -> None:
    """Called inside the transaction that changes one of :data:`PEOPLE_OBJECTS`."""
    renew(STAMP)


def forget_people() -> None:
    """Drop the snapshot (after the database was replaced, as tests do)."""
    _held.clear()


def _all(spec: ObjectSpec, *keys: str) -> list[tuple[int, dict[str, Any]]]:
    fields = [spec[key] for key in keys]
    plan = RowPlan(spec, fields)
    found = rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."trashed" IS NULL ORDER BY t."id"', ())
    return [(line[0], plan.decode(line, lambda _id, _vault: None)[4]) for line in found]


def _load(at: int) -> People:
    loaded = People(at)
    if registry.find("user") is None:
        return loaded
    for id_, values in _all(registry.object("department"), "parent"):
        loaded.parents[id_] = values["parent"].id if values["parent"] else None
    wanted = ("name", "login", "active", "department", "manager", "roles", "language", "timezone")
    for id_, one in _all(registry.object("user"), *wanted):
        loaded.persons[id_] = Person(
            id=id_,
            name=one["name"] or "",
            login=one["login"] or "",
            active=one["active"] is not False,
            department=one["department"].id if one["department"] else None,
            manager=one["manager"].id if one["manager"] else None,
            roles=tuple(ref.id for ref in one["roles"] or ()),
            language=one["language"] or "zh-hans",
            timezone=one["timezone"] or "Asia/Shanghai",
        )
    for _id, one in _all(registry.object("grant"), "role", "object", *RIGHTS):
        if one["role"]:
            loaded.grants[(one["role"].id, one["object"] or "*")] = {right: one[right] or "none" for right in RIGHTS}
    for _id, one in _all(registry.object("field_right"), "role", "object", "field", "right"):
        if one["role"]:
            loaded.fields[(one["role"].id, one["object"], one["field"])] = one["right"] or "write"
    return loaded
