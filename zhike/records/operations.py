"""One operation as people look at it: who did what when to how many records, whether it was taken back, and a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.hits import Hit, hits_of
from zhike.records.log_archive.parts import archived
from zhike.records.titles import refs_of, titles_of
from zhike.records.undo import Kept, may_undo
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.database import from_db, row, rows
from zhike.store.ids import steady

MOST_COUNTED = 100_000
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Count:
    """How many changes of one kind: ``verb`` on records of ``object``."""

    object: str
    verb: str
    number: int


@dataclass(frozen=True, slots=True)
class Looked:
    """An operation. ``undoes``: the one it took back; ``undone_by``: the one that took it back, with by whom and when.
    ``counts`` stop at :data:`MOST_COUNTED` changes (``capped``); ``records``: the first ones in the actor's sight, with
    what was done to each."""

    id: int
    kind: str
    actor: Ref
    via: str
    at: datetime
    why: str
    undoes: int | None
    undone_by: int | None
    undone: tuple[Ref, datetime] | None
    counts: tuple[Count, ...]
    capped: bool
    records: tuple[tuple[Hit, str], ...]


@steady()
def look(actor: Actor, operation: int) -> Looked:
    """The operation, for those who may undo it. Raises NotFound."""
    registry.refresh()
    found = (
        row(
            'SELECT o."kind", o."actor", o."via", o."at", o."why", o."undoes", o."undone_by", u."actor", u."at"'
            ' FROM "store_operation" o LEFT JOIN "store_operation" u ON u."id" = o."undone_by" WHERE o."id" = %s',
            (operation,),
        )
        if 0 < operation < 2**53
        else None
    )
    if found is None or not may_undo(actor, found[1]):
        raise NotFound(_("There is no such operation."))
    kind, by, via, at, why, undoes, undone_by, undoer, undone_at = found
    names = titles_of(actor, {"user": {one for one in (by, undoer) if one}})
    counts, capped = _counts(operation)
    return Looked(
        operation,
        kind,
        Ref("user", by, names.get(by, "")),
        via,
        from_db(at, "instant"),
        why or "",
        undoes,
        undone_by,
        (Ref("user", undoer, names.get(undoer, "")), from_db(undone_at, "instant")) if undone_by is not None else None,
        counts,
        capped,
        _records(actor, operation),
    )


def _counts(operation: int) -> tuple[tuple[Count, ...], bool]:
    found = rows(
        'SELECT x."object", x."verb", count(*) FROM (SELECT "object", "verb" FROM "store_changerow" WHERE "operation" = %s'
        f' LIMIT {MOST_COUNTED}) x GROUP BY x."object", x."verb" ORDER BY 3 DESC, 1, 2',
        (operation,),
    )
    older = Counter((one[2], one[5]) for one in archived(operations=[operation], most=MOST_COUNTED))
    if older:
        older.update({(key, verb): number for key, verb, number in found})
        found = [(*about, number) for about, number in older.most_common()]
    counts = tuple(Count(*line) for line in found if line[0] in registry)
    return counts, sum(line[2] for line in found) >= MOST_COUNTED


def _records(actor: Actor, operation: int) -> tuple[tuple[Hit, str], ...]:
    found = rows(
        'SELECT "object", "record", "verb" FROM "store_changerow" WHERE "operation" = %s ORDER BY "id"'
        f" LIMIT {MOST_SHOWN * 2}",
        (operation,),
    )
    found = [(one[2], one[3], one[5]) for one in archived(operations=[operation])[: MOST_SHOWN * 2]] + found
    verbs: dict[int, str] = {}
    for _object, record, verb in found:
        verbs.setdefault(record, verb)
    hits = hits_of(actor, [(line[0], line[1]) for line in found])
    return tuple((hits[record], verb) for record, verb in verbs.items() if record in hits)[:MOST_SHOWN]


def with_names(actor: Actor, kept: Sequence[Kept]) -> list[Kept]:
    """Conflicts with the titles of what their values link to."""
    wanted: dict[str, set[int]] = {}
    for one in kept:
        for ref in _refs(one):
            wanted.setdefault(ref.object, set()).add(ref.id)
    titles = titles_of(actor, wanted)

    def named(value: Any) -> Any:
        if isinstance(value, Ref):
            return Ref(value.object, value.id, titles.get(value.id, ""))
        refs = refs_of(value)
        return tuple(Ref(ref.object, ref.id, titles.get(ref.id, "")) for ref in refs) if refs else value

    return [replace(one, set=named(one.set), now=named(one.now), back=named(one.back)) for one in kept]


def _refs(one: Kept) -> Iterable[Ref]:
    return (*refs_of(one.set), *refs_of(one.now), *refs_of(one.back))
