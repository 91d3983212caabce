"""Several at once: no update is lost, no number given twice, and writers wait for one another instead of failing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from tests.company import Company
from tests.doors.staff import change, make
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.errors import Forbidden, Invalid, Refused, Stale
from zhike.records.actions import run_action
from zhike.records.declaring import customise
from zhike.records.derived import check_derived
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.site.home import Home
from zhike.store.database import rows, write_transaction
from zhike.store.ids import steady

THREADS, EDITS, RECORDS = 8, 20, 5


def together(work: Callable[[int], Any]) -> list[Any]:
    """The work of each thread, begun at the same moment; the first error of any is raised."""
    gate = threading.Barrier(THREADS)

    def run(n: int) -> Any:
        try:
            gate.wait(30)
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result(120) for future in [pool.submit(run, n) for n in range(THREADS)]]


def test_writers_of_lines_of_one_quote_all_count_in_its_total(fresh_home: Home) -> None:
    quote = make("quote", name="一批", account=make("account", name="A"), currency="CNY")

    def add(n: int) -> None:
        for _turn in range(5):
            make("quote_line", quote=quote, description=f"{n}", unit_price=1, tax_rate=0)

    together(add)
    record = read_one(SYSTEM, "quote", quote)
    assert (record["total"].amount, record["line_count"]) == (THREADS * 5, THREADS * 5)


def test_no_update_is_lost_between_threads_that_expect_a_version(fresh_home: Home) -> None:
    records = [make("account", name=f"A{n}", employees=0) for n in range(RECORDS)]

    def edit(n: int) -> int:
        refused = 0
        for turn in range(EDITS):
            record_id = records[(n + turn) % RECORDS]
            while True:
                seen = read_one(SYSTEM, "account", record_id)
                command = Command(
                    "update",
                    "account",
                    record_id,
                    values={"employees": int(seen["employees"]) + 1},
                    expect=seen.version,
                )
                try:
                    write(SYSTEM, command)
                    break
                except Stale:
                    refused += 1
        return refused

    refused = sum(together(edit))
    total = sum(int(read_one(SYSTEM, "account", one)["employees"]) for one in records)
    assert total == THREADS * EDITS
    assert refused > 0  # they did meet
    for one in records:
        entries = history(SYSTEM, "account", one, size=1000)
        assert [entry.version for entry in entries] == list(range(len(entries), 0, -1))
        numbers = [
            int(new) for entry in reversed(entries) for field, _old, new in entry.changes if field.key == "employees"
        ]
        assert numbers == list(range(len(numbers)))


def test_changes_of_different_fields_meet_without_loss(fresh_home: Home) -> None:
    account = make("account", name="A")
    keys = ("short_name", "about", "website", "phone", "employees", "founded", "annual_revenue", "region")
    values = ("s", "a", "https://example.cn", "13800138000", 7, 1990, "12.50", "east")

    def edit(n: int) -> None:
        write(SYSTEM, Command("update", "account", account, values={keys[n]: values[n]}, based_on=(1, {keys[n]: None})))

    together(edit)
    record = read_one(SYSTEM, "account", account)
    assert record.version == 1 + THREADS
    assert all(record[key] is not None for key in keys)


def test_ids_and_numbers_are_never_given_twice(fresh_home: Home) -> None:
    def create(n: int) -> list[int]:
        found = [make("account", name=f"A{n}.{turn}") for turn in range(5)]
        batch = write_many(
            SYSTEM, [Command("create", "account", values={"name": f"B{n}.{turn}"}) for turn in range(10)]
        )
        return found + [one.id for one in batch.results if isinstance(one, Done)]

    made = [one for found in together(create) for one in found]
    assert len(set(made)) == len(made) == THREADS * 15
    numbers = sorted(str(row["number"]) for row in read(SYSTEM, Query("account", columns=("number",), size=500)).rows)
    assert numbers == [f"KH-{n:05d}" for n in range(1, len(made) + 1)]


def test_a_unique_value_is_taken_once(fresh_home: Home) -> None:
    def create(n: int) -> bool:
        try:
            write(SYSTEM, Command("create", "product", values={"name": "the only one", "about": f"{n}"}))
        except Invalid:
            return False
        return True

    assert together(create).count(True) == 1
    assert len(read(SYSTEM, Query("product")).rows) == 1


def test_one_idempotency_key_makes_one_record(fresh_home: Home) -> None:
    made = together(lambda n: write(SYSTEM, Command("create", "account", values={"name": f"A{n}"}, key="once")).id)
    assert len(set(made)) == 1
    assert len(read(SYSTEM, Query("account")).rows) == 1


def test_batches_that_meet_wait_for_one_another(fresh_home: Home) -> None:
    records = [make("account", name=f"A{n}", employees=0) for n in range(RECORDS)]

    def edit(n: int) -> None:
        for turn in range(3):
            listed = records if (n + turn) % 2 else records[::-1]
            write_many(
                SYSTEM, [Command("update", "account", one, values={"employees": n * 10 + turn + 1}) for one in listed]
            )

    together(edit)
    assert {read_one(SYSTEM, "account", one).version for one in records} == {1 + THREADS * 3}


def test_workers_side_by_side_keep_figures_right(fresh_home: Home) -> None:
    accounts = [make("account", name=f"A{n}") for n in range(3)]

    def busy(n: int) -> None:
        for turn in range(4):
            deal = make("opportunity", name=f"D{n}.{turn}", account=accounts[turn % 3], amount="1")
            work_off()
            change("opportunity", deal, account=accounts[(turn + 1) % 3])
            work_off()

    together(busy)
    work_off()
    assert check_derived() == []


def test_two_shares_of_the_work_in_two_processes(fresh_home: Home) -> None:
    account = make("account", name="A", employees=0)
    connection.close()
    program = (
        "from zhike.site.home import Home, configure; from pathlib import Path; import sys\n"
        "configure(Home(Path(sys.argv[1])))\n"
        "from zhike.kernel.actor import SYSTEM; from zhike.kernel.changes import Command; from zhike.kernel.errors import Stale\n"
        "from zhike.records.read import read_one; from zhike.records.write import write\n"
        "done = 0\n"
        "while done < 20:\n"
        "    seen = read_one(SYSTEM, 'account', int(sys.argv[2]))\n"
        "    values = {'employees': int(seen['employees']) + 1}\n"
        "    try:\n"
        "        write(SYSTEM, Command('update', 'account', seen.id, values=values, expect=seen.version)); done += 1\n"
        "    except Stale: pass\n"
    )
    arguments = [sys.executable, "-c", program, str(fresh_home.path), str(account)]
    others = [subprocess.Popen(arguments, stderr=subprocess.PIPE) for _n in range(2)]
    for other in others:
        _out, errors = other.communicate(timeout=120)
        assert other.returncode == 0, errors.decode()
    assert int(read_one(SYSTEM, "account", account)["employees"]) == 40


def test_a_write_that_fails_in_one_thread_leaves_the_others_whole(fresh_home: Home) -> None:
    def create(n: int) -> int:
        made = 0
        for turn in range(6):
            values = {"name": "" if turn % 2 else f"A{n}.{turn}"}
            try:
                write(SYSTEM, Command("create", "account", values=values))
                made += 1
            except Refused:
                assert turn % 2
        return made

    made = sum(together(create))
    assert len(read(SYSTEM, Query("account", size=500)).rows) == made == THREADS * 3
    for table in ("store_changerow", "store_outboxrow", "store_searchrow"):
        found = rows(f'SELECT count(*) FROM "{table}" WHERE "object" = \'account\'')
        assert found == [(made,)], table


@pytest.mark.skipif(
    os.environ.get("ZHIKE_TEST_DB") == "postgresql", reason="there writers of different rows do not wait"
)
def test_who_loses_their_rights_while_waiting_to_write_has_lost_them(fresh_home: Home, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    holds, waits = threading.Event(), threading.Event()
    outcomes: list[object] = []

    def save() -> None:
        try:
            with steady():
                assert read_one(company.li, "account", account)
                holds.wait(30)
                waits.set()
                for call in (
                    lambda: change("account", account, company.li, about="too late"),
                    lambda: run_action(company.li, "account", "archive", [account]),
                    lambda: read_one(company.li, "account", account),
                ):
                    try:
                        outcomes.append(call())
                    except Forbidden as error:
                        outcomes.append(error.status)
        finally:
            connection.close()

    other = threading.Thread(target=save)
    other.start()
    with write_transaction():
        change("user", company.li.id, active=False)
        holds.set()
        assert waits.wait(30)
        time.sleep(0.1)
    other.join(60)
    assert outcomes == [403, 403, 403]


@pytest.fixture(autouse=True)
def closed(fresh_home: Home) -> None:
    """Every test here needs real commits."""


def test_declarations_are_seen_by_others_once_they_are_committed_and_never_those_of_a_rehearsal(
    fresh_home: Home,
) -> None:
    made, looked = threading.Event(), threading.Event()
    seen: list[bool] = []

    def declare(fails: bool) -> None:
        with suppress(InterruptedError), customise._declaring():
            customise._add_within(SYSTEM, "account", {"key": "fleet", "label": "Fleet", "kind": "number"})
            registry.refresh()
            seen.append(registry.object("account").field("fleet") is not None)
            made.set()
            assert looked.wait(20)
            if fails:
                raise InterruptedError
        connection.close()

    for fails in (True, False):
        made.clear()
        looked.clear()
        thread = threading.Thread(target=declare, args=(fails,))
        thread.start()
        assert made.wait(20)  # no refresh here: a request that is under way goes on with what it has
        seen.append(registry.object("account").field("fleet") is not None)
        looked.set()
        thread.join(20)
        registry.refresh()
        seen.append(registry.object("account").field("fleet") is not None)
    assert seen == [True, False, False, True, False, True]
