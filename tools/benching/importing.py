"""Imports: beside the sum of what has to be done at the least, and taken back again."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from itertools import count
from os import urandom
from pathlib import Path
from typing import Any
from unicodedata import normalize

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tools.benching.bed import REP, Bed
from tools.benching.catalogue import Pair, bench
from tools.benching.writing import account, fresh
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.records.importing.mapping import mapping_of
from zhike.records.importing.table import import_table
from zhike.records.undo import MOST_AT_ONCE
from zhike.records.undo_job import in_portions
from zhike.schema.registry import registry
from zhike.store.chain import CHANGE_COLUMNS
from zhike.store.database import insert_many, is_postgres, marks, rows, run, to_db, write_transaction
from zhike.store.search_text import document_tokens, fold, sort_key

ROWS = 1000  # of an import
HEADINGS = ("code", "name", "short_name", "industry", "phone", "owner")
COLUMNS = {"code": "external:erp", **{key: key for key in HEADINGS[1:]}}
KEYS = ("f:{0}", "f2:{1}", "fr:{0}", "f3:{2}", "f:{3}", "f2:{4}", "fr:{3}", "f3:{5}", "p:{6}", "t:{7}", "m:{6}")
FIELDS = ("name", "short_name", "number", "status", "level", "industry")
FIRST = 10**12  # id of the first record that only raw work wrote
LOG = "bench_changes"
_made = count()
_numbers = count(10**6)


class Stages:
    """What an import has to do at the least, done straight, without doors: a thousand rows at a time, rights, rules, defaults,
    roll-ups and outbox left out. The words a document holds (``document_tokens``) and what titles are sorted by are the
    product's own: another way to search would be another product. The log goes into a table like it, since rows of the real
    one are never taken out again."""

    PURE = ("decode", "map", "validate", "resolve", "encrypt")
    WRITES = ("insert", "duplicates", "log", "search")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.master, self.key = AESGCM(urandom(32)), urandom(32)
        self.industries = frozenset(one.key for one in registry.object("account")["industry"].options)
        _make_log()
        for name in self.PURE:
            getattr(self, name)()

    def whole(self) -> None:
        """Every stage once, what writes in one transaction."""
        for name in self.PURE:
            getattr(self, name)()
        self._first = FIRST + next(_made) * ROWS
        with write_transaction():
            for name in self.WRITES:
                getattr(self, name)()

    def alone(self, name: str) -> Callable[[], None]:
        """One stage, in a transaction of its own if it writes."""

        def go() -> None:
            self._first = FIRST + next(_made) * ROWS
            with write_transaction() if name in self.WRITES else nullcontext():
                getattr(self, name)()

        return go

    def decode(self) -> None:
        with open(self.path, newline="", encoding="utf-8") as file:
            self.headings, *self.table = csv.reader(file)

    def map(self) -> None:
        self.rows = [dict(zip(self.headings, map(str.strip, line), strict=True)) for line in self.table]

    def validate(self) -> None:
        for row in self.rows:
            for key in ("name", "short_name", "code"):
                row[key] = normalize("NFC", row[key])
                assert len(row[key]) <= 160, row
                assert _CONTROL.search(row[key]) is None, row
            assert row["industry"] in self.industries, row
            assert _MOBILE.fullmatch(row["phone"]), row
            row["phone"] = row["phone"] if row["phone"].startswith("+") else "+86" + row["phone"]

    def resolve(self) -> None:
        words = sorted({row["owner"] for row in self.rows})
        found = dict(rows(f'SELECT "login", "id" FROM "objects_user" WHERE "login" IN ({marks(words)})', words))
        self.owners = [found[row["owner"]] for row in self.rows]

    def duplicates(self) -> None:
        codes = [row["code"] for row in self.rows]
        sql = f'SELECT "value", "record" FROM "store_externalid" WHERE "object" = %s AND "source" = %s AND "value" IN ({marks(codes)})'
        rows(sql, ("account", "erp", *codes))
        lines = []
        for number, row in enumerate(self.rows):
            name, short, phone = row["name"], row["short_name"], row["phone"]
            parts = (name, name[:2], name[-3:], short, short[:2], short[-3:], phone, phone[-8:])
            lines += [("account", self._index(key.format(*parts)), self._id(number)) for key in KEYS]
        insert_many("store_alikekey", ("object", "key", "record"), sorted(lines))

    def encrypt(self) -> None:
        self.sealed = []
        for row in self.rows:
            raw = urandom(32)
            cipher, text = AESGCM(raw), row["phone"].encode()
            wrapped = _coded(self.master.encrypt(urandom(12), raw, b"key"))
            envelopes = [_coded(cipher.encrypt(urandom(12), text, b"phone")) for _place in ("row", "log")]
            self.sealed.append((wrapped, *envelopes, self._index(row["phone"]), self._index(row["phone"][-4:])))

    def insert(self) -> None:
        at, lines = to_db(now()), []
        for number, (row, owner, sealed) in enumerate(zip(self.rows, self.owners, self.sealed, strict=True)):
            name = row["name"]
            facts = (self._id(number), 1, at, at, "{}", name, name, fold(name), sort_key(name))
            values = (row["short_name"], f"KH-{next(_numbers)}", "new", "normal", row["industry"], owner, 0)
            lines.append((*facts, *values, sealed[0], sealed[1], sealed[3], sealed[4]))
        insert_many("objects_account", _FILLED, lines)
        ids = [("account", "erp", f"R{self._id(number)}", self._id(number)) for number in range(len(self.rows))]
        insert_many("store_externalid", ("object", "source", "value", "record"), ids)

    def log(self) -> None:
        at, lines, digests = now(), [], []
        for number, (row, sealed) in enumerate(zip(self.rows, self.sealed, strict=True)):
            body: dict[str, Any] = {key: [None, row.get(key, "new")] for key in FIELDS}
            body |= {"phone": [None, {"sealed": sealed[2]}], "owner": [None, 1], "created": [None, str(at)]}
            line = (1, "account", self._id(number), 1, "create", 0, to_db(at), json.dumps(body, ensure_ascii=False))
            digests.append(hashlib.sha256(repr(line).encode()).digest())
            lines.append(line)
        hmac.digest(self.key, b"".join(digests), "sha256")
        insert_many(LOG, CHANGE_COLUMNS, lines)

    def search(self) -> None:
        lines = []
        for number, (row, sealed) in enumerate(zip(self.rows, self.sealed, strict=True)):
            keyed = ["o1o", "x6163636f756e74x"] + [
                "k" + hashlib.sha256(one.encode()).hexdigest()[:20] for one in sealed[3:]
            ]
            texts = [(row["name"], 10), (row["short_name"], 5), (f"KH-{number}", 1)]
            lines.append((self._id(number), "account", " ".join(document_tokens(texts, keyed).tokens), to_db(False)))
        insert_many("store_searchrow", ("record", "object", "tokens", "cut"), lines, at_once=True)

    def _id(self, number: int) -> int:
        return self._first + number

    def _index(self, text: str) -> str:
        return _coded(hmac.digest(self.key, text.encode(), "sha256")[:16])


_first_columns = ("id", "version", "created", "changed", "custom", "name", "title_shown", "title_folded", "title_sort")
_more_columns = ("short_name", "number", "status", "level", "industry", "owner", "open_deals")
_FILLED = (*_first_columns, *_more_columns, "vault", "phone", "phone_whole", "phone_tail")
_CONTROL = re.compile("[\x00-\x1f\x7f\u2028\u2029]")
_MOBILE = re.compile(r"(\+86)?1[3-9]\d{9}")


def _coded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def clear() -> None:
    """Take out what only the raw work wrote."""
    with write_transaction():
        run('DELETE FROM "objects_account" WHERE "id" >= %s', (FIRST,))
        for table in ("store_alikekey", "store_searchrow", "store_externalid"):
            run(f'DELETE FROM "{table}" WHERE "record" >= %s', (FIRST,))
        run(f'DROP TABLE IF EXISTS "{LOG}"')


def _make_log() -> None:
    """An empty table like the change log, with its indexes."""
    run(f'DROP TABLE IF EXISTS "{LOG}"')
    if is_postgres():
        run(f'CREATE TABLE "{LOG}" (LIKE "store_changerow" INCLUDING ALL)')
        return
    for kind, sql in rows("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'store_changerow' AND sql IS NOT NULL"):
        if kind in ("table", "index"):
            run(sql.replace("store_changerow", LOG).replace('INDEX "', 'INDEX "bench_', 1))


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="zhike-bench-csv-"))


def written(bed: Bed, many: int, name: str) -> Path:
    """A file of accounts that are not there yet."""
    path = _folder() / name
    with open(path, "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(HEADINGS)
        for _row in range(many):
            number = fresh()
            one = {**account(bed.chance, number), "code": f"C{number}", "owner": REP}
            table.writerow([one[key] for key in HEADINGS])
    return path


def brought_in(bed: Bed, many: int = ROWS) -> int:
    """Bring in accounts; returns the operation."""
    done = import_table(
        SYSTEM,
        "account",
        written(bed, many, "accounts.csv"),
        mapping_of({"columns": COLUMNS, "key": "external"}),
        on_error="skip",
    )
    assert done.created == many, done.problems[:3]
    assert done.operation is not None
    return done.operation


@cache
def _stages(bed: Bed) -> Stages:
    return Stages(written(bed, ROWS, "raw.csv"))


@bench("import", ratio=3, rounds=7)
def import_(bed: Bed) -> Pair:
    """A thousand rows of a CSV file, beside the sum of their raw stages."""
    return lambda: brought_in(bed), _stages(bed).whole


def _stage(name: str) -> None:
    bench(f"import.{name}", rounds=5)(lambda bed: (_stages(bed).alone(name), None))


for _name in (*Stages.PURE, *Stages.WRITES):
    _stage(_name)


@bench("import.undo", ratio=2, rounds=3)
def undo(bed: Bed) -> Pair:
    """An import of two hundred rows taken back as the job does it, beside that import."""
    brought: list[int] = []

    def ours() -> None:
        in_portions(
            SYSTEM,
            brought.pop() if brought else brought_in(bed, MOST_AT_ONCE),
            (),
            {},
            lambda *_place: None,
            lambda *_step: None,
        )

    return ours, lambda: brought.append(brought_in(bed, MOST_AT_ONCE))
