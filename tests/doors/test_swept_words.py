"""What is erased leaves the full-text index too, earlier spellings included, and an ordinary edit does not pay for it."""

from __future__ import annotations

import pytest

from tests.company import Company
from tests.doors.staff import change, make, trash
from zhike.records.company.settings import kept
from zhike.records.housekeeping import SWEEPING, tidy
from zhike.records.privacy.erasing import erase_records
from zhike.records.trash import purge
from zhike.schema.values import Ref
from zhike.site.home import Home
from zhike.store.database import is_postgres, rows, run
from zhike.store.reconcile import reconcile

pytestmark = pytest.mark.skipif(is_postgres(), reason="PostgreSQL forgets with VACUUM")


def holds_old_words() -> bool:
    """Whether the index holds more than an index made anew from the documents there are."""
    held = _leaves()
    run("INSERT INTO store_search_fts(store_search_fts) VALUES ('rebuild')")
    run("INSERT INTO store_search_fts(store_search_fts) VALUES ('optimize')")
    return held != _leaves()


def _leaves() -> list[bytes]:
    """The pages of the index, without its table of contents (ids up to 10)."""
    return [
        bytes(line[0]) for line in rows('SELECT "block" FROM "store_search_fts_data" WHERE "id" > 10 ORDER BY "id"')
    ]


def _crowd() -> None:
    for n in range(60):
        make("contact", name=f"somebody{n} yyzz{n}")


def test_an_erased_name_and_the_one_before_it_are_gone_from_the_index(fresh_home: Home, company: Company) -> None:
    _crowd()
    one = make("contact", name="qqxjwvk")
    change("contact", one, name="vvkzpqw")
    erase_records(company.admin, [("contact", one)], "erase")
    assert not kept(SWEEPING)
    assert not holds_old_words()


def test_what_is_deleted_for_good_leaves_the_index_with_the_next_tidying(fresh_home: Home, company: Company) -> None:
    _crowd()
    one = make("contact", name="qqxjwvk")
    trash("contact", one)
    purge(company.admin, [Ref("contact", one)])
    assert kept(SWEEPING)
    tidy()
    assert not kept(SWEEPING)
    assert not holds_old_words()


def test_an_ordinary_edit_leaves_its_old_words_to_a_later_merge(fresh_home: Home) -> None:
    _crowd()
    change("contact", make("contact", name="qqxjwvk"), name="vvkzpqw")
    assert holds_old_words()


def test_a_home_that_took_words_out_at_once_does_so_no_more_after_an_upgrade(fresh_home: Home) -> None:
    run("INSERT INTO store_search_fts(store_search_fts, rank) VALUES ('secure-delete', 1)")
    reconcile()
    assert rows("SELECT v FROM store_search_fts_config WHERE k = 'secure-delete'")[0][0] == 0
