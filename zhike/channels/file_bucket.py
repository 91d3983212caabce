"""Uploads in an S3-compatible bucket, sealed as they are on a disk and under the same names: several servers share them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from zhike.channels.s3 import Bucket, NotStored
from zhike.kernel.words import _
from zhike.records.stored import PLACE, FilesAway, Fill

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TIMEOUT = 15
"""Somebody waits for it: shorter than what a backup is given."""
AHEAD = 256 * 1024


class FileBucket:
    """A storage (see ``zhike.records.stored``) in a bucket. Raises FilesAway wherever the store does not do what it is asked."""

    def __init__(self, address: str, bucket: str, prefix: str, region: str, access: str, secret: str) -> None:
        self._bucket = Bucket(address, bucket, region, access, secret, TIMEOUT)
        self._prefix = prefix
        self.name = f"{address}/{bucket}/{prefix}".rstrip("/")

    def put(self, place: str, fill: Fill) -> None:
        """What is filled in lies sealed in a temporary file first: a signature covers the whole."""
        handle, name = tempfile.mkstemp(prefix="zhike-")
        try:
            with os.fdopen(handle, "wb") as out:
                fill(out)
            try:
                self._bucket.put(self._key(place), Path(name))
            except NotStored as error:
                raise _away(error) from error
        finally:
            os.unlink(name)

    def open(self, place: str) -> BinaryIO:
        """Read as it comes over the line; only what is read is fetched."""
        return io.BufferedReader(_Reader(self._bucket, self._key(place)), AHEAD)

    def remove(self, place: str) -> None:
        """Take the object away."""
        try:
            self._bucket.remove(self._key(place))
        except NotStored as error:
            raise _away(error) from error

    def has(self, place: str) -> bool:
        """Whether the object is there."""
        try:
            return self._bucket.size(self._key(place)) is not None
        except NotStored as error:
            raise _away(error) from error

    def listed(self) -> Iterator[tuple[str, int]]:
        """Every object below the prefix that is named as a place."""
        try:
            for key, size in self._bucket.listed(self._prefix):
                place = key.rpartition("/")[2]
                if len(place) == PLACE and key == self._key(place):
                    yield place, size
        except NotStored as error:
            raise _away(error) from error

    def _key(self, place: str) -> str:
        return f"{self._prefix}{place[:2]}/{place}"


class _Reader(io.RawIOBase):
    """An object as a file to read and seek in; what follows a seek is asked for anew."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket, self._key, self._at = bucket, key, 0
        self._answer: HTTPResponse | None = self._asked()

    def _asked(self) -> HTTPResponse:
        try:
            found = self._bucket.get(self._key, self._at)
        except NotStored as error:
            raise _away(error) from error
        if found is None:
            raise FileNotFoundError(self._key)
        return found

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go somewhere, from the beginning or from here."""
        to = offset + (self._at if whence == os.SEEK_CUR else 0)
        if to != self._at:
            self._hang_up()
            self._at = to
        return to

    def readinto(self, into: WriteableBuffer, /) -> int:
        """Some bytes. Raises FilesAway when the line breaks or ends too early."""
        if self._answer is None:
            self._answer = self._asked()
        view = memoryview(into).cast("B")
        try:
            number = self._answer.readinto(view)
        except (OSError, HTTPException) as error:
            raise _away(error) from error
        if not number and len(view) and self._answer.length:
            raise _away(EOFError(self._key))
        self._at += number
        return number

    def close(self) -> None:
        """Hang up."""
        self._hang_up()
        super().close()

    def _hang_up(self) -> None:
        answer, self._answer = getattr(self, "_answer", None), None
        if answer is not None:
            answer.close()


def _away(error: Exception) -> FilesAway:
    if isinstance(error, NotStored):
        return FilesAway(error.problems[0].text)
    return FilesAway(_("The line to the store broke: {reason}").with_(reason=repr(error)))
