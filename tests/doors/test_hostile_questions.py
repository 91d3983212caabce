"""Whatever stands in a filter, sort, column, grouping, cursor or search: an answer or a refusal, and never part of the SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.company import Company
from tests.doors.staff import make, nothing_written
from tests.doors.statements import heard
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import BadQuery, Refused
from zhike.records.aggregate import aggregate
from zhike.records.exporting import export_rows
from zhike.records.history import history
from zhike.records.read import Query, read
from zhike.records.search import search
from zhike.records.write import write

CANARY = "zq7zq"
NASTY = [
    "'; DROP TABLE objects_account; --", '" OR 1=1 --', "name) UNION SELECT 1", "name; SELECT", "-", "--name",
    "name__startswith", "_connector", "owner__login", "t.name", '"name"', "name COLLATE NOCASE", "name desc",
    "name%s", "%s", "%(name)s", "?", "{0}", "{name.__class__}", "\x00", "\ud800", "name\x00", "vault", "custom",
    "title_shown", "phone_whole", "phone._whole", "phone.whole", "annual_revenue_base", "custom->>'f1'", "f1",
    "id,id", ",", "name,,name", "null", "()", "((((", "not " * 60, "(" * 200, "x" * 30_000, "１", "name = \\",
    "trashed", "account.name", "owner.login.x", "count:name", "sum:", ":", "sum:name", "sum:phone", "close_on:month",
    "created:minute", "created:day'", "name:day", "*", "1", "0", "-1", "9" * 400, "NaN", "Infinity", "2026-02-30",
    "9999-12-31 + 9999 years", "0000-00-00", "today + 99999999 days", "\u202e", "name = '\u0000'", "𠮷", "名称",
    "客户",
]  # fmt: skip


def _ways(text: str, where: str) -> list[Callable[[Any], Any]]:
    return [
        lambda actor: read(actor, Query("account", where=where)),
        lambda actor: read(actor, Query("account", sort=text)),
        lambda actor: read(actor, Query("account", columns=(text,))),
        lambda actor: read(actor, Query("account", after=text)),
        lambda actor: read(actor, Query("account", archived=text)),
        lambda actor: aggregate(actor, "account", (text,)),
        lambda actor: aggregate(actor, "account", (), (text,)),
        lambda actor: aggregate(actor, "account", ("created:month", text), ("count", text), where),
        lambda actor: export_rows(actor, "account", where, (text,)),
        lambda actor: search(actor, text),
        lambda actor: history(actor, text, 1),
    ]


def _asked(actor: Any, call: Callable[[Any], Any]) -> None:
    try:
        call(actor)
    except BadQuery as refused:
        assert refused.position is None or 0 <= refused.position <= 30_001
        assert len(str(refused)) < 2000
    except Refused:
        pass


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_nasty_question_is_answered_or_refused_and_changes_nothing(home: Any, company: Company, text: str) -> None:
    make("account", name="A", owner=company.li.id)
    with nothing_written():
        for actor in (company.li, company.guest):
            for call in (*_ways(text, text), *_ways(text, f'name = "{text}"'), *_ways(text, f"{text} = 1")):
                _asked(actor, call)


ALPHABET = st.one_of(st.characters(), st.sampled_from("'\"%;-()=<>~.,:_ \x00\\"))


@settings(max_examples=60)
@given(text=st.text(ALPHABET, max_size=40))
def test_any_text_is_answered_or_refused(
    home: Any, undone: Callable[[], AbstractContextManager[None]], text: str
) -> None:
    with undone():
        for call in _ways(text, text):
            _asked(SYSTEM, call)


@settings(max_examples=60)
@given(
    piece=st.text(st.sampled_from("'\"%;-()=?$\\ abc"), max_size=10),
    key=st.sampled_from(("name", "nick", "about", "phone")),
)
def test_what_people_write_is_never_part_of_the_sql(
    home: Any, undone: Callable[[], AbstractContextManager[None]], piece: str, key: str
) -> None:
    told = (CANARY + piece + CANARY).replace("\\", "\\\\").replace('"', '\\"')
    with undone(), heard() as found:
        for operator in ("=", "!=", "~", "in"):
            value = f'("{told}")' if operator == "in" else f'"{told}"'
            _asked(SYSTEM, lambda actor: read(actor, Query("account", where=f"{key} {operator} {value}")))  # noqa: B023
        for call in _ways(CANARY + piece, f'name = "{told}"'):
            _asked(SYSTEM, call)
        odd = {"name": CANARY + piece, CANARY + piece: 1}
        with suppress(Refused):
            write(SYSTEM, Command("create", "account", values=odd, key=CANARY + piece, external=((CANARY, piece),)))
        write(
            SYSTEM,
            Command(
                "create", "account", values={"name": CANARY + piece, "about": piece + CANARY, "tags": ["reference"]}
            ),
        )
    assert found
    for sql, _params in found:
        assert CANARY not in sql


MARKERS = [
    "", "x", "bnVsbA", "W10", "W1tdLDFd", "W1siYSJdLDFd", "W1sxXSwyXQ", "W1tbMV1dLDFd", "W1siXHUwMDAwIl0sMV0",
    "W1siXHVkODAwIl0sMV0", "e30", "W1sxZTMwOF0sMV0", "W1tudWxsXSwxXQ", "IjEi", "é", "W1t0cnVlXSwxXQ",
]  # fmt: skip


@pytest.mark.parametrize("marker", MARKERS)
def test_a_cursor_made_by_hand_is_refused_or_reads_a_page(home: Any, company: Company, marker: str) -> None:
    make("account", name="A", owner=company.li.id)
    for sort in ("", "name", "-open_amount", "employees", "id", "last_follow_up", "name,-created"):
        for actor in (company.li, company.admin):
            _asked(actor, lambda actor: read(actor, Query("account", sort=sort, after=marker)))  # noqa: B023
