"""After a leak: whose data was read, and which of it, given what is known — objects, fields, a period, somebody, a token,
an export. Answered from the log of readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.privacy.reading import ACTS
from zhike.records.privacy.subjects import about_people, require_desk
from zhike.records.privacy.which import unpacked_ids
from zhike.records.titles import titles_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.store.database import from_db, marks, rows, to_db

PORTION = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of the leak; what is left empty counts for everything. ``fields`` are keys, or ``contact.phone``;
    ``who`` are people, ``token`` a token's id, ``export`` one line of the log."""

    since: datetime | None = None
    until: datetime | None = None
    objects: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    who: tuple[int, ...] = ()
    token: str = ""
    export: int = 0


@dataclass(slots=True)
class Subject:
    """One record whose data was read: which fields in full, in which ways, by whom, first and last when."""

    object: str
    id: int
    first: datetime
    last: datetime
    fields: set[str] = field(default_factory=set)
    acts: set[str] = field(default_factory=set)
    by: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Breach:
    """The records concerned in the order of their objects and ids; how many lines of the log said so; how many readings
    the log knows by number only, from before it kept which records they were."""

    question: Question
    subjects: tuple[Subject, ...]
    lines: int
    unknown: int

    @property
    def persons(self) -> int:
        """How many of the records are people."""
        keys = {spec.key for spec in about_people()}
        return sum(one.object in keys for one in self.subjects)

    @property
    def objects(self) -> list[tuple[str, int]]:
        """How many records of which object, the most first."""
        return Counter(one.object for one in self.subjects).most_common()

    @property
    def fields(self) -> list[tuple[str, FieldSpec, int]]:
        """Of how many records which field was read in full, the most first."""
        counts = Counter((one.object, key) for one in self.subjects for key in one.fields)
        found = []
        for (object_key, key), number in counts.most_common():
            spec = registry.find(object_key)
            known = spec.field(key) if spec is not None else None
            if known is not None:
                found.append((object_key, known, number))
        return found

    @property
    def by(self) -> list[int]:
        """Who read it, the most first."""
        return [person for person, _n in Counter(person for one in self.subjects for person in one.by).most_common()]

    @property
    def period(self) -> tuple[datetime, datetime] | None:
        """From the first reading to the last."""
        if not self.subjects:
            return None
        return min(one.first for one in self.subjects), max(one.last for one in self.subjects)


def breach(actor: Actor, asked: Question) -> Breach:
    """Whose data was read. Raises Forbidden, and Invalid for objects and fields there are not."""
    require_desk(actor)
    registry.refresh()
    wanted = _fields_wanted(asked)
    found: dict[tuple[str, int], Subject] = {}
    lines = unknown = 0
    for by, raw, act, key, record, told, count, records in _lines(asked):
        at = from_db(raw, "instant")
        shown = set((told or "").split())
        if wanted is not None:
            shown &= wanted.get(key, set())
            if not shown:
                continue
        ids = [record] if record else unpacked_ids(records)
        lines += 1
        unknown += max(0, count - len(ids)) if not ids else 0
        for one in ids:
            held = found.setdefault((key, one), Subject(key, one, at, at))
            held.first, held.last = min(held.first, at), max(held.last, at)
            held.fields |= shown
            held.acts.add(act)
            held.by.add(by)
    return Breach(asked, tuple(found[key] for key in sorted(found)), lines, unknown)


def _fields_wanted(asked: Question) -> dict[str, set[str]] | None:
    """By object the keys asked for; None when every field counts."""
    problems = [
        Problem(_("There is no object “{name}”.").with_(name=key[:60]), "objects", "unknown")
        for key in asked.objects
        if registry.find(key) is None
    ]
    wanted: dict[str, set[str]] = {}
    for text in asked.fields:
        object_key, dot, key = text.rpartition(".")
        specs = [spec for spec in registry if spec.field(key) is not None and (not dot or spec.key == object_key)]
        if not specs:
            problems.append(Problem(_("There is no field “{name}”.").with_(name=text[:60]), "fields", "unknown"))
        for spec in specs:
            wanted.setdefault(spec.key, set()).add(key)
    if problems:
        raise Invalid(problems)
    return wanted if asked.fields else None


def _lines(asked: Question) -> Iterator[tuple[Any, ...]]:
    where, params = ['"id" > %s'], [0]
    conditions: Sequence[tuple[str, Any]] = (
        ('"at" >= %s', asked.since and to_db(asked.since)), ('"at" < %s', asked.until and to_db(asked.until)),
        ('"token" = %s', asked.token), ('"id" = %s', asked.export),
    )  # fmt: skip
    for sql, value in conditions:
        if value:
            where.append(sql)
            params.append(value)
    lists: Sequence[tuple[str, tuple[Any, ...]]] = (("object", asked.objects), ("actor", asked.who))
    for column, values in lists:
        if values:
            where.append(f'"{column}" IN ({marks(values)})')
            params += values
    sql = (
        'SELECT "actor", "at", "act", "object", "record", COALESCE("fields", "field"), "count", "records", "id"'
        f' FROM "store_readlog" WHERE {" AND ".join(where)} ORDER BY "id" LIMIT {PORTION}'
    )
    while found := rows(sql, params):
        yield from (line[:-1] for line in found)
        params[0] = found[-1][-1]


def take_out(actor: Actor, found: Breach) -> tuple[list[str], Iterator[list[Any]]]:
    """:func:`as_table` to leave the house: that somebody took it is noted before the first row."""
    require_desk(actor)
    note("export", actor, text="breach", detail={"records": len(found.subjects), "persons": found.persons})
    return as_table(actor, found)


HEADINGS = (
    _("Object"), _("Number"), _("Name"), _("Fields"), _("How"), _("Who"), _("First read"), _("Last read"),
)  # fmt: skip


def as_table(actor: Actor, found: Breach) -> tuple[list[str], Iterator[list[Any]]]:
    """Headings and a row for each record, with names as far as the actor may know them."""
    return [str(one) for one in HEADINGS], _rows(actor, found.subjects)


def _rows(actor: Actor, subjects: Sequence[Subject]) -> Iterator[list[Any]]:
    names = people().persons
    for start in range(0, len(subjects), 500):
        some = subjects[start : start + 500]
        titles = titles_of(actor, _by_object(some))
        for one in some:
            spec = registry.find(one.object)
            labels = [
                str(known.label)
                for key in sorted(one.fields)
                if spec is not None and (known := spec.field(key)) is not None
            ]
            yield [
                str(spec.label) if spec is not None else one.object, one.id, titles.get(one.id) or f"#{one.id}",
                ", ".join(labels), ", ".join(str(ACTS.get(act, act)) for act in sorted(one.acts)),
                ", ".join(names[person].name if person in names else f"#{person}" for person in sorted(one.by)),
                one.first.isoformat(timespec="seconds"), one.last.isoformat(timespec="seconds"),
            ]  # fmt: skip


def _by_object(subjects: Iterable[Subject]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for one in subjects:
        wanted.setdefault(one.object, set()).add(one.id)
    return wanted
