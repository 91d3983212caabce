"""What follows a save: roll-ups and formulas, events that are told at least once, and set aside when they cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, dump, make, many, trash
from zhike.automation import worker
from zhike.automation.rollups import keep_rollups
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records import at_work
from zhike.records.actions import run_action
from zhike.records.acts import Act
from zhike.records.asking import ids_by_words
from zhike.records.at_work import say_alive
from zhike.records.declaring.customise import create_field, create_object
from zhike.records.derived import check_derived, recompute
from zhike.records.history import history
from zhike.records.housekeeping import keep_schedule, take_schedule
from zhike.records.outbox import MOST_TRIES, Event, claim, waiting
from zhike.records.read import read_one
from zhike.records.undo import undo
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.site.home import Home
from zhike.store.database import run


def figures(account: int) -> tuple[Any, ...]:
    record = read_one(SYSTEM, "account", account)
    amounts = [record[key].base if record[key] else None for key in ("open_amount", "won_amount")]
    return (int(record["open_deals"]), *amounts, record["last_follow_up"])


def test_roll_ups_follow_every_change_of_what_they_count(home: Any) -> None:
    first, second = make("account", name="A"), make("account", name="B")
    assert figures(first) == (0, None, None, None)
    deal = make("opportunity", name="D", account=first, amount="100")
    make("opportunity", name="E", account=first, amount="0.50")
    work_off()
    assert figures(first) == (2, Decimal("100.50"), None, None)
    change("opportunity", deal, account=second)
    work_off()
    assert (figures(first)[:2], figures(second)[:2]) == ((1, Decimal("0.50")), (1, Decimal("100.00")))
    run_action(SYSTEM, "opportunity", "win", [deal])
    work_off()
    assert figures(second) == (0, None, Decimal("100.00"), None)
    trash("opportunity", deal)
    work_off()
    assert figures(second) == (0, None, None, None)
    write(SYSTEM, Command("restore", "opportunity", deal))
    write(SYSTEM, Command("archive", "opportunity", deal))
    work_off()
    assert figures(second)[2] == Decimal("100.00")
    happened = datetime(2026, 3, 9, 8, tzinfo=UTC)
    follow_up = make("follow_up", summary="x", parent=f"account:{second}", happened=happened)
    work_off()
    assert figures(second)[3] == happened
    change("follow_up", follow_up, happened=happened - timedelta(days=1))
    work_off()
    assert figures(second)[3] == happened - timedelta(days=1)
    assert check_derived() == []
    assert waiting() == (0, 0)


def test_a_record_moved_twice_in_one_operation_leaves_no_figure_behind(home: Any) -> None:
    accounts = [make("account", name=f"{n}") for n in range(3)]
    deal = make("opportunity", name="D", account=accounts[0], amount="7")
    work_off()
    moves = [Command("update", "opportunity", deal, values={"account": one}) for one in accounts[1:]]
    write_many(SYSTEM, moves)
    work_off()
    assert [figures(one)[0] for one in accounts] == [0, 0, 1]
    assert check_derived() == []


def test_a_roll_up_disturbs_nobody_who_is_editing(home: Any) -> None:
    account = make("account", name="A")
    make("opportunity", name="D", account=account, amount="7")
    work_off()
    assert read_one(SYSTEM, "account", account).version == 1
    assert len(history(SYSTEM, "account", account)) == 1
    assert write(SYSTEM, Command("update", "account", account, values={"about": "x"}, expect=1)).version == 2
    assert figures(account)[0] == 1
    assert claim()[-1].fields == ("about", "changed")


def test_a_stage_that_changes_its_outcome_moves_the_figures_that_look_through_it(home: Any) -> None:
    account = make("account", name="A")
    make("opportunity", name="D", account=account, amount="7", stage="analysis")
    work_off()
    (stage,) = ids_by_words(registry.object("stage"), "analysis")
    change("stage", stage, outcome="won")
    work_off()
    assert figures(account) == (0, None, Decimal("7.00"), None)


def test_custom_roll_ups_and_formulas_of_custom_objects_are_filled_at_once_and_kept(home: Any) -> None:
    fields = [
        {"key": "name", "label": "N", "kind": "text"},
        {"key": "firm", "label": "F", "kind": "link", "to": "account"},
        {"key": "firms", "label": "F", "kind": "links", "to": "account"},
        {"key": "weight", "label": "W", "kind": "number", "decimals": 2},
    ]
    create_object(SYSTEM, {"key": "crate", "label": "Crate", "fields": fields})
    account = make("account", name="A")
    make("crate", name="c", firm=account, firms=[account], weight="1.25")
    for key, via, measure, where in (
        ("crates", "firm", "count", ""),
        ("heavy", "firm", "count", "weight > 2"),
        ("weight", "firm", "sum:weight", ""),
        ("meant", "firms", "max:weight", ""),
    ):
        rollup = {"object": "crate", "via": via, "measure": measure, "where": where}
        create_field(
            SYSTEM,
            "account",
            {"key": key, "label": key, "kind": "roll_up", "result": "number", "decimals": 2, "rollup": rollup},
        )
    create_field(
        SYSTEM,
        "account",
        {
            "key": "twice",
            "label": "T",
            "kind": "formula",
            "result": "number",
            "decimals": 2,
            "formula": "employees * 2",
        },
    )
    record = read_one(SYSTEM, "account", account)
    assert [record[key] for key in ("crates", "heavy", "weight", "meant")] == [1, 0, Decimal("1.25"), Decimal("1.25")]
    second = make("crate", name="d", firm=account, firms=[account], weight="2.50")
    work_off()
    record = read_one(SYSTEM, "account", account)
    assert [record[key] for key in ("crates", "heavy", "weight", "meant")] == [2, 1, Decimal("3.75"), Decimal("2.50")]
    change("crate", second, firm=None, firms=None)
    change("account", account, employees=21)
    work_off()
    record = read_one(SYSTEM, "account", account)
    assert [record[key] for key in ("crates", "heavy", "weight", "meant", "twice")] == [
        1,
        0,
        Decimal("1.25"),
        Decimal("1.25"),
        42,
    ]
    assert check_derived() == []


def test_a_formula_added_later_is_filled_for_the_records_there_are(home: Any) -> None:
    account = make("account", name="A", employees=4)
    create_field(
        SYSTEM,
        "account",
        {"key": "twice", "label": "T", "kind": "formula", "result": "number", "formula": "employees * 2"},
    )
    assert read_one(SYSTEM, "account", account)["twice"] == 8


def test_check_finds_and_mends_a_wrong_figure(home: Any) -> None:
    account = make("account", name="A")
    make("opportunity", name="D", account=account, amount="7")
    work_off()
    run('UPDATE "objects_account" SET "open_deals" = 99 WHERE "id" = %s', (account,))
    assert check_derived() == ["account.open_deals: 1"]
    assert check_derived(repair=True) == ["account.open_deals: 1"]
    assert check_derived() == []
    assert figures(account)[0] == 1


def test_events_told_once_more_after_a_crash_change_nothing(fresh_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    account = make("account", name="A")
    for n in range(5):
        make("opportunity", name=f"D{n}", account=account, amount="7")

    def crash(_events: Sequence[Event]) -> None:
        raise KeyboardInterrupt

    before = waiting()
    with monkeypatch.context() as patched:
        patched.setattr(worker, "done", crash)
        with pytest.raises(KeyboardInterrupt):
            work_off()
    assert waiting() == before
    told = figures(account)
    assert told[:2] == (5, Decimal("35.00"))
    assert work_off() == before[0]
    assert figures(account) == told
    state = dump()
    keep_rollups([Event(10**9, 1, "opportunity", account + 1, "update", ("account",), 0, 0)])
    assert dump() == state


def test_one_bad_event_holds_up_no_other_and_is_set_aside_after_ten_tries(
    fresh_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_off()
    accounts = [make("account", name=f"{n}") for n in range(3)]
    bad = accounts[1]
    heard: list[int] = []

    def listen(events: Sequence[Event]) -> None:
        if any(event.record == bad for event in events):
            raise RuntimeError("this one never works")
        heard.extend(event.record for event in events)

    monkeypatch.setattr(worker, "CONSUMERS", [listen])
    assert work_off() == 2
    assert heard == [accounts[0], accounts[2]]
    assert waiting() == (1, 0)
    assert work_off() == 0
    at = now()
    for tries in range(1, MOST_TRIES):
        assert waiting() == (1, 0), tries
        with standing_at(at):
            assert claim() == []
        at = at + timedelta(seconds=2**tries + 1)
        with standing_at(at):
            assert [event.tries for event in claim()] == [tries]
            work_off()
    assert waiting() == (0, 1)
    with standing_at(at + timedelta(days=30)):
        assert work_off() == 0


def test_what_one_worker_is_at_no_other_gets_nor_anything_later_of_the_same_record(
    fresh_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_off()
    first, second = make("account", name="A"), make("account", name="B")
    say_alive()
    held = claim(1)
    assert [event.record for event in held] == [first]
    change("account", first, name="A2")
    with monkeypatch.context() as patched:
        patched.setattr(at_work, "_name", ["another"])
        assert [event.record for event in claim()] == [second]
        assert [take_schedule("tick"), take_schedule("tick")] == [True, True]
    assert [event.id for event in claim(1)] == [held[0].id]
    assert not take_schedule("tick")
    with standing_at(now() + timedelta(minutes=1)):  # the other one said nothing for a while
        at_work.forget_said()
        assert [event.record for event in claim()] == [first, second, first]
        assert take_schedule("tick")
        keep_schedule("tick", now() + timedelta(hours=1))
        assert not take_schedule("tick")
    at_work.forget_said()


def test_a_worker_that_ends_in_order_leaves_its_events_to_others_at_once(
    fresh_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_off()
    make("account", name="A")
    with monkeypatch.context() as patched:
        patched.setattr(at_work, "_name", ["another"])
        assert len(claim()) == 1
    assert claim() == []
    with monkeypatch.context() as patched:
        patched.setattr(at_work, "_name", ["another"])
        at_work.leave_work()
    assert len(claim()) == 1


def test_an_event_comes_with_every_change_and_none_with_a_refused_one(home: Any, company: Company) -> None:
    work_off()
    account = make("account", company.li, name="A")
    change("account", account, company.li, about="x")
    trash("account", account, company.li)
    write(SYSTEM, Command("restore", "account", account))
    many([Command("create", "account", values={})], on_error="skip")
    assert [(event.object, event.record, event.verb) for event in claim()] == [
        ("account", account, verb) for verb in ("create", "update", "trash", "restore")
    ]


def test_what_automation_writes_carries_how_deep_it_is(home: Any) -> None:
    work_off()
    deal = make("opportunity", name="D")
    act = Act(SYSTEM, kind="workflow", depth=3)
    write(SYSTEM, Command("update", "opportunity", deal, values={"name": "E"}), act=act)
    write(SYSTEM, Command("update", "opportunity", deal, values={"name": "F"}), act=act.as_system())
    assert [event.depth for event in claim()] == [0, 3, 3]


def test_undo_brings_the_figures_back_too(home: Any) -> None:
    account = make("account", name="A")
    done = write(SYSTEM, Command("create", "opportunity", values={"name": "D", "account": account, "amount": "7"}))
    work_off()
    assert done.operation is not None
    undo(SYSTEM, done.operation)
    work_off()
    assert figures(account) == (0, None, None, None)


def test_computing_again_what_is_right_writes_nothing(home: Any) -> None:
    account = make("account", name="A")
    make("opportunity", name="D", account=account, amount="7")
    work_off()
    spec = registry.object("account")
    before = dump()
    assert recompute(spec, spec["open_amount"], [account, account, 2**40]) == 0
    assert dump() == before
