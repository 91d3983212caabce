"""The writing door: repeated, rehearsed, stale and batched writes; ids elsewhere, links, money, and what the log keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, fields_of, ids, make, many, nothing_written, refusal, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Stale
from zhike.records.actions import run_action
from zhike.records.acts import Act
from zhike.records.company.rates import set_rates
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.undo import undo
from zhike.records.write import write, write_many
from zhike.store.database import row, rows


# -- one write, many writes ------------------------------------------------------------------------------------------
def test_the_same_key_answers_the_first_result(home: Any, company: Company) -> None:
    long = "k" * 190
    for key in ("key", long + "a", long + "b", "k\x00\ud800"):
        first = write(
            company.li,
            Command("create", "account", values={"name": key[-1:] + "!" if "\x00" not in key else "n"}, key=key),
        )
        with nothing_written():
            again = write(company.li, Command("create", "account", values={"name": "other"}, key=key))
        assert (again.id, again.version, again.changes) == (first.id, 1, ())
    other = write(company.wang, Command("create", "account", values={"name": "w"}, key="key"))
    assert other.id != first.id
    results = many([Command("create", "account", values={"name": f"{n}"}, key="twice") for n in range(2)])
    assert results[0].id == results[1].id
    with pytest.raises(Invalid):
        write(company.li, Command("create", "account", values={}, key="refused"))
    assert write(company.li, Command("create", "account", values={"name": "now"}, key="refused")).version == 1


def test_a_dry_run_leaves_no_trace_and_tells_what_would_happen(home: Any, company: Company) -> None:
    account = make("account", name="A")
    with nothing_written():
        done = write(
            SYSTEM, Command("update", "account", account, values={"name": "B", "phone": "13800138000"}), dry_run=True
        )
        assert {one.field for one in done.changes} == {"name", "phone"}
        outcome = write_many(
            SYSTEM, [Command("create", "account", values={"name": f"{n}"}) for n in range(3)], dry_run=True
        )
        assert outcome.operation is None
        assert len({one.id for one in outcome.results}) == 3  # type: ignore[union-attr]
        write(
            SYSTEM, Command("create", "account", values={"name": "B"}, key="k", external=(("crm", "1"),)), dry_run=True
        )
        with pytest.raises(Invalid):
            write(SYSTEM, Command("create", "account", values={}), dry_run=True)
        write(SYSTEM, Command("create", "role", values={"name": "r"}), dry_run=True)
        for verb in ("archive", "trash"):
            write(SYSTEM, Command(verb, "account", account), dry_run=True)  # type: ignore[arg-type]
    assert write(company.admin, Command("create", "account", values={"name": "B"}, key="k")).version == 1


def test_an_expected_version_must_be_the_newest(home: Any) -> None:
    account = make("account", name="A")
    assert write(SYSTEM, Command("update", "account", account, values={"name": "B"}, expect=1)).version == 2
    for verb in ("update", "trash", "archive"):
        for version in (1, 3, 0, -1, 2**60):
            with nothing_written(), pytest.raises(Stale):
                write(
                    SYSTEM,
                    Command(verb, "account", account, values={"name": "C"} if verb == "update" else {}, expect=version),
                )  # type: ignore[arg-type]
    assert write(SYSTEM, Command("trash", "account", account, expect=2)).version == 3


def test_changes_to_different_fields_meet_and_to_the_same_field_conflict(home: Any, company: Company) -> None:
    account = make("account", name="A", about="old", employees=5)
    change("account", account, about="theirs", employees=6)
    seen = (1, {"name": "A", "about": "old", "employees": 5, "phone": None})
    both = {"name": "B", "about": "old", "employees": 5, "phone": "13800138000"}
    done = write(SYSTEM, Command("update", "account", account, values=both, based_on=seen))
    assert {one.field for one in done.changes} == {"name", "phone"}
    record = read_one(SYSTEM, "account", account)
    assert (record["name"], record["about"], record["employees"]) == ("B", "theirs", 6)
    with nothing_written(), pytest.raises(Conflict) as caught:
        write(
            SYSTEM,
            Command(
                "update",
                "account",
                account,
                values={"about": "mine", "employees": 7, "name": "C"},
                based_on=(2, {"name": "A", "about": "old", "employees": 5}),
            ),
        )
    assert caught.value.theirs == {"name": "B", "about": "theirs", "employees": 6}
    assert caught.value.yours == {"name": "C", "about": "mine", "employees": 7}
    assert caught.value.version == 3
    agreed = write(
        SYSTEM, Command("update", "account", account, values={"about": "theirs"}, based_on=(1, {"about": "old"}))
    )
    assert agreed.changes == ()


def test_a_secret_two_people_change_at_once_is_a_conflict(home: Any) -> None:
    account = make("account", name="A", phone="13800138000")
    mask = {"phone": {"masked": "138****8000"}}
    write(SYSTEM, Command("update", "account", account, values={"phone": "13900001111"}, based_on=(1, mask)))
    with nothing_written(), pytest.raises(Conflict):
        write(SYSTEM, Command("update", "account", account, values={"phone": "13900002222"}, based_on=(1, mask)))
    change("account", account, about="x")
    write(
        SYSTEM,
        Command("update", "account", account, values={"phone": "13900002222"}, based_on=(2, {"phone": "139****1111"})),
    )


def test_a_batch_stops_whole_or_skips_what_is_wrong(home: Any) -> None:
    account = make("account", name="A")
    commands = [
        Command("create", "account", values={"name": "good"}),
        Command("create", "account", values={"name": "", "employees": "x"}),
        Command("update", "account", account, values={"about": "good"}),
        Command("update", "account", 2**40, values={"about": "x"}),
        Command("create", "contact", values={"name": "good"}),
        Command("trash", "lead", 2**40),
        Command("explode", "lead", 1),  # type: ignore[arg-type]
        Command("update", "account", account, values={"name": "B"}, expect=1),
        Command("create", "account", values={"name": "good too"}),
    ]
    with nothing_written(), pytest.raises(Refused):
        write_many(SYSTEM, commands)
    outcome = write_many(SYSTEM, commands, on_error="skip")
    kinds = [type(one.error).__name__ if isinstance(one, Failed) else "Done" for one in outcome.results]
    assert kinds == ["Done", "Invalid", "Done", "NotFound", "Done", "NotFound", "Invalid", "Stale", "Done"]
    assert {one.operation for one in outcome.results if isinstance(one, Done)} == {outcome.operation}
    numbers = [
        read_one(SYSTEM, "account", one.id)["number"]
        for one in outcome.results
        if isinstance(one, Done) and one.object == "account"
    ]
    assert len(set(numbers)) == 3
    with nothing_written(but="store_counter"):  # refused ones may take a record id with them, and nothing else
        nothing = write_many(SYSTEM, [commands[1], commands[3]], on_error="skip")
    assert nothing.operation is None


def test_a_record_named_twice_in_a_batch_is_written_twice_in_order(home: Any) -> None:
    account, other = make("account", name="A"), make("account", name="O")
    commands = [
        Command("update", "account", account, values={"about": "one", "employees": 1}),
        Command("update", "account", other, values={"about": "other"}),
        Command("update", "account", account, values={"about": "two"}),
        Command("archive", "account", account),
        Command("update", "account", account, values={"employees": 3}),
    ]
    results = many(commands)
    record = read_one(SYSTEM, "account", account)
    assert (record["about"], record["employees"], record.version, record.archived) == ("two", 3, 5, True)
    assert [one.version for one in results] == [2, 2, 3, 4, 5]
    assert [entry.version for entry in history(SYSTEM, "account", account)] == [5, 4, 3, 2, 1]


def test_auto_numbers_have_no_gap_where_rows_are_refused(home: Any) -> None:
    commands = [Command("create", "account", values={"name": "" if n % 3 == 0 else f"{n}"}) for n in range(20)]
    before = int(read_one(SYSTEM, "account", make("account", name="A"))["number"].removeprefix("KH-"))
    results = many(commands, on_error="skip")
    numbers = [
        int(read_one(SYSTEM, "account", one.id)["number"].removeprefix("KH-"))
        for one in results
        if isinstance(one, Done)
    ]
    assert numbers == list(range(before + 1, before + 1 + len(numbers)))
    with pytest.raises(Invalid):
        make("account")
    write(SYSTEM, Command("create", "account", values={"name": "dry"}), dry_run=True)
    assert read_one(SYSTEM, "account", make("account", name="Z"))["number"] == f"KH-{numbers[-1] + 1:05d}"


def test_a_number_that_came_with_a_record_is_never_given_again(home: Any) -> None:
    taken = write(SYSTEM, Command("create", "account", values={"name": "A", "number": "KH-00900"}, historic=True)).id
    assert read_one(SYSTEM, "account", taken)["number"] == "KH-00900"
    assert read_one(SYSTEM, "account", make("account", name="B"))["number"] == "KH-00901"
    for odd in ("KH-x", "other 7", "KH-²", "KH-" + "9" * 30):
        write(SYSTEM, Command("create", "account", values={"name": "A", "number": odd}, historic=True))
    assert read_one(SYSTEM, "account", make("account", name="B"))["number"] == "KH-00902"


def test_only_an_importer_sets_recorded_facts(home: Any, company: Company) -> None:
    values = {"name": "A", "created": "2019-05-01T08:00:00+08:00", "changed": "2020-05-01T08:00:00+08:00"}
    with nothing_written(), pytest.raises(Forbidden):
        write(company.li, Command("create", "account", values=values, historic=True))
    with nothing_written(), pytest.raises(Invalid):
        write(company.admin, Command("create", "account", values=values))
    record = read_one(
        SYSTEM, "account", write(company.admin, Command("create", "account", values=values, historic=True)).id
    )
    assert (record["created"].year, record["changed"].year) == (2019, 2020)


# -- external ids ----------------------------------------------------------------------------------------------------
def test_an_external_id_belongs_to_one_record(home: Any) -> None:
    def external(*pairs: tuple[str, str], record_id: int | None = None, **values: Any) -> Done:
        return write(
            SYSTEM, Command("update" if record_id else "create", "account", record_id, values=values, external=pairs)
        )

    first = external(("crm", "7"), ("erp", "K-7"), name="A").id
    assert fields_of(external, ("crm", "7"), name="B") == {("_external", "unique")}
    external(("crm", "8"), record_id=first, about="x")
    external(("crm", "9"), record_id=first)
    assert sorted(rows('SELECT "source", "value" FROM "store_externalid" WHERE "record" = %s', (first,))) == [
        ("crm", "7"), ("crm", "8"), ("crm", "9"), ("erp", "K-7"),
    ]  # fmt: skip
    other = make("account", name="B")
    assert fields_of(external, ("crm", "9"), record_id=other) == {("_external", "unique")}
    twice = [Command("create", "account", values={"name": "C"}, external=(("crm", "10"),)) for _n in range(2)]
    with nothing_written(), pytest.raises(Invalid):
        write_many(SYSTEM, twice)
    for odd in (("crm", ""), ("", "1"), ("x" * 61, "1"), ("crm", "x" * 201), ("crm", "\x00"), ("crm", "\ud800")):
        assert fields_of(external, odd, name="D") == {("_external", "external")}
    lead = write(SYSTEM, Command("create", "lead", values={"name": "L"}, external=(("crm", "7"),))).id
    assert make("contact", name="by external id", account="crm:7")
    assert lead


# -- links going with their target ------------------------------------------------------------------------------------
def test_a_record_that_others_belong_to_is_not_trashed(home: Any) -> None:
    account = make("account", name="A")
    contact = make("contact", name="C", account=account)
    make("account", name="daughter", parent=account)
    with nothing_written(), pytest.raises(Invalid) as caught:
        trash("account", account)
    assert {str(one.text)[:11] for one in caught.value.problems} == {"1 Contacts ", "1 Accounts "}
    trash("contact", contact)
    with nothing_written(), pytest.raises(Invalid):
        trash("account", account)


def test_links_of_every_shape_keep_their_target_from_the_trash(home: Any) -> None:
    create_object(
        SYSTEM,
        {
            "key": "crate", "label": "Crate", "fields": [
                {"key": "name", "label": "N", "kind": "text"},
                {"key": "one", "label": "One", "kind": "link", "to": "product"},
                {"key": "many", "label": "Many", "kind": "links", "to": "product"},
                {"key": "soft", "label": "Soft", "kind": "link", "to": "product", "on_delete": "clear"},
                {"key": "soft_many", "label": "Soft", "kind": "links", "to": "product", "on_delete": "clear"},
            ],
        },
    )  # fmt: skip
    products = [make("product", name=f"P{n}") for n in range(3)]
    for values in ({"one": products[0]}, {"many": products[:2]}):
        crate = make("crate", name="c", **values)
        with nothing_written(), pytest.raises(Invalid):
            trash("product", products[0])
        trash("crate", crate)
    crate = make("crate", name="soft", soft=products[0], soft_many=products)
    trash("product", products[0])
    record = read_one(SYSTEM, "crate", crate)
    assert record["soft"] is None
    assert [ref.id for ref in record["soft_many"]] == products[1:]


def test_what_is_declared_to_go_along_goes_to_the_trash_and_comes_back_with_undo(home: Any, company: Company) -> None:
    contact = make("contact", name="C", owner=company.li.id)
    deal = make("opportunity", name="D", owner=company.li.id)
    part = make("opportunity_contact", opportunity=deal, contact=contact, owner=company.chen.id)
    lead = write(SYSTEM, Command("create", "lead", values={"name": "L", "contact": contact}, historic=True)).id
    done = trash("contact", contact, company.li)
    assert read_one(SYSTEM, "opportunity_contact", part).trashed
    assert read_one(SYSTEM, "lead", lead)["contact"] is None
    assert done.operation is not None
    result = undo(company.li, done.operation)
    assert result.conflicts == []
    assert not read_one(SYSTEM, "opportunity_contact", part).trashed
    assert not read_one(SYSTEM, "contact", contact).trashed
    assert read_one(SYSTEM, "lead", lead)["contact"].id == contact


def test_what_was_written_about_a_record_goes_to_the_trash_with_it_and_comes_back_with_it(
    home: Any, company: Company
) -> None:
    lead = make("lead", name="L", owner=company.li.id)
    other = make("lead", name="M", owner=company.li.id)
    task = make("task", subject="call", parent=f"lead:{lead}", owner=company.chen.id)
    note = make("note", title="on the task", parent=f"task:{task}")
    gone = make("task", subject="gone before", parent=f"lead:{lead}")
    kept = make("task", subject="of the other", parent=f"lead:{other}")
    trash("task", gone)
    run_action(company.li, "lead", "trash", [lead, other])
    assert [read_one(SYSTEM, *one).trashed for one in (("task", task), ("note", note), ("task", kept))] == [True] * 3
    run_action(company.li, "lead", "restore", [lead])
    assert not read_one(SYSTEM, "task", task).trashed
    assert not read_one(SYSTEM, "note", note).trashed
    assert read_one(SYSTEM, "task", gone).trashed
    assert read_one(SYSTEM, "task", kept).trashed


# -- money -----------------------------------------------------------------------------------------------------------
def test_foreign_money_takes_the_rate_of_its_own_day(home: Any) -> None:
    euros = {"amount": "100.00", "currency": "EUR"}
    assert fields_of(make, "opportunity", name="D", amount=euros) == {("amount", "rate")}
    set_rates([("EUR", date(2026, 1, 1), Decimal("7.5")), ("EUR", date(2026, 3, 1), Decimal("8.005"))])
    deal = make("opportunity", name="D", amount=euros, opened_on="2026-02-10")
    assert read_one(SYSTEM, "opportunity", deal)["amount"].base == Decimal("750.00")
    change("opportunity", deal, name="E")
    set_rates([("EUR", date(2026, 1, 1), Decimal(9))])
    change("opportunity", deal, name="F")
    assert read_one(SYSTEM, "opportunity", deal)["amount"].base == Decimal("750.00")
    change("opportunity", deal, opened_on="2026-03-05")
    assert read_one(SYSTEM, "opportunity", deal)["amount"].base == Decimal("800.50")
    assert ids(SYSTEM, "opportunity", "amount = 800.50 and amount.currency = EUR and amount.value = 100") == {deal}
    assert fields_of(change, "opportunity", deal, opened_on="2025-12-31") == {("amount", "rate")}


def test_an_import_warns_of_a_missing_rate_and_stores_the_amount(home: Any) -> None:
    act = Act(SYSTEM, kind="import", historic=True)
    (done,) = write_many(
        SYSTEM,
        [Command("create", "opportunity", values={"name": "D", "amount": {"amount": "5", "currency": "JPY"}})],
        act=act,
    ).results
    assert isinstance(done, Done)
    assert [one.code for one in done.warnings] == ["rate"]
    assert read_one(SYSTEM, "opportunity", done.id)["amount"].base is None


# -- the log ----------------------------------------------------------------------------------------------------------
def test_a_save_that_changes_nothing_writes_nothing(home: Any, company: Company) -> None:
    account = make("account", name="A", annual_revenue="12.50", tags=["reference"], parent=make("account", name="P"))
    record = read_one(SYSTEM, "account", account)
    with nothing_written():
        done = change(
            "account",
            account,
            name=" A ",
            annual_revenue="12.5",
            tags=("reference",),
            parent=record["parent"],
            about="",
        )
    assert (done.changes, done.operation, done.version) == ((), None, 1)
    for verb in ("unarchive", "restore"):
        with nothing_written():
            assert write(SYSTEM, Command(verb, "account", account)).changes == ()  # type: ignore[arg-type]


def test_why_is_kept_with_the_operation_whatever_stands_in_it(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    done = write(
        company.li,
        Command("update", "account", account, values={"about": "x"}),
        why="asked\x00 by \ud800phone " + "y" * 9000,
    )
    entry = history(company.li, "account", account)[0]
    assert entry.why.startswith("asked? by ?phone yyy")
    assert len(entry.why) <= 500
    assert row('SELECT "actor", "via", "kind" FROM "store_operation" WHERE "id" = %s', (done.operation,)) == (
        company.li.id,
        "web",
        "edit",
    )


def test_saving_over_a_record_in_the_trash_says_so(home: Any) -> None:
    account = make("account", name="A")
    trash("account", account)
    for verb in ("update", "archive", "unarchive"):
        with nothing_written(), pytest.raises(NotFound, match="trash"):
            write(SYSTEM, Command(verb, "account", account, values={"name": "B"} if verb == "update" else {}))  # type: ignore[arg-type]


def test_a_formula_that_uses_today_moves_by_itself(home: Any) -> None:
    create_field(SYSTEM, "account", {"key": "met_on", "label": "Met", "kind": "date"})
    create_field(
        SYSTEM,
        "account",
        {"key": "waits", "label": "Waits", "kind": "formula", "result": "number", "formula": "days(met_on, today)"},
    )
    account = make("account", name="A", met_on="2026-03-01")
    for day, waits in ((3, 2), (11, 10)):
        with standing_at(datetime(2026, 3, day, 4, tzinfo=UTC)):
            assert read_one(SYSTEM, "account", account)["waits"] == waits
            (shown,) = read(SYSTEM, Query("account", columns=("waits",))).rows
            assert shown.values == {"waits": waits}


def test_a_name_that_sounds_like_another_is_asked_about(home: Any, company: Company) -> None:
    said = refusal(make, "account", name="甲", owner="李那")
    assert "李娜" in said[2][0][2]
    assert "李娜" not in refusal(make, "account", name="甲", owner="李大")[2][0][2]
