"""The full-text index of SQLite and what it remembers of documents that were dropped."""

from __future__ import annotations

from time import monotonic

from zhike.store.database import is_postgres, row, run, write_transaction

PAGES_AT_ONCE = 500


def sweep_dropped_words(seconds: float) -> bool:
    """Merge the index in short transactions until it holds nothing of dropped documents any more. False when the time did
    not suffice: call it again. PostgreSQL forgets with VACUUM, so there is nothing to do.

    Dropping a document only marks its words in the index (FTS5 takes them out with a later merge): taking them out at once
    costs twelve milliseconds a document, which every edit would pay for the few that are erased. The pages a merge frees are
    overwritten (``PRAGMA secure_delete``)."""
    if is_postgres():
        return True
    until, pages = monotonic() + seconds, -PAGES_AT_ONCE  # negative: all parts are to become one, however few they are
    while True:
        with write_transaction():
            before = _changes()
            run("INSERT INTO store_search_fts(store_search_fts, rank) VALUES ('merge', %s)", (pages,))
            moved = _changes() - before
        if moved < 2:  # as the documentation of FTS5 says: then there was nothing left to merge
            return True
        if monotonic() > until:
            return False
        pages = PAGES_AT_ONCE


def _changes() -> int:
    found = row("SELECT total_changes()")
    assert found is not None
    return int(found[0])
