"""The home page, the board and the dashboard."""

from __future__ import annotations

from tools.benching.bed import ALL, REP, Bed
from tools.benching.catalogue import Pair, bench
from zhike.store.database import rows

LIVE = 't."trashed" IS NULL AND t."archived" IS NULL'
SUMS = (
    'SELECT {by}, count(*), sum(t."amount_base") FROM "objects_opportunity" t JOIN "objects_stage" s ON s."id" = t."stage"'
    f" WHERE {LIVE}"
)
STAGES = SUMS.format(by='t."stage"')
CARDS = (
    f'SELECT id, title_shown, stage, amount_base, close_on, owner, account FROM "objects_opportunity" t WHERE {LIVE}'
)
TASKS = 'SELECT id, title_shown, due_on, kind FROM "objects_task" WHERE "trashed" IS NULL AND "status" = \'open\''


@bench("home", growth=1.3)
def home(bed: Bed) -> Pair:
    """The home page of a seller, beside the sums and the lists it shows."""
    me = (bed.person(REP),)

    def raw() -> None:
        rows(f'{STAGES} AND t."owner" = %s GROUP BY 1', me)
        rows(f'{CARDS} AND "owner" = %s ORDER BY "stage_entered", "id" LIMIT 7', me)
        rows(f'{CARDS} AND "owner" = %s ORDER BY "close_on", "id" LIMIT 7', me)
        rows(f'{TASKS} AND "owner" = %s ORDER BY "due_on", "id" LIMIT 9', me)

    return lambda: bed.get(bed.page(REP), "/"), raw


@bench("dashboard", growth=1.5, within=150)
def dashboard(bed: Bed) -> Pair:
    """The sales overview of whoever sees every deal, beside its sums in SQL."""
    sums = [f"{STAGES} AND s.\"outcome\" = '{outcome}' GROUP BY 1" for outcome in ("open", "won")]
    for by in ('t."owner"', 't."product"', 't."lost_reason"', 'substr(CAST(t."close_on" AS text), 1, 7)'):
        sums.append(SUMS.format(by=by) + " AND s.\"outcome\" = 'won' GROUP BY 1")

    def raw() -> None:
        for sql in sums:
            rows(sql)

    return lambda: bed.get(bed.page(ALL), "/dashboard"), raw


@bench("board", growth=1.3, within=60)
def board(bed: Bed) -> Pair:
    """A board of 20,000 open deals, beside the sums of its columns and the first cards of each."""
    who = bed.before_a_board
    stages = [line[0] for line in rows('SELECT "id" FROM "objects_stage"')]

    def raw() -> None:
        rows(f"{STAGES} GROUP BY 1")
        for stage in stages:
            rows(f'{CARDS} AND "stage" = %s AND "close_on" IS NOT NULL ORDER BY "close_on", "id" LIMIT 51', (stage,))

    return lambda: bed.get(bed.page(who), "/opportunities/board"), raw
