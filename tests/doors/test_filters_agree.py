"""One tree, two compilers, where values are easy to get wrong: empty and long titles, secrets, and what lies behind links."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doors.staff import make
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.query.lexer import quoted
from zhike.query.predicate import compile_predicate, scalar_at
from zhike.query.tree import Path
from zhike.records.asking import question
from zhike.records.declaring.customise import create_field
from zhike.records.read import Query, read, read_one
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref

TEXTS = ("lead", "Lead #1", "ＡＢＣ", "abc", "ﬁn", "É", "Straße", "100%", "a_b", "x!y", "华信", " x ")
TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=5),
)
LONG = st.builds(
    lambda text, many, first: (text + " word" * many) if first else ("word " * many + text),
    TEXT,
    st.sampled_from((0, 130)),
    st.booleans(),
)
MOBILES = ("13812345678", "13900005678", "13800138000")
MAILS = ("a@example.cn", "b@mail.example.cn", "c@example.com")
IDENTITIES = ("11010519491231002X", "440524188001010014")


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


LEADS = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXT, "company": TEXT, "need": LONG, "nick": TEXT, "phone": _maybe(*MOBILES), "email": _maybe(*MAILS),
            "identity": _maybe(*IDENTITIES), "score": _maybe(-3, 0, 2, 5), "seen": _maybe("2026-02-28", "2026-03-01", "2024-02-29"),
            "firm": _maybe(0, 1, 2), "friends": st.lists(st.sampled_from((0, 1, 2)), max_size=2, unique=True),
            "contacted_on": _maybe("2026-03-09", "2026-03-31"), "marks": _maybe(["a"], ["a", "b"]),
        }
    ),
    min_size=2, max_size=6,
)  # fmt: skip
ORDER = ("=", "!=", "<", "<=", ">", ">=")


def _compared(field: str, operators: tuple[str, ...], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    plain = st.builds("{} {} {}".format, st.just(field), st.sampled_from(operators), values)
    empty = st.sampled_from((f"{field} is empty", f"{field} is not empty"))
    if "=" not in operators:
        return st.one_of(plain, empty)
    listed = st.lists(values, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        plain, empty, st.builds("{} {} ({})".format, st.just(field), st.sampled_from(("in", "not in")), listed)
    )


WORDS = TEXT.filter(lambda text: bool(text.strip())).map(quoted)
WHOLE = {"phone": MOBILES, "firm.phone": MOBILES, "identity": IDENTITIES, "email": MAILS}
ENDINGS = {
    "phone": ("5678", "05678", "12345678", "8000"),
    "firm.phone": ("5678", "05678"),
    "identity": ("002X", "31002x", "0014", "10014"),
}
DAYS = st.sampled_from(("2026-03-01", "2026-02-28 + 1 day", "2024-02-29 + 1 year", "today - 1 day"))
PERIODS = st.sampled_from(
    ("2026-03", "2026Q1", "2026-W09", "2026", "2026-02-28..2026-03-01", "last 3 months", "this year")
)
CONDITIONS = st.one_of(
    *(_compared(name, ("=", "!=", "~"), WORDS) for name in ("name", "company", "nick", "firm.name", "firm.parent.name")),
    _compared("need", ("~",), WORDS),
    *(_compared(name, ("=", "!="), st.sampled_from(tuple(map(quoted, values)))) for name, values in WHOLE.items()),
    *(_compared(name, ("ends",), st.sampled_from(tuple(map(quoted, values)))) for name, values in ENDINGS.items()),
    _compared("email", ("domain",), st.sampled_from(('"example.cn"', '"@mail.example.cn"'))),
    *(_compared(name, ORDER, st.integers(-6, 6).map(str)) for name in ("score", "firm.employees", "doubled")),
    *(_compared(name, ORDER, DAYS) for name in ("seen", "contacted_on")),
    st.builds("{} {}within {}".format, st.sampled_from(("seen", "contacted_on", "firm.created")), st.sampled_from(("", "not ")), PERIODS),
    st.builds("marks {}has {}".format, st.sampled_from(("", "not ")), st.sampled_from(("a", "b", "(a, b)"))),
    st.builds("friends {}has {}".format, st.sampled_from(("", "not ")), WORDS),
    _compared("firm", ("=", "!=", "~"), WORDS),
)  # fmt: skip
FILTERS: st.SearchStrategy[str] = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map(lambda part: f"not {part}"),
    ),
    max_leaves=5,
)


@pytest.fixture
def firms(home: Any) -> list[int]:
    """Three accounts, the last a daughter of the first, and custom fields on leads."""
    for field in (
        {"key": "identity", "kind": "secret_text", "format": "id_number"},
        {"key": "score", "kind": "number"},
        {"key": "nick", "kind": "text"},
        {"key": "seen", "kind": "date"},
        {"key": "firm", "kind": "link", "to": "account"},
        {"key": "friends", "kind": "links", "to": "account"},
        {"key": "marks", "kind": "choices", "options": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
        {"key": "doubled", "kind": "formula", "result": "number", "formula": "score * 2"},
    ):
        create_field(SYSTEM, "lead", {"label": f"Custom {field['key']}", **field})
    first = make("account", name="ＡＢＣ", phone=MOBILES[0], employees=5)
    return [
        first,
        make("account", name="华信"),
        make("account", name="Straße", parent=first, phone=MOBILES[1], employees=0),
    ]


@settings(max_examples=60)
@given(leads=LEADS, filters=st.lists(FILTERS, min_size=6, max_size=6))
def test_the_database_finds_what_the_predicate_accepts(
    firms: list[int],
    undone: Callable[[], AbstractContextManager[None]],
    leads: list[dict[str, Any]],
    filters: list[str],
) -> None:
    with undone():
        commands = []
        for lead in leads:
            linked = {
                "firm": None if lead["firm"] is None else firms[lead["firm"]],
                "friends": [firms[n] for n in lead["friends"]],
            }
            commands.append(Command("create", "lead", values={**lead, **linked}))
        made = [one.id for one in write_many(SYSTEM, commands).results if isinstance(one, Done)]
        held = {("lead", one): read_one(SYSTEM, "lead", one).values for one in made}
        held |= {("account", one): read_one(SYSTEM, "account", one).values for one in firms}

        def value(record_id: int, path: Path) -> Any:
            values = held["lead", record_id]
            for link in path.links:
                ref = values.get(link.key)
                if not isinstance(ref, Ref):
                    return None
                values = held[ref.object, ref.id]
            return scalar_at(path, values.get(path.field.key))

        for text in filters:
            accepts = compile_predicate(question(SYSTEM, registry.object("lead"), text))
            found = {row.id for row in read(SYSTEM, Query("lead", where=text, size=100)).rows}
            assert found == {one for one in made if accepts(lambda path, one=one: value(one, path))}, text
