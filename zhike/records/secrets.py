"""The vault of this home as the doors use it: sealers of records, and blind indexes for filters on secret fields."""

from __future__ import annotations

from zhike.schema.kinds import Sealer, kind_of
from zhike.schema.spec import FieldSpec
from zhike.store.home_vault import prepare_vault, vault

__all__ = ["blind", "prepare_vault", "sealer_of", "vault"]


def sealer_of(record_id: int, wrapped: str | None) -> Sealer | None:
    """The sealer bound to one record; None when it has no data key (it holds no secrets)."""
    return vault().sealer(record_id, wrapped) if wrapped else None


def blind(field: FieldSpec, name: str, text: str) -> str:
    """The blind index of a canonical secret text."""
    return vault().index(kind_of(field).purpose(field, name), text)
