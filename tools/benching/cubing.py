"""What figures cost: pages made of them, and keeping the cube of deals for whoever changes one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from tools.benching.bed import ALL, REP, SHARED_WITH, TEAM, Bed
from tools.benching.catalogue import Pair, bench
from zhike.store.database import rows, run, write_transaction


def _of(who: str, url: str) -> Callable[[Bed], Pair]:
    def make(bed: Bed) -> Pair:
        return lambda: bed.get(bed.page(who), url), None

    return make


for _name, _who in (("rep", REP), ("shared", SHARED_WITH), ("team", TEAM), ("all", ALL)):
    bench(f"dashboard_{_name}", growth=3, within=150)(_of(_who, "/dashboard"))
    bench(f"home_{_name}", growth=3, within=150)(_of(_who, "/"))


@bench("cube")
def cube(bed: Bed) -> Pair:
    """A deal moved to another stage by SQL, noted for its cube, beside a field changed that no cube knows."""
    stages = cycle(line[0] for line in rows('SELECT "id" FROM "objects_stage" ORDER BY "id" LIMIT 2'))
    deal = rows('SELECT max("id") FROM "objects_opportunity" WHERE "owner" = %s', (bed.person(REP),))[0][0]

    def change(column: str) -> None:
        with write_transaction():
            run(f'UPDATE "objects_opportunity" SET "{column}" = %s WHERE "id" = %s', (next(stages), deal))

    return lambda: change("stage"), lambda: change("changed_by")
