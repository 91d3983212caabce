"""What keeping the cube of deals costs whoever changes one."""

from __future__ import annotations

from itertools import cycle

from tools.benching.bed import REP, Bed
from tools.benching.catalogue import Pair, bench
from zhike.store.database import rows, run, write_transaction


@bench("cube")
def cube(bed: Bed) -> Pair:
    """A deal moved to another stage by SQL, noted for its cube, beside a field changed that no cube knows."""
    stages = cycle(line[0] for line in rows('SELECT "id" FROM "objects_stage" ORDER BY "id" LIMIT 2'))
    deal = rows('SELECT max("id") FROM "objects_opportunity" WHERE "owner" = %s', (bed.person(REP),))[0][0]

    def change(column: str) -> None:
        with write_transaction():
            run(f'UPDATE "objects_opportunity" SET "{column}" = %s WHERE "id" = %s', (next(stages), deal))

    return lambda: change("stage"), lambda: change("changed_by")
