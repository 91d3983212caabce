"""One database at one size: fill it, then measure ours and raw in turn. Prints medians as JSON on its last line."""

from __future__ import annotations

import csv
import hmac
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from os import urandom
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zhike.site.home import Home, configure

configure(Home.here())

from django.db import connection, transaction  # noqa: E402 - Django stands on its home first
from django.test import Client  # noqa: E402

from tools.benching.fill import PASSWORD, SELLERS, account, fill, fill_deals  # noqa: E402
from zhike.access.signin import create_token, sign_in  # noqa: E402
from zhike.kernel.actor import SYSTEM  # noqa: E402
from zhike.kernel.clock import now  # noqa: E402
from zhike.records.importing.mapping import mapping_of  # noqa: E402
from zhike.records.importing.table import import_table  # noqa: E402
from zhike.records.read import Query, read  # noqa: E402
from zhike.site.commands.migrate import bring_up_to_date  # noqa: E402
from zhike.store.database import is_postgres, rows, run, to_db, write_transaction  # noqa: E402
from zhike.store.home_vault import vault  # noqa: E402

ROUNDS = 30
COLUMNS = "id, title_shown, status, level, industry, region, owner, phone, open_amount_base, last_follow_up"
PAGE = f'SELECT {COLUMNS} FROM "objects_account" WHERE "trashed" IS NULL AND "archived" IS NULL'
STAGES = (
    'SELECT t."stage", count(*), sum(t."amount_base") FROM "objects_opportunity" t JOIN "objects_stage" s ON s."id" = t."stage"'
    ' WHERE t."trashed" IS NULL AND t."archived" IS NULL'
)
DEALS = (
    'SELECT id, title_shown, stage, amount_base, close_on, owner, account FROM "objects_opportunity"'
    ' WHERE "trashed" IS NULL AND "archived" IS NULL'
)
TASKS = 'SELECT id, title_shown, due_on, kind FROM "objects_task" WHERE "trashed" IS NULL AND "status" = \'open\''
Pair = tuple[Callable[[], Any], Callable[[], Any]]


