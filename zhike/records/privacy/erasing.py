"""Erasing a person, or making them anonymous: in records, search, history, files and whatever else keeps a copy.

The values are emptied through the writing door; then the record's data key is destroyed, and with it everything the
change log and older rows have of them: the log itself is only ever added to. A tombstone sees to it that a restored
backup brings nothing back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import connection, transaction

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.audit import note
from zhike.records.export_job import drop_exports
from zhike.records.housekeeping import sweep_words, words_to_sweep
from zhike.records.log_archive.parts import archived
from zhike.records.privacy.stones import Tombstone, hashed, put_up, this_moment
from zhike.records.privacy.subjects import identifying, own_fields
from zhike.records.secrets import sealer_of, vault
from zhike.records.stored import take_away
from zhike.records.undo import ERASE
from zhike.records.write import write_many
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef
from zhike.store.database import in_transaction, is_postgres, marks, rows, run, write_transaction
from zhike.store.plan import RowPlan, own_rows

ANONYMISE, FULL = "anonymise", "erase"
MODES: Mapping[str, Words] = {
    ANONYMISE: _("Make anonymous: the record stays without the person"),
    FULL: _("Erase: emptied and put into the trash"),
}
COPIES = ("store_notice", "store_alikekey", "store_reminder", "store_segmentmove")  # by record: told again from nothing
PORTION = 100

log = logging.getLogger("zhike.privacy")


@dataclass
class Erased:
    """What an erasure did: how many records were emptied, files deleted, and its operation."""

    erased: int = 0
    files: int = 0
    operation: int | None = None
    places: list[tuple[str, int]] = field(default_factory=list)


def erase_records(
    actor: Actor,
    places: Iterable[tuple[str, int]],
    mode: str,
    *,
    again: bool = False,
    bin: bool = True,
    act: Act | None = None,
) -> Erased:
    """Empty these records of personal data for good, in one transaction. The caller has checked that the actor may, and
    that nothing of it has to be kept. ``again``: after a restore; what is empty already is passed over. ``bin``: what is
    erased in full also goes to the trash, and what hangs on it too. ``act``: the operation of an erasure in portions."""
    registry.refresh()
    by_object: dict[str, list[int]] = {}
    for object_key, record_id in dict.fromkeys(places):
        by_object.setdefault(object_key, []).append(record_id)
    act = act or erasing_act(actor)
    done = Erased()
    gone: list[str] = []
    with write_transaction():
        stones: list[Tombstone] = []
        for object_key, ids in sorted(by_object.items()):
            spec = registry.object(object_key)
            for at in range(0, len(ids), PORTION):
                stones += _erase(act, spec, ids[at : at + PORTION], mode, done, gone, again=again, bin=bin)
        if done.erased and not again:
            put_up(stones)
        done.operation = act.started
    vault().forget()
    tables = sorted({registry.object(key).table for key in by_object}) if done.erased else []
    # What runs on an outer transaction's commit still has the turn at writing: it must not ask for another.
    nested = in_transaction()
    if nested and tables:
        words_to_sweep()
    transaction.on_commit(lambda: _sweep(gone, tables, words=not nested))
    return done


def erasing_act(actor: Actor, why: str = "", resumes: int | None = None) -> Act:
    """The operation of an erasure."""
    return Act(actor, kind=ERASE, why=why, trusted=True, erasing=True, resumes=resumes)


def _erase(
    act: Act,
    spec: ObjectSpec,
    ids: Sequence[int],
    mode: str,
    done: Erased,
    gone: list[str],
    *,
    again: bool,
    bin: bool,
) -> list[Tombstone]:
    plan = RowPlan(spec, spec.fields)
    only = f" AND {own_rows(spec)}" if spec.custom else ""
    found = rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)}){only}', list(ids))
    stones, commands, emptied, trash = [], [], [], []
    for line in found:
        record, version, _owner, _title, values = plan.decode(line, sealer_of)
        clearing = [one for one in fields_to_clear(spec, mode) if values.get(one.key) not in (None, ())]
        if again and not clearing and line[3] is None:
            continue
        hashes = tuple(hashed(values[one.key]) for one in identifying(spec) if isinstance(values.get(one.key), str))
        stones.append(Tombstone(this_moment(), mode, spec.key, record, hashes))
        emptied.append(record)
        gone += _without_files([values[one.key] for one in clearing if isinstance(values[one.key], FileRef)], done)
        if clearing:
            commands.append(
                Command("update", spec.key, record, values={one.key: None for one in clearing}, expect=version)
            )
        if mode == FULL and bin and line[6] is None:
            trash.append(Command("trash", spec.key, record))
    if not emptied:
        return []
    write_many(SYSTEM, commands, act=act.as_system())
    if trash:
        write_many(SYSTEM, trash, act=act.as_system())
    _destroy_keys(spec, emptied)
    _forget_copies(act, emptied, mode)
    for record in emptied:
        note(ERASE, act.actor, object=spec.key, record=record, detail={"mode": mode, "again": again})
    done.erased += len(emptied)
    done.places += [(spec.key, one) for one in emptied]
    return stones


def fields_to_clear(spec: ObjectSpec, mode: str) -> list[FieldSpec]:
    """The fields an erasure empties: personal and sealed ones; to erase in full, also whatever else was written down in
    words. What links and choices say is the company's own business."""
    own = own_fields(spec)
    texts = [one for one in spec.fields if mode == FULL and one.kind in ("text", "long_text", "rich_text", "url")]
    kept = {"formula", "roll_up", "auto_number"}
    wanted = {one.key: one for one in [*own, *texts] if not one.system and one.kind not in kept}
    return [one for one in wanted.values() if kind_of(one).writable]


