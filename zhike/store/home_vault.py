"""The vault of this home: one a process, made at first use."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from zhike.store.database import row, write_transaction
from zhike.store.ids import advance
from zhike.store.vault import Vault

SEALED = "vault_in_use"

_vaults: dict[str, Vault] = {}  # by home


def vault() -> Vault:
    """The vault whose key file lies in the home folder; made at first use."""
    home = settings.ZHIKE_HOME
    if home not in _vaults:
        _vaults[home] = Vault(Path(home) / "zhike.key", make=not _holds_data(), suite=settings.ZHIKE_CIPHER)
    return _vaults[home]


def drop_vaults() -> None:
    """Read the key file again at next use, after it was replaced."""
    _vaults.clear()


def _holds_data() -> bool:
    """Whether records were sealed already: then a missing key file must be found again, not replaced by a new key."""
    return row('SELECT 1 FROM "store_counter" WHERE "name" = %s', (SEALED,)) is not None


def prepare_vault() -> None:
    """Make the key file of a new home, and note that from now on it must be there."""
    vault()
    with write_transaction():
        if not _holds_data():
            advance(SEALED)
