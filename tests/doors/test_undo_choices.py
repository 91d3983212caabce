"""Taking back weeks later: what was changed since is shown first, and each value stays or goes back as chosen; large
operations go back in portions that can be stopped and taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, dump, make, with_fields
from tests.pages.pages_client import part, signed_in
from zhike.access.people import people
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import NotFound
from zhike.records import undo as undoing
from zhike.records import undo_job
from zhike.records.audit_proof import prove_chain
from zhike.records.jobs.queue import run_next
from zhike.records.operations import look, with_names
from zhike.records.read import read_one
from zhike.records.undo import rehearse, undo
from zhike.records.undo_job import in_portions, undo_later, undo_now_or_later
from zhike.records.write import write_many
from zhike.store.database import row


class _Stop(Exception):
    pass


@pytest.fixture
def bulk(home: Any, company: Company) -> tuple[list[int], int]:
    """Six accounts of Li's whose level and owner a bulk edit changed; afterwards the first was worked on."""
    accounts = [make("account", name=f"客户{n}", about="old", owner=company.li.id) for n in range(6)]
    commands = [
        Command("update", "account", one, values={"about": "new", "owner": company.wang.id}) for one in accounts
    ]
    operation = write_many(company.admin, commands).operation
    assert operation is not None
    change("account", accounts[0], company.wang, about="worked on")
    change("account", accounts[1], owner=company.chen.id)
    return accounts, operation


def test_what_was_changed_since_is_shown_with_the_three_values(bulk: Any, company: Company) -> None:
    accounts, operation = bulk
    before = dump()
    tried = rehearse(company.admin, operation)
    assert dump() == before
    found = {(one.id, one.field): (one.set, one.now, one.back) for one in with_names(company.admin, tried.conflicts)}
    assert found[accounts[0], "about"] == ("new", "worked on", "old")
    owners = found[accounts[1], "owner"]
    assert [one.title for one in owners] == ["王磊", "陈晨", "李娜"]
    assert (tried.reverted, dict(tried.how)) == (6, {("account", "update"): 6})


def test_a_chosen_value_goes_back_and_the_others_stay(bulk: Any, company: Company) -> None:
    accounts, operation = bulk
    done = undo(company.admin, operation, override={(accounts[0], "about")})
    assert [(one.id, one.field) for one in done.conflicts] == [(accounts[1], "owner")]
    assert read_one(SYSTEM, "account", accounts[0])["about"] == "old"
    assert read_one(SYSTEM, "account", accounts[1])["owner"].id == company.chen.id
    assert {read_one(SYSTEM, "account", one)["owner"].id for one in accounts[2:]} == {company.li.id}


def test_nobody_puts_back_by_choice_what_they_may_no_longer_set(bulk: Any) -> None:
    accounts, _operation = bulk
    actor = with_fields("bulker", {})
    operation = change("account", accounts[3], actor, industry="software", region="east").operation
    change("account", accounts[3], industry="retail", region="south")
    role = people().persons[actor.id].roles[0]
    for field, right in (("industry", "read"), ("region", "hidden")):
        make("field_right", role=role, object="account", field=field, right=right)
    assert operation is not None
    tried = undo(actor, operation, override="all")
    assert [(one.field, one.now) for one in tried.conflicts] == [("industry", None), ("", None)]
    assert read_one(SYSTEM, "account", accounts[3])["industry"] == "retail"


def test_a_large_operation_goes_back_in_portions_that_can_stop_and_go_on(
    bulk: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, operation = bulk
    monkeypatch.setattr(undo_job, "MOST_AT_ONCE", 2)
    steps: list[int] = []

    def step(done: int, _total: int) -> None:
        steps.append(done)
        if done >= 2:
            raise _Stop

    with pytest.raises(_Stop):
        in_portions(company.admin, operation, (), {}, lambda *_place: None, step)
    assert steps == [0, 2]
    halfway = [read_one(SYSTEM, "account", one)["about"] for one in accounts]
    assert halfway == ["worked on", "new", "new", "new", "old", "old"]
    started = row('SELECT "id" FROM "store_operation" WHERE "undoes" = %s', (operation,))
    assert isinstance(undo_now_or_later(company.admin, operation, {(accounts[0], "about")}), int)
    while run_next():
        pass
    assert [read_one(SYSTEM, "account", one)["about"] for one in accounts] == ["old"] * 6
    held = row('SELECT "undone_by" FROM "store_operation" WHERE "id" = %s', (operation,))
    assert held == started  # one undo, though it was taken up again
    assert held is not None
    undo(company.admin, held[0])
    assert [read_one(SYSTEM, "account", one)["about"] for one in accounts[2:]] == ["new"] * 4
    assert prove_chain().good


def test_the_job_asks_for_the_right_of_today(bulk: Any, company: Company) -> None:
    _accounts, operation = bulk
    with pytest.raises(NotFound):
        undo_later(company.li, operation)
    with pytest.raises(NotFound):
        look(company.li, operation)
    assert [(one.object, one.verb, one.number) for one in look(company.admin, operation).counts] == [
        ("account", "update", 6)
    ]


def test_the_dialog_asks_and_the_page_shows_everything(
    bulk: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, operation = bulk
    client = signed_in("admin")
    client.cookies["zhike-language"] = "en"
    page = client.get(f"/operations/{operation}").content.decode()
    assert all(f"/accounts/{one}" in page for one in accounts)
    dialog = client.get(f"/operations/{operation}/undo", headers=part("dialog")).content.decode()
    assert f'value="{accounts[0]}:about"' in dialog
    assert "worked on" in dialog
    answer = client.post(f"/operations/{operation}/undo", {"take": [f"{accounts[0]}:about", "x", "7:"]})
    assert answer.status_code == 303
    assert read_one(SYSTEM, "account", accounts[0])["about"] == "old"
    assert "Taken back by" in client.get(f"/operations/{operation}").content.decode()
    assert signed_in("li").get(f"/operations/{operation}").status_code == 404
    monkeypatch.setattr(undo_job, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(undoing, "MOST_AT_ONCE", 2)
    commands = [Command("update", "account", one, values={"about": "again"}) for one in accounts]
    large = write_many(company.admin, commands).operation
    assert "in the background" in client.get(f"/operations/{large}/undo", headers=part("dialog")).content.decode()
    assert client.post(f"/operations/{large}/undo").headers["Location"].startswith("/jobs/")
