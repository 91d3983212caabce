"""Sharing a record with a person or a department, by the action everybody has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import Invalid, NotFound
from zhike.records.actions import run_action
from zhike.records.read import read_one
from zhike.records.undo import undo
from zhike.records.write import write


@pytest.fixture
def account(home: Any, company: Company) -> int:
    return write(company.li, Command("create", "account", values={"name": "凌渡精密机械"})).id


def test_a_shared_record_can_be_read_and_only_if_said_so_changed(company: Company, account: int) -> None:
    with pytest.raises(NotFound):
        read_one(company.chen, "account", account)
    run_action(company.li, "account", "share", [account], {"person": company.chen.id})
    assert read_one(company.chen, "account", account).title == "凌渡精密机械"
    with pytest.raises(Exception, match="change"):
        write(company.chen, Command("update", "account", account, values={"short_name": "x"}))
    run_action(company.li, "account", "share", [account], {"person": company.chen.id, "right": "edit"})
    write(company.chen, Command("update", "account", account, values={"short_name": "x"}))


def test_sharing_with_a_department_reaches_its_people_and_ends_on_its_day(company: Company, account: int) -> None:
    until = (now() + timedelta(days=2)).date().isoformat()
    run_action(company.li, "account", "share", [account], {"department": "销售二部", "until": until})
    assert read_one(company.chen, "account", account)
    with standing_at(now() + timedelta(days=4)), pytest.raises(NotFound):
        read_one(company.chen, "account", account)


def test_a_share_is_taken_back_by_undo_and_by_its_own_action(company: Company, account: int) -> None:
    done = run_action(company.li, "account", "share", [account], {"person": company.chen.id})
    assert done.operation is not None
    undo(company.li, done.operation)
    with pytest.raises(NotFound):
        read_one(company.chen, "account", account)
    run_action(company.li, "account", "share", [account], {"person": company.chen.id})
    run_action(company.li, "account", "unshare", [account])
    with pytest.raises(NotFound):
        read_one(company.chen, "account", account)


def test_sharing_with_nobody_is_refused_in_words(company: Company, account: int) -> None:
    with pytest.raises(Invalid) as caught:
        run_action(company.li, "account", "share", [account], {})
    assert caught.value.problems[0].field == "person"
