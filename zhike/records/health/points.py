"""The list of checks: whoever has one to add decorates a function, and imports its module in ``zhike.records.health.look``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhike.kernel.words import Words, _
from zhike.records.backups.archive import said

OK, WARN, BAD = "ok", "warn", "bad"
STATES: dict[str, Words] = {OK: _("good"), WARN: _("look at it"), BAD: _("NOT GOOD")}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: its name as a statement that should be true, whether it is, what was found, and how
    to mend it when it is not."""

    name: Words
    state: str
    found: Words | str
    mend: Words = Words("")

    @property
    def good(self) -> bool:
        """Whether nothing has to be done at once."""
        return self.state != BAD


Check = Callable[[], Iterator[Point]]
_checks: list[tuple[Check, str]] = []


def check(way: str = "") -> Callable[[Check], Check]:
    """Register a check. ``way``: "" is quick and always looked at; any other is looked at when asked for by that name,
    such as "whole" for what reads the whole database."""

    def register(function: Check) -> Check:
        _checks.append((function, way))
        return function

    return register


def look(*ways: str) -> Iterator[Point]:
    """What every quick check and those of the ``ways`` found. A check that fails is itself a bad point."""
    for function, way in _checks:
        if way and way not in ways:
            continue
        try:
            yield from function()
        except Exception as error:  # noqa: BLE001 - the others shall still be looked at
            name = _("The check “{name}” can be made").with_(name=function.__name__)
            yield Point(name, BAD, said(error), _("Look into the log."))


def judged(good: bool, otherwise: str = BAD) -> str:
    """``ok``, or what it is otherwise."""
    return OK if good else otherwise
