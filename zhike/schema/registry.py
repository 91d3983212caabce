"""Which objects, actions and rules exist. Filled by ``objects`` and plugins at start-up; custom ones come from rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.schema.settling import Lock, Tally
from zhike.schema.spec import ActionSpec, Compute, FieldSpec, Hold, NumberRule, ObjectSpec, Option, Rule

T = TypeVar("T")


@dataclass(frozen=True)
class _Known:
    """The objects there are at one moment, and the stamp of the rows the custom ones came from (None: not loaded)."""

    objects: dict[str, ObjectSpec] = field(default_factory=dict)
    generation: int = 0
    stamp: int | None = None
    found: dict[Hashable, Any] = field(default_factory=dict, compare=False)  # out of these declarations: Registry.once

    @cached_property
    def by_plural(self) -> dict[str, ObjectSpec]:
        """Objects by their URL segment."""
        return {spec.plural: spec for spec in self.objects.values()}


class Registry:
    """The live set of declarations: shipped ones plus the custom ones loaded last. One instance per process."""

    def __init__(self) -> None:
        self._shipped: dict[str, ObjectSpec] = {}
        self._actions: dict[tuple[str, str], ActionSpec] = {}
        self._rules: dict[str, list[Rule]] = {}
        self._holds: list[Hold] = []
        self._computes: dict[str, list[Compute]] = {}
        self._locks: dict[str, list[Lock]] = {}
        self._tallies: list[Tally] = []
        self._consequences: dict[str, list[tuple[str, Callable[..., Any]]]] = {}
        self._refresh: Callable[[], None] = lambda: None
        self._generations = count(1)
        self._common = _Known()
        self._own: ContextVar[_Known | None] = ContextVar("declarations_apart", default=None)

    @property
    def _known(self) -> _Known:
        return self._own.get() or self._common

    @property
    def generation(self) -> int:
        """A number that is another one whenever the declarations are."""
        return self._known.generation

    @property
    def stamp(self) -> int | None:
        """The stamp given with the custom declarations that hold now; None before any were loaded."""
        return self._known.stamp

    @contextmanager
    def apart(self) -> Iterator[None]:
        """What is loaded within the block is seen by it alone: others go on with what is committed."""
        token = self._own.set(self._known)
        try:
            yield
        finally:
            self._own.reset(token)

    def forget(self) -> None:
        """Have custom declarations loaded again at the next refresh."""
        self._common = replace(self._common, stamp=None)

    # -- filling -------------------------------------------------------------------------------------------------
    def add_object(self, spec: ObjectSpec) -> None:
        """Register a shipped object."""
        self._shipped[spec.key] = spec
        self._merge({}, (), {}, None, {})

    def add_action(self, action: ActionSpec) -> None:
        """Register an action; ``object`` "*" offers it on every object."""
        self._actions[(action.object, action.name)] = action
        self._known.found.clear()

    def add_rule(self, rule: Rule) -> None:
        """Register a statement that must not hold after a save."""
        self._rules.setdefault(rule.object, []).append(rule)

    def add_hold(self, hold: Hold) -> None:
        """Register a reason why records may not be taken away yet."""
        self._holds.append(hold)

    def add_compute(self, compute: Compute) -> None:
        """Register a pure function run before a save is judged."""
        self._computes.setdefault(compute.object, []).append(compute)

    def add_lock(self, lock: Lock) -> None:
        """Register what stands once it satisfies a filter."""
        self._locks.setdefault(lock.object, []).append(lock)

    def add_tally(self, tally: Tally) -> None:
        """Register fields that follow from the lines of a record."""
        self._tallies.append(tally)

    def add_consequence(self, object_key: str, field: str, run: Callable[..., Any]) -> None:
        """Register what follows a change of a field."""
        self._consequences.setdefault(object_key, []).append((field, run))

    def load_custom(
        self,
        fields: dict[str, list[FieldSpec]],
        objects: Iterable[ObjectSpec],
        options: dict[tuple[str, str], tuple[Option, ...]],
        stamp: int | None = None,
        numbers: Mapping[tuple[str, str], NumberRule] | None = None,
    ) -> None:
        """Replace all custom fields, custom objects, option rows and rules of numbers by these, read at ``stamp``."""
        self._merge(fields, tuple(objects), options, stamp, numbers or {})

    def _merge(
        self,
        fields: dict[str, list[FieldSpec]],
        objects: tuple[ObjectSpec, ...],
        options: dict[tuple[str, str], tuple[Option, ...]],
        stamp: int | None,
        numbers: Mapping[tuple[str, str], NumberRule],
    ) -> None:
        merged: dict[str, ObjectSpec] = {}
        for spec in (*self._shipped.values(), *objects):
            whole = spec.fields + tuple(fields.get(spec.key, ()))
            whole = tuple(
                replace(one, options=options[(spec.key, one.key)]) if (spec.key, one.key) in options else one
                for one in whole
            )
            whole = tuple(
                replace(one, number=numbers[(spec.key, one.key)]) if (spec.key, one.key) in numbers else one
                for one in whole
            )
            merged[spec.key] = replace(spec, fields=whole) if whole != spec.fields else spec
        known = _Known(merged, next(self._generations), stamp)
        if self._own.get() is not None:
            self._own.set(known)
        else:
            self._common = known

    def on_access(self, refresh: Callable[[], None]) -> None:
        """Call ``refresh`` when somebody asks for fresh declarations (it reloads custom rows when they changed)."""
        self._refresh = refresh

    def refresh(self) -> None:
        """Bring custom declarations up to date; cheap when nothing changed. Doors call it once per request."""
        self._refresh()

    def once(self, asked: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` finds out from the declarations alone; worked out again when they change."""
        held = self._known.found
        if asked not in held:
            held[asked] = work()
        found: T = held[asked]
        return found

    # -- asking --------------------------------------------------------------------------------------------------
    def object(self, key: str) -> ObjectSpec:
        """The object with this key. Raises NotFound."""
        found = self._known.objects.get(key)
        if found is None:
            raise NotFound(_("There is no object called “{name}”.").with_(name=key[:60]))
        return found

    def find(self, key: str) -> ObjectSpec | None:
        """The object with this key, or None."""
        return self._known.objects.get(key)

    def by_plural(self, plural: str) -> ObjectSpec:
        """The object with this URL segment. Raises NotFound."""
        found = self._known.by_plural.get(plural)
        if found is None:
            raise NotFound(_("There is no object called “{name}”.").with_(name=plural[:60]))
        return found

    def __iter__(self) -> Iterator[ObjectSpec]:
        return iter(tuple(self._known.objects.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._known.objects

    def shipped(self) -> tuple[ObjectSpec, ...]:
        """Objects declared in code, without custom fields."""
        return tuple(self._shipped.values())

    def actions(self, object_key: str) -> tuple[ActionSpec, ...]:
        """The object's own actions, then those of every object."""
        return self.once(("actions", object_key), lambda: tuple(map(self._as_offered, self._actions_of(object_key))))

    def _actions_of(self, object_key: str) -> Iterator[ActionSpec]:
        spec = self._known.objects.get(object_key)
        yield from (one for (on, _name), one in self._actions.items() if on == object_key)
        for (on, name), one in self._actions.items():
            free = on == "*" and (object_key, name) not in self._actions
            if free and (not one.related or (spec and one.related in spec.related)):
                yield one

    def action(self, object_key: str, name: str) -> ActionSpec:
        """One action by name. Raises NotFound."""
        found = self._actions.get((object_key, name)) or self._actions.get(("*", name))
        if found is None:
            raise NotFound(_("There is no action called “{name}”.").with_(name=name[:60]))
        return self._as_offered(found)

    def _as_offered(self, action: ActionSpec) -> ActionSpec:
        """The action with the options its inputs offer now: those of the fields they are like."""
        if not any(one.like for one in action.inputs):
            return action
        inputs = tuple(replace(one, options=self._options_like(one)) if one.like else one for one in action.inputs)
        return action if inputs == action.inputs else replace(action, inputs=inputs)

    def _options_like(self, one: FieldSpec) -> tuple[Option, ...]:
        object_key, _dot, key = one.like.partition(".")
        spec = self._known.objects.get(object_key)
        field = spec.field(key) if spec else None
        return field.options if field else one.options

    def rules(self, object_key: str) -> list[Rule]:
        """Statements that must not hold for this object."""
        return self._rules.get(object_key, [])

    def holds(self) -> tuple[Hold, ...]:
        """Why records may not be taken away yet."""
        return tuple(self._holds)

    def computes(self, object_key: str) -> list[Compute]:
        """Functions that fill fields of this object before a save is judged."""
        return self._computes.get(object_key, [])

    def locks(self, object_key: str) -> list[Lock]:
        """When records of this object stand as they are."""
        return self._locks.get(object_key, [])

    def tallies(self, object_key: str) -> list[Tally]:
        """What follows from lines where this object is the record or the line."""
        return [one for one in self._tallies if object_key in (one.object, one.of)]

    def tallied(self, object_key: str) -> frozenset[str]:
        """Fields of this object that follow from lines."""
        return frozenset(key for one in self._tallies if one.object == object_key for key in one.fills)

    def consequences(self, object_key: str) -> list[tuple[str, Callable[..., Any]]]:
        """What follows a change of which field of this object."""
        return self._consequences.get(object_key, [])

    def pointing_at(self, object_key: str) -> list[tuple[ObjectSpec, FieldSpec]]:
        """Every (object, link field) whose target is this object; any-links are not listed."""
        return [(spec, link) for spec in self for link in spec.links if link.to == object_key]


registry = Registry()
