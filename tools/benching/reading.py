"""Lists, records and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools.benching.bed import ALL, REP, SHARED_WITH, TEAM, Bed
from tools.benching.catalogue import Pair, bench
from tools.benching.invented import SCORE
from zhike.access.signin import actor_of_login
from zhike.kernel.actor import SYSTEM
from zhike.records.asking import order
from zhike.records.paging import encode_cursor
from zhike.records.read import Query, count, read
from zhike.schema.registry import registry
from zhike.store.database import rows

COLUMNS = (
    "id, title_shown, status, level, industry, region, owner, phone, open_amount, open_amount_currency, last_follow_up"
)
PAGE = f'SELECT {COLUMNS} FROM "objects_account" WHERE "trashed" IS NULL AND "archived" IS NULL'
NEWEST = 'ORDER BY "created" DESC, "id" DESC LIMIT 51'
PEEK = {"HX-Request": "true", "HX-Target": "peek"}
SORTS = {"": "", "amount": "-open_amount", "score": SCORE}
"""What a list is sorted by: as it comes, by a column with an index, by a field the company added."""


def own_page(bed: Bed) -> Callable[[], Any]:
    """The rows of the first page of a seller, asked in SQL."""
    owner = (bed.person(REP),)
    return lambda: rows(f'{PAGE} AND "owner" = %s {NEWEST}', owner)


@bench("list", ratio=40, growth=1.3)
def list_(bed: Bed) -> Pair:
    """The list page of a seller who sees one account in two hundred."""
    return lambda: bed.get(bed.page(REP), "/accounts"), own_page(bed)


@bench("list_api", ratio=10, growth=1.3)
def list_api(bed: Bed) -> Pair:
    """The same list as JSON."""
    return lambda: bed.get(bed.api(REP), "/api/v1/accounts?size=50"), own_page(bed)


def _of(who: str, sort: str) -> Callable[[Bed], Pair]:
    def make(bed: Bed) -> Pair:
        url = "/accounts" + (f"?sort={sort}" if sort else "")
        return lambda: bed.get(bed.page(who), url), None

    return make


for _who, _login in (("rep", REP), ("shared", SHARED_WITH), ("team", TEAM), ("all", ALL)):
    for _name, _sort in SORTS.items():
        bench(f"list_{_who}_{_name}".strip("_"), growth=0 if _sort else 1.3, within=60)(_of(_login, _sort))


@bench("scope", ratio=1.3)
def scope(bed: Bed) -> Pair:
    """The list as JSON under the seller's row scope, beside the same rows asked by one who may see every account."""
    url = f"/api/v1/accounts?size=50&where=owner+%3D+{bed.person(REP)}"
    return lambda: bed.get(bed.api(REP), "/api/v1/accounts?size=50"), lambda: bed.get(bed.api(ALL), url)


@bench("deep", ratio=1.3, growth=1.3)
def deep(bed: Bed) -> Pair:
    """Page 10,000 of the whole list (the last whole one of a smaller home), beside page 1."""
    actor, spec = actor_of_login(ALL, "api"), registry.object("account")
    before = 50 * min(10_000, bed.size // 50 - 1) - 50
    line = rows(
        'SELECT "created", "id" FROM "objects_account" WHERE "trashed" IS NULL ORDER BY "created" DESC, "id" DESC'
        f" LIMIT 1 OFFSET {before - 1}"
    )[0]
    after = encode_cursor(order(SYSTEM, spec, ""), line[:1], line[1])
    deep, first = Query("account", after=after, count=False), Query("account", count=False)
    return lambda: read(actor, deep), lambda: read(actor, first)


@bench("record", within=30, growth=1.3)
def record(bed: Bed) -> Pair:
    """The page of a record with two thousand follow-ups: facts, timeline, related lists."""
    return lambda: bed.get(bed.page(REP), f"/accounts/{bed.rich}"), _row(bed)


@bench("panel", growth=1.3)
def panel(bed: Bed) -> Pair:
    """The panel of that record beside the list."""
    return lambda: bed.get(bed.page(REP), f"/accounts?peek={bed.rich}", PEEK), _row(bed)


def _row(bed: Bed) -> Callable[[], Any]:
    return lambda: rows('SELECT * FROM "objects_account" WHERE "id" = %s', (bed.rich,))


@bench("count", ratio=1.3)
def count_(bed: Bed) -> Pair:
    """How many accounts are in touch, counted to ten thousand, beside counting all of them."""
    actor = actor_of_login(ALL, "api")
    sql = 'SELECT count(*) FROM "objects_account" WHERE "trashed" IS NULL AND "archived" IS NULL AND "status" = %s'
    return lambda: count(actor, "account", "status = following"), lambda: rows(sql, ("following",))
