"""Which fields people would see or change otherwise than now, after a change of their roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made

from zhike.access.people import People, people, supposing
from zhike.access.rights import FIELD_RIGHTS, can, field_right
from zhike.kernel.actor import Actor
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

Changed = Mapping[tuple[str, str], str]


@dataclass
class FieldEffect:
    """One field whose right goes from ``before`` to ``after`` (hidden, masked, read, write) for some people."""

    object: str
    field: str
    before: str
    after: str
    people: set[int] = made(default_factory=set)

    @property
    def gains(self) -> bool:
        """Whether they see or may do more than now."""
        return FIELD_RIGHTS.index(self.after) > FIELD_RIGHTS.index(self.before)


def fields_after(snapshot: People, role: int, changed: Changed) -> dict[tuple[int, str, str], str]:
    """All rights on fields as they would be with these of one role changed."""
    fresh = {(role, key, name): right for (key, name), right in changed.items()}
    whole = {**snapshot.fields, **fresh}
    return {where: right for where, right in whole.items() if right != "write"}


def field_effects(after: People, persons: Sequence[int], changed: Changed) -> list[FieldEffect]:
    """The fields that differ, as far as these people see the object at all; those derived from a changed one among them."""
    if not changed:
        return []
    found: dict[tuple[str, str, str, str], FieldEffect] = {}
    for spec, fields in _concerned(changed):
        for person in persons:
            actor = Actor(person, people().persons[person].name)
            now = _rights(actor, spec, fields)
            with supposing(after):
                then = _rights(actor, spec, fields)
            for one in fields if now and then else ():
                if now[one.key] != then[one.key]:
                    where = (spec.key, one.key, now[one.key], then[one.key])
                    found.setdefault(where, FieldEffect(*where)).people.add(person)
    return list(found.values())


def _rights(actor: Actor, spec: ObjectSpec, fields: Iterable[FieldSpec]) -> dict[str, str]:
    return {one.key: field_right(actor, spec, one) for one in fields} if can(actor, "read", spec) else {}


def _concerned(changed: Changed) -> Iterable[tuple[ObjectSpec, list[FieldSpec]]]:
    for spec in registry:
        fields = [one for one in spec.fields if (spec.key, one.key) in changed or one.formula or one.rollup]
        if fields:
            yield spec, fields
