"""The audit chain: what was done is numbered without a gap, and each entry's hash covers the one before.

Hashes are HMACs under a key from the key file: whoever can write the database but has not got the home cannot make a
chain that holds. Entries are left for the end of the write transaction and appended just before it commits, so that on
PostgreSQL writers queue only for that moment. The newest entry is also noted in a file of the home, the anchor: entries
cut off the end are missed by it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from zhike.kernel.clock import now
from zhike.store.database import (
    at_the_end,
    from_db,
    hold,
    insert_many,
    instant_text,
    is_postgres,
    leave,
    row,
    rows,
    run,
    to_db,
    write_transaction,
)
from zhike.store.home_vault import vault

coded = json.JSONEncoder(ensure_ascii=False).encode
"""JSON as change rows and entries hold it; ``json.dumps`` would make an encoder for every call."""
COLUMNS = ("id", "at", "kind", "actor", "via", "object", "record", "text", "detail", "operation", "hash")
CHANGE, BEGIN = "change", "begin"
CHANGE_COLUMNS = ("operation", "object", "record", "version", "verb", "actor", "at", "body")
ANCHOR = "audit.anchor"
START = "0" * 64
KEPT_TABLES = {"store_auditrow": ("UPDATE", "DELETE"), "store_changerow": ("UPDATE", "DELETE")}
REFUSAL = "what was done is only ever added to"
_SQLITE_TRIGGER = (
    'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" BEGIN SELECT RAISE(ABORT, \'' + REFUSAL + "'); END"
)
_POSTGRES_TRIGGER = 'CREATE OR REPLACE TRIGGER "{name}" BEFORE {verb} ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION zhike_only_added()'


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was done, before it has its number."""

    kind: str
    actor: int
    via: str
    object: str
    record: int
    text: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Changed:
    """Change rows written for an operation, as their hashes."""

    operation: int
    actor: int
    via: str
    digests: bytes


@dataclass(frozen=True, slots=True)
class _Begun:
    """An operation's own row was written: the hash of its facts, and the reason in words."""

    operation: int
    actor: int
    via: str
    head: str
    why: str


class Link(NamedTuple):
    """An entry as the table holds it, ``at`` in the chain's spelling."""

    id: int
    at: str
    kind: str
    actor: int
    via: str
    object: str
    record: int
    text: str
    detail: str
    operation: int | None
    hash: str


