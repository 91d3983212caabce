"""Notices: what a person should know of, in their inbox until it is 90 days old. Rights hold when told and when shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.words import Plain, Words, _, packed, unpacked
from zhike.records.read import sees
from zhike.records.titles import titles_of
from zhike.schema.registry import registry
from zhike.store.database import from_db, marks, row, rows, run, to_db, write_transaction
from zhike.store.ids import steady

KINDS: Mapping[str, Words] = {
    "due": _("Due"),
    "assigned": _("Given to you"),
    "mentioned": _("Mentions"),
    "shared": _("Shared with you"),
    "followed": _("Followed"),
    "job": _("Jobs"),
    "security": _("Sign-in"),
    "privacy": _("Privacy"),
    "handover": _("Handover"),
}
KEPT = timedelta(days=90)
MOST_COUNTED = 99
PAGE = 50
ROUNDS = 4  # pages read at most to fill one, where records went out of sight


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as its reader may see it now. ``text`` names the record and the person behind it in the reader's language;
    ``record`` is 0 for a notice about many records, and ``object`` then says of which kind they are."""

    id: int
    kind: str
    object: str
    record: int
    title: str
    text: Words
    by: int
    by_name: str
    at: datetime
    read: bool


def notify(
    people_ids: Iterable[int],
    kind: str,
    text: Words,
    object: str = "",
    record: int = 0,
    by: int = 0,
    once: str = "",
) -> list[int]:
    """Tell these people, each at most once; answers who was told.

    Nobody hears of what they did themselves, of a record they cannot see, or after they left. In ``text``, ``{title}`` is
    the record's title and ``{by}`` the person ``by``: both are filled in when it is read. A notice of the kind ``job`` has
    the job's id for a record and no object. ``once``: a second notice of the same event is dropped. Joins a running
    transaction."""
    if kind not in KINDS:
        raise ValueError(f"there is no kind of notice called {kind!r}")
    told: list[int] = []
    persons = people().persons
    for person in dict.fromkeys(people_ids):
        known = persons.get(person)
        if person == by or known is None or not known.active:
            continue
        if not in_sight(reader(person), object, [record])[record]:
            continue
        with write_transaction():
            told += [person] * _insert(person, kind, text, object, record, by, once or None)
    return told


def gather(
    person: int,
    kind: str,
    one: Words,
    many: Words,
    object: str,
    records: Sequence[tuple[int, int]],
    by: int,
    once: str,
) -> bool:
    """Tell a person of several records, or of one several times, in one notice that grows: ``one`` while it is about one
    thing, then ``many`` with ``{n}``. ``records`` are (place in the order of events, record id); what was told before
    (a place not behind the last one told; 0 is always new) is not told again. Answers whether the notice is new or grew."""
    known = people().persons.get(person)
    if person == by or known is None or not known.active:
        return False
    seen = in_sight(reader(person), object, [record for _place, record in records])
    with write_transaction():
        sql = 'SELECT "text", "record", "read", "told" FROM "store_notice" WHERE "person" = %s AND "once" = %s'
        held = row(sql, (person, once))
        before = json.loads(held[0])["with"] if held else {"n": 0, "upto": 0}
        fresh = [(place, record) for place, record in records if seen[record] and (not place or place > before["upto"])]
        if not fresh:
            return False
        number = before["n"] + len(fresh)
        about = {record for _place, record in fresh} | ({held[1]} if held else set())
        text = (one if number == 1 else many).with_(n=number, upto=max(before["upto"], fresh[-1][0]))
        told = bool(held and held[3] and not held[2])
        run('DELETE FROM "store_notice" WHERE "person" = %s AND "once" = %s', (person, once))
        _insert(person, kind, text, object, about.pop() if len(about) == 1 else 0, by, once, told)
    return True


def _insert(
    person: int, kind: str, text: Words, object: str, record: int, by: int, once: str | None, told: bool = False
) -> int:
    return run(
        'INSERT INTO "store_notice" ("person", "kind", "object", "record", "text", "by", "at", "read", "told", "once")'
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (person, kind, object, record, packed(text), by, to_db(now()), to_db(False), to_db(told), once),
    )


@steady()
def inbox(
    actor: Actor, *, unread_only: bool = False, kind: str = "", after: int = 0, size: int = PAGE
) -> tuple[list[Notice], int]:
    """The actor's notices, newest first, from the one before ``after`` on; and where the next page begins (0: nowhere)."""
    registry.refresh()
    found: list[Notice] = []
    for _round in range(ROUNDS):
        lines = _lines(actor.id, unread_only, kind, after, size + 1)
        more = len(lines) > size
        found += _shown(actor, lines[:size])
        after = int(lines[size - 1][0]) if more else 0
        if not more or len(found) >= size:
            break
    return found, after


def unread_count(actor: Actor) -> int:
    """How many notices wait, counted up to one over :data:`MOST_COUNTED`: 100 means "99+"."""
    sql = f'SELECT count(*) FROM (SELECT 1 FROM "store_notice" WHERE "person" = %s AND "read" = %s LIMIT {MOST_COUNTED + 1}) x'
    found = row(sql, (actor.id, to_db(False)))
    return int(found[0]) if found else 0


