"""A record on its way through the writing door: what it was, what was asked, what it will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhike.kernel.changes import Command
from zhike.kernel.errors import Problem, Refused
from zhike.kernel.words import Words
from zhike.schema.kinds import Sealer
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import FileRef, Money, Ref


@dataclass
class Draft:
    """One command being carried out. ``values`` is the after-image; ``old`` the before-image (empty for a new record).

    Rules and computes read it like a mapping: ``draft["stage"]`` is the canonical value, ``draft["stage.outcome"]`` a value
    of the linked record (declared in ``needs``)."""

    spec: ObjectSpec
    command: Command
    today: date
    now: datetime
    actor_id: int
    timezone: str = "UTC"
    id: int = 0
    version: int = 0
    created: bool = False
    old: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    linked: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    bag: dict[str, Any] = field(default_factory=dict)
    vault: str | None = None
    sealer: Sealer | None = None
    error: Refused | None = None
    unchanged: bool = False
    replay: int | None = None
    settled: list[str] | None = None

    def __getitem__(self, path: str) -> Any:
        return self.linked.get(path) if "." in path else self.values.get(path)

    def day_of(self, moment: datetime) -> date:
        """The date of an instant where the actor reads it."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def changed(self, key: str) -> bool:
        """Whether this write changes the field (a new record changes every field it has)."""
        value, before = self.values.get(key), self.old.get(key)
        if value is before:
            return False
        if value is None or before is None:
            return True
        return not same(value, before) or _revalued(value, before)

    def changes(self) -> list[str]:
        """Keys of fields that change."""
        if self.settled is not None:
            return self.settled
        if not self.old:
            return [key for key, value in self.values.items() if value is not None]
        return [key for key in self.values if self.changed(key)]

    def settle(self) -> None:
        """The after-image is what will be written: from now on :meth:`changes` is worked out no more."""
        self.settled = None
        self.settled = self.changes()

    def refuse(self, text: Words, key: str = "", code: str = "invalid", value: Any = None) -> None:
        """Note a problem; the write will be refused with all of them."""
        self.problems.append(Problem(text, key, code, value))

    def warn(self, text: Words, key: str = "", code: str = "implausible") -> None:
        """Note something to look at; the write goes on."""
        self.warnings.append(Problem(text, key, code))

    def take(self, more: Mapping[str, Any]) -> None:
        """Set fields of the after-image."""
        self.values.update(more)


def _revalued(value: Any, before: Any) -> bool:
    """Whether an amount that stays is worth something else in the base currency (its date moved to another rate)."""
    if not (isinstance(value, Money) and isinstance(before, Money)):
        return False
    return value.base is not None and value.base != before.base


def same(one: Any, other: Any) -> bool:
    """Whether two canonical values are the same fact: titles of links and base values of money do not count."""
    return bool(plain(one) == plain(other))


def plain(value: Any) -> Any:
    """A canonical value without what is derived from elsewhere."""
    if isinstance(value, Ref):
        return (value.object, value.id)
    if isinstance(value, FileRef):
        return value.id
    if isinstance(value, Money):
        return Money(value.amount, value.currency)
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    return value
