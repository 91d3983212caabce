"""Six weeks and all their tidying later, every kind of act can still be taken back, and what changed since is shown first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.company import Company
from tests.doors.staff import change, make, trash
from zhike.automation.schedules import JOBS
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records.actions import run_action
from zhike.records.as_of import count_as_of, read_as_of, read_one_as_of
from zhike.records.bulk import change_many
from zhike.records.importing.table import import_table
from zhike.records.read import Query, count, read, read_one
from zhike.records.trash import keep_for, purge, restore
from zhike.records.undo import rehearse, undo
from zhike.records.write import write
from zhike.schema.values import Ref
from zhike.store.database import rows

WEEKS = timedelta(weeks=6)
TIDYING = ("tidy", "old-jobs", "old-uploads", "loose-files", "old-exports", "old-keys", "empty-trash")


@dataclass
class Acted:
    """What was done: the operation, two of the records it changed, and what the first one was like before."""

    operation: int
    one: int
    other: int
    field: str
    before: object


def an_edit(_company: Company, _folder: Path) -> Acted:
    one = make("account", name="甲", industry="software")
    done = write(SYSTEM, Command("update", "account", one, values={"industry": "retail", "name": "乙"}))
    assert done.operation
    return Acted(done.operation, one, one, "industry", "software")


def a_bulk_edit(_company: Company, _folder: Path) -> Acted:
    ids = [make("account", name=f"甲{n}", level="normal") for n in range(4)]
    done = change_many(SYSTEM, "account", ids, "level", "key")
    assert done.operation
    return Acted(done.operation, ids[0], ids[1], "level", "normal")


def a_merge(_company: Company, _folder: Path) -> Acted:
    keep, lose = (
        make("account", name="华信", website=None),
        make("account", name="华信公司", website="https://a.example"),
    )
    deal = make("opportunity", name="大单", account=lose)
    done = run_action(SYSTEM, "account", "merge", [keep, lose], {"keep": keep})
    assert done.operation
    assert read_one(SYSTEM, "opportunity", deal)["account"].id == keep
    return Acted(done.operation, keep, lose, "website", None)


def an_import(company: Company, folder: Path) -> Acted:
    one = make("account", name="甲", industry="software")
    path = folder / "accounts.csv"
    path.write_text("name,industry\n甲,retail\n乙,retail\n丙,retail\n", encoding="utf-8")
    done = import_table(company.admin, "account", path, key="name")
    assert (done.created, done.updated) == (2, 1)
    assert done.operation
    return Acted(done.operation, one, one, "industry", "software")


def a_transfer(company: Company, _folder: Path) -> Acted:
    ids = [make("account", name=f"甲{n}", owner=company.li.id) for n in range(3)]
    done = run_action(company.admin, "account", "transfer", ids, {"owner": company.wang.id})
    assert done.operation
    return Acted(done.operation, ids[0], ids[1], "owner", company.li.id)


def an_archiving(_company: Company, _folder: Path) -> Acted:
    one = make("account", name="甲")
    done = write(SYSTEM, Command("archive", "account", one))
    assert done.operation
    return Acted(done.operation, one, one, "archived", None)


ACTS = (an_edit, a_bulk_edit, a_merge, an_import, a_transfer, an_archiving)
OTHERS = {"industry": "finance", "level": "small", "website": "https://b.example", "owner": None}


def weeks_pass() -> None:
    for job in JOBS:
        if job.name in TIDYING:
            job.run()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_it_is_taken_back_weeks_later(
    home: object, company: Company, tmp_path: Path, act: Callable[[Company, Path], Acted]
) -> None:
    acted = act(company, tmp_path)
    with standing_at(now() + WEEKS):
        weeks_pass()
        assert rehearse(company.admin, acted.operation).conflicts == []
        done = undo(company.admin, acted.operation)
        assert done.conflicts == []
        assert plain(acted) == acted.before
        assert read_one(SYSTEM, "account", acted.other).id == acted.other


@pytest.mark.parametrize("act", ACTS[:-1], ids=lambda act: act.__name__)
def test_what_changed_since_is_shown_first_and_stays(
    home: object, company: Company, tmp_path: Path, act: Callable[[Company, Path], Acted]
) -> None:
    acted = act(company, tmp_path)
    with standing_at(now() + WEEKS):
        weeks_pass()
        since = OTHERS[acted.field] if acted.field != "owner" else company.chen.id
        change("account", acted.one, **{acted.field: since})
        [shown] = rehearse(company.admin, acted.operation).conflicts
        assert (shown.id, shown.field, shown.changed_since) == (acted.one, acted.field, True)
        done = undo(company.admin, acted.operation)
        assert [(one.id, one.field) for one in done.conflicts] == [(acted.one, acted.field)]
        assert plain(acted) == since
        if acted.other != acted.one:
            assert read_one(SYSTEM, "account", acted.other).id == acted.other


def plain(acted: Acted) -> object:
    value = read_one(SYSTEM, "account", acted.one).values.get(acted.field)
    return value.id if isinstance(value, Ref) else value


def test_emptying_the_trash_leaves_what_was_merged_and_deleting_it_by_hand_is_told(
    home: object, company: Company
) -> None:
    acted = a_merge(company, Path())
    thrown = make("account", name="扔掉的")
    trash("account", thrown)
    keep_for(company.admin, 30)
    with standing_at(now() + WEEKS):
        weeks_pass()
        assert rows('SELECT "id" FROM "objects_account" WHERE "id" = %s', (thrown,)) == []
        assert rehearse(company.admin, acted.operation).conflicts == []
        assert purge(company.admin, [Ref("account", acted.other)]).gone == 1
        told = rehearse(company.admin, acted.operation)
        assert {one.object for one in told.conflicts} == {"account", "opportunity"}
        assert undo(company.admin, acted.operation).reverted == 1, "what can go back does"


def test_a_record_a_list_and_a_count_are_what_they_were(home: object, company: Company) -> None:
    one, other = make("account", name="甲", level="key"), make("account", name="乙", level="key")
    asked = Query("account", where="level = key", columns=("name", "level"), sort="name")
    then = now()
    counted = count(SYSTEM, "account", "level = key")[0]
    listed = {line.id for line in read(SYSTEM, asked).rows}
    with standing_at(then + WEEKS):
        change("account", one, level="normal", name="丙")
        trash("account", other)
        make("account", name="丁", level="key")
        weeks_pass()
        at = then + timedelta(seconds=1)
        assert read_one_as_of(company.admin, "account", one, at)["name"] == "甲"
        assert {line.id for line in read_as_of(company.admin, asked, at).rows} == listed
        assert count_as_of(company.admin, "account", "level = key", at) == counted
        assert restore(company.admin, [Ref("account", other)])[0] == 1
        assert read_one(SYSTEM, "account", other)["name"] == "乙"
