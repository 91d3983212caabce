"""Saves, imports, and what sealing costs."""

from __future__ import annotations

import csv
import hmac
import json
import tempfile
from itertools import count
from os import urandom
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from tools.benching.bed import REP, Bed
from tools.benching.catalogue import Pair, bench
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.records.importing.mapping import mapping_of
from zhike.records.importing.table import import_table
from zhike.site.demo import words
from zhike.store.database import run, to_db, write_transaction
from zhike.store.home_vault import vault

CELL = {"HX-Request": "true", "HX-Target": "cell"}
ROWS = 1000  # of an import
COLUMNS = "id version created changed custom name title_shown title_folded title_sort short_name status industry owner".split()
_fresh = count(10**9)


@bench("inline")
def inline(bed: Bed) -> Pair:
    """One cell of a list saved in place, with log, search and events, beside one UPDATE."""
    chosen, number = bed.chance.choice(bed.mine), count()

    def ours() -> None:
        typed = {"short_name": f"S{next(number)}"}
        answer = bed.page(REP).post(f"/accounts/{chosen}/cell/short_name", typed, headers=CELL)
        assert answer.status_code == 200, answer.status_code

    def raw() -> None:
        with write_transaction():
            run('UPDATE "objects_account" SET "short_name" = %s WHERE "id" = %s', (f"R{next(number)}", chosen))

    return ours, raw


@bench("create")
def create(bed: Bed) -> Pair:
    """One account made through the API, beside one INSERT of a like row."""

    def ours() -> None:
        body = json.dumps({**account(bed.chance, next(_fresh)), "owner": bed.person(REP)})
        answer = bed.api(REP).post("/api/v1/accounts", body, content_type="application/json")
        assert answer.status_code == 201, answer.content

    return ours, lambda: _insert(bed, 1)


@bench("import", rounds=5)
def import_(bed: Bed) -> Pair:
    """A thousand rows of a CSV file, beside one executemany of a thousand like rows."""
    path = Path(tempfile.mkdtemp(prefix="zhike-bench-csv-")) / "accounts.csv"
    keys = ("name", "short_name", "industry", "phone")
    mapping = mapping_of({"columns": {key: key for key in keys}})

    def ours() -> None:
        with open(path, "w", newline="", encoding="utf-8") as out:
            table = csv.writer(out)
            table.writerow(keys)
            for _row in range(ROWS):
                one = account(bed.chance, next(_fresh))
                table.writerow([one[key] for key in keys])
        assert import_table(SYSTEM, "account", path, mapping, on_error="skip").created == ROWS

    return ours, lambda: _insert(bed, ROWS)


@bench("seal", ratio=4)
def seal(bed: Bed) -> Pair:
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


def account(chance: Random, number: int) -> dict[str, Any]:
    """Raw values of one more account."""
    trade, industry = chance.choice(words.TRADES)
    city, place, region = chance.choice(words.CITIES)
    return {
        "name": f"{city}{chance.choice(words.MARKS)}{trade}{number}有限公司",
        "short_name": f"{chance.choice(words.MARKS)}{trade}",
        "industry": industry,
        "region": region,
        "status": chance.choice(("new", "following", "customer")),
        "phone": f"138{chance.randint(0, 99999999):08d}",
        "address": f"{place}云谷路{chance.randint(1, 300)}号",
    }


def _insert(bed: Bed, many: int) -> None:
    at = to_db(now())
    names = ", ".join(f'"{one}"' for one in COLUMNS)
    sql = f'INSERT INTO "objects_account" ({names}) VALUES ({", ".join(["%s"] * len(COLUMNS))})'
    lines = []
    for _row in range(many):
        one = 10**12 + next(_fresh)
        name = f"r{one}"
        lines.append((one, 1, at, at, "{}", name, name, name, name, "s", "new", "software", bed.person(REP)))
    with write_transaction(), connection.cursor() as cursor:
        cursor.executemany(sql, lines)


def clear() -> None:
    """Take out the rows that only the raw work wrote."""
    with write_transaction():
        run('DELETE FROM "objects_account" WHERE "id" >= %s', (10**12,))
