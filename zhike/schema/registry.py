"""Which objects, actions and rules exist. Filled by ``objects`` and plugins at start-up; custom ones come from rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.schema.spec import ActionSpec, Compute, FieldSpec, ObjectSpec, Option, Rule


class Registry:
    """The live set of declarations: shipped ones plus the custom ones loaded last. One instance per process."""

    def __init__(self) -> None:
        self._shipped: dict[str, ObjectSpec] = {}
        self._merged: dict[str, ObjectSpec] = {}
        self._by_plural: dict[str, ObjectSpec] = {}
        self._actions: dict[tuple[str, str], ActionSpec] = {}
        self._rules: dict[str, list[Rule]] = {}
        self._computes: dict[str, list[Compute]] = {}
        self._refresh: Callable[[], None] = lambda: None
        self.generation = 0

    # -- filling -------------------------------------------------------------------------------------------------
    def add_object(self, spec: ObjectSpec) -> None:
        """Register a shipped object."""
        self._shipped[spec.key] = spec
        self._merge({}, (), {})

    def add_action(self, action: ActionSpec) -> None:
        """Register an action; ``object`` "*" offers it on every object."""
        self._actions[(action.object, action.name)] = action

    def add_rule(self, rule: Rule) -> None:
        """Register a statement that must not hold after a save."""
        self._rules.setdefault(rule.object, []).append(rule)

    def add_compute(self, compute: Compute) -> None:
        """Register a pure function run before a save is judged."""
        self._computes.setdefault(compute.object, []).append(compute)

    def load_custom(
        self,
        fields: dict[str, list[FieldSpec]],
        objects: Iterable[ObjectSpec],
        options: dict[tuple[str, str], tuple[Option, ...]],
    ) -> None:
        """Replace all custom fields, custom objects and option rows by these."""
        self._merge(fields, tuple(objects), options)

    def _merge(
        self,
        fields: dict[str, list[FieldSpec]],
        objects: tuple[ObjectSpec, ...],
        options: dict[tuple[str, str], tuple[Option, ...]],
    ) -> None:
        merged: dict[str, ObjectSpec] = {}
        for spec in (*self._shipped.values(), *objects):
            whole = spec.fields + tuple(fields.get(spec.key, ()))
            whole = tuple(
                replace(one, options=options[(spec.key, one.key)]) if (spec.key, one.key) in options else one
                for one in whole
            )
            merged[spec.key] = replace(spec, fields=whole) if whole != spec.fields else spec
        self._merged = merged
        self._by_plural = {spec.plural: spec for spec in merged.values()}
        self.generation += 1

    def on_access(self, refresh: Callable[[], None]) -> None:
        """Call ``refresh`` when somebody asks for fresh declarations (it reloads custom rows when they changed)."""
        self._refresh = refresh

    def refresh(self) -> None:
        """Bring custom declarations up to date; cheap when nothing changed. Doors call it once per request."""
        self._refresh()

    # -- asking --------------------------------------------------------------------------------------------------
    def object(self, key: str) -> ObjectSpec:
        """The object with this key. Raises NotFound."""
        found = self._merged.get(key)
        if found is None:
            raise NotFound(_("There is no object called “{name}”.").with_(name=key[:60]))
        return found

    def find(self, key: str) -> ObjectSpec | None:
        """The object with this key, or None."""
        return self._merged.get(key)

    def by_plural(self, plural: str) -> ObjectSpec:
        """The object with this URL segment. Raises NotFound."""
        found = self._by_plural.get(plural)
        if found is None:
            raise NotFound(_("There is no object called “{name}”.").with_(name=plural[:60]))
        return found

    def __iter__(self) -> Iterator[ObjectSpec]:
        return iter(tuple(self._merged.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._merged

    def shipped(self) -> tuple[ObjectSpec, ...]:
        """Objects declared in code, without custom fields."""
        return tuple(self._shipped.values())

    def actions(self, object_key: str) -> list[ActionSpec]:
        """The object's own actions, then those of every object."""
        spec = self._merged.get(object_key)
        return [one for (on, _name), one in self._actions.items() if on == object_key] + [
            one
            for (on, name), one in self._actions.items()
            if on == "*"
            and (object_key, name) not in self._actions
            and (not one.related or (spec and one.related in spec.related))
        ]

    def action(self, object_key: str, name: str) -> ActionSpec:
        """One action by name. Raises NotFound."""
        found = self._actions.get((object_key, name)) or self._actions.get(("*", name))
        if found is None:
            raise NotFound(_("There is no action called “{name}”.").with_(name=name[:60]))
        return found

    def rules(self, object_key: str) -> list[Rule]:
        """Statements that must not hold for this object."""
        return self._rules.get(object_key, [])

    def computes(self, object_key: str) -> list[Compute]:
        """Functions that fill fields of this object before a save is judged."""
        return self._computes.get(object_key, [])

    def pointing_at(self, object_key: str) -> list[tuple[ObjectSpec, FieldSpec]]:
        """Every (object, link field) whose target is this object; any-links are not listed."""
        return [(spec, link) for spec in self for link in spec.links if link.to == object_key]


registry = Registry()