def _without_files(files: Sequence[FileRef], done: Erased) -> list[str]:
    places = []
    for one in files:
        for (place,) in rows('SELECT "place" FROM "store_blob" WHERE "id" = %s', (one.id,)):
            places.append(place)
        done.files += run('DELETE FROM "store_blob" WHERE "id" = %s', (one.id,))
    return places


def _destroy_keys(spec: ObjectSpec, ids: Sequence[int]) -> None:
    """Without its data key nothing that was ever sealed for a record opens again. Values of fields that no longer exist
    go too."""
    known = {field.slot + part.suffix for field in spec.fields if field.slot for part in kind_of(field).parts}
    for record, custom in rows(f'SELECT "id", "custom" FROM "{spec.table}" WHERE "id" IN ({marks(ids)})', list(ids)):
        bag = json.loads(custom) if isinstance(custom, str) else dict(custom or {})
        kept = {path: value for path, value in bag.items() if path in known}
        run(
            f'UPDATE "{spec.table}" SET "vault" = NULL, "custom" = %s WHERE "id" = %s',
            (json.dumps(kept, ensure_ascii=False), record),
        )


def _forget_copies(act: Act, ids: Sequence[int], mode: str) -> None:
    """What was told, compared or typed about these records beside their fields."""
    listed = list(ids)
    for table in COPIES:
        run(f'DELETE FROM "{table}" WHERE "record" IN ({marks(listed)})', listed)
    run(f'DELETE FROM "store_alikepair" WHERE "one" IN ({marks(listed)}) OR "two" IN ({marks(listed)})', listed * 2)
    run(
        f'UPDATE "store_operation" SET "why" = NULL WHERE "why" IS NOT NULL AND "kind" <> %s AND "id" IN'
        f' (SELECT "operation" FROM "store_changerow" WHERE "record" IN ({marks(listed)}))',
        (ERASE, *listed),
    )
    older = sorted({one[1] for one in archived(records=listed)})
    for at in range(0, len(older), PORTION):
        some = older[at : at + PORTION]
        run(
            f'UPDATE "store_operation" SET "why" = NULL WHERE "why" IS NOT NULL AND "kind" <> %s AND "id" IN ({marks(some)})',
            (ERASE, *some),
        )
    if mode == FULL:
        run(f'DELETE FROM "store_externalid" WHERE "record" IN ({marks(listed)})', listed)
    run(f'UPDATE "store_readlog" SET "reason" = NULL WHERE "record" IN ({marks(listed)})', listed)


def _sweep(gone: Sequence[str], tables: Sequence[str], *, words: bool) -> None:
    """Once the erasure is committed: its files and all exports go, and the database gives up old copies of the rows: SQLite's write-ahead
    log, PostgreSQL's dead rows. That is tried; a reader that holds on to an older state only delays it until the next
    checkpoint or vacuum."""
    take_away(gone)
    drop_exports()
    vault().forget()  # a reader may have opened a key again before the commit
    if not tables or in_transaction():
        return
    if words:
        sweep_words()
    with suppress(Exception), connection.cursor() as cursor:
        if is_postgres():
            for table in (*tables, "store_searchrow"):
                cursor.execute(f'VACUUM "{table}"')
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
