"""A snapshot of people, departments, roles and rights, reloaded when any of them changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from zhike.kernel.clock import now
from zhike.kernel.networks import Network, networks_in
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows
from zhike.store.ids import renew, stamp
from zhike.store.plan import RowPlan

PEOPLE_OBJECTS = frozenset({"user", "department", "role", "grant", "field_right", "sharing_rule", "stand_in"})
RIGHTS = ("read", "create", "edit", "delete", "export", "import", "transfer", "bulk")
REACHES = ("none", "own", "department", "subtree", "all")
STAMP = "stamp:people"

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Rule:
    """A sharing rule: who (people, departments with those below, roles) sees or edits the records a filter finds."""

    id: int
    name: str
    object: str
    where: str
    right: str
    people: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody who stands in for somebody absent: from one day through another, for some rights."""

    id: int
    absent: int
    deputy: int
    first: date
    last: date
    rights: frozenset[str]

    def covers(self, right: str, day: date) -> bool:
        """Whether it gives a right on a day."""
        return right in self.rights and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Demands:
    """What a role asks of those who have it: a second step to sign in, and networks to work from (none: anywhere)."""

    second_step: bool = False
    networks: tuple[Network, ...] = ()


@dataclass
class People:
    """Everything rights are decided from, at one stamp."""

    stamp: int
    persons: dict[int, Person] = field(default_factory=dict)
    parents: dict[int, int | None] = field(default_factory=dict)
    grants: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)  # (role, object or *) → right → reach
    fields: dict[tuple[int, str, str], str] = field(default_factory=dict)  # (role, object, field) → hidden…write
    rules: tuple[Rule, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    demands: dict[int, Demands] = field(default_factory=dict)  # role → what it asks for, where it asks for something
    _below: dict[int, frozenset[int]] = field(default_factory=dict)
    _known: tuple[Hashable, dict[Hashable, Any]] = field(default=(None, {}), init=False)

    def once(self, asked: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` finds out from this state of things, the declarations and the clock alone; worked out again when
        the declarations change, and every minute: standing in and sharing rules go by days."""
        of = (registry.generation, now().replace(second=0, microsecond=0))
        held = self._known
        if held[0] != of:
            held = self._known = (of, {})
        if asked not in held[1]:
            held[1][asked] = work()
        found: T = held[1][asked]
        return found

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
_supposed: ContextVar[People | None] = ContextVar("supposed_people", default=None)


@contextmanager
def supposing(snapshot: People) -> Iterator[None]:
    """Within the block rights are decided as if this were the state of things; nothing is written."""
    token = _supposed.set(snapshot)
    try:
        yield
    finally:
        _supposed.reset(token)


def people() -> People:
    """The snapshot of now; costs one small query a door when nothing changed."""
    supposed = _supposed.get()
    if supposed is not None:
        return supposed
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
    for id_, one in _all(registry.object("role"), "second_step", "networks"):
        if one["second_step"] or one["networks"]:
            loaded.demands[id_] = Demands(bool(one["second_step"]), networks_in(one["networks"] or ""))
    for _id, one in _all(registry.object("grant"), "role", "object", *RIGHTS):
        if one["role"]:
            loaded.grants[(one["role"].id, one["object"] or "*")] = {right: one[right] or "none" for right in RIGHTS}
    for _id, one in _all(registry.object("field_right"), "role", "object", "field", "right"):
        if one["role"]:
            loaded.fields[(one["role"].id, one["object"], one["field"])] = one["right"] or "write"
    loaded.rules = _rules()
    loaded.stand_ins = _stand_ins()
    return loaded


def _ids(refs: Any) -> frozenset[int]:
    return frozenset(ref.id for ref in refs or ())


def _rules() -> tuple[Rule, ...]:
    keys = ("name", "object", "where", "right", "persons", "departments", "roles", "active")
    return tuple(
        Rule(
            id_, one["name"] or "", one["object"] or "", one["where"] or "", one["right"] or "read",
            _ids(one["persons"]), _ids(one["departments"]), _ids(one["roles"]),
        )
        for id_, one in _all(registry.object("sharing_rule"), *keys)
        if one["active"] is not False
    )  # fmt: skip


def _stand_ins() -> tuple[StandIn, ...]:
    return tuple(
        StandIn(
            id_,
            one["absent"].id,
            one["deputy"].id,
            one["first"],
            one["last"],
            frozenset({"read", *(one["rights"] or ())}),
        )
        for id_, one in _all(registry.object("stand_in"), "absent", "deputy", "first", "last", "rights")
        if one["absent"] and one["deputy"] and one["first"] and one["last"]
    )
