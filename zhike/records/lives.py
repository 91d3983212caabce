"""Writing, states: archived and back, to the trash and back."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.draft import Draft
from zhike.records.judging import judge
from zhike.records.settings import setting_for
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import marks, rows
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


def pointing(
    spec: ObjectSpec, ids: Sequence[int], source: ObjectSpec, link: FieldSpec, limit: int = 1000
) -> list[tuple[int, int]]:
    """``(source id, target id)`` of live records whose link points at one of ``ids``."""
    only = own_rows(source)
    where = f" AND {only}" if only else ""
    if link.kind == "link" and not link.custom:
        sql = f'SELECT t."id", {part_sql("t", link)} FROM "{source.table}" t WHERE {part_sql("t", link)} IN ({marks(ids)})'
        return rows(sql + f' AND t."trashed" IS NULL{where} LIMIT {limit}', list(ids))
    sql = (
        f'SELECT t."id", x."target" FROM "store_linkrow" x JOIN "{source.table}" t ON t."id" = x."source"'
        f' WHERE x."object" = %s AND x."field" = %s AND x."target" IN ({marks(ids)}) AND t."trashed" IS NULL{where} LIMIT {limit}'
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
