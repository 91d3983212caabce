"""Where the bytes of uploads lie: the home's folder ``files``, or whatever ``FILES`` names, such as a bucket several servers share.

A storage knows places (32 hexadecimal digits) and sealed bytes, nothing of names, keys or rights.
See ``docs/why/138-files-in-a-bucket.md``."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.store.disk import sync_way

LEFT = "files.left"
PLACE = 32
Fill = Callable[[BinaryIO], object]


class FilesAway(Refused):
    """The store of the files cannot be reached or does not do what it is asked; the text says why."""

    status = 503
    code = "files-away"
    title = _("The store of files does not answer right now")


class Storage(Protocol):
    """What every storage does. Each may raise FilesAway (or OSError, of a folder)."""

    name: str
    """Where the files are, to be shown; without secrets."""

    def put(self, place: str, fill: Fill) -> None:
        """Keep what ``fill`` writes, in the place of what was there: whole and for good when this returns, or not at all."""

    def open(self, place: str) -> BinaryIO:
        """The bytes, to read and seek in; the caller closes it. Raises FileNotFoundError."""

    def remove(self, place: str) -> None:
        """Take it away; what is gone already is fine."""

    def has(self, place: str) -> bool:
        """Whether it is there."""

    def listed(self) -> Iterator[tuple[str, int]]:
        """Every place and the size of what lies there, in the order of places."""


class Folder:
    """The home's folder ``files``; in it folders by the first two digits."""

    def __init__(self) -> None:
        self._folder = Path(settings.ZHIKE_HOME) / "files"
        self.name = str(self._folder)

    def path(self, place: str) -> Path:
        """The file."""
        return self._folder / place[:2] / place

    def put(self, place: str, fill: Fill) -> None:
        """See :class:`Storage`."""
        path = self.path(place)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".{place}.{secrets.token_hex(4)}")
        try:
            with open(beside, "xb") as out:
                fill(out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, path)
            sync_way(path, self._folder.parent)
        finally:
            beside.unlink(missing_ok=True)

    def open(self, place: str) -> BinaryIO:
        """See :class:`Storage`."""
        return open(self.path(place), "rb")

    def remove(self, place: str) -> None:
        """See :class:`Storage`."""
        self.path(place).unlink(missing_ok=True)

    def has(self, place: str) -> bool:
        """See :class:`Storage`."""
        return self.path(place).is_file()

    def listed(self) -> Iterator[tuple[str, int]]:
        """See :class:`Storage`."""
        for path in sorted(self._folder.glob("*/*")):
            if len(path.name) == PLACE and not path.is_symlink():
                with suppress(FileNotFoundError):  # thrown away in the meantime
                    yield path.name, path.stat().st_size


def storage() -> Storage:
    """The storage that the setting ``FILES`` names."""
    return storage_of(settings.FILES)


def storage_of(said: dict[str, object]) -> Storage:
    """The storage of such a setting: a dotted path as BACKEND, and what it needs as OPTIONS."""
    return cast(Storage, import_string(str(said["BACKEND"]))(**cast("dict[str, object]", said.get("OPTIONS", {}))))


def in_home() -> bool:
    """Whether the files lie in the home itself."""
    return isinstance(storage(), Folder)


def take_away(places: Iterable[str]) -> None:
    """Remove files whose rows are gone, once that is committed. What the store does not remove now is written down in the
    home and tried again with the housekeeping until it is gone."""
    waiting = list(places)
    try:
        store = storage()
        while waiting:
            store.remove(waiting[-1])
            waiting.pop()
    except (OSError, FilesAway) as error:
        getLogger(__name__).warning("Files wait to be removed from their store: %s", error)
        with open(_left(), "a", encoding="ascii") as out:
            fcntl.flock(out, fcntl.LOCK_EX)
            out.write("".join(f"{place}\n" for place in waiting))


def take_away_left() -> bool:
    """Try once more to remove what could not be removed; whether nothing is left."""
    try:
        held = open(_left(), "r+", encoding="ascii")  # noqa: SIM115
    except FileNotFoundError:
        return True
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting, store = held.read().split(), storage()
        try:
            while waiting:
                store.remove(waiting[-1])
                waiting.pop()
        except (OSError, FilesAway) as error:
            getLogger(__name__).warning("Files wait to be removed from their store: %s", error)
        held.seek(0)
        held.truncate()
        held.write("".join(f"{place}\n" for place in waiting))
    return not waiting


def _left() -> Path:
    return Path(settings.ZHIKE_HOME) / LEFT
