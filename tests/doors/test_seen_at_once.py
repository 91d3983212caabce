"""What a process keeps in memory, it keeps with its version: what another one changed is seen by the next request."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import make
from tests.doors.statements import heard
from zhike.access.rights import has_shares
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import NotFound
from zhike.records.read import read_one
from zhike.records.sharing import share, stop
from zhike.records.undo import undo
from zhike.records.views import shelf_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.ids import steady

ELSEWHERE = """
from zhike.site.home import Home, configure
configure(Home.here())
from types import SimpleNamespace
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.sharing import share
from zhike.records.write import write
from zhike.schema.values import Ref
from zhike.store.database import write_transaction
view, account, person = {view}, {account}, {person}
write(SYSTEM, Command("update", "saved_view", view, dict(name="Renamed elsewhere")))
with write_transaction():
    share(SimpleNamespace(id=1, actor=SYSTEM), "account", account, [Ref("user", person)])
"""


class Operation:
    id = 1
    actor = SYSTEM


def view(name: str, **values: Any) -> int:
    return make("saved_view", name=name, object="account", shared="everybody", **values)


def labels(company: Company) -> set[str]:
    return {one.label for one in shelf_of(company.li, registry.object("account")).views}


def test_a_change_of_another_process_counts_in_the_next_request(fresh_home: Any, company: Company) -> None:
    saved, account = view("Big ones"), make("account", name="华信")
    assert "Big ones" in labels(company)
    assert not has_shares(company.li)
    with pytest.raises(NotFound):
        read_one(company.li, "account", account)
    code = ELSEWHERE.format(view=saved, account=account, person=company.li.id)
    subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=True, timeout=60)
    assert "Renamed elsewhere" in labels(company)
    assert "Big ones" not in labels(company)
    assert has_shares(company.li)
    assert read_one(company.li, "account", account).title == "华信"


def test_the_shelf_of_a_list_is_read_again_when_a_view_changed_and_not_before(home: Any, company: Company) -> None:
    first = view("First")
    assert "First" in labels(company)
    with heard() as asked:
        labels(company)
    assert not [one for one in asked if "objects_savedview" in one[0]]
    done = write(SYSTEM, Command("update", "saved_view", first, {"name": "Second"}))
    assert "Second" in labels(company)
    undo(SYSTEM, done.operation)
    assert "First" in labels(company)
    write(SYSTEM, Command("update", "saved_view", first, {"shared": "private"}))
    assert not {"First", "Second"} & labels(company)
    write(SYSTEM, Command("update", "saved_view", first, {"shared": "everybody"}))
    write(SYSTEM, Command("trash", "saved_view", first))
    assert not {"First", "Second"} & labels(company)


def test_a_private_view_that_became_somebody_elses_leaves_the_shelf(home: Any, company: Company) -> None:
    own = view("Own", owner=company.li.id)
    assert "Own" in labels(company)
    write(SYSTEM, Command("update", "saved_view", own, {"owner": company.chen.id, "shared": "private"}))
    assert "Own" not in labels(company)


def test_whether_anything_is_shared_is_asked_once_until_shares_change(home: Any, company: Company) -> None:
    account = make("account", name="A")
    assert not has_shares(company.chen)
    with steady(), heard() as asked:
        assert not has_shares(company.chen)
    assert not [one for one in asked if "store_share" in one[0]]
    share(Operation(), "account", account, [Ref("user", company.chen.id)])
    assert has_shares(company.chen)
    assert not has_shares(company.li)
    stop(account)
    assert not has_shares(company.chen)
