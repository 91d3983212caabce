"""The newest documents that hold what is asked for, in batches, without a statement that grows with the table.

SQLite's full text walks from the newest document to the oldest and stops when it has enough. PostgreSQL's index answers all
documents of a word at once, so the newest of each object are tried first, one by one: what many documents hold is found
there, and what is not is held by few enough for the index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from zhike.store.database import is_postgres, row, rows
from zhike.store.replicas import late
from zhike.store.search_text import fts5_match, tsquery

SPAN = 4096
"""So many ids below the newest of each object are tried one by one."""
FARTHEST = 2**53

Groups = Sequence[Sequence[str]]
Found = list[tuple[int, str]]


def newest(groups: Groups, limits: Sequence[int], tables: Collection[str]) -> Iterator[Found]:
    """``(record, object)`` of documents that have one token of every group, in batches of at most ``limits``, the newest
    first; ``tables`` of the objects that are wanted say where those are that may be tried one by one. Each comes once."""
    if not is_postgres():
        yield from _older(_walked, groups, limits, frozenset())
        return
    first = _tried(groups, limits[0], tables)
    if first:
        yield first
    yield from _older(_indexed, groups, limits, frozenset(first))


def _older(
    ask: Callable[[Groups, int, int], Found], groups: Groups, limits: Sequence[int], known: frozenset[tuple[int, str]]
) -> Iterator[Found]:
    before = FARTHEST
    for limit in limits:
        found = ask(groups, before, limit + len(known))
        yield [one for one in found if one not in known]
        if len(found) < limit + len(known):
            return
        before = found[-1][0]


def _walked(groups: Groups, before: int, limit: int) -> Found:
    sql = (
        'SELECT r."record", r."object" FROM store_search_fts f JOIN "store_searchrow" r ON r."record" = f.rowid'
        f" WHERE store_search_fts MATCH %s AND f.rowid < %s ORDER BY f.rowid DESC LIMIT {int(limit)}"
    )
    return [(line[0], line[1]) for line in rows(sql, (fts5_match(groups), before))]


def _indexed(groups: Groups, before: int, limit: int) -> Found:
    """``+ 0`` keeps the walk along the ids away: it would try every document when few match."""
    sql = (
        'SELECT "record", "object" FROM "store_searchrow" WHERE "words" @@ %s::tsquery AND "record" + 0 < %s'
        f' ORDER BY "record" + 0 DESC LIMIT {int(limit)}'
    )
    return [(line[0], line[1]) for line in late(lambda: rows(sql, (tsquery(groups), before)))]


def _tried(groups: Groups, limit: int, tables: Collection[str]) -> Found:
    """The walk along the ids stands in a statement of its own, with its own limit, so that nothing else is chosen."""
    asked = tsquery(groups)
    walk = (
        '(SELECT x."record", x."object" FROM (SELECT "record", "object", "words" FROM "store_searchrow"'
        f' WHERE "record" > %s AND "record" <= %s ORDER BY "record" DESC LIMIT {SPAN}) x'
        f' WHERE x."words" @@ %s::tsquery LIMIT {int(limit)})'
    )
    ranges = _ranges(tables)
    if not ranges:
        return []
    params = [value for low, high in ranges for value in (low, high, asked)]
    found = late(lambda: rows(" UNION ALL ".join([walk] * len(ranges)), params))
    return sorted(((line[0], line[1]) for line in found), reverse=True)[:limit]


def _ranges(tables: Collection[str]) -> list[tuple[int, int]]:
    """Where the newest of each table's records are, by id (above, up to), from the highest down; none covers another."""
    ranges: list[tuple[int, int]] = []
    for high in sorted(_ends(tables), reverse=True):
        up_to = min(high, ranges[-1][0]) if ranges else high
        if up_to > high - SPAN:
            ranges.append((high - SPAN, up_to))
    return ranges


def _ends(tables: Collection[str]) -> list[int]:
    """The highest id of each table that has one."""
    found = (
        row("SELECT " + ", ".join(f'(SELECT max("id") FROM "{one}")' for one in sorted(set(tables)))) if tables else ()
    )
    return [int(one) for one in found or () if one]
