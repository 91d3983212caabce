"""SQLite's write-ahead log is copied into the file by whoever nobody waits for."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.write import write
from zhike.store.database import row, run, tidy_log, write_transaction

pytestmark = pytest.mark.sqlite


def _waiting() -> int:
    """Pages of the log that are not in the file yet."""
    found = row("PRAGMA wal_checkpoint(NOOP)")
    assert found is not None
    return int(found[1] - found[2])


def test_what_waits_in_the_log_is_copied_when_it_is_much(fresh_home: Any) -> None:
    row("PRAGMA wal_checkpoint(PASSIVE)")
    assert _waiting() == 0
    write(SYSTEM, Command("create", "account", values={"name": "Waits"}))
    waiting = _waiting()
    assert waiting > 0
    tidy_log(waiting)
    assert _waiting() == waiting
    tidy_log(waiting - 1)
    assert _waiting() == 0


def test_the_log_is_left_alone_within_a_transaction(fresh_home: Any) -> None:
    with write_transaction():
        run('UPDATE "store_counter" SET "value" = "value" + 1')
        tidy_log(0)


def test_a_commit_leaves_the_copying_to_others(fresh_home: Any) -> None:
    """Unless eight thousand pages wait, because nobody came."""
    assert row("PRAGMA wal_autocheckpoint") == (8000,)
