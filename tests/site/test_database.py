"""How the database is opened."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction


def ask(pragma):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_opened_so_that_nothing_acknowledged_is_lost(fresh_home, pragma, value):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    assert ask(pragma) == value


def test_a_transaction_takes_the_write_lock_at_its_start(fresh_home):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite only")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
        with transaction.atomic(), pytest.raises(OperationalError, match="locked"):
            cursor.execute("BEGIN IMMEDIATE")
    other.close()


def test_what_a_test_writes_in_a_home_is_gone(home, admin):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_setting WHERE key = 'left over'")
        assert cursor.fetchone()[0] == 0
        cursor.execute("INSERT INTO store_setting (key, value) VALUES ('left over', '1')")


test_what_a_test_writes_in_a_home_is_gone_again = test_what_a_test_writes_in_a_home_is_gone


def test_what_a_test_commits_in_a_fresh_home_is_gone(fresh_home):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_setting WHERE key = 'left over'")
        assert cursor.fetchone()[0] == 0
        cursor.execute("INSERT INTO store_setting (key, value) VALUES ('left over', '1')")


test_what_a_test_commits_in_a_fresh_home_is_gone_again = test_what_a_test_commits_in_a_fresh_home_is_gone


def test_examples_of_a_property_test_do_not_see_each_other(home, undone):
    for _example in range(2):
        with undone(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO store_setting (key, value) VALUES ('one of many', '1')")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_setting WHERE key = 'one of many'")
        assert cursor.fetchone()[0] == 0
