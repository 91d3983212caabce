"""The search box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tools.benching.bed import ALL, REP, Bed
from tools.benching.catalogue import Pair, bench
from zhike.store.database import is_postgres, rows

TWO = "机械"
ASKED = {
    "one": "机", "two": TWO, "initials": "jmjx", "tail": "5678", "mixed": "苏州 jixie", "nothing": "龘靐齉",
}  # fmt: skip
BOX = {"HX-Request": "true", "HX-Target": "palette-hits"}


def _raw() -> Callable[[], Any]:
    if is_postgres():
        sql = f'SELECT "record" FROM "store_searchrow" WHERE "words" @@ \'{TWO}\'::tsquery ORDER BY "record" DESC LIMIT 200'
    else:
        sql = f"SELECT rowid FROM store_search_fts WHERE store_search_fts MATCH '{TWO}' ORDER BY rowid DESC LIMIT 200"
    return lambda: rows(sql, ())


def _asked(who: str, text: str) -> Callable[[Bed], Pair]:
    def make(bed: Bed) -> Pair:
        return lambda: bed.get(bed.api(who), f"/api/v1/search?q={quote(text)}"), None

    return make


for _name, _text in ASKED.items():
    bench(f"search_{_name}", growth=1.3, within=15)(_asked(ALL, _text))
    bench(f"search_{_name}_rep", growth=1.3, within=15)(_asked(REP, _text))


@bench("search")
def search(bed: Bed) -> Pair:
    """Two characters in the search box's API, as the seller, beside the bare full-text query."""
    return lambda: bed.get(bed.api(REP), f"/api/v1/search?q={quote(TWO)}"), _raw()


@bench("palette")
def palette(bed: Bed) -> Pair:
    """The same in the search box: records, pages and actions as it shows them."""
    return lambda: bed.get(bed.page(REP), f"/search?q={quote(TWO)}", BOX), _raw()
