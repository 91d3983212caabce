"""Records that stand under one another: a department never belongs to one of its own parts."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.words import _
from zhike.records.draft import Draft
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import hold, row
from zhike.store.plan import part_sql

DEEPEST = 200


def refuse_loops(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Refuse drafts whose tree links would lead back to the record itself."""
    for field in spec.fields:
        if not field.tree:
            continue
        moved = [draft for draft in drafts if draft.changed(field.key) and draft.values.get(field.key) is not None]
        if moved:
            hold(f"tree:{spec.key}.{field.key}")
            above = {draft.id: _target(draft, field) for draft in drafts if draft.changed(field.key)}
            for draft in moved:
                _follow(spec, field, draft, above)


def _follow(spec: ObjectSpec, field: FieldSpec, draft: Draft, above: dict[int, int | None]) -> None:
    """Climb from the draft; ``above`` is what is known of who stands over whom, and grows by what is looked up."""
    at = above[draft.id]
    for _step in range(DEEPEST):
        if at is None:
            return
        if at == draft.id:
            text = _("A record cannot stand under itself: “{field}” would lead back here.")
            if above[draft.id] != draft.id:
                text = _("That one already stands under this record, so “{field}” would go round in a circle.")
            draft.refuse(text.with_(field=field.label), field.key, "loop")
            return
        if at not in above:
            above[at] = _above(spec, field, at)
        at = above[at]
    draft.refuse(_("At most {n} steps stand above a record.").with_(n=DEEPEST), field.key, "loop")


def _above(spec: ObjectSpec, field: FieldSpec, record_id: int) -> int | None:
    found = row(f'SELECT {part_sql("t", field)} FROM "{spec.table}" t WHERE t."id" = %s', (record_id,))
    return int(found[0]) if found and found[0] is not None else None


def _target(draft: Draft, field: FieldSpec) -> int | None:
    value = draft.values.get(field.key)
    return value.id if isinstance(value, Ref) else None