def medians(ours: Callable[[], Any], raw: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median milliseconds of both, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for call in (ours, raw, ours, raw):
        call()
    for _round in range(rounds):
        for call, kept in ((ours, times[0]), (raw, times[1])):
            started = time.perf_counter()
            call()
            kept.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


class Benches:
    """What is measured, on one filled home."""

    def __init__(self, size: int) -> None:
        bring_up_to_date()
        self.size = size
        self.boss, self.seller = fill(size)
        run("ANALYZE")
        self.page = Client()
        self.page.cookies["zhike"] = sign_in("seller0", PASSWORD)
        self.whole = Client()
        self.whole.cookies["zhike"] = sign_in("boss", PASSWORD)
        self.api = Client(headers={"authorization": "Bearer " + create_token(SYSTEM, self.seller)})
        self.chance = random.Random(11)
        self.ids = [line[0] for line in rows('SELECT "id" FROM "objects_account" WHERE "owner" = %s', (self.seller,))]

    def _get(self, client: Client, url: str, headers: dict[str, str] | None = None) -> None:
        answer = client.get(url, headers=headers)
        assert answer.status_code == 200, (url, answer.status_code)

    def _own_page(self, more: str = "", params: tuple[Any, ...] = ()) -> None:
        rows(PAGE + f' AND "owner" = %s {more} ORDER BY "created" DESC, "id" DESC LIMIT 51', (self.seller, *params))

    def list(self) -> Pair:
        """The list page of a seller who sees one account in fifty."""
        return lambda: self._get(self.page, "/accounts"), self._own_page

    def list_api(self) -> Pair:
        """The same list as JSON."""
        return lambda: self._get(self.api, "/api/v1/accounts?size=50"), self._own_page

    def scope(self) -> Pair:
        """The list as JSON under the seller's row scope, beside the same rows asked by one who may see every account."""
        boss = Client(headers={"authorization": "Bearer " + create_token(SYSTEM, self.boss)})
        return (
            lambda: self._get(self.api, "/api/v1/accounts?size=50"),
            lambda: self._get(boss, f"/api/v1/accounts?size=50&where=owner+%3D+{self.seller}"),
        )

    def seal(self) -> Pair:
        """A thousand records sealed: a wrapped data key each, two values with their blind indexes; beside the bare ciphers."""
        keys, raw_key = vault(), AESGCM(urandom(32))

        def ours() -> None:
            for record in range(1000):
                sealer = keys.sealer(record, keys.new_data_key())
                for field, text in (("phone", "13800001111"), ("email", "wang@example.cn")):
                    sealer.seal(field, text)
                    sealer.index(field, text)

        def raw() -> None:
            for _record in range(1000):
                key = AESGCM(urandom(32))
                raw_key.encrypt(urandom(12), urandom(32), b"key")
                for text in (b"13800001111", b"wang@example.cn"):
                    key.encrypt(urandom(12), text, b"field")
                    hmac.digest(b"k" * 32, text, "sha256")

        return ours, raw

    def deep(self) -> Pair:
        """Page 1,000 of the whole list, as a system read, beside its raw keyset."""
        after, at = "", None
        for _page in range(min(1000, self.size // 50 - 2) // 20):
            page = read(SYSTEM, Query("account", size=1000, after=after, count=False, columns=("created",)))
            after, at = page.next, page.rows[-1]
        assert at is not None
        params = (to_db(at["created"]), at.id)
        raw = PAGE + ' AND ("created", "id") < (%s, %s) ORDER BY "created" DESC, "id" DESC LIMIT 51'
        return lambda: read(SYSTEM, Query("account", after=after, count=False)), lambda: rows(raw, params)

    def record(self) -> Pair:
        """A record page: facts, timeline, related lists."""
        chosen = self.chance.choice(self.ids)
        return (
            lambda: self._get(self.page, f"/accounts/{chosen}"),
            lambda: rows('SELECT * FROM "objects_account" WHERE "id" = %s', (chosen,)),
        )

    def panel(self) -> Pair:
        """The panel of one record beside the list."""
        chosen = self.chance.choice(self.ids)
        part = {"HX-Request": "true", "HX-Target": "peek"}
        return (
            lambda: self._get(self.page, f"/accounts?peek={chosen}", part),
            lambda: rows('SELECT * FROM "objects_account" WHERE "id" = %s', (chosen,)),
        )

    def inline(self) -> Pair:
        """One cell of a list saved in place, with log, search and events, beside one UPDATE."""
        chosen = self.chance.choice(self.ids)
        count = iter(range(10**9))
        part = {"HX-Request": "true", "HX-Target": "cell"}

        def ours() -> None:
            typed = {"short_name": f"S{next(count)}"}
            answer = self.page.post(f"/accounts/{chosen}/cell/short_name", typed, headers=part)
            assert answer.status_code == 200, answer.status_code

        def raw() -> None:
            with write_transaction():
                run('UPDATE "objects_account" SET "short_name" = %s WHERE "id" = %s', (f"R{next(count)}", chosen))

        return ours, raw

    def palette(self) -> Pair:
        """Two characters in the search box: records, pages and actions as the box shows them."""
        _api, raw = self.search()
        part = {"HX-Request": "true", "HX-Target": "palette-hits"}
        return lambda: self._get(self.page, "/search?q=%E6%9C%BA%E6%A2%B0", part), raw

    def search(self) -> Pair:
        """Two characters in the search box's API, as the seller."""
        if is_postgres():
            sql = 'SELECT "record" FROM "store_searchrow" WHERE "words" @@ \'机械\'::tsquery ORDER BY "record" DESC LIMIT 200'
        else:
            sql = "SELECT rowid FROM store_search_fts WHERE store_search_fts MATCH '机械' ORDER BY rowid DESC LIMIT 200"
        return lambda: self._get(self.api, "/api/v1/search?q=%E6%9C%BA%E6%A2%B0"), lambda: rows(sql, ())

    def create(self) -> Pair:
        """One account made through the API, beside one INSERT of a like row."""
        count = iter(range(10**9))

        def ours() -> None:
            body = json.dumps({**account(self.chance, 10**7 + next(count), [0] * (SELLERS + 1)), "owner": self.seller})
            answer = self.api.post("/api/v1/accounts", body, content_type="application/json")
            assert answer.status_code == 201, answer.content

        return ours, lambda: self._insert([10**9 + next(count)])

    def imports(self) -> Pair:
        """A thousand rows of a CSV file, beside one executemany of a thousand like rows."""
        path = Path(tempfile.mkdtemp(prefix="zhike-bench-csv-")) / "accounts.csv"
        mapping = mapping_of(
            {"columns": {"name": "name", "short": "short_name", "industry": "industry", "phone": "phone"}}
        )
        count = iter(range(10**9))

        def ours() -> None:
            with open(path, "w", newline="", encoding="utf-8") as out:
                table = csv.writer(out)
                table.writerow(["name", "short", "industry", "phone"])
                for _i in range(1000):
                    one = account(self.chance, 10**8 + next(count), [0] * (SELLERS + 1))
                    table.writerow([one["name"], one["short_name"], one["industry"], one["phone"]])
            assert import_table(SYSTEM, "account", path, mapping, on_error="skip").created == 1000

        return ours, lambda: self._insert([2 * 10**9 + next(count) for _i in range(1000)])

    def _with_deals(self) -> dict[str, int]:
        """The home with its deals, made when the first bench asks for them; the ids of stages by key."""
        if not rows('SELECT 1 FROM "objects_opportunity" LIMIT 1'):
            fill_deals(
                [line[0] for line in rows('SELECT "id" FROM "objects_user" WHERE "login" LIKE \'seller%%\'', ())]
            )
            run("ANALYZE")
        return {code: id_ for id_, code in rows('SELECT "id", "code" FROM "objects_stage"')}

    def home(self) -> Pair:
        """The home page of a seller with one deal in fifty, beside the sums and the lists it shows."""
        self._with_deals()

        def raw() -> None:
            rows(STAGES + ' AND t."owner" = %s GROUP BY t."stage"', (self.seller,))
            rows(DEALS + ' AND "owner" = %s ORDER BY "stage_entered", "id" LIMIT 7', (self.seller,))
            rows(DEALS + ' AND "owner" = %s ORDER BY "close_on", "id" LIMIT 7', (self.seller,))
            rows(TASKS + ' AND "owner" = %s ORDER BY "due_on", "id" LIMIT 9', (self.seller,))

        return lambda: self._get(self.page, "/"), raw

    def dashboard(self) -> Pair:
        """The sales overview of whoever sees every deal, beside its sums in SQL."""
        self._with_deals()

        def raw() -> None:
            for outcome in ("open", "won"):
                rows(STAGES + ' AND s."outcome" = %s GROUP BY t."stage"', (outcome,))
            for column in ("owner", "product", "lost_reason"):
                rows(
                    STAGES.replace('t."stage", count', f't."{column}", count')
                    + f' AND s."outcome" = %s GROUP BY t."{column}"',
                    ("won",),
                )
            rows(
                STAGES.replace('t."stage", count', 'substr(CAST(t."close_on" AS text), 1, 7), count')
                + ' AND s."outcome" = %s GROUP BY 1',
                ("won",),
            )

        return lambda: self._get(self.whole, "/dashboard"), raw

    def board(self) -> Pair:
        """The board of whoever sees every deal, beside the sums of its columns and the first cards of each."""
        stages = self._with_deals()

        def raw() -> None:
            rows(STAGES + ' GROUP BY t."stage"', ())
            for stage in stages.values():
                rows(
                    DEALS + ' AND "stage" = %s AND "close_on" IS NOT NULL ORDER BY "close_on", "id" LIMIT 51', (stage,)
                )

        return lambda: self._get(self.whole, "/opportunities/board?view=all"), raw

    def _insert(self, ids: list[int]) -> None:
        at = to_db(now())
        sql = (
            'INSERT INTO "objects_account" ("id", "version", "created", "changed", "custom", "name", "title_shown", "title_folded",'
            ' "title_sort", "short_name", "status", "industry", "owner") VALUES (%s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)'
        )
        lines = [
            (one, at, at, "{}", f"r{one}", f"r{one}", f"r{one}", f"r{one}", "s", "new", "software", self.seller)
            for one in ids
        ]
        with write_transaction(), connection.cursor() as cursor:
            cursor.executemany(sql, lines)


def main(words: list[str]) -> None:
    """Measure the named benches at the size given first."""
    benches = Benches(int(words[0]))
    found: dict[str, tuple[float, float]] = {}
    for name in words[1:]:
        pair: Pair = getattr(benches, "imports" if name == "import" else name)()
        found[name] = medians(*pair, rounds=5 if name == "import" else ROUNDS)
        if name in ("create", "import"):
            with transaction.atomic():
                run('DELETE FROM "objects_account" WHERE "id" >= %s', (10**9,))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
