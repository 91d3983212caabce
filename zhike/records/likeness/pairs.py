"""Pairs of records that a scan found, when it was, and what people said of them: not the same after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations, islice

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.settings import keep, kept
from zhike.records.read import sees
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, insert_many, marks, rows, run, run_many, to_db, write_transaction

AT_ONCE = 5000
Scored = tuple[int, int, float]
"""Both ids, the smaller first, and the score in percent."""
_UNSAID = 'NOT EXISTS (SELECT 1 FROM "store_notsame" n WHERE n."one" = p."one" AND n."two" = p."two")'


def keep_scan(spec: ObjectSpec, pairs: Iterable[Scored], records: int) -> None:
    """Put what a whole scan found in the place of everything found before, with the time and the number of records."""
    with write_transaction():
        run('DELETE FROM "store_alikepair" WHERE "object" = %s', (spec.key,))
        _insert(spec, pairs)
        keep(_scanned(spec), {"at": now().isoformat(), "records": records})


def keep_pairs(spec: ObjectSpec, ids: Sequence[int], pairs: Iterable[Scored]) -> None:
    """Put what was found about these records in the place of what was known of them."""
    with write_transaction():
        for column in ("one", "two"):
            run(f'DELETE FROM "store_alikepair" WHERE "{column}" IN ({marks(ids)})', list(ids))
        _insert(spec, pairs)


def _insert(spec: ObjectSpec, pairs: Iterable[Scored]) -> None:
    at = to_db(now())
    listed = iter(pairs)
    while some := list(islice(listed, AT_ONCE)):
        run_many(
            'INSERT INTO "store_alikepair" ("object", "one", "two", "score", "at") VALUES (%s, %s, %s, %s, %s)'
            ' ON CONFLICT ("one", "two") DO NOTHING',  # the worker may have found it meanwhile
            [(spec.key, one, two, round(score * 100), at) for one, two, score in some],
        )


def scanned(spec: ObjectSpec) -> tuple[datetime, int] | None:
    """When the object was last scanned as a whole, and how many records it had; None: never."""
    held = kept(_scanned(spec))
    return (from_db(held["at"], "instant"), int(held["records"])) if held else None


def _scanned(spec: ObjectSpec) -> str:
    return f"duplicates.scanned.{spec.key}"


def kept_pairs(spec: ObjectSpec, least: float = 0, most: int = 2000) -> list[Scored]:
    """The kept pairs nobody said are different, the surest first."""
    sql = (
        'SELECT p."one", p."two", p."score" FROM "store_alikepair" p WHERE p."object" = %s AND p."score" >= %s'
        f' AND {_UNSAID} ORDER BY p."score" DESC, p."id" LIMIT {int(most)}'
    )
    return [(one, two, score / 100) for one, two, score in rows(sql, (spec.key, round(least * 100)))]


def not_same(actor: Actor, object_key: str, ids: Sequence[int]) -> int:
    """Remember that none of these records is the same as another; returns the operation, by whose undoing it is forgotten.

    Raises Invalid unless two to twenty records are named that the actor can see; Forbidden without the right to edit."""
    spec = registry.object(object_key)
    require(actor, "edit", spec)
    named = sorted(set(ids))
    if not 2 <= len(named) <= 20 or sees(actor, spec, named) != set(named):
        raise Invalid(Problem(_("Choose two to twenty records that you can see."), "ids"))
    with write_transaction():
        act = Act(actor, kind=f"{spec.key}.not_same")
        known = said_pairs(named)
        lines = [(spec.key, one, two, act.id) for one, two in combinations(named, 2) if (one, two) not in known]
        insert_many("store_notsame", ("object", "one", "two", "operation"), lines)
        return act.id


def said_pairs(ids: Sequence[int]) -> set[tuple[int, int]]:
    """Which pairs among these records were said to be different."""
    sql = f'SELECT "one", "two" FROM "store_notsame" WHERE "one" IN ({marks(ids)}) AND "two" IN ({marks(ids)})'
    return {(line[0], line[1]) for line in rows(sql, [*ids, *ids])} if ids else set()


def said(spec: ObjectSpec, most: int = 200) -> list[tuple[int, int, int, int, datetime]]:
    """The newest pairs somebody said are different: both ids, the operation, who and when."""
    sql = (
        'SELECT n."one", n."two", n."operation", o."actor", o."at" FROM "store_notsame" n JOIN "store_operation" o'
        f' ON o."id" = n."operation" WHERE n."object" = %s ORDER BY n."id" DESC LIMIT {int(most)}'
    )
    return [(a, b, operation, by, from_db(at, "instant")) for a, b, operation, by, at in rows(sql, (spec.key,))]


def take_back(actor: Actor, object_key: str, ids: Sequence[int]) -> None:
    """Forget that two records were said to be different. Raises Invalid when they are out of sight, Forbidden."""
    spec = registry.object(object_key)
    require(actor, "edit", spec)
    named = sorted(set(ids))
    if len(named) != 2 or sees(actor, spec, named) != set(named):
        raise Invalid(Problem(_("Choose two to twenty records that you can see."), "ids"))
    with write_transaction():
        run_many('DELETE FROM "store_notsame" WHERE "one" = %s AND "two" = %s', [tuple(named)])


def unsay(operation: int) -> int:
    """Forget what an operation said of pairs; returns how many there were."""
    return run('DELETE FROM "store_notsame" WHERE "operation" = %s', (operation,))
