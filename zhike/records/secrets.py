"""The vault of this home, and blind indexes for filters on secret fields."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from zhike.schema.kinds import Sealer, kind_of
from zhike.schema.spec import FieldSpec
from zhike.store.database import row, write_transaction
from zhike.store.ids import advance
from zhike.store.vault import Vault

SEALED = "vault_in_use"

_vaults: dict[str, Vault] = {}  # by home


def vault() -> Vault:
    """The vault whose key file lies in the home folder; made at first use."""
    home = settings.ZHIKE_HOME
    if home not in _vaults:
        _vaults[home] = Vault(Path(home) / "zhike.key", make=not _holds_data())
    return _vaults[home]


def _holds_data() -> bool:
    """Whether records were sealed already: then a missing key file must be found again, not replaced by a new key."""
    return row('SELECT 1 FROM "store_counter" WHERE "name" = %s', (SEALED,)) is not None


def prepare_vault() -> None:
    """Make the key file of a new home, and note that from now on it must be there."""
    vault()
    with write_transaction():
        if not _holds_data():
            advance(SEALED)


def sealer_of(record_id: int, wrapped: str | None) -> Sealer | None:
    """The sealer bound to one record; None when it has no data key (it holds no secrets)."""
    return vault().sealer(record_id, wrapped) if wrapped else None


def blind(field: FieldSpec, name: str, text: str) -> str:
    """The blind index of a canonical secret text."""
    return vault().index(kind_of(field).purpose(field, name), text)
