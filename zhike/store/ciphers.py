"""The two ways of sealing: AES-256-GCM, and SM4-GCM for companies that have to use 国密.

Both take keys of 32 bytes, nonces of 12, and append a tag of 16 bytes. SM4 has keys of 128 bits: its own is derived from
the longer one with HKDF over SM3, so a data key serves either way and what one has sealed never opens the other.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
TAG = 16
AES, SM4_GCM = "aes", "sm4"
SUITES = (AES, SM4_GCM)
_MARKS = {AES: "1", SM4_GCM: "2"}
_NAMES = {mark: name for name, mark in _MARKS.items()}


class Sealing(Protocol):
    """Authenticated encryption under one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext with its tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The data again. Raises InvalidTag when anything was changed."""
        ...


class Sm4Gcm:
    """SM4 in Galois/counter mode, with the calls of ``AESGCM``."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = SM4(HKDF(hashes.SM3(), 16, None, b"zhike sm4 key").derive(key))

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext with its tag."""
        turn = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        turn.authenticate_additional_data(associated_data or b"")
        return turn.update(data) + turn.finalize() + turn.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The data again. Raises InvalidTag when anything was changed."""
        if len(data) < TAG:
            raise InvalidTag
        turn = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG:])).decryptor()
        turn.authenticate_additional_data(associated_data or b"")
        return turn.update(data[:-TAG]) + turn.finalize()


def sealing(suite: str, key: bytes) -> Sealing:
    """The cipher of a suite under a key of 32 bytes."""
    return Sm4Gcm(key) if suite == SM4_GCM else AESGCM(key)


def mark_of(suite: str) -> str:
    """The figure that says in an envelope how it was sealed (``v1.``, ``w2.``)."""
    return _MARKS[suite]


def suite_marked(mark: str) -> str | None:
    """The suite of such a figure; None for one that is not known."""
    return _NAMES.get(mark)


def suite_works(suite: str) -> bool:
    """Whether this machine's OpenSSL has the suite: some builds leave SM4 out."""
    try:
        cipher = sealing(suite, bytes(32))
        return cipher.decrypt(bytes(NONCE), cipher.encrypt(bytes(NONCE), b"zhike", b""), b"") == b"zhike"
    except UnsupportedAlgorithm:
        return False
