"""Does the audit chain hold? Every entry is hashed again, and every change row against the entry that covers it."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.audit import note
from zhike.records.audit_operations import changed_operations
from zhike.records.log_archive.parts import ArchiveAway, digests_in_order, digests_until
from zhike.store.chain import (
    BEGIN,
    COLUMNS,
    START,
    Link,
    anchor,
    change_lines,
    digest_of_line,
    digest_until,
    hash_of,
    last_link,
    link_of,
    missing_guards,
    move_anchor,
)
from zhike.store.database import row, rows, write_transaction
from zhike.store.home_vault import vault

PORTION = 5000
MOST_BREAKS = 20


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the entry's number (0: none is to blame) and what is wrong, in words."""

    entry: int
    text: Words


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and the breaks found, the first entry first."""

    entries: int
    changes: int
    breaks: tuple[Break, ...]

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return not self.breaks


def prove_chain() -> Proof:
    """Go through the whole chain and the whole change log. Nothing is written; others may go on writing meanwhile."""
    known = anchor()
    breaks = [
        Break(0, _("The guard “{name}” of the log is gone; “zhike migrate” puts it up again.").with_(name=name))
        for name in missing_guards()
    ]
    try:
        last, until, more = _entries(known)
        breaks += more
        count, more = _changes(last, until)
    except ArchiveAway as error:
        return Proof(last_link()[0], 0, (*breaks, Break(0, error.problems[0].text)))
    breaks += [Break(entry, text) for entry, text in islice(changed_operations(last), MOST_BREAKS)]
    breaks = sorted([*breaks, *more], key=lambda one: one.entry or 2**62)
    return Proof(last, count, tuple(breaks[:MOST_BREAKS]))


def after_restore(actor: Actor, text: str = "") -> None:
    """Called when an older state of the database was put back on purpose: notes it, and from now on the anchor expects
    that state. What was done after the backup is named by numbers."""
    lost = anchor()[0]
    with write_transaction():
        note("restore", actor, text=text, detail={"entries": last_link()[0], "before": lost})
    move_anchor(*last_link(), back=True)


def _entries(known: tuple[int, str]) -> tuple[int, int, list[Break]]:
    """The last entry's number, up to which change row the first entry covers the log, and the breaks."""
    key, before, number, until = vault().chain_key(), START, 0, 0
    breaks: list[Break] = []
    anchored = known[0] == 0
    for link in _links():
        while link.id != number + 1 and len(breaks) < MOST_BREAKS:
            number += 1
            breaks.append(Break(number, _("Entry {n} was removed.").with_(n=number)))
        number = link.id
        if link.hash != hash_of(key, before, link):
            breaks.append(Break(number, _("Entry {n} was changed, or put in without the key.").with_(n=number)))
        if link.id == known[0]:
            anchored = True
            if link.hash != known[1]:
                breaks.append(Break(number, _("Entry {n} is another one than this home saw.").with_(n=number)))
        if link.kind == BEGIN and link.id == 1:
            until = int(json.loads(link.detail).get("until", 0))
            if not _begins_well(link):
                breaks.append(
                    Break(number, _("Changes from before entry {n} were changed or removed.").with_(n=number))
                )
        before = link.hash
        if len(breaks) >= MOST_BREAKS:
            return number, until, breaks
    if not anchored:
        text = _("Entries {first} to {last} were removed from the end.").with_(first=number + 1, last=known[0])
        breaks.append(Break(number + 1, text))
    if number == 0:
        breaks.append(Break(0, _("There is no audit chain yet; “zhike migrate” begins it.")))
    return number, until, breaks


def _links() -> Iterator[Link]:
    names, after = ", ".join(f'"{name}"' for name in COLUMNS), 0
    while True:
        found = rows(f'SELECT {names} FROM "store_auditrow" WHERE "id" > %s ORDER BY "id" LIMIT {PORTION}', (after,))
        yield from map(link_of, found)
        if len(found) < PORTION:
            return
        after = found[-1][0]


def _begins_well(link: Link) -> bool:
    held: dict[str, Any] = json.loads(link.detail)
    return digest_until(int(held["until"]), digests_until(int(held["until"]))) == (held["digest"], held["rows"])


def _changes(last: int, until: int) -> tuple[int, list[Break]]:
    """Every operation's change rows against its entries; both come in the order of operations."""
    breaks: list[Break] = []
    count = 0
    covers = groupby(_covers(last), itemgetter(0))
    changes = groupby(heapq.merge(digests_in_order(until), _change_digests(until)), itemgetter(0))
    cover, change = next(covers, None), next(changes, None)
    while (cover or change) and len(breaks) < MOST_BREAKS:
        if change is None or (cover is not None and cover[0] < change[0]):
            assert cover is not None
            breaks += _compare(cover[0], list(cover[1]), iter(()))[1]
            cover = next(covers, None)
        elif cover is None or change[0] < cover[0]:
            count += sum(1 for _one in change[1])
            breaks += _uncovered(change[0], last)
            change = next(changes, None)
        else:
            seen, more = _compare(cover[0], list(cover[1]), (one[2] for one in change[1]), last)
            count, breaks = count + seen, breaks + more
            cover, change = next(covers, None), next(changes, None)
    return count, breaks


def _compare(
    operation: int, covers: list[tuple[int, int, str]], digests: Iterator[bytes], last: int = 0
) -> tuple[int, list[Break]]:
    count, breaks = 0, []
    for _operation, entry, about in covers:
        held = json.loads(about)
        whole = hashlib.sha256()
        for _one in range(held["rows"]):
            digest = next(digests, None)
            if digest is None:
                break
            whole.update(digest)
            count += 1
        if whole.hexdigest() != held["digest"]:
            text = _("Changes of operation {operation} were changed, put in or removed (entry {n}).")
            breaks.append(Break(entry, text.with_(operation=operation, n=entry)))
    left = sum(1 for _one in digests)
    if left and not breaks:
        breaks = _uncovered(operation, last)
    return count + left, breaks


def _uncovered(operation: int, last: int) -> list[Break]:
    """Changes no entry stands for, unless they were written while the chain was being gone through."""
    if row('SELECT 1 FROM "store_auditrow" WHERE "operation" = %s AND "id" > %s', (operation, last)):
        return []
    text = _("Operation {operation} holds changes that no entry stands for: they were put in.")
    return [Break(0, text.with_(operation=operation))]


def _covers(last: int) -> Iterator[tuple[int, int, str]]:
    at = (0, 0)
    while True:
        found = rows(
            'SELECT "operation", "id", "detail" FROM "store_auditrow" WHERE "operation" IS NOT NULL AND "id" <= %s'
            ' AND "operation" >= %s AND ("operation" > %s OR "id" > %s)'
            f' ORDER BY "operation", "id" LIMIT {PORTION}',
            (last, at[0], *at),
        )
        yield from found
        if len(found) < PORTION:
            return
        at = (found[-1][0], found[-1][1])


def _change_digests(until: int) -> Iterator[tuple[int, int, bytes]]:
    at = (0, 0)
    while True:
        found = change_lines(
            '"id" > %s AND "operation" >= %s AND ("operation" > %s OR "id" > %s)'
            f' ORDER BY "operation", "id" LIMIT {PORTION}',
            (until, at[0], *at),
        )
        for id_, line in found:
            yield line[0], id_, digest_of_line(line)
        if len(found) < PORTION:
            return
        at = (found[-1][1][0], found[-1][0])
