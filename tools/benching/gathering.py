"""Segments of every customer, and customers that are here already."""

from __future__ import annotations

from itertools import count
from random import Random

from tools.benching.bed import ALL, DIVISION, REP, Bed
from tools.benching.catalogue import Pair, bench
from tools.benching.writing import account
from zhike.insight.duplicates_kept import scan_all
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.segments.keeping import settle, written
from zhike.records.segments.kept import complete, segment_named
from zhike.records.segments.membership import LARGEST, sweep
from zhike.records.write import write
from zhike.store.database import row, rows, run, write_transaction

CONDITIONS = "level in (key, normal, small) and owner.active = yes"
"""Every customer, with a look at their owners: a change of one touches all that they own."""


def _segment() -> int:
    """A segment of every account, complete."""
    found = segment_named("account", "bench_all")
    if found is None:
        values = {
            "name": "Everybody", "code": "bench_all", "object": "account", "where": CONDITIONS, "shared": "everybody",
        }  # fmt: skip
        write(SYSTEM, Command("create", "segment", values=values))
        found = segment_named("account", "bench_all")
        assert found is not None
        settle([found.id])
    if not found.ready:
        _ask_all(telling=False)
    return found.id


def _ask_all(*, telling: bool) -> None:
    """All portions one after the other, as the job asks them."""
    segment = segment_named("account", "bench_all")
    assert segment is not None
    after = 0
    while after != LARGEST:
        with write_transaction():
            after, _number = sweep(segment, after, telling=telling)
            if after == LARGEST:
                complete(segment)


@bench("segment_count", within=300, growth=1.3)
def segment_count(bed: Bed) -> Pair:
    """The page of a segment of every account, with its number, for whoever sees them all; beside counting the members."""
    one = _segment()
    sql = 'SELECT count(*) FROM "store_segmentmember" WHERE "segment" = %s'
    return lambda: bed.get(bed.page(ALL), f"/segments/{one}"), lambda: rows(sql, (one,))


@bench("segment_count_half", within=300)
def segment_count_half(bed: Bed) -> Pair:
    """The same for a manager who sees half of them."""
    one = _segment()
    return lambda: bed.get(bed.page(DIVISION), f"/segments/{one}"), None


@bench("segment_list", growth=1.3)
def segment_list(bed: Bed) -> Pair:
    """The seller's customers in that segment, the first page."""
    one = _segment()
    return lambda: bed.get(bed.api(REP), f"/api/v1/accounts?where=segment={one}"), None


@bench("segment_change", growth=1.3)
def segment_change(bed: Bed) -> Pair:
    """One account changed, and every segment brought up to date for it; beside the change."""
    _segment()
    number, chosen = count(), bed.mine[7]

    def raw() -> None:
        with write_transaction():
            level = ("key", None)[next(number) % 2]
            run('UPDATE "objects_account" SET "level" = %s WHERE "id" = %s', (level, chosen))

    def ours() -> None:
        raw()
        written("account", {frozenset({"level"}): [chosen]})

    return ours, raw


@bench("segment_owner", rounds=3)
def segment_owner(bed: Bed) -> Pair:
    """A change of one seller, which touches all that they own: the most that is asked for one by one."""
    _segment()
    return lambda: written("user", {frozenset({"active"}): [bed.person(REP)]}), None


@bench("segment_all", rounds=1)
def segment_all(bed: Bed) -> Pair:
    """All members asked for anew, as after a change that touches more than that, in the background."""
    _segment()
    return lambda: _ask_all(telling=True), None


@bench("alike", within=20, growth=1.3)
def alike(bed: Bed) -> Pair:
    """Is this one here already? The question of the form while somebody types; beside one key looked up."""
    chance, number = Random(3), count()

    def ours() -> None:
        typed = {key: str(value) for key, value in account(chance, next(number)).items() if key in ("name", "phone")}
        headers = {"HX-Request": "true", "HX-Target": "same"}
        answer = bed.page(REP).post("/accounts/new?part=same", typed, headers=headers)
        assert answer.status_code == 200, answer.status_code

    key = (row('SELECT "key" FROM "store_alikekey" ORDER BY "id" LIMIT 1') or ("",))[0]
    sql = 'SELECT "record" FROM "store_alikekey" WHERE "object" = %s AND "key" = %s LIMIT 41'
    return ours, lambda: rows(sql, ("account", key))


@bench("duplicates", rounds=1)
def duplicates(_bed: Bed) -> Pair:
    """Every account held against those that share something with it, as the job does; within ten minutes for a million."""
    return lambda: scan_all("account"), None
