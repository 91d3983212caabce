"""The vault: what seals personal and secret values, and finds them again without reading them.

A record has a data key of its own, kept in its row wrapped under the company's master key (``w1.<master>.<bytes>``).
Its values are envelopes ``v1.<data key>.<nonce and ciphertext>`` (AES-256-GCM; ``w2`` and ``v2``: SM4-GCM; record id and
field are associated data, so an envelope opens only where it was sealed). How a data key is wrapped says how its record
seals anew; what was sealed the other way still opens. Blind indexes are keyed and cannot be reversed without the key
file. Turning the master key wraps data keys anew and touches neither envelopes nor indexes; destroying a data key makes
all values of its record unreadable for ever.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from functools import lru_cache
from os import urandom
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhike.kernel.words import _
from zhike.store.ciphers import NONCE, Sealing, mark_of, sealing, suite_marked
from zhike.store.keyfile import (
    KEY_BYTES,
    KeyRing,
    VaultError,
    add_master_key,
    drop_master_key,
    open_to_others,
    read_key_file,
    write_new_key_file,
)
from zhike.store.recovery_sheet import recovery_sheet, restore_key_file
from zhike.store.sealed_file import SealedWriter, open_stream

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

INDEX_BYTES = 16
KEPT_KEYS = 4096  # data keys held unwrapped in memory


class _DataKey(NamedTuple):
    raw: bytes
    ciphers: dict[str, Sealing]  # by mark, the record's own first
    id: str


class Vault:
    """The keys of one home, read from its key file. Safe to share between threads.

    A missing file is made (first run), unless ``make`` is False: say so for a home that has sealed values already, since
    a new key opens none of them. Raises VaultError when the file is missing then, or damaged.
    """

    def __init__(self, path: Path, *, make: bool = True, suite: str = "aes") -> None:
        if make and not path.exists():
            write_new_key_file(path, suite=suite)
        self._path = path
        self._signs = _signs_of(path)
        self._ring = read_key_file(path)
        self._data_key = lru_cache(maxsize=KEPT_KEYS)(self._unwrapped)
        self._index_mac = lru_cache(maxsize=256)(self._derived_index_mac)

    @property
    def ring(self) -> KeyRing:
        """The keys as the file holds them now: another process may have turned the master key since it was read. While
        the file is away, those known before."""
        signs = _signs_of(self._path)
        if signs is not None and signs != self._signs:
            ring = read_key_file(self._path)
            if ring.index.id != self._ring.index.id:
                self._index_mac.cache_clear()
                self._data_key.cache_clear()
            self._ring, self._signs = ring, signs
        return self._ring

    @property
    def path(self) -> Path:
        """The key file."""
        return self._path

    @property
    def master_id(self) -> str:
        """Id of the current wrapping key."""
        return self.ring.current.id

    @property
    def master_ids(self) -> list[str]:
        """Ids of all wrapping keys the file holds, the current one last."""
        return [master.id for master in self.ring.masters]

    @property
    def home_id(self) -> str:
        """Names the installation: the id of the index key, which never changes."""
        return self._ring.index.id

    def backup_key(self) -> bytes:
        """The key backups of this installation are sealed with; it stays the same when master keys turn."""
        return HKDF(hashes.SHA256(), 32, None, b"zhike backup").derive(self._ring.index.key)

    def new_data_key(self) -> str:
        """A fresh data key, wrapped: about 92 characters to store in the record's row."""
        return self._wrapped(urandom(KEY_BYTES))

    def new_sealer(self, record_id: int) -> tuple[str, RecordSealer]:
        """A fresh data key, wrapped, and the vault bound to a new record under it."""
        raw, ring = urandom(KEY_BYTES), self.ring
        return self._wrapped(raw, ring), RecordSealer(self, record_id, _data_key(raw, mark_of(ring.suite)))

    def rewrap(self, wrapped: str) -> str:
        """The same data key under the current master key and in the company's way of sealing (unchanged when it is so
        already). Envelopes stay as they are."""
        if self.is_current(wrapped):
            return wrapped
        return self._wrapped(self._data_key(wrapped).raw)

    def is_current(self, wrapped: str) -> bool:
        """Whether a data key is wrapped under the current master key, in the company's way of sealing."""
        ring = self.ring
        return wrapped.startswith(f"w{mark_of(ring.suite)}.{ring.current.id}.")

    def wrapped_under(self, wrapped: str) -> str:
        """Id of the master key a data key is wrapped under."""
        version, _dot, rest = wrapped.partition(".")
        master, dot, _bytes = rest.partition(".")
        if version[:1] != "w" or suite_marked(version[1:]) is None or not dot:
            raise VaultError(_("This is not a wrapped data key, or it has been destroyed."))
        return master

    def sealer(self, record_id: int, wrapped: str) -> RecordSealer:
        """The vault bound to one record and its data key."""
        return RecordSealer(self, record_id, self._data_key(wrapped))

    def index(self, purpose: str, text: str) -> str:
        """Keyed blind index: 128 bits in 22 characters, equal for equal ``purpose`` and ``text`` in this home only.

        HMAC-SHA-256 under a key derived for the purpose (HKDF) from the file's index key.
        """
        keyed = self._index_mac(purpose).copy()
        keyed.update(text.encode())
        return urlsafe_b64encode(keyed.digest()[:INDEX_BYTES])[:22].decode("ascii")

    def chain_key(self) -> bytes:
        """The key of the audit chain: derived from the index key, so it survives every rotation and is in no database."""
        return HKDF(hashes.SHA256(), 32, None, b"zhike audit chain").derive(self._ring.index.key)

    def encrypt_file(self, wrapped: str, chunks: Iterable[bytes], out: BinaryIO) -> int:
        """Seal a stream under a data key into ``out``; returns the size of the content in bytes."""
        sealed = self.file_writer(wrapped, out)
        for chunk in chunks:
            sealed.write(chunk)
        return sealed.finish()

    def file_writer(self, wrapped: str, out: BinaryIO) -> SealedWriter:
        """A stream that seals under a data key what is written to it; its ``finish`` makes the file whole."""
        key = self._data_key(wrapped)
        return SealedWriter(key.raw, out, suite_marked(next(iter(key.ciphers))) or "aes")

    def decrypt_file(self, wrapped: str, source: BinaryIO, start: int = 0) -> Iterator[bytes]:
        """The content of a file sealed by :meth:`encrypt_file`, in pieces, from byte ``start`` on; VaultError where it is
        damaged or cut."""
        return open_stream(self._data_key(wrapped).raw, source, start)

    def forget(self) -> None:
        """Drop all unwrapped data keys from memory: called after a data key was destroyed."""
        self._data_key.cache_clear()

    def _wrapped(self, key: bytes, ring: KeyRing | None = None) -> str:
        ring = ring or self.ring
        mark, master = mark_of(ring.suite), ring.current
        nonce = urandom(NONCE)
        sealed = sealing(ring.suite, master.key).encrypt(nonce, key, _about_wrapping(mark, master.id))
        return f"w{mark}.{master.id}.{_encode(nonce + sealed)}"

    def _unwrapped(self, wrapped: str) -> _DataKey:
        master = self.wrapped_under(wrapped)
        mark = wrapped[1]
        ring = self._ring if self._ring.holds(master) else self.ring
        cipher = sealing(suite_marked(mark) or "aes", ring.master(master).key)
        try:
            data = _decode(wrapped[len(master) + 4 :])
            key = cipher.decrypt(data[:NONCE], data[NONCE:], _about_wrapping(mark, master))
        except (InvalidTag, ValueError, Base64Error):
            raise VaultError(_("A wrapped data key is damaged; restore this record from the backup.")) from None
        return _data_key(key, mark)

    def _derived_index_mac(self, purpose: str) -> hmac.HMAC:
        """The keyed hash of a purpose before any text: copied for each, so that the key is taken in once."""
        about = b"zhike blind index\0" + purpose.encode()
        return hmac.new(HKDF(hashes.SHA256(), 32, None, about).derive(self._ring.index.key), digestmod=hashlib.sha256)


