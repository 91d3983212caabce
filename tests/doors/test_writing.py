"""The writing door: every problem is named, nothing is half written, and what is stored is what was given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.doors.staff import change, fields_of, ids, make, nothing_written, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.errors import Invalid, NotFound
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.history import history
from zhike.records.read import read_one
from zhike.records.write import write, write_many
from zhike.store.customs import schema_changed
from zhike.store.database import run

RARE = "𠮷野家 😀👩‍👩‍👧 ﷽ ﬁ Straße é"


# -- every problem, and nothing half written -------------------------------------------------------------------------
def test_every_problem_of_a_record_is_named_at_once(home: Any) -> None:
    taken = make("account", name="A", credit_code="91110000600037341L")
    told = fields_of(
        make, "account",
        short_name="x" * 61, employees="many", founded="2026-02-30", phone="123", website="not a page", industry="no such",
        parent=2**40, credit_code="91110000600037341L", address=["x"], nofield=1, number="KH-1", created="2020-01-01",
    )  # fmt: skip
    assert told == {
        ("name", "required"), ("short_name", "invalid"), ("employees", "invalid"), ("founded", "invalid"), ("phone", "invalid"),
        ("website", "invalid"), ("industry", "invalid"), ("parent", "link"), ("credit_code", "unique"), ("address", "invalid"),
        ("nofield", "unknown"), ("number", "readonly"), ("created", "readonly"),
    }  # fmt: skip
    assert taken


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""}, {"name": None}, {"name": "   "}, {"name": "x" * 161}, {"name": "x" * 2**20}, {"name": "a\x00b"},
        {"name": "a\ud800b"}, {"name": "two\nlines"}, {"name": ["list"]}, {"name": {"a": 1}},
        {"name": True}, {"about": "x\x00"}, {"about": "x" * 4001},
        {"employees": "NaN"}, {"employees": "Infinity"}, {"employees": 10**30}, {"employees": 1.5}, {"annual_revenue": "1e999"},
        {"annual_revenue": {"amount": "1", "currency": "XXZ"}}, {"annual_revenue": float("nan")}, {"tags": ["no such"]},
        {"tags": "reference,zzz"}, {"owner": 2**40}, {"owner": "nobody of this name"}, {"id": 5}, {"version": 7},
        {"trashed": "2026-01-01"}, {"open_deals": 3},
        {"": "x"}, {"name\x00": "x"}, {"\ud800": "x"}, {"x" * 5000: "x"}, {"title_shown": "x"}, {"custom": {}}, {"vault": "w1.x"},
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_whole(home: Any, values: dict[str, Any]) -> None:
    account = make("account", name="before")
    good = {"short_name": "good", "about": "good"}
    for call in (
        lambda: make("account", **{"name": "n", **good, **values}),
        lambda: change("account", account, **{**good, **values}),
    ):
        with nothing_written(), pytest.raises(Invalid) as caught:
            call()
        assert caught.value.problems
        assert all(len(str(problem.text)) < 400 and len(problem.field) <= 60 for problem in caught.value.problems)


def test_a_masked_megabyte_is_not_repeated_in_the_refusal(home: Any) -> None:
    with pytest.raises(Invalid) as caught:
        make("account", name="x" * 2**20)
    assert len(str(caught.value.problems)) < 1000


@pytest.mark.parametrize(
    "text", [RARE, "𠮷" * 80, "é" * 160, "a\tb", "'; DROP TABLE x; --", '{"a": "b"}', "\\x00", "%s %(x)s"]
)
def test_rare_characters_are_stored_faithfully(home: Any, text: str) -> None:
    create_field(SYSTEM, "account", {"key": "nick", "label": "Nick", "kind": "text"})
    expected = text.replace("\t", " ")
    account = make("account", name=text, about=f"line\n{text}", nick=text)
    record = read_one(SYSTEM, "account", account)
    assert (record["name"], record["nick"], record.title) == (expected, expected, expected)
    assert record["about"] == f"line\n{text}"
    (entry,) = history(SYSTEM, "account", account)
    assert {field.key: new for field, _old, new in entry.changes}["name"] == expected
    quoted = expected.replace("\\", "\\\\").replace('"', '\\"')
    for where in (f'name = "{quoted}"', f'nick = "{quoted}"', f'name ~ "{quoted}"'):
        assert ids(SYSTEM, "account", where) == {account}


def test_unknown_objects_verbs_and_ids_are_refused(home: Any) -> None:
    account = make("account", name="A")
    for verb in ("destroy", "", "Create", "drop table", None):
        with nothing_written(), pytest.raises(Invalid):
            write(SYSTEM, Command(verb, "account", account, values={"name": "B"}))  # type: ignore[arg-type]
    for key in ("nothing", "", "accounts", "objects_account", "store_login", "a\x00"):
        with nothing_written(), pytest.raises(NotFound):
            write(SYSTEM, Command("create", key, values={}))
    for verb in ("update", "trash", "archive", "restore", "unarchive"):
        for wrong in (0, -5, 2**53, 2**53 + 1, 2**63, 2**64, 10**30, account + 10**6, None):
            with nothing_written(), pytest.raises(NotFound):
                write(SYSTEM, Command(verb, "account", wrong, values={"name": "B"}))  # type: ignore[arg-type]
    for wrong in (0, -5, 2**53, 2**63, 10**30):
        with pytest.raises(NotFound):
            read_one(SYSTEM, "account", wrong)


def test_a_record_of_another_object_is_not_found(home: Any) -> None:
    lead = make("lead", name="L")
    for call in (
        lambda: change("account", lead, name="x"),
        lambda: trash("account", lead),
        lambda: read_one(SYSTEM, "account", lead),
    ):
        with nothing_written(), pytest.raises(NotFound):
            call()
    for key in ("one", "two"):
        create_object(
            SYSTEM,
            {"key": key, "label": key, "plural": f"{key}_s", "fields": [{"key": "name", "label": "N", "kind": "text"}]},
        )
    one = make("one", name="x")
    for call in (lambda: change("two", one, name="x"), lambda: trash("two", one), lambda: read_one(SYSTEM, "two", one)):
        with nothing_written(), pytest.raises(NotFound):
            call()


# -- required, unique, options, rules, stages ------------------------------------------------------------------------
def test_uniqueness_counts_archived_records_and_not_those_in_the_trash(home: Any) -> None:
    first = make("product", name="机床", code="M1")
    assert fields_of(make, "product", name="机床") == {("name", "unique")}
    write(SYSTEM, Command("archive", "product", first))
    assert fields_of(make, "product", name="车床", code="M1") == {("code", "unique")}
    trash("product", first)
    second = make("product", name="机床", code="M1")
    assert fields_of(write, SYSTEM, Command("restore", "product", first)) == {("name", "unique"), ("code", "unique")}
    change("product", second, name="新机床", code="M2")
    write(SYSTEM, Command("restore", "product", first))
    assert read_one(SYSTEM, "product", first)["name"] == "机床"


def test_uniqueness_holds_within_one_batch(home: Any) -> None:
    commands = [Command("create", "product", values={"name": name}) for name in ("甲", "乙", "甲", "丙", "甲")]
    with nothing_written(), pytest.raises(Invalid):
        write_many(SYSTEM, commands)
    results = write_many(SYSTEM, commands, on_error="skip").results
    assert [type(one) for one in results] == [Done, Done, Failed, Done, Failed]
    first, second = results[0].id, results[1].id  # type: ignore[union-attr]
    swapped = [
        Command("update", "product", first, values={"name": "乙"}),
        Command("update", "product", second, values={"name": "甲"}),
    ]
    write_many(SYSTEM, swapped)
    assert [read_one(SYSTEM, "product", one)["name"] for one in (first, second)] == ["乙", "甲"]


def test_an_option_that_is_no_longer_offered_is_kept_and_not_chosen_anew(home: Any) -> None:
    old = make("account", name="A", status="at_risk", tags=["slow_payer"])
    run('UPDATE "store_optionrow" SET "active" = %s WHERE "key" IN (\'at_risk\', \'slow_payer\')', (False,))
    schema_changed()
    change("account", old, about="x", status="at_risk", tags=["slow_payer", "reference"])
    assert fields_of(make, "account", name="B", status="at_risk", tags=["slow_payer"]) == {
        ("status", "inactive"),
        ("tags", "inactive"),
    }
    change("account", old, status="new")
    assert fields_of(change, "account", old, status="at_risk") == {("status", "inactive")}


def test_a_won_deal_needs_an_account_and_a_lost_one_a_reason(home: Any) -> None:
    deal = make("opportunity", name="商机")
    assert fields_of(change, "opportunity", deal, stage="won", amount="5") == {
        ("account", "stage-asks"),
        ("account", "won_needs_account"),
    }
    assert fields_of(change, "opportunity", deal, stage="lost") == {("lost_reason", "lost_needs_reason")}
    assert fields_of(make, "opportunity", name="x", stage="lost") == {("lost_reason", "lost_needs_reason")}
    change("opportunity", deal, stage="won", amount="5", account=make("account", name="A"))
    assert fields_of(change, "opportunity", deal, account=None) == {
        ("account", "stage-asks"),
        ("account", "won_needs_account"),
    }


def test_a_stage_asks_for_its_fields(home: Any) -> None:
    deal = make("opportunity", name="商机")
    assert fields_of(change, "opportunity", deal, stage="negotiation") == {
        ("amount", "stage-asks"),
        ("close_on", "stage-asks"),
    }
    change("opportunity", deal, stage="negotiation", amount="5", close_on="2026-12-01")
    record = read_one(SYSTEM, "opportunity", deal)
    assert (record["probability"], record["amount"].amount) == (Decimal(80), Decimal(5))
