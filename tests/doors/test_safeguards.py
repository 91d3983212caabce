"""Small promises of the doors that no single object owns."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from tests.company import Company
from tests.doors.staff import change, fields_of, make, refusal, role, share, trash
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Forbidden, Invalid
from zhike.records.actions import run_action
from zhike.records.history import history
from zhike.records.read import Query, read, read_one
from zhike.records.reveal import reveal
from zhike.records.write import write, write_many
from zhike.schema.values import DAMAGED
from zhike.site.home import Home
from zhike.store.database import is_postgres, row, rows, run, until_through, write_transaction


# -- one record for each combination -----------------------------------------------------------------------------------
def test_a_role_has_one_grant_for_an_object(home: Any) -> None:
    first = role("R", {"account": "own"})
    again = {"role": first, "object": "account", "read": "all"}
    assert fields_of(make, "grant", **again) == {("object", "once")}
    other = make("grant", role=first, object="lead", read="own")
    assert fields_of(change, "grant", other, object="account") == {("object", "once")}
    change("grant", other, read="all")
    held = row('SELECT "id" FROM "objects_grant" WHERE "role" = %s AND "object" = %s', (first, "account"))
    assert held is not None
    trash("grant", held[0])
    make("grant", **again)


def test_two_grants_for_one_object_in_one_batch_are_refused(home: Any) -> None:
    first = role("R", {})
    commands = [Command("create", "grant", values={"role": first, "object": "lead"}) for _turn in range(2)]
    with pytest.raises(Invalid):
        write_many(SYSTEM, commands)
    assert read(SYSTEM, Query("grant", where=f"role = {first}")).rows == ()


# -- stages --------------------------------------------------------------------------------------------------------------
def test_what_a_stage_asked_for_cannot_be_emptied_while_the_deal_stays_there(home: Any) -> None:
    deal = make("opportunity", name="D", stage="quote", amount="100")
    assert fields_of(change, "opportunity", deal, amount=None) == {("amount", "stage-asks")}
    change("opportunity", deal, amount="200")
    change("opportunity", deal, stage="contact")
    change("opportunity", deal, amount=None)


# -- two people at one record ---------------------------------------------------------------------------------------------
def test_an_editor_who_does_not_say_what_they_saw_does_not_write_over_newer_values(home: Any) -> None:
    account = make("account", name="A", employees=1)
    change("account", account, employees=2)
    with pytest.raises(Conflict) as caught:
        write(SYSTEM, Command("update", "account", account, values={"employees": 3}, based_on=(1, {})))
    assert [problem.field for problem in caught.value.problems] == ["employees"]
    write(SYSTEM, Command("update", "account", account, values={"short_name": "B"}, based_on=(1, {})))
    write(SYSTEM, Command("update", "account", account, values={"employees": 2}, based_on=(1, {})))
    assert read_one(SYSTEM, "account", account)["employees"] == 2


# -- sharing on -----------------------------------------------------------------------------------------------------------
def test_whoever_was_given_a_record_to_edit_does_not_pass_it_on(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    share("account", account, person=company.chen.id, right="edit")
    told = refusal(run_action, company.chen, "account", "share", [account], {"person": company.wang.id})
    assert told[0] is Forbidden
    assert refusal(run_action, company.chen, "account", "unshare", [account])[0] is Forbidden
    run_action(company.zhao, "account", "share", [account], {"person": company.wang.id})


# -- what cannot be opened ------------------------------------------------------------------------------------------------
@pytest.fixture
def damaged(home: Any, company: Company) -> int:
    contact = make("contact", name="A", mobile="13812345678", owner=company.li.id)
    make("contact", name="B", mobile="13912345678", owner=company.li.id)
    (envelope,) = row('SELECT "mobile" FROM "objects_contact" WHERE "id" = %s', (contact,)) or ("",)
    run('UPDATE "objects_contact" SET "mobile" = %s WHERE "id" = %s', (envelope[:-4] + "AAAA", contact))
    return contact


def test_one_damaged_value_holds_up_neither_the_list_nor_the_record(damaged: int, company: Company) -> None:
    shown = {one.title: one["mobile"] for one in read(company.li, Query("contact", columns=("name", "mobile"))).rows}
    assert shown["A"] is DAMAGED
    assert shown["B"].mask.startswith("139")
    assert read_one(company.li, "contact", damaged)["mobile"] is DAMAGED
    assert history(company.li, "contact", damaged)
    assert refusal(reveal, company.li, "contact", damaged, "mobile", "to call")[0] is Invalid


def test_a_damaged_value_can_be_entered_again(damaged: int, company: Company) -> None:
    change("contact", damaged, company.li, name="AA")
    assert read_one(company.li, "contact", damaged)["mobile"] is DAMAGED
    change("contact", damaged, company.li, mobile="13712345678")
    assert reveal(company.li, "contact", damaged, "mobile", "to call").endswith("137 1234 5678")


def test_a_damaged_data_key_is_told_in_words(damaged: int, company: Company) -> None:
    run('UPDATE "objects_contact" SET "vault" = %s WHERE "id" = %s', ("w1.broken", damaged))
    assert read_one(company.li, "contact", damaged)["mobile"] is DAMAGED
    assert refusal(change, "contact", damaged, company.li, name="AA")[2][0][1] == "damaged"


# -- transactions that wait for each other --------------------------------------------------------------------------------
def test_two_batches_that_wait_for_each_other_both_come_through(fresh_home: Home) -> None:
    if not is_postgres():
        pytest.skip("on SQLite writers queue")
    first, second = make("account", name="A"), make("lead", name="B")
    gate = threading.Barrier(2, timeout=20)
    through: list[str] = []

    def edit(order: list[tuple[str, int]], word: str) -> None:
        turns: list[int] = []

        def work() -> None:
            turns.append(1)
            with write_transaction():
                change(*order[0], name=word)
                if len(turns) == 1:
                    gate.wait()
                change(*order[1], name=word)

        try:
            until_through(work)
            through.append(word)
        finally:
            connection.close()

    one, other = ("account", first), ("lead", second)
    threads = [threading.Thread(target=edit, args=args) for args in (([one, other], "X"), ([other, one], "Y"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(through) == ["X", "Y"]
    versions = rows('SELECT "version" FROM "objects_account" UNION ALL SELECT "version" FROM "objects_lead"')
    assert [line[0] for line in versions] == [3, 3]
