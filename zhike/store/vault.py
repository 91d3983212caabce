"""The vault: what seals personal and secret values, and finds them again without reading them.

A record has a data key of its own, kept in its row wrapped under the company's master key (``w1.<master>.<bytes>``).
Its values are envelopes ``v1.<data key>.<nonce and ciphertext>`` (AES-256-GCM; record id and field are associated data,
so an envelope opens only where it was sealed). Blind indexes are keyed and cannot be reversed without the key file.
Turning the master key wraps data keys anew and touches neither envelopes nor indexes; destroying a data key makes
all values of its record unreadable for ever.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from functools import lru_cache
from os import urandom
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhike.kernel.words import _
from zhike.store.keyfile import (
    KEY_BYTES,
    VaultError,
    add_master_key,
    drop_master_key,
    open_to_others,
    read_key_file,
    write_new_key_file,
)
from zhike.store.recovery_sheet import recovery_sheet, restore_key_file
from zhike.store.sealed_file import open_stream, seal_stream

__all__ = [
    "RecordSealer",
    "Vault",
    "VaultError",
    "add_master_key",
    "drop_master_key",
    "open_to_others",
    "recovery_sheet",
    "restore_key_file",
    "write_new_key_file",
]

NONCE = 12
INDEX_BYTES = 16
KEPT_KEYS = 4096  # data keys held unwrapped in memory


class _DataKey(NamedTuple):
    raw: bytes
    cipher: AESGCM
    id: str


class Vault:
    """The keys of one home, read from its key file. Safe to share between threads.

    A missing file is made (first run), unless ``make`` is False: say so for a home that has sealed values already, since
    a new key opens none of them. Raises VaultError when the file is missing then, or damaged.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        if make and not path.exists():
            write_new_key_file(path)
        self._ring = read_key_file(path)
        self._masters = {master.id: AESGCM(master.key) for master in self._ring.masters}
        self._data_key = lru_cache(maxsize=KEPT_KEYS)(self._unwrapped)
        self._index_key = lru_cache(maxsize=256)(self._derived_index_key)

    @property
    def master_id(self) -> str:
        """Id of the current wrapping key."""
        return self._ring.current.id

    def new_data_key(self) -> str:
        """A fresh data key, wrapped: about 92 characters to store in the record's row."""
        return self._wrapped(urandom(KEY_BYTES))

    def rewrap(self, wrapped: str) -> str:
        """The same data key under the current master key (unchanged when it is already). Envelopes stay as they are."""
        if self.wrapped_under(wrapped) == self.master_id:
            return wrapped
        return self._wrapped(self._unwrapped(wrapped).raw)

    def wrapped_under(self, wrapped: str) -> str:
        """Id of the master key a data key is wrapped under."""
        version, _dot, rest = wrapped.partition(".")
        master, dot, _bytes = rest.partition(".")
        if version != "w1" or not dot:
            raise VaultError(_("This is not a wrapped data key, or it has been destroyed."))
        return master

    def sealer(self, record_id: int, wrapped: str) -> RecordSealer:
        """The vault bound to one record and its data key."""
        return RecordSealer(self, record_id, self._data_key(wrapped))

    def index(self, purpose: str, text: str) -> str:
        """Keyed blind index: 128 bits in 22 characters, equal for equal ``purpose`` and ``text`` in this home only.

        HMAC-SHA-256 under a key derived for the purpose (HKDF) from the file's index key.
        """
        digest = hmac.digest(self._index_key(purpose), text.encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:INDEX_BYTES])[:22].decode("ascii")

    def chain_key(self) -> bytes:
        """The key of the audit chain: derived from the index key, so it survives every rotation and is in no database."""
        return HKDF(hashes.SHA256(), 32, None, b"zhike audit chain").derive(self._ring.index.key)

    def encrypt_file(self, wrapped: str, chunks: Iterable[bytes], out: BinaryIO) -> int:
        """Seal a stream under a data key into ``out``; returns the size of the content in bytes."""
        return seal_stream(self._data_key(wrapped).raw, chunks, out)

    def decrypt_file(self, wrapped: str, source: BinaryIO) -> Iterator[bytes]:
        """The content of a file sealed by :meth:`encrypt_file`, in pieces; VaultError where it is damaged or cut."""
        return open_stream(self._data_key(wrapped).raw, source)

    def forget(self) -> None:
        """Drop all unwrapped data keys from memory: called after a data key was destroyed."""
        self._data_key.cache_clear()

    def _wrapped(self, key: bytes) -> str:
        master = self.master_id
        nonce = urandom(NONCE)
        sealed = self._masters[master].encrypt(nonce, key, _about_wrapping(master))
        return f"w1.{master}.{_encode(nonce + sealed)}"

    def _unwrapped(self, wrapped: str) -> _DataKey:
        master = self.wrapped_under(wrapped)
        cipher = self._masters[self._ring.master(master).id]
        try:
            data = _decode(wrapped[len(master) + 4 :])
            key = cipher.decrypt(data[:NONCE], data[NONCE:], _about_wrapping(master))
        except (InvalidTag, ValueError, Base64Error):
            raise VaultError(_("A wrapped data key is damaged; restore this record from the backup.")) from None
        return _DataKey(key, AESGCM(key), hashlib.sha256(b"zhike data key id\0" + key).hexdigest()[:6])

    def _derived_index_key(self, purpose: str) -> bytes:
        about = b"zhike blind index\0" + purpose.encode()
        return HKDF(hashes.SHA256(), 32, None, about).derive(self._ring.index.key)


class RecordSealer:
    """Seals and opens the values of one record (the ``Sealer`` of ``schema.kinds``)."""

    __slots__ = ("_about", "_cipher", "_key_id", "_prefix", "_vault")

    def __init__(self, vault: Vault, record_id: int, key: _DataKey) -> None:
        self._vault = vault
        self._cipher = key.cipher
        self._key_id = key.id
        self._prefix = f"v1.{key.id}."
        self._about = f"v1|{key.id}|{record_id}|"

    def seal(self, field: str, text: str) -> str:
        """Encrypt; returns the envelope, 50 characters more than four thirds of the text's bytes."""
        nonce = urandom(NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), (self._about + field).encode())
        return self._prefix + _encode(nonce + sealed)

    def open(self, field: str, envelope: str) -> str:
        """The text of an envelope sealed for the same record and field. Raises VaultError otherwise."""
        if not envelope.startswith(self._prefix):
            raise self._refusal(envelope)
        try:
            data = _decode(envelope[len(self._prefix) :])
            return self._cipher.decrypt(data[:NONCE], data[NONCE:], (self._about + field).encode()).decode()
        except (InvalidTag, ValueError, Base64Error):
            raise VaultError(
                _("A sealed value of the field {field} is damaged, or was sealed for another record or field.").with_(
                    field=field
                )
            ) from None

    def index(self, purpose: str, text: str) -> str:
        """Blind index, see :meth:`Vault.index`: the same for all records."""
        return self._vault.index(purpose, text)

    def _refusal(self, envelope: str) -> VaultError:
        if envelope.startswith("v1.") and envelope.count(".") == 2:
            return VaultError(
                _("This value was sealed with data key {other}, the record has {own}.").with_(
                    other=envelope.split(".")[1], own=self._key_id
                )
            )
        return VaultError(_("This is not a sealed value."))


def _about_wrapping(master: str) -> bytes:
    return f"w1|{master}".encode()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
