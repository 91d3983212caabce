"""The full-text document of a record, written in the same transaction as the record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from zhike.records.draft import Draft
from zhike.records.shapes import shape_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED, Address
from zhike.store.database import insert_many, marks, run, to_db
from zhike.store.search_text import document_tokens

DROPPED_AT_ONCE = 500


def write_documents(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Replace the documents of drafts whose searched fields changed; records in the trash have none."""
    fields = shape_of(spec).searched
    keys = {field.key for field in fields} | {"owner", "trashed"}
    gone: list[int] = []
    lines: list[tuple[Any, ...]] = []
    for draft in drafts:
        if not draft.created and not any(key in keys for key in draft.changes()):
            continue
        if not draft.created:
            gone.append(draft.id)
        if draft.values.get("trashed") is None:
            tokens, cut = _tokens(spec, draft, fields, setting)
            lines.append((draft.id, spec.key, " ".join(tokens), to_db(cut)))
    drop_documents(gone)
    insert_many("store_searchrow", ("record", "object", "tokens", "cut"), lines, at_once=True)


def drop_documents(ids: Sequence[int]) -> None:
    """Records that are found no more, or whose document is made anew."""
    for start in range(0, len(ids), DROPPED_AT_ONCE):
        some = ids[start : start + DROPPED_AT_ONCE]
        run(f'DELETE FROM "store_searchrow" WHERE "record" IN ({marks(some)})', some)


def owner_token(owner: int | None) -> str:
    """The token that lets a search stay within a set of owners."""
    return f"o{owner or 0}o"


def object_token(key: str) -> str:
    """The token of an object, for searches within one."""
    return "x" + key.encode().hex() + "x"


def _tokens(spec: ObjectSpec, draft: Draft, fields: Sequence[FieldSpec], setting: Setting) -> tuple[list[str], bool]:
    texts: list[tuple[str, int]] = []
    owner = draft.values.get("owner")
    keyed = [owner_token(owner.id if owner else None), object_token(spec.key)]
    for field in fields:
        value = draft.values.get(field.key)
        if value is None:
            continue
        kind = kind_of(field)
        if kind.secret:
            if draft.sealer is not None and value is not DAMAGED and not isinstance(value, Address):
                for name, text in kind.index_texts(value, field).items():
                    keyed.append(secret_token(draft.sealer.index(kind.purpose(field, name), text)))
        else:
            texts.append(
                (
                    kind.tokens(value, field) or kind.show(value, field, setting),
                    10 if field.key == spec.title else field.search,
                )
            )
    return document_tokens(texts, keyed)


def secret_token(index: str) -> str:
    """A blind index as a search token: letters and digits only."""
    return "k" + hashlib.sha256(index.encode()).hexdigest()[:20]