def _data_key(raw: bytes, mark: str) -> _DataKey:
    ciphers = {mark: sealing(suite_marked(mark) or "aes", raw)}
    return _DataKey(raw, ciphers, hashlib.sha256(b"zhike data key id\0" + raw).hexdigest()[:6])


class RecordSealer:
    """Seals and opens the values of one record (the ``Sealer`` of ``schema.kinds``)."""

    __slots__ = ("_indexes", "_key", "_mark", "_record", "_vault")

    def __init__(self, vault: Vault, record_id: int, key: _DataKey) -> None:
        self._vault = vault
        self._key = key
        self._mark = next(iter(key.ciphers))
        self._record = record_id
        self._indexes: dict[tuple[str, str], str] = {}

    def seal(self, field: str, text: str) -> str:
        """Encrypt; returns the envelope, 50 characters more than four thirds of the text's bytes."""
        nonce = urandom(NONCE)
        sealed = self._key.ciphers[self._mark].encrypt(nonce, text.encode(), self._about(self._mark, field))
        return f"v{self._mark}.{self._key.id}.{_encode(nonce + sealed)}"

    def open(self, field: str, envelope: str) -> str:
        """The text of an envelope sealed for the same record and field. Raises VaultError otherwise."""
        key, mark = self._key, envelope[1:2]
        prefix = f"v{mark}.{key.id}."
        cipher = key.ciphers.get(mark)
        if cipher is None or not envelope.startswith(prefix):
            cipher = self._other_cipher(mark, prefix, envelope)
        try:
            data = _decode(envelope[len(prefix) :])
            return cipher.decrypt(data[:NONCE], data[NONCE:], self._about(mark, field)).decode()
        except (InvalidTag, ValueError, Base64Error):
            raise VaultError(
                _("A sealed value of the field {field} is damaged, or was sealed for another record or field.").with_(
                    field=field
                )
            ) from None

    def _other_cipher(self, mark: str, prefix: str, envelope: str) -> Sealing:
        """The cipher of another suite the record's key has sealed with before. Raises VaultError."""
        suite = suite_marked(mark)
        if suite is None or not envelope.startswith(prefix):
            raise self._refusal(envelope)
        cipher = self._key.ciphers[mark] = sealing(suite, self._key.raw)
        return cipher

    def is_current(self, envelope: str) -> bool:
        """Whether an envelope was sealed the way this record seals now."""
        return envelope.startswith(f"v{self._mark}.")

    def _about(self, mark: str, field: str) -> bytes:
        return f"v{mark}|{self._key.id}|{self._record}|{field}".encode()

    def index(self, purpose: str, text: str) -> str:
        """Blind index, see :meth:`Vault.index`: the same for all records. A write asks for each twice: for the row, and
        for the search document."""
        asked = (purpose, text)
        if asked not in self._indexes:
            self._indexes[asked] = self._vault.index(purpose, text)
        return self._indexes[asked]

    def _refusal(self, envelope: str) -> VaultError:
        if envelope.startswith(("v1.", "v2.")) and envelope.count(".") == 2:
            return VaultError(
                _("This value was sealed with data key {other}, the record has {own}.").with_(
                    other=envelope.split(".")[1], own=self._key.id
                )
            )
        return VaultError(_("This is not a sealed value."))


def _signs_of(path: Path) -> tuple[int, int, int] | None:
    """By what a rewritten key file is noticed; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _about_wrapping(mark: str, master: str) -> bytes:
    return f"w{mark}|{master}".encode()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return a2b_base64(text.replace("-", "+").replace("_", "/") + "==")  # half the time of urlsafe_b64decode
