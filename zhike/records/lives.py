"""Writing, states: archived and back, to the trash and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhike.kernel.actor import SYSTEM_ID
from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.settings import setting_for
from zhike.records.draft import Draft
from zhike.records.judging import judge
from zhike.records.linking import values_of
from zhike.records.log_archive.parts import archived
from zhike.records.titles import refs_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import marks, row, rows
from zhike.store.plan import own_rows, part_sql


def change_state(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], verb: str) -> None:
    """Set or clear the state in the after-image; trashing asks every link that points here first."""
    for draft in drafts:
        key = "archived" if verb in ("archive", "unarchive") else "trashed"
        wanted = act.at if verb in ("archive", "trash") else None
        draft.unchanged = (draft.old.get(key) is None) == (wanted is None)
        if not draft.unchanged:
            draft.values[key] = wanted
            draft.values["changed"] = act.at
            draft.values["changed_by"] = Ref("user", act.actor.id) if act.actor.id else None
    moving = [draft for draft in drafts if not draft.unchanged]
    if verb == "trash":
        _ask_links(spec, moving)
    if verb == "restore":
        judge(act, spec, moving, setting_for(act.actor))


def going_along(spec: ObjectSpec, ids: Sequence[int]) -> Iterator[list[Command]]:
    """What links to records that go to the trash and is declared to follow: it goes too, or its link is emptied."""
    for source, link in _followers(spec) if ids else ():
        while True:
            found = {one for one, _to in pointing(spec, ids, source, link)} - (
                set(ids) if source.key == spec.key else set()
            )
            if not found:
                break
            if link.on_delete == "trash":
                yield [Command("trash", source.key, one) for one in sorted(found)]
                continue
            held = values_of(source, (link.key,), found)
            left = {
                one: tuple(ref for ref in refs_of(held[one][link.key]) if ref.id not in ids) for one in sorted(found)
            }
            yield [Command("update", source.key, one, values={link.key: refs or None}) for one, refs in left.items()]


def coming_back(spec: ObjectSpec, ids: Sequence[int]) -> Iterator[list[Command]]:
    """What went to the trash along with records that are restored: the same operation took it there, and it still
    points at one of them. Its own company comes back with it in turn."""
    for record_id in ids:
        gone = row(
            'SELECT "operation" FROM "store_changerow" WHERE "record" = %s AND "verb" = \'trash\' ORDER BY "id" DESC LIMIT 1',
            (record_id,),
        )
        if gone is None:
            older = [one[1] for one in archived(records=[record_id]) if one[5] == "trash"]
            gone = (older[-1],) if older else None
        if gone is None:
            continue
        for source, link in _followers(spec):
            if link.on_delete != "trash":
                continue
            resting = [one for one, _to in pointing(spec, [record_id], source, link, limit=100_000, trashed=True)]
            for start in range(0, len(resting), 500):
                some = resting[start : start + 500]
                together = rows(
                    f'SELECT "record" FROM "store_changerow" WHERE "record" IN ({marks(some)}) AND "operation" + 0 = %s'
                    ' AND "verb" = \'trash\' AND "actor" = %s',
                    [*some, gone[0], SYSTEM_ID],
                )
                together += [
                    (one[3],)
                    for one in archived(records=some, operations=[gone[0]])
                    if one[5] == "trash" and one[6] == SYSTEM_ID
                ]
                if together:
                    yield [Command("restore", source.key, one) for one in sorted({line[0] for line in together})]


def _followers(spec: ObjectSpec) -> list[tuple[ObjectSpec, FieldSpec]]:
    """Links that do not hold their target back, those to records of any object among them."""
    links = [(source, link) for source, link in registry.pointing_at(spec.key) if not (link.readonly and link.system)]
    links += [(source, link) for source in registry for link in source.links if link.kind == "any_link"]
    return [(source, link) for source, link in links if link.on_delete != "refuse"]


def pointing(
    spec: ObjectSpec,
    ids: Sequence[int],
    source: ObjectSpec,
    link: FieldSpec,
    limit: int = 1000,
    *,
    trashed: bool = False,
) -> list[tuple[int, int]]:
    """``(source id, target id)`` of live records (or of those in the trash) whose link points at one of ``ids``."""
    only = own_rows(source)
    state = "IS NOT NULL" if trashed else "IS NULL"
    where = f" AND {only}" if only else ""
    if link.kind == "link" and not link.custom:
        sql = f'SELECT t."id", {part_sql("t", link)} FROM "{source.table}" t WHERE {part_sql("t", link)} IN ({marks(ids)})'
        return rows(sql + f' AND t."trashed" {state}{where} LIMIT {limit}', list(ids))
    sql = (
        f'SELECT t."id", x."target" FROM "store_linkrow" x JOIN "{source.table}" t ON t."id" = x."source"'
        f' WHERE x."object" = %s AND x."field" = %s AND x."target" IN ({marks(ids)}) AND t."trashed" {state}{where} LIMIT {limit}'
    )
    return rows(sql, [source.key, link.slot or link.key, *ids])


def _ask_links(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    by_id = {draft.id: draft for draft in drafts}
    for source, link in registry.pointing_at(spec.key):
        if link.on_delete != "refuse":
            continue
        counts: dict[int, int] = {}
        for source_id, target_id in pointing(spec, list(by_id), source, link):
            if not (source.key == spec.key and source_id in by_id):
                counts[target_id] = counts.get(target_id, 0) + 1
        for target_id, number in counts.items():
            text = _(
                "{n} {objects} still belong to this record. Move or delete them first, or archive this record instead."
            )
            by_id[target_id].refuse(text.with_(n=number, objects=source.plural_label), code="linked")
