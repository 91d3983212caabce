"""Files at rest: a stream sealed in frames, so that any size is read and written in little memory.

Layout: ``ZHF1``, 16 random bytes, then frames of up to 64 KiB of content, each AES-256-GCM with its own 16-byte tag
(``ZHF2``: SM4-GCM).
The file's key is derived (HKDF-SHA-256) from a data key and those random bytes; the nonce is the frame's number, the
associated data its number and whether it is the last. A file cut, reordered or lengthened anywhere is refused.
"""

from __future__ import annotations

import io
import secrets
import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhike.kernel.words import _
from zhike.store.ciphers import AES, Sealing, mark_of, sealing, suite_marked
from zhike.store.keyfile import VaultError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAGIC = b"ZHF"
SALT = 16
FRAME = 64 * 1024
TAG = 16


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into ``out``. Only :meth:`finish` makes the file whole; ``size`` counts the content."""

    def __init__(self, key: bytes, out: BinaryIO, suite: str = AES) -> None:
        salt = secrets.token_bytes(SALT)
        self._cipher = _file_cipher(key, salt, suite)
        self._out = out
        self._waiting = bytearray()
        self._frames = self.size = 0
        out.write(MAGIC + mark_of(suite).encode() + salt)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes in; whole frames go out at once."""
        length = memoryview(data).nbytes
        self.size += length
        self._waiting += data
        while len(self._waiting) > FRAME:
            self._put(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]
        return length

    def finish(self) -> int:
        """Write the last frame; returns how many bytes of content went in."""
        self._put(bytes(self._waiting), last=True)
        return self.size

    def _put(self, frame: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._frames), frame, _about(self._frames, last=last)))
        self._frames += 1


def seal_stream(key: bytes, chunks: Iterable[bytes], out: BinaryIO, suite: str = AES) -> int:
    """Write the sealed form of ``chunks`` to ``out`` and return how many bytes of content went in."""
    sealed = SealedWriter(key, out, suite)
    for chunk in chunks:
        sealed.write(chunk)
    return sealed.finish()


def open_stream(key: bytes, source: BinaryIO, start: int = 0) -> Iterator[bytes]:
    """The content of a sealed file in pieces of up to 64 KiB, each checked before it is given out; from byte ``start`` on,
    whose source can seek then: frames before it are not read.

    Raises VaultError at the first frame that does not check, and at the end when the file has been cut: only a stream
    read to its end is whole.
    """
    head = source.read(len(MAGIC) + 1 + SALT)
    suite = suite_marked(head[len(MAGIC) : len(MAGIC) + 1].decode("ascii", "replace"))
    if len(head) != len(MAGIC) + 1 + SALT or not head.startswith(MAGIC) or suite is None:
        raise VaultError(_("This file is not a sealed file, or its beginning is damaged."))
    cipher = _file_cipher(key, head[len(MAGIC) + 1 :], suite)
    number, skip = divmod(start, FRAME)
    if number:
        source.seek(number * (FRAME + TAG), io.SEEK_CUR)
    frame = _read_frame(source)
    while True:
        following = _read_frame(source) if len(frame) == FRAME + TAG else b""
        last = not following
        try:
            content = cipher.decrypt(_nonce(number), frame, _about(number, last=last))
        except (InvalidTag, ValueError):
            raise VaultError(
                _("The sealed file is damaged or cut near byte {position}, or was sealed with another key.").with_(
                    position=number * FRAME
                )
            ) from None
        if content[skip:]:
            yield content[skip:]
        skip = 0
        if last:
            return
        frame, number = following, number + 1


def _file_cipher(key: bytes, salt: bytes, suite: str) -> Sealing:
    return sealing(suite, HKDF(hashes.SHA256(), 32, salt, b"zhike sealed file").derive(key))


def _nonce(number: int) -> bytes:
    return struct.pack(">4xQ", number)


def _about(number: int, *, last: bool) -> bytes:
    return struct.pack(">QB", number, last)


def _read_frame(source: BinaryIO) -> bytes:
    """One whole frame even from a source that answers short reads."""
    frame = source.read(FRAME + TAG)
    while 0 < len(frame) < FRAME + TAG:
        more = source.read(FRAME + TAG - len(frame))
        if not more:
            break
        frame += more
    return frame
