"""Favourites, followed records and what was seen lately: per person, under their rights, and at no cost to a page."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make, nothing_written, trash, with_fields
from tests.doors.statements import heard, plan_of
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import NotFound
from zhike.records import marks as marks_module
from zhike.records.actions import run_action
from zhike.records.marks import MOST_SEEN, followers, mark, marked, marks_on, seen, unmark, write_seen
from zhike.records.undo import undo
from zhike.store.database import insert_many, rows, run, to_db


def ids(actor: Any, kind: str, limit: int = 20) -> list[int]:
    return [one.id for one in marked(actor, kind, limit)]


def test_a_mark_is_a_persons_own_and_can_be_taken_away(home: Any, company: Company) -> None:
    account = make("account", name="华信", owner=company.li.id)
    mark(company.li, "favourite", "account", account)
    mark(company.li, "favourite", "account", account)
    (one,) = marked(company.li, "favourite")
    assert (one.object, one.id, one.title) == ("account", account, "华信")
    assert marks_on(company.li, account) == {"favourite"}
    assert ids(company.admin, "favourite") == ids(company.li, "follow") == []
    unmark(company.li, "favourite", "account", account)
    unmark(company.li, "favourite", "account", account)
    assert ids(company.li, "favourite") == []


def test_the_newest_mark_comes_first_and_objects_mix(home: Any, company: Company) -> None:
    account, lead = make("account", name="A", owner=company.li.id), make("lead", name="L", owner=company.li.id)
    for back, (key, record) in enumerate([("account", account), ("lead", lead)]):
        with standing_at(now() - timedelta(hours=back)):
            mark(company.li, "follow", key, record)
    assert ids(company.li, "follow") == [account, lead]
    assert ids(company.li, "follow", limit=1) == [account]


def test_what_is_out_of_sight_is_neither_marked_nor_shown(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    with pytest.raises(NotFound):
        mark(company.chen, "favourite", "account", account)
    mark(company.li, "follow", "account", account)
    change("account", account, owner=company.chen.id)
    assert ids(company.li, "follow") == []
    assert followers("account", account) == ()
    unmark(company.li, "follow", "account", account)
    change("account", account, owner=company.li.id)
    assert ids(company.li, "follow") == []


def test_a_hidden_title_is_hidden_among_the_marked_too(home: Any, company: Company) -> None:
    reader = with_fields("reader", {"account.name": "hidden"})
    account = make("account", name="秘密", owner=company.li.id)
    mark(reader, "favourite", "account", account)
    assert [one.title for one in marked(reader, "favourite")] == [f"#{account}"]
    assert "秘密" not in repr(marked(reader, "favourite"))


def test_trash_hides_a_mark_and_restoring_brings_it_back(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    mark(company.li, "favourite", "account", account)
    trash("account", account)
    assert ids(company.li, "favourite") == []
    run_action(SYSTEM, "account", "restore", [account])
    assert ids(company.li, "favourite") == [account]


def test_followers_are_those_who_can_see_it(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    for person in (company.li, company.zhao, company.guest):
        mark(person, "follow", "account", account)
    change("user", company.guest.id, active=False)
    assert followers("account", account) == tuple(sorted((company.li.id, company.zhao.id)))


def test_a_merge_moves_marks_to_the_winner_and_its_undo_brings_them_back(home: Any, company: Company) -> None:
    keep, lose = (make("account", name=name, owner=company.li.id) for name in ("K", "L"))
    mark(company.li, "favourite", "account", lose)
    mark(company.zhao, "follow", "account", keep)
    mark(company.zhao, "follow", "account", lose)
    done = run_action(company.admin, "account", "merge", [keep, lose], {"keep": keep})
    assert ids(company.li, "favourite") == ids(company.zhao, "follow") == [keep]
    mark(company.admin, "follow", "account", lose)
    assert followers("account", keep) == tuple(sorted((company.admin.id, company.zhao.id)))
    assert done.operation is not None
    undo(company.admin, done.operation)
    assert lose in ids(company.li, "favourite")


def test_looking_writes_nothing_until_it_is_written_in_one_batch(home: Any, company: Company) -> None:
    first, second = (make("account", name=name, owner=company.li.id) for name in ("A", "B"))
    with nothing_written(), heard() as asked:
        for record in (first, second, first):
            seen(company.li, "account", record)
    assert asked == []
    assert ids(company.li, "seen") == [first, second], "what is still in memory counts"
    assert write_seen() == 2
    assert write_seen() == 0
    assert ids(company.li, "seen") == [first, second]
    assert ids(company.zhao, "seen") == []


def test_only_so_many_seen_records_are_kept(home: Any, company: Company) -> None:
    start = now()
    for index in range(MOST_SEEN + 5):
        with standing_at(start + timedelta(seconds=index)):
            seen(company.li, "account", 10_000 + index)
    write_seen()
    found = rows('SELECT min("record"), count(*) FROM "store_mark" WHERE "person" = %s', (company.li.id,))
    assert found == [(10_005, MOST_SEEN)]


def test_marks_cost_the_same_however_many_there_are(home: Any, company: Company) -> None:
    def cost() -> int:
        with heard() as asked:
            marked(company.li, "favourite", 5)
        return len(asked)

    for _index in range(6):
        mark(company.li, "favourite", "account", make("account", name="A", owner=company.li.id))
    few = cost()
    for _index in range(30):
        mark(company.li, "favourite", "account", make("account", name="A", owner=company.li.id))
    assert cost() == few


def test_what_is_not_a_mark_of_people_is_refused(home: Any, company: Company) -> None:
    with pytest.raises(ValueError, match="seen"):
        mark(company.li, "seen", "account", 1)


def test_many_hidden_ones_do_not_push_out_the_older_visible_one(home: Any, company: Company) -> None:
    start = now()
    visible = make("account", name="A", owner=company.li.id)
    gone = [make("account", name="B", owner=company.li.id) for _index in range(25)]
    for index, record in enumerate([visible, *gone]):
        with standing_at(start + timedelta(seconds=index)):
            mark(company.li, "favourite", "account", record)
    for record in gone:
        change("account", record, owner=company.chen.id)
    assert ids(company.li, "favourite", limit=5) == [visible]


def test_marks_are_found_by_their_index(home: Any, company: Company) -> None:
    account = make("account", name="A", owner=company.li.id)
    for index in range(30):
        mark(company.li, "follow", "account", make("account", name=f"A{index}", owner=company.li.id))
    mark(company.li, "favourite", "account", account)
    lines = [(company.chen.id, "follow", "account", 100_000 + index, to_db(now())) for index in range(3000)]
    insert_many("store_mark", ("person", "kind", "object", "record", "at"), lines)
    run("ANALYZE store_mark")
    with heard() as asked:
        marked(company.li, "favourite", 5)
        followers("account", account)
        marks_on(company.li, account)
    plans = [plan_of(one) for one in asked if "store_mark" in one[0]]
    assert len(plans) == 3
    assert all("mark_newest" in plans[0] and "SCAN store_mark" not in one and "Seq Scan" not in one for one in plans)


def test_what_was_seen_is_written_soon_by_itself(
    fresh_home: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks_module, "PAUSE", 0.05)
    account = make("account", name="A", owner=company.li.id)
    seen(company.li, "account", account)
    for _wait in range(100):
        time.sleep(0.05)
        if rows('SELECT 1 FROM "store_mark" WHERE "record" = %s', (account,)):
            break
    assert ids(company.li, "seen") == [account]
    assert rows('SELECT "kind" FROM "store_mark"') == [("seen",)]
