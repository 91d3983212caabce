"""The vault of this home as the doors use it: sealers of records, and blind indexes for filters on secret fields."""

from __future__ import annotations

from zhike.schema.kinds import Sealer, kind_of
from zhike.schema.spec import FieldSpec
from zhike.store.home_vault import prepare_vault, vault
from zhike.store.keyfile import VaultError

__all__ = ["NAME", "blind", "file_name", "prepare_vault", "sealed_name", "sealer_of", "vault"]


def sealer_of(record_id: int, wrapped: str | None) -> Sealer | None:
    """The sealer bound to one record; None when it has no data key (it holds no secrets)."""
    return vault().sealer(record_id, wrapped) if wrapped else None


NAME = "name"


def sealed_name(blob: int, wrapped: str, name: str) -> str:
    """The name of a stored file, as its row holds it."""
    return vault().sealer(blob, wrapped).seal(NAME, name)


def file_name(blob: int, wrapped: str, sealed: str) -> str:
    """What :func:`sealed_name` put away; the file's number when that is damaged."""
    try:
        return vault().sealer(blob, wrapped).open(NAME, sealed)
    except VaultError:
        return f"#{blob}"


def blind(field: FieldSpec, name: str, text: str) -> str:
    """The blind index of a canonical secret text."""
    return vault().index(kind_of(field).purpose(field, name), text)
