"""Saves, and what sealing costs."""

from __future__ import annotations

import hmac
import json
import time
from itertools import count
from os import urandom
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from tools.benching.bed import REP, Bed
from tools.benching.catalogue import Pair, bench
from zhike.kernel.clock import now
from zhike.site.demo import words
from zhike.store.database import run, to_db, write_transaction
from zhike.store.home_vault import vault

CELL = {"HX-Request": "true", "HX-Target": "cell"}
COLUMNS = "id version created changed custom name title_shown title_folded title_sort short_name status industry owner".split()
_numbers = count(time.time_ns() // 1000)


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
        body = json.dumps({**account(bed.chance, fresh()), "owner": bed.person(REP)})
        answer = bed.api(REP).post("/api/v1/accounts", body, content_type="application/json")
        assert answer.status_code == 201, answer.content

    return ours, lambda: inserted(bed.person(REP), 1)


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


def fresh() -> int:
    """A number nothing in the home bears yet, however often it was measured."""
    return next(_numbers)


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


def inserted(owner: int, many: int) -> None:
    """Rows like an account's, by one statement and one commit."""
    at = to_db(now())
    names = ", ".join(f'"{one}"' for one in COLUMNS)
    sql = f'INSERT INTO "objects_account" ({names}) VALUES ({", ".join(["%s"] * len(COLUMNS))})'
    lines = []
    for _row in range(many):
        one = 10**12 + fresh()
        name = f"r{one}"
        lines.append((one, 1, at, at, "{}", name, name, name, name, "s", "new", "software", owner))
    with write_transaction(), connection.cursor() as cursor:
        cursor.executemany(sql, lines)