def say(
    kind: str,
    actor: int,
    via: str,
    *,
    object: str = "",
    record: int = 0,
    text: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Append an entry when the running write transaction commits, or at once in one of its own."""
    coded = json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str)
    with write_transaction():
        leave(Said(kind[:30], actor, via[:20], object[:60], record, text, coded, now()))


def cover(operation: int, actor: int, via: str, lines: Iterable[Sequence[Any]]) -> None:
    """Bind change rows (in the order of :data:`CHANGE_COLUMNS`, their instant spelled out) to the chain: the running
    transaction's entry for the operation holds their digest."""
    cover_digests(operation, actor, via, b"".join(map(digest_of_line, lines)))


def cover_digests(operation: int, actor: int, via: str, digests: bytes) -> None:
    """Bind change rows by their hashes, one after the other, in the order of their ids."""
    leave(_Changed(operation, actor, via, digests))


def begin_operation(operation: int, kind: str, actor: int, via: str, at: str, undoes: int | None, why: str) -> None:
    """Bind an operation's own row to the chain (``at`` as the chain spells instants): its facts as a hash, its reason as a
    keyed one, so that the reason can be taken out when a person is erased and cannot be put otherwise."""
    leave(_Begun(operation, actor, via, head_of(operation, kind, actor, via, at, undoes), why))


def head_of(operation: int, kind: str, actor: int, via: str, at: str, undoes: int | None) -> str:
    """The hash of what an operation's row says, save its reason."""
    return digest_of_line((operation, kind, actor, via, at, undoes)).hex()


def why_of(key: bytes, operation: int, why: str) -> str:
    """The keyed hash of an operation's reason; "" for none."""
    return hmac.digest(key, f"{operation} {why}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex() if why else ""


def digest_of_line(line: Sequence[Any]) -> bytes:
    """The hash of one change row."""
    return hashlib.sha256(coded(line).encode("utf-8", "surrogatepass")).digest()


def digest_of_lines(digests: bytes) -> str:
    """What an entry holds about change rows: one hash over theirs, in order."""
    return hashlib.sha256(digests).hexdigest()


def hash_of(key: bytes, before: str, link: Link) -> str:
    """The hash an entry must have after the entry with the hash ``before``."""
    content = json.dumps([before, *link[:-1]], ensure_ascii=False)
    return hmac.digest(key, content.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def link_of(line: Sequence[Any]) -> Link:
    """A row of the table as a :class:`Link`."""
    return Link(line[0], instant_text(from_db(line[1], "instant")), *line[2:])


def last_link() -> tuple[int, str]:
    """Number and hash of the newest entry; (0, START) of an empty chain."""
    found = row('SELECT "id", "hash" FROM "store_auditrow" ORDER BY "id" DESC LIMIT 1')
    return (int(found[0]), str(found[1])) if found else (0, START)


def append(left: Sequence[Any]) -> None:
    """Number and chain entries within the running transaction: called with what was left when it is about to commit, and
    with what was said in another home when that is taken in."""
    entries = [one for one in left if isinstance(one, Said)]
    begun = {one.operation: one for one in left if isinstance(one, _Begun)}
    changed: dict[int, list[_Changed]] = {one.operation: [] for one in begun.values()}
    for one in left:
        if isinstance(one, _Changed):
            changed.setdefault(one.operation, []).append(one)
    if not entries and not changed:
        return
    key, moment = vault().chain_key(), now()
    hold("audit chain")
    number, before = last_link()
    ahead: list[tuple[Said, int | None]] = [(one, None) for one in entries]
    for operation, parts in changed.items():
        digests = b"".join(one.digests for one in parts)
        about: dict[str, Any] = {"digest": digest_of_lines(digests), "rows": len(digests) // 32}
        first = begun.get(operation)
        if first is not None:
            about |= {"head": first.head, "why": why_of(key, operation, first.why)}
        by: _Begun | _Changed = first or parts[0]
        coded = json.dumps(about, sort_keys=True)
        ahead.append((Said(CHANGE, by.actor, by.via, "", 0, "", coded, moment), operation))
    lines = []
    for said, of in ahead:
        number += 1
        facts = (said.kind, said.actor, said.via, said.object, said.record, said.text, said.detail, of)
        before = hash_of(key, before, Link(number, instant_text(said.at), *facts, ""))
        lines.append((number, to_db(said.at), *facts, before))
    insert_many("store_auditrow", COLUMNS, lines)
    newest = (number, before)
    transaction.on_commit(lambda: move_anchor(*newest))


at_the_end(append)


# -- the anchor ----------------------------------------------------------------------------------------------------------
def anchor_file() -> Path:
    """The file of this home that knows the newest entry."""
    return Path(settings.ZHIKE_HOME) / ANCHOR


def anchor() -> tuple[int, str]:
    """Number and hash this home saw committed last; (0, "") when it never did."""
    try:
        number, _space, found = anchor_file().read_text(encoding="ascii").strip().partition(" ")
        return int(number), found
    except (FileNotFoundError, ValueError):
        return 0, ""


def move_anchor(number: int, found: str, *, back: bool = False) -> None:
    """Note the newest entry. Never backwards, whoever of two committers comes first; ``back``: after a restore."""
    handle = os.open(anchor_file(), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        held = os.pread(handle, 20, 0).split(b" ")[0]
        if back or not held.isdigit() or int(held) < number:
            os.pwrite(handle, f"{number:019d} {found}\n".encode("ascii"), 0)
    finally:
        os.close(handle)


# -- beginning and guarding ----------------------------------------------------------------------------------------------
def begin() -> None:
    """Give a home that has none its first entry: it covers every change row made before there was a chain."""
    with write_transaction():
        hold("audit chain")
        if last_link()[0]:
            return
        last = row('SELECT max("id") FROM "store_changerow"')
        until = int(last[0]) if last and last[0] else 0
        digest, count = digest_until(until)
        about = json.dumps({"digest": digest, "rows": count, "until": until}, sort_keys=True)
        append([Said(BEGIN, 0, "command", "", 0, "", about, now())])


def digest_until(until: int, ahead: Iterable[bytes] = ()) -> tuple[str, int]:
    """The digest of all change rows up to an id, in order of their ids, and how many they are. ``ahead``: hashes of rows that
    come before those of the table."""
    whole, count, after = hashlib.sha256(), 0, 0
    for one in ahead:
        whole.update(one)
        count += 1
    while True:
        found = change_lines('"id" > %s AND "id" <= %s ORDER BY "id" LIMIT 5000', (after, until))
        for _id, line in found:
            whole.update(digest_of_line(line))
        count += len(found)
        if len(found) < 5000:
            return whole.hexdigest(), count
        after = found[-1][0]


def change_lines(where: str, params: Sequence[Any]) -> list[tuple[int, tuple[Any, ...]]]:
    """Change rows as ``(id, line)``, the line as it is hashed."""
    names = ", ".join(f'"{name}"' for name in CHANGE_COLUMNS)
    found = rows(f'SELECT "id", {names} FROM "store_changerow" WHERE {where}', params)
    return [(one[0], (*one[1:7], instant_text(from_db(one[7], "instant")), one[8])) for one in found]


def guard() -> None:
    """Put up the triggers that refuse changing and removing; a migration that makes a table anew drops them."""
    if is_postgres():
        run(
            "CREATE OR REPLACE FUNCTION zhike_only_added() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
    for name, sql in _triggers():
        if is_postgres() or name not in guards():
            run(sql)


def _parts() -> list[str]:
    """The parts the log has on PostgreSQL: a statement that names one is not seen by the triggers of the whole."""
    if not is_postgres():
        return []
    sql = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)"
    )
    return [str(line[0]) for line in rows(sql, ("store_changerow",))]


def _triggers() -> list[tuple[str, str]]:
    made = []
    for table, verbs in {**KEPT_TABLES, **dict.fromkeys(_parts(), ("UPDATE", "DELETE"))}.items():
        for verb in (*verbs, "TRUNCATE") if is_postgres() else verbs:
            name = f"keep_{table}_{verb.lower()}"
            if is_postgres():
                made.append((name, _POSTGRES_TRIGGER.format(name=name, verb=verb, table=table)))
            else:
                made.append((name, _SQLITE_TRIGGER.format(name=name, verb=verb, table=table)))
    return made


@contextmanager
def letting_go(table: str) -> Iterator[None]:
    """Within the block, inside the running write transaction, rows of a guarded table may be removed: they were archived. On
    PostgreSQL other writers of the table wait meanwhile."""
    name = f"keep_{table}_delete"
    run(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"' if is_postgres() else f'DROP TRIGGER "{name}"')
    yield
    run(f'ALTER TABLE "{table}" ENABLE TRIGGER "{name}"' if is_postgres() else dict(_triggers())[name])


def guards() -> set[str]:
    """Names of the triggers that stand and work."""
    if is_postgres():
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return {str(line[0]) for line in rows(sql)}


def missing_guards() -> list[str]:
    """Triggers that ought to stand and do not."""
    return sorted({name for name, _sql in _triggers()} - guards())
