"""Questions made at random over every field of some objects, shipped and custom: what the database answers, and what the
predicate says. Both are told by the place of a record, so that two databases can be compared."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.contract.made import EVERYTHING, make_custom_object, writable
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.errors import Refused
from zhike.query.lexer import quoted
from zhike.query.predicate import compile_predicate, scalar_at
from zhike.query.tree import Path
from zhike.records.aggregate import aggregate
from zhike.records.asking import question
from zhike.records.read import Query, read, read_one
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref

OBJECTS = ("account", "contact", "lead", "task", EVERYTHING)
RECORDS = 24
TEXTS = ("ACME", "Ａcme Straße", "钢铁 100%", "a_b", "x!y", "É", "Zoë\\n", "华信")
DAYS = ("2026-02-28", "2026-03-01", "2026-03-09", "2024-02-29")
INSTANTS = tuple(datetime(2026, 2, 28, hour, 30, tzinfo=UTC).isoformat() for hour in (0, 15, 16, 23))
PHONES = ("13812345678", "13900005678", "021-62345678")
MAILS = ("a@example.cn", "b@mail.example.cn")
NUMBERS = ("1", "3", "100", "12.5")
ORDER = ("=", "!=", "<", "<=", ">", ">=")
PERIODS = ("2026-03", "2026Q1", "2026-W09", "2026", "2026-02-28..2026-03-01", "last 3 months", "this year")
# kind: values to store, values to ask with
POOLS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "text": (TEXTS, tuple(map(quoted, (*TEXTS, "acme", "STRASSE", "%", "_", "!")))),
    "long_text": (TEXTS, tuple(map(quoted, (*TEXTS, "acme", "%")))),
    "number": ((1, 3, 100), NUMBERS),
    "percent": (("12", "60"), ("12%", "60")),
    "money": (("0", "12.50", "-3", "100000"), ("12.5", "-3", "10万")),
    "duration": ((0, 45, 90), ("0", "45", "90")),
    "date": (DAYS, (*DAYS, "today", "2026-02-28 + 1 day")),
    "instant": (INSTANTS, (*DAYS, "2026-03-01T08:30", "now - 2 hours")),
    "yes_no": ((True, False), ("true", "false")),
    "phone": (PHONES, (*map(quoted, PHONES), '"5678"')),
    "email": (MAILS, (*map(quoted, MAILS), '"example.cn"')),
    "address": (("江苏省苏州市吴中区某路1号", "上海市"), ("江苏省", "上海市")),
    "url": (("https://example.cn/a", "https://example.com/b"), ('"https://example.cn/a"', '"example"')),
}
OPERATORS = {
    "text": ("=", "!=", "~"), "long_text": ("~",), "yes_no": ("=", "!="), "choice": ("=", "!=", "in", "not in"),
    "choices": ("has", "not has"), "link": ("=", "!="), "links": ("has", "not has"), "phone": ("=", "!=", "ends"),
    "email": ("=", "!=", "domain"), "address": ("=", "!="), "url": ("=", "!=", "~"),
}  # fmt: skip


@dataclass
class Asked:
    """What came of the questions: how many were answered, how many refused, and the answers as one digest."""

    answered: int = 0
    refused: int = 0
    differ: list[str] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)

    def tell(self, *what: Any) -> None:
        """Take an answer into the digest."""
        self.digest.update(json.dumps(what, ensure_ascii=False, default=str).encode())


class World:
    """Records of some objects with values at random, many of them empty; the same on every database."""

    def __init__(self, seed: int = 7) -> None:
        make_custom_object()
        self.draw = random.Random(seed)
        self.ids: dict[str, list[int]] = {}
        self.known: dict[tuple[str, int], dict[str, Any]] = {}
        for key in OBJECTS:
            self._fill(registry.object(key))

    def _fill(self, spec: ObjectSpec) -> None:
        lines = [
            {one.key: self._stored(one, number) for one in writable(spec) if self._wanted(one)}
            for number in range(RECORDS)
        ]
        commands = [
            Command("create", spec.key, values={key: value for key, value in line.items() if value is not None})
            for line in lines
        ]
        results = write_many(SYSTEM, commands, why="questions").results
        assert all(isinstance(one, Done) for one in results), results
        self.ids[spec.key] = [one.id for one in results if isinstance(one, Done)]

    def _wanted(self, one: FieldSpec) -> bool:
        return one.required or (not one.unique and not one.format and self.draw.random() < 0.7)

    def _stored(self, one: FieldSpec, number: int) -> Any:
        if one.options:
            keys = [option.key for option in one.options if option.active][:3]
            return self.draw.choice([[keys[0]], keys[:2]] if one.kind == "choices" else keys)
        if one.kind in ("link", "links", "any_link"):
            known = self.ids.get(one.to if one.kind != "any_link" else "account")
            if not known:
                return None
            picked = self.draw.choice(known)
            return {"link": picked, "links": [picked, known[0]], "any_link": f"account:{picked}"}[one.kind]
        pool = POOLS.get(one.kind)
        value = self.draw.choice(pool[0]) if pool else None
        return value[: one.max or 100] if isinstance(value, str) and one.kind == "text" else value

    # -- making questions ---------------------------------------------------------------------------------------------
    def condition(self, spec: ObjectSpec, through: str = "") -> str:
        """One comparison over a field of the object, or of one it links to."""
        kind = self.draw.choice(sorted({each.kind for each in spec.fields} - {"file", "rich_text"}))
        one = self.draw.choice([each for each in spec.fields if each.kind == kind])
        if one.kind == "link" and one.to in OBJECTS and not through and self.draw.random() < 0.4:
            return self.condition(registry.object(one.to), f"{one.key}.")
        name, kind = f"{through}{one.key}", one.result if one.kind in ("formula", "roll_up") else one.kind
        roll = self.draw.random()
        if roll < 0.15:
            return f"{name} is {self.draw.choice(('', 'not '))}empty"
        if kind in ("date", "instant") and roll < 0.4:
            return f"{name} {self.draw.choice(('', 'not '))}within {self.draw.choice(PERIODS)}"
        values: tuple[str, ...] = tuple(option.key for option in one.options) or POOLS.get(kind, ((), ("1",)))[1]
        if kind in ("link", "links"):
            values = (*map(quoted, TEXTS[:2]), "1000")
        operator = self.draw.choice(OPERATORS.get(kind, ORDER))
        value = self.draw.choice(values)
        if operator in ("in", "not in") or (operator in ORDER[:2] and roll > 0.9):
            operator = operator if "in" in operator else "in"
            value = f"({', '.join(self.draw.sample(values, min(2, len(values))))})"
        return f"{name} {operator} {value}"

    def filter(self, spec: ObjectSpec, depth: int = 2) -> str:
        """A filter of up to eight conditions."""
        roll = self.draw.random()
        if depth == 0 or roll < 0.5:
            return self.condition(spec)
        if roll < 0.62:
            return f"not ({self.filter(spec, depth - 1)})"
        word = " and " if roll < 0.8 else " or "
        return f"({word.join(self.filter(spec, depth - 1) for _part in range(2))})"

    # -- asking -------------------------------------------------------------------------------------------------------
    def ask(self, count: int) -> Asked:
        """So many filters, each asked of the database and of the predicate, with a sort; every fifth as a report."""
        done = Asked()
        for number in range(count):
            spec = registry.object(OBJECTS[number % len(OBJECTS)])
            where, sort = self.filter(spec), self._sort(spec)
            done.tell(where, sort)
            try:
                found = [self._place(spec.key, row.id) for row in self._read(spec.key, where, sort)]
            except Refused as refused:
                done.refused += 1
                done.tell(type(refused).__name__)
                continue
            done.answered += 1
            done.tell(found)
            if sorted(found) != (said := self._accepted(spec, where)):
                done.differ.append(f"{spec.key}: {where}: {sorted(found)} and not {said}")
            if number % 5 == 0:
                self._report(spec, where, done)
        return done

    def _sort(self, spec: ObjectSpec) -> str:
        name = self.draw.choice(
            [one.key for one in spec.fields if one.kind in ("text", "number", "date", "money", "choice")]
        )
        return self.draw.choice(("", "-")) + name

    def _read(self, key: str, where: str, sort: str) -> list[Any]:
        known = set(self.ids[key])
        try:
            page = read(SYSTEM, Query(key, where=where, sort=sort, size=1000, count=False, archived="all"))
        except Refused:
            page = read(SYSTEM, Query(key, where=where, size=1000, count=False, archived="all"))
        return [row for row in page.rows if row.id in known]

    def _place(self, key: str, id: int) -> int:
        return self.ids[key].index(id)

    def _accepted(self, spec: ObjectSpec, where: str) -> list[int]:
        holds = compile_predicate(question(SYSTEM, spec, where), lambda _share: False)
        return [place for place, one in enumerate(self.ids[spec.key]) if holds(partial(self._value, spec.key, one))]

    def _value(self, key: str, id: int, path: Path) -> Any:
        values = self._values(key, id)
        for link in path.links:
            ref = values.get(link.key)
            if not isinstance(ref, Ref):
                return None
            values = self._values(ref.object, ref.id)
        return scalar_at(path, values.get(path.field.key))

    def _values(self, key: str, id: int) -> dict[str, Any]:
        if (key, id) not in self.known:
            self.known[key, id] = dict(read_one(SYSTEM, key, id).values)
        return self.known[key, id]

    def _report(self, spec: ObjectSpec, where: str, done: Asked) -> None:
        by = self.draw.choice([one.key for one in spec.fields if one.kind in ("choice", "yes_no")] or [""])
        numbers = [one.key for one in spec.fields if one.kind in ("number", "money")]
        measures = ["count", *(f"{self.draw.choice(('sum', 'max', 'min', 'avg'))}:{one}" for one in numbers[:2])]
        try:
            done.tell(aggregate(SYSTEM, spec.key, [by] if by else [], measures, where))
        except Refused as refused:
            done.tell(type(refused).__name__)
