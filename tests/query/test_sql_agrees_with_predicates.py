"""One tree, two compilers: what the database answers is what the predicate says, for shipped fields and custom ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.query.lexer import quoted
from zhike.query.predicate import compile_predicate, scalar_at
from zhike.query.tree import InSegment, Path
from zhike.records.asking import question
from zhike.records.declaring.customise import create_object
from zhike.records.read import Query, read, read_one
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.database import marks, row

TEXTS = ("ACME", "Ａcme Straße", "钢铁 100%", "a_b", "x!y", "É", "é", "Zoë\\n")
DAYS = ("today", "2026-03-01", "today - 7 days", "2026Q1", "this month", "2026-02-28..2026-03-02")
FIELDS = [
    {"key": "name", "kind": "text", "required": True},
    {"key": "remark", "kind": "long_text"},
    {"key": "seats", "kind": "number"},
    {"key": "weight", "kind": "number", "decimals": 3},
    {"key": "price", "kind": "money"},
    {"key": "share", "kind": "percent"},
    {"key": "effort", "kind": "duration"},
    {"key": "due", "kind": "date"},
    {"key": "met", "kind": "instant"},
    {"key": "is_key", "kind": "yes_no"},
    {"key": "colour", "kind": "choice", "options": [{"key": "red", "label": "Red"}, {"key": "blue", "label": "Blue"}]},
    {"key": "marks", "kind": "choices", "options": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
    {"key": "account", "kind": "link", "to": "account"},
    {"key": "friends", "kind": "links", "to": "account"},
    {"key": "about", "kind": "any_link"},
    {"key": "phone", "kind": "phone"},
    {"key": "mail", "kind": "email"},
    {"key": "site", "kind": "address"},
]


def member(node: InSegment, record: int) -> bool:
    """Who is in a segment, as it is kept."""
    sql = f'SELECT 1 FROM "store_segmentmember" WHERE "record" = %s AND "segment" IN ({marks(node.kept)})'
    return row(sql, (record, *node.kept)) is not None


class World:
    """Accounts, deals and crates (a custom object) with values at random, many of them empty."""

    def __init__(self) -> None:
        self.ids: dict[str, list[int]] = {}
        self.known: dict[tuple[str, int], dict[str, Any]] = {}

    def value(self, object_key: str, record_id: int, path: Path) -> Any:
        """The scalar at the end of a path, as a predicate looks it up."""
        values = self.values(object_key, record_id)
        for link in path.links:
            ref = values.get(link.key)
            if not isinstance(ref, Ref):
                return None
            values = self.values(ref.object, ref.id)
        return scalar_at(path, values.get(path.field.key))

    def values(self, object_key: str, record_id: int) -> dict[str, Any]:
        key = (object_key, record_id)
        if key not in self.known:
            self.known[key] = read_one(SYSTEM, object_key, record_id).values
        return self.known[key]

    def answers(self, object_key: str, text: str) -> tuple[set[int], set[int]]:
        """Ids the database finds, and ids the predicate accepts."""
        page = read(SYSTEM, Query(object_key, where=text, size=1000, count=False, archived="all"))
        holds = compile_predicate(question(SYSTEM, registry.object(object_key), text), lambda _share: False, member)
        accepted = {
            one for one in self.ids[object_key] if holds(lambda path, one=one: self.value(object_key, one, path))
        }
        return {row.id for row in page.rows} & set(self.ids[object_key]), accepted


def made(object_key: str, lines: list[dict[str, Any]]) -> list[int]:
    commands = [
        Command("create", object_key, values={key: value for key, value in line.items() if value is not None})
        for line in lines
    ]
    results = write_many(SYSTEM, commands, why="test").results
    assert all(isinstance(one, Done) for one in results), results
    return [one.id for one in results if isinstance(one, Done)]


@pytest.fixture
def world(home: Any) -> Iterator[World]:
    draw = random.Random(7)
    maybe = lambda *values: draw.choice([None, *values])  # noqa: E731
    found = World()
    day = lambda: (date(2026, 2, 26) + timedelta(days=draw.randrange(8))).isoformat()  # noqa: E731
    spec = create_object(
        SYSTEM, {"key": "crate", "label": "Crate", "fields": [one | {"label": str(one["key"])} for one in FIELDS]}
    )
    assert spec.custom
    found.ids["account"] = made(
        "account",
        [
            {
                "name": draw.choice(TEXTS),
                "short_name": maybe(*TEXTS),
                "industry": maybe("manufacturing", "finance"),
                "employees": maybe(0, 5, 100),
                "annual_revenue": maybe("0", "12.50", "100000"),
                "phone": maybe("13812345678", "021-62345678转801"),
                "tags": maybe(["reference"], ["reference", "slow_payer"]),
                "address": maybe("江苏省苏州市吴中区某路1号"),
                "about": maybe(*TEXTS),
            }
            for _n in range(24)
        ],
    )
    accounts = found.ids["account"]
    found.ids["crate"] = made(
        "crate",
        [
            {
                "name": draw.choice(TEXTS),
                "remark": maybe(*TEXTS),
                "seats": maybe(0, 3, -2),
                "weight": maybe("1.5", "0.001", "-3"),
                "price": maybe("0", "12.50", "-3", "100000"),
                "share": maybe("12.5", "100"),
                "effort": maybe(0, 90),
                "due": maybe(day(), day()),
                "met": maybe(*(datetime(2026, 2, 28, hour, 30, tzinfo=UTC).isoformat() for hour in (0, 15, 16, 23))),
                "is_key": maybe(True, False),
                "colour": maybe("red", "blue"),
                "marks": maybe(["a"], ["a", "b"]),
                "account": maybe(*accounts),
                "friends": maybe(draw.sample(accounts, 2), [accounts[0]]),
                "about": maybe(f"account:{draw.choice(accounts)}"),
                "phone": maybe("13812345678", "13812340000"),
                "mail": maybe("a@example.com", "b@sub.example.com"),
                "site": maybe("江苏省苏州市吴中区某路1号", "上海市"),
            }
            for _n in range(40)
        ],
    )
    for code, object_key, where in (
        ("many", "account", "employees > 0"),
        ("some", "crate", "account.industry = finance"),
    ):
        made("segment", [{"name": code, "code": code, "object": object_key, "where": where, "shared": "everybody"}])
    work_off()
    yield found


def _conditions(prefix: str, own: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> list[st.SearchStrategy[str]]:
    found: list[st.SearchStrategy[str]] = []
    for name, (operators, values) in own.items():
        picked = st.sampled_from(values)
        found.append(st.builds("{} {} {}".format, st.just(prefix + name), st.sampled_from(operators), picked))
        found.append(st.sampled_from([f"{prefix}{name} is empty", f"{prefix}{name} is not empty"]))
        if "=" in operators and name != "is_key":
            some = st.lists(picked, min_size=1, max_size=3).map(", ".join)
            found.append(
                st.builds("{} {} ({})".format, st.just(prefix + name), st.sampled_from(("in", "not in")), some)
            )
    return found


SAME, ORDER = ("=", "!="), ("=", "!=", "<", "<=", ">", ">=")
WORDS = tuple(map(quoted, (*TEXTS, "acme", "STRASSE", "%", "_", "!", "É")))
ACCOUNT = {
    "name": ((*SAME, "~"), WORDS),
    "short_name": ((*SAME, "~"), WORDS),
    "industry": (SAME, ("manufacturing", "finance")),
    "employees": (ORDER, ("0", "5", "50")),
    "annual_revenue": (ORDER, ("0", "12.5", "10万")),
    "annual_revenue.value": (ORDER, ("0", "12.5", "10万")),
    "phone": ((*SAME, "ends"), ("13812345678", "62345678")),
    "tags": (("has", "not has"), ("reference", "(slow_payer)", "(reference, slow_payer)")),
    "address": (SAME, ("江苏省", "上海市")),
    "address.city": (SAME, ("苏州市",)),
    "about": (("~",), WORDS),
}
ACCOUNT["phone"] = (("ends",), ("5678", "0000"))
CRATE = {
    "name": ((*SAME, "~"), WORDS),
    "remark": (("~",), WORDS),
    "seats": (ORDER, ("0", "3", "-2", "1")),
    "weight": (ORDER, ("1.5", "0", "0.001")),
    "price": (ORDER, ("0", "12.5", "-3", "10万")),
    "price.value": (ORDER, ("0", "12.5")),
    "price.currency": (SAME, ("CNY", "USD")),
    "share": (ORDER, ("12.5%", "99")),
    "effort": (ORDER, ("0", "90")),
    "due": (ORDER, DAYS),
    "met": (ORDER, (*DAYS, "2026-03-01T08:30", "now - 2 hours")),
    "is_key": (SAME, ("true", "false")),
    "colour": (SAME, ("red", "blue")),
    "marks": (("has", "not has"), ("a", "b", "(a, b)")),
    "account": (SAME, ('"ACME"', '"É"', "1000")),
    "friends": (("has", "not has"), ('"ACME"', '("ACME", "É")', "1000")),
    "about": (SAME, ("account:1000", "1")),
    "phone": (("=", "!=", "ends"), ("13812345678", "13812340000")),
    "mail": (("=", "!="), ('"a@example.com"',)),
    "site": (SAME, ("江苏省", "上海市")),
}


def _filters(conditions: list[st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    one = st.one_of(*conditions)
    return st.recursive(
        one,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
            inner.map(lambda part: f"not {part}"),
        ),
        max_leaves=4,
    )


IN_SEGMENTS = [
    st.sampled_from(["segment = some", "segment != some", "segment in (some)", "account.segment = many"]),
    st.sampled_from(["account.segment != many", "account.segment not in (many)"]),
]
MAIL = [st.sampled_from(['mail domain "example.com"', 'not mail domain "example.com"', "shared with me"])]


@given(_filters(_conditions("", CRATE) + _conditions("account.", ACCOUNT) + MAIL + IN_SEGMENTS))
@settings(max_examples=150)
def test_custom_records_and_what_they_link_to(world: World, text: str) -> None:
    found, accepted = world.answers("crate", text)
    assert found == accepted


@given(_filters(_conditions("", ACCOUNT)))
@settings(max_examples=100)
def test_shipped_records(world: World, text: str) -> None:
    found, accepted = world.answers("account", text)
    assert found == accepted
