"""Where a scan keeps what it needs until it ends: a file of its own beside the memory, so that a million records need no more
of it than a thousand. What records say is sealed there with a key that is never written; keys are keyed hashes."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from zhike.records.likeness.declared import Forms
from zhike.records.likeness.firms import Firm
from zhike.records.likeness.people import Name

REMEMBERED = 20_000  # forms and counts, each
TOGETHER = 20  # portions whose pairs are brought together at once
MEMORY = 48_000  # kilobytes of the file that are held
_NAMED: dict[str, Any] = {one.__name__: one for one in (Firm, Name)}
_NAMES = {one: name for name, one in _NAMED.items()}
_TAG = 15
_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{memory}; PRAGMA temp_store = FILE;
CREATE TABLE form (record INTEGER PRIMARY KEY, sealed BLOB);
CREATE TABLE key (hash INTEGER, record INTEGER);
CREATE TABLE pair (one INTEGER, two INTEGER);
CREATE TABLE found (one INTEGER, two INTEGER, score REAL);
"""
_BLOCKS = """
CREATE INDEX by_hash ON key (hash, record);
CREATE TABLE block (hash INTEGER PRIMARY KEY, many INTEGER);
INSERT INTO block SELECT hash, count(*) FROM key GROUP BY hash HAVING count(*) > 1;
"""
_PAIRS = """
INSERT INTO pair
SELECT a.record, b.record FROM key a CROSS JOIN block ON block.hash = a.hash
CROSS JOIN key b ON b.hash = a.hash AND b.record > a.record
WHERE a.rowid BETWEEN :first AND :last AND block.many <= :largest GROUP BY 1, 2
HAVING min(block.many) <= :few OR min(block.hash & :tag) <> max(block.hash & :tag) ORDER BY 1, 2
"""


class Scratch:
    """Forms, keys and pairs of records while they are held against each other; gone when the block is left."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zhike-scan-")
        self.folder = self._folder.name
        self._base = sqlite3.connect(Path(self.folder) / "scan", isolation_level=None)
        self._base.executescript(_TABLES.format(memory=MEMORY))
        self._ends: list[int] = []  # the last row of the keys of each portion
        self._box, self._salt = AESGCM(token_bytes(32)), token_bytes(32)
        self.forms = lru_cache(maxsize=REMEMBERED)(self._opened)
        self.many = lru_cache(maxsize=REMEMBERED)(self._counted)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, given: Sequence[tuple[int, Any, Mapping[str, int]]]) -> None:
        """Keep records: their ids, forms, and keys with the comparison each is of."""
        self._base.execute("BEGIN")
        self._base.executemany(
            "INSERT INTO form VALUES (?, ?)",
            [(one, self._box.encrypt(_nonce(one), _written(forms), None)) for one, forms, _keys in given],
        )
        self._ends.append((self._ends[-1] if self._ends else 0) + sum(len(keys) for _one, _forms, keys in given))
        self._base.executemany(
            "INSERT INTO key VALUES (?, ?)",
            [(self._hash(key) | at & _TAG, one) for one, _forms, keys in given for key, at in keys.items()],
        )
        self._base.execute("COMMIT")

    def gather(self, largest: int, few: int) -> int:
        """After the last record was added: bring together every two that share a key that at most ``largest`` records have
        and another of another comparison, or one that at most ``few`` have. Returns how many pairs these are."""
        self._base.executescript(_BLOCKS)
        for at in range(0, len(self._ends), TOGETHER):  # what is sorted at once is sorted in memory
            first = self._ends[at - 1] + 1 if at else 1
            last = self._ends[min(at + TOGETHER, len(self._ends)) - 1]
            given = {"first": first, "last": last, "largest": largest, "few": few, "tag": _TAG}
            self._base.execute(_PAIRS, given)
        return int(self._base.execute("SELECT count(*) FROM pair").fetchone()[0])

    def ids(self) -> Iterator[int]:
        """The ids of all records."""
        yield from (one for (one,) in self._base.execute("SELECT record FROM form ORDER BY record"))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The pairs that were gathered, in order of their ids."""
        yield from self._base.execute("SELECT one, two FROM pair ORDER BY rowid")

    def keep(self, one: int, two: int, score: float) -> None:
        """Keep a pair that was found."""
        self._base.execute("INSERT INTO found VALUES (?, ?, ?)", (one, two, score))

    def kept(self) -> Iterator[tuple[int, int, float]]:
        """The pairs that were found."""
        yield from self._base.execute("SELECT one, two, score FROM found ORDER BY one, two")

    def _opened(self, record: int) -> Any:
        (sealed,) = self._base.execute("SELECT sealed FROM form WHERE record = ?", (record,)).fetchone()
        return _read(self._box.decrypt(_nonce(record), sealed, None))

    def _counted(self, key: str) -> int:
        """How many records have a key; whoever asks has one that does."""
        first = self._hash(key)
        sql = "SELECT max(many) FROM block WHERE hash BETWEEN ? AND ?"
        return self._base.execute(sql, (first, first + _TAG)).fetchone()[0] or 1

    def _hash(self, key: str) -> int:
        """With room for a comparison's number at its end."""
        return int.from_bytes(blake2b(key.encode(), digest_size=8, key=self._salt).digest(), signed=True) & ~_TAG


def _written(forms: Forms) -> bytes:
    return json.dumps([[at, _plain(form)] for at, form in forms.items()], ensure_ascii=False).encode()


def _read(text: bytes) -> Forms:
    return {at: _form(plain) for at, plain in json.loads(text)}


def _plain(form: Any) -> Any:
    """Tuples as lists that begin with the name of what they are."""
    return [_NAMES.get(type(form), ""), *map(_plain, form)] if isinstance(form, tuple) else form


def _form(plain: Any) -> Any:
    if not isinstance(plain, list):
        return plain
    parts, named = map(_form, plain[1:]), _NAMED.get(plain[0])
    return named(*parts) if named else tuple(parts)


def _nonce(record: int) -> bytes:
    return record.to_bytes(12)
