"""Showing a secret in full: with a reason, written to the log before the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.acts import storable
from zhike.records.audit import note
from zhike.records.company.settings import setting_for
from zhike.records.privacy.mass_reading import look_at
from zhike.records.privacy.which import packed_ids
from zhike.records.read import read_one
from zhike.records.secrets import sealer_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.values import DAMAGED
from zhike.store.database import insert_many, row, to_db, write_transaction
from zhike.store.plan import RowPlan

SHORTEST_REASON = 2


def log_reading(
    actor: Actor,
    act: str,
    object_key: str,
    record_id: int | None,
    field: str | None,
    reason: str,
    *,
    fields: Sequence[str] = (),
    count: int = 1,
    records: Iterable[int] = (),
) -> bool:
    """Write down that personal data was read in full or taken out: which fields, of how many records, and which these are
    where they are many. Whoever reads a great deal is noticed: the answer says whether they just were."""
    with write_transaction():
        insert_many(
            "store_readlog",
            ("actor", "at", "act", "object", "record", "field", "reason", "fields", "count", "via", "records", "token"),
            [
                (
                    actor.id,
                    to_db(now()),
                    act,
                    object_key,
                    record_id,
                    field,
                    storable(reason)[:500],
                    " ".join(fields) or field,
                    count,
                    actor.via[:20],
                    packed_ids(records) or None,
                    actor.token or None,
                )
            ],
        )
        note(act, actor, object=object_key, record=record_id or 0, detail={"field": field} if field else None)
        return look_at(actor.id)


def reveal(actor: Actor, object_key: str, record_id: int, field_key: str, reason: str) -> str:
    """The secret's text. Raises NotFound, Forbidden (a masked field), Invalid (no reason given)."""
    spec = registry.object(object_key)
    record = read_one(actor, object_key, record_id)
    field = spec.field(field_key)
    if field is None or not kind_of(field).secret or field_right(actor, spec, field) == "hidden":
        raise NotFound()
    if field_right(actor, spec, field) == "masked":
        raise Forbidden(_("Your roles show “{field}” only in part.").with_(field=field.label))
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(Problem(_("Say in a few words why you need it; the reason is kept."), "reason", "required"))
    value = plain_secret(spec.key, record.id, field_key)
    if value is DAMAGED:
        text = _("“{field}” is damaged and cannot be read any more. Enter it again, or restore it from a backup.")
        raise Invalid(Problem(text.with_(field=field.label), field_key, "damaged"))
    log_reading(actor, "reveal", spec.key, record.id, field_key, reason.strip())
    return kind_of(field).show(value, field, setting_for(actor)) if value is not None else ""


def plain_secret(object_key: str, record_id: int, field_key: str) -> Any:
    """A secret's canonical value for the doors' own use (merging, converting); never shown without :func:`reveal`."""
    spec = registry.object(object_key)
    plan = RowPlan(spec, [spec[field_key]])
    line = row(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" = %s', (record_id,))
    return plan.decode(line, sealer_of)[4][field_key] if line else None