def counted(number: int) -> str:
    """A number of unread notices as it stands beside the bell: "", "7" or "99+"."""
    return "" if not number else f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def notice(actor: Actor, notice_id: int) -> Notice | None:
    """One notice of the actor's own, if they may still see what it is about."""
    registry.refresh()
    found = rows(f'SELECT {COLUMNS} FROM "store_notice" WHERE "id" = %s AND "person" = %s', (notice_id, actor.id))
    shown = _shown(actor, found)
    return shown[0] if shown else None


def notices(actor: Actor, ids: Sequence[int]) -> list[Notice]:
    """These notices of the actor's own in the order they came, as far as they may still see what they are about."""
    registry.refresh()
    if not ids:
        return []
    sql = f'SELECT {COLUMNS} FROM "store_notice" WHERE "person" = %s AND "id" IN ({marks(ids)}) ORDER BY "id"'
    return _shown(actor, rows(sql, (actor.id, *ids)))


def mark_read(actor: Actor, ids: Sequence[int], read: bool = True) -> int:
    """Mark notices of the actor's own as read, or as unread again; answers how many changed."""
    if not ids:
        return 0
    with write_transaction():
        return run(
            f'UPDATE "store_notice" SET "read" = %s WHERE "person" = %s AND "read" = %s AND "id" IN ({marks(ids)})',
            (to_db(read), actor.id, to_db(not read), *ids),
        )


def mark_opened(actor: Actor, object_key: str, record: int) -> int:
    """Mark everything about one record as read: who has opened it knows."""
    with write_transaction():
        return run(
            'UPDATE "store_notice" SET "read" = %s WHERE "person" = %s AND "read" = %s AND "object" = %s AND "record" = %s',
            (to_db(True), actor.id, to_db(False), object_key, record),
        )


def mark_all_read(actor: Actor, kind: str = "") -> int:
    """Mark everything (of one kind) as read; answers how many there were."""
    of_kind = ' AND "kind" = %s' if kind else ""
    with write_transaction():
        return run(
            f'UPDATE "store_notice" SET "read" = %s WHERE "person" = %s AND "read" = %s{of_kind}',
            (to_db(True), actor.id, to_db(False), *([kind] if kind else [])),
        )


def tidy_notices() -> None:
    """Drop notices after :data:`KEPT`, and stop counting unread ones about records their reader no longer sees."""
    with write_transaction():
        run('DELETE FROM "store_notice" WHERE "at" < %s', (to_db(now() - KEPT),))
    for (person,) in rows('SELECT DISTINCT "person" FROM "store_notice" WHERE "read" = %s', (to_db(False),)):
        lines = _lines(person, True, "", 0, MOST_COUNTED + 1)
        known = people().persons.get(person)
        kept = {one.id for one in _shown(reader(person), lines)} if known and known.active else set()
        mark_read(Actor(person), [line[0] for line in lines if line[0] not in kept])


def reader(person: int) -> Actor:
    """The person as the reader of what is sent to them. They must be known."""
    known = people().persons[person]
    return Actor(known.id, known.name, "worker", known.language, known.timezone)


def in_sight(actor: Actor, object_key: str, ids: Sequence[int]) -> dict[int, bool]:
    """Which of these records of one object the actor may see; 0 stands for the object as a whole, "" for none at all."""
    if not object_key:
        return dict.fromkeys(ids, True)
    spec = registry.find(object_key)
    if spec is None or not can(actor, "read", spec):
        return dict.fromkeys(ids, False)
    seen = sees(actor, spec, [one for one in ids if one])
    return {one: not one or one in seen for one in ids}


COLUMNS = '"id", "kind", "object", "record", "text", "by", "at", "read"'


def _lines(person: int, unread_only: bool, kind: str, after: int, size: int) -> list[tuple[Any, ...]]:
    wanted = ['"person" = %s']
    params: list[Any] = [person]
    for column, value, asked in (("read", to_db(False), unread_only), ("kind", kind, bool(kind))):
        if asked:
            wanted.append(f'"{column}" = %s')
            params.append(value)
    if after:
        wanted.append('"id" < %s')
        params.append(after)
    sql = f'SELECT {COLUMNS} FROM "store_notice" WHERE {" AND ".join(wanted)} ORDER BY "id" DESC LIMIT {int(size)}'
    return rows(sql, params)


def _shown(actor: Actor, lines: Sequence[tuple[Any, ...]]) -> list[Notice]:
    by_object: dict[str, set[int]] = {}
    for line in lines:
        by_object.setdefault(line[2], set()).add(line[3])
    seen = {key: in_sight(actor, key, sorted(ids)) for key, ids in by_object.items()}
    titles = titles_of(actor, {key: {one for one in ids if one and seen[key][one]} for key, ids in by_object.items()})
    found = []
    for id_, kind, object_key, record, text, by, at, read in lines:
        if not seen[object_key][record]:
            continue
        title = titles.get(record) or (f"#{record}" if record else "")
        person = people().persons.get(by)
        name: str | Words = person.name if person else _("Zhike")
        words = unpacked(text)
        if not isinstance(words, Plain):
            words = words.with_(title=title, by=name)
        at = from_db(at, "instant")
        found.append(
            Notice(id_, kind, object_key, record, title, words, by, person.name if person else "", at, bool(read))
        )
    return found
