"""Winding records back: today's rows with every change since an instant taken off again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.access.people import PEOPLE_OBJECTS
from zhike.kernel.actor import Actor
from zhike.kernel.errors import TooWide
from zhike.kernel.words import _
from zhike.query.predicate import scalar_at
from zhike.query.tree import EVERYTHING, Path
from zhike.records.history import changed_values
from zhike.records.log_archive.parts import Line, archived
from zhike.records.read import sees
from zhike.records.secrets import sealer_of
from zhike.records.titles import refs_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import marks, rows, to_db
from zhike.store.keyfile import VaultError
from zhike.store.plan import RowPlan

MOST_CHANGES = 20_000
AT_ONCE = 500

Logged = tuple[str, int, str]  # verb, version, body


@dataclass(slots=True)
class Wound:
    """A record at the instant: canonical values of the fields asked for (secrets in the clear: never shown as they are)."""

    spec: ObjectSpec
    id: int
    version: int
    shown: str
    values: dict[str, Any]

    def title(self, setting: Setting) -> str:
        """Its title then."""
        field = self.spec[self.spec.title]
        kind, value = kind_of(field), self.values.get(field.key)
        text = kind.show(value, field, setting) if value is not None and not kind.secret else ""
        return text or f"{self.spec.label} #{self.id}"


def changes_in_window(spec: ObjectSpec, since: datetime) -> dict[int, list[Logged]]:
    """What was logged of an object since an instant, by record, the newest first. Raises TooWide beyond
    :data:`MOST_CHANGES` changes."""
    found = rows(
        'SELECT "record", "verb", "version", "body" FROM "store_changerow" WHERE "object" = %s AND "at" > %s'
        f' ORDER BY "at" DESC, "id" DESC LIMIT {MOST_CHANGES + 1}',
        (spec.key, to_db(since)),
    )
    if len(found) <= MOST_CHANGES:
        found += _newest_first(archived(object=spec.key, since=since, most=MOST_CHANGES + 1 - len(found)))
    if len(found) > MOST_CHANGES:
        text = _("More than {n} changes of {objects} were made since. Choose a later day.")
        raise TooWide(text.with_(n=f"{MOST_CHANGES:,}", objects=spec.plural_label))
    changes: dict[int, list[Logged]] = {}
    for record, *logged in found:
        changes.setdefault(record, []).append(tuple(logged))
    return changes


def changes_of_records(ids: Sequence[int], since: datetime) -> dict[int, list[Logged]]:
    """What was logged of these records since an instant, the newest first. Raises TooWide as above."""
    changes: dict[int, list[Logged]] = {}
    count = 0
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = rows(
            f'SELECT "record", "verb", "version", "body" FROM "store_changerow" WHERE "record" IN ({marks(some)})'
            f' AND "at" > %s ORDER BY "id" DESC LIMIT {MOST_CHANGES + 1}',
            (*some, to_db(since)),
        )
        found += _newest_first(archived(records=some, since=since, most=MOST_CHANGES + 1))
        count += len(found)
        if count > MOST_CHANGES:
            raise TooWide(_("Too much was changed since. Choose a later day."))
        for record, *logged in found:
            changes.setdefault(record, []).append(tuple(logged))
    return changes


def _newest_first(lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    return [(one[3], one[5], one[4], one[8]) for one in reversed(lines)]


def in_sight_of(actor: Actor, spec: ObjectSpec, ids: Sequence[int]) -> set[int]:
    """Which of many records the actor sees today, those in the trash included."""
    return {one for start in range(0, len(ids), AT_ONCE) for one in sees(actor, spec, ids[start : start + AT_ONCE])}


class Past:
    """One instant. What was wound back for a filter over links is kept for the question."""

    def __init__(self, at: datetime, setting: Setting) -> None:
        self.at = at
        self.setting = setting

    def records(
        self,
        spec: ObjectSpec,
        fields: Sequence[FieldSpec],
        ids: Sequence[int],
        changes: Mapping[int, Sequence[Logged]] | None = None,
    ) -> dict[int, Wound]:
        """These records as they were; those that did not exist yet are left out, and nothing is asked about rights."""
        known = changes if changes is not None else changes_of_records(ids, self.at)
        plan = RowPlan(spec, [one for one in fields if kind_of(one).stored])
        found: dict[int, Wound] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            sql = f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(some)})'
            for line in rows(sql, some):
                wound = self._wound(spec, plan, line, known.get(line[0], ()))
                if wound is not None:
                    found[wound.id] = wound
        return found

    def _wound(self, spec: ObjectSpec, plan: RowPlan, line: Sequence[Any], changes: Sequence[Logged]) -> Wound | None:
        id_, version, _owner, title, values = plan.decode(line, sealer_of)
        for field in plan.fields:
            if field.kind == "roll_up":
                values[field.key] = None
        if any(verb == "create" for verb, _version, _body in changes):
            return None
        names = {field.slot or field.key for field in plan.fields}
        try:
            sealer = sealer_of(id_, line[3]) if changes else None
        except VaultError:
            sealer = None
        for _verb, number, body in changes:
            version = number - 1
            some = {name: pair for name, pair in json.loads(body).items() if name in names}
            for key, (before, _after) in changed_values(spec, some, sealer, self.setting).items():
                values[key] = before
        return Wound(spec, id_, version, title, values)

    def linked(self, actor: Actor, path: Path, records: Iterable[Wound]) -> dict[int, Any]:
        """What stood at the end of a path over links then, by record; links to what the actor cannot see count as none."""
        at: dict[int, Wound | None] = {one.id: one for one in records}
        for index, link in enumerate(path.links):
            target = path.objects[index + 1]
            following = path.links[index + 1] if index + 1 < len(path.links) else path.field
            to = {one: _target(held.values.get(link.key), target) if held else None for one, held in at.items()}
            ids = sorted({one for one in to.values() if one is not None})
            if path.within and path.within[index] != EVERYTHING and target.key not in PEOPLE_OBJECTS:
                ids = sorted(in_sight_of(actor, target, ids))
            there = self.records(target, [target["trashed"], target[target.title], following], ids)
            at = {one: there.get(two) if two is not None else None for one, two in to.items()}
        return {one: scalar_at(path, held.values.get(path.field.key)) for one, held in at.items() if held is not None}


def _target(value: Any, spec: ObjectSpec) -> int | None:
    if isinstance(value, Ref):
        return value.id if value.object == spec.key else None
    return next((ref.id for ref in refs_of(value)), None)
