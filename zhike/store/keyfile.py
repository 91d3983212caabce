"""The master key file: made once, kept outside the database, read at start.

The file is text, one key a line: its role (``index`` or ``key``), its id, 32 bytes in base64 and the day it was made.
The last ``key`` line is the current wrapping key, earlier ones can still unwrap. The ``index`` key never changes, so
blind indexes survive every rotation. A key's id is computed from the key, so a damaged line is noticed. A line
``suite sm4`` says that new values are sealed with SM4; without it, with AES.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from zhike.kernel import clock
from zhike.kernel.words import Words, _
from zhike.store.ciphers import AES, SUITES

KEY_BYTES = 32
FIRST_LINE = "zhike-key 1"
WARNING = (
    "# Without this file no phone number, address or attachment can be read. Keep a copy apart; show it to nobody."
)


class VaultError(Exception):
    """A secret that cannot be sealed or opened; ``text`` says why in words for the administrator."""

    def __init__(self, text: Words) -> None:
        super().__init__(text.msgid)
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


def key_id(key: bytes) -> str:
    """Eight hex digits that name a key and reveal nothing of it."""
    return hashlib.sha256(b"zhike key id\0" + key).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One wrapping key and the day it was made (``2026-11-22``)."""

    key: bytes
    made: str

    @property
    def id(self) -> str:
        """The key's id, computed from its bytes."""
        return key_id(self.key)

    def __repr__(self) -> str:
        return f"MasterKey({self.id}, made={self.made})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of a file: ``masters`` with the current one last, the key of the blind indexes, and how new values are
    sealed."""

    masters: tuple[MasterKey, ...]
    index: MasterKey
    suite: str = AES

    @property
    def current(self) -> MasterKey:
        """The key that wraps new data keys."""
        return self.masters[-1]

    def holds(self, id: str) -> bool:
        """Whether the wrapping key of this id is there."""
        return any(master.id == id for master in self.masters)

    def master(self, id: str) -> MasterKey:
        """The wrapping key of this id. Raises VaultError when the file does not hold it."""
        for master in self.masters:
            if master.id == id:
                return master
        raise VaultError(
            _(
                "This value needs master key {id}; the key file holds {held}. Put back the key file it was made with."
            ).with_(id=id, held=", ".join(master.id for master in self.masters))
        )


def new_ring(suite: str = AES) -> KeyRing:
    """Fresh random keys: one wrapping key and one index key."""
    return KeyRing((_new_key(),), _new_key(), suite)


def write_new_key_file(path: Path, ring: KeyRing | None = None, suite: str = AES) -> bool:
    """Make the key file of a new home, mode 0600, complete and on disk before it appears under its name.

    Returns False, and leaves the file alone, when one is there: two servers started at once agree on one file.
    """
    with _folder_locked(path.parent):
        if path.exists():
            return False
        try:
            _write_atomically(path, _as_text(ring or new_ring(suite)), fresh=True)
        except FileExistsError:
            return False
    return True


def read_key_file(path: Path) -> KeyRing:
    """The keys of a file. Raises VaultError when it is missing, unreadable or damaged, naming the line."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise VaultError(
            _(
                "The key file {path} is missing. Put it back from the backup or from the recovery sheet; a new key "
                "cannot open the old values."
            ).with_(path=path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(_("The key file {path} cannot be read: {reason}.").with_(path=path, reason=error)) from error
    lines = text.splitlines()
    if not lines or lines[0].strip() != FIRST_LINE:
        raise VaultError(_("{path} is not a Zhike key file of a known version.").with_(path=path))
    masters: list[MasterKey] = []
    index: MasterKey | None = None
    suite = AES
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        if line.split()[0] == "suite" and line.split()[1:] in [[one] for one in SUITES]:
            suite = line.split()[1]
            continue
        role, key = _key_of_line(line, path, number)
        if role == "index":
            index = key
        else:
            masters.append(key)
    if index is None or not masters:
        raise VaultError(_("The key file {path} is incomplete: a line is missing.").with_(path=path))
    return KeyRing(tuple(masters), index, suite)


def add_master_key(path: Path, suite: str = "") -> str:
    """Add a new current wrapping key and return its id; the older ones stay until everything is wrapped anew. With
    ``suite``, new values are sealed that way from now on."""
    with _folder_locked(path.parent):
        ring = read_key_file(path)
        ring = replace(ring, masters=(*ring.masters, _new_key()), suite=suite or ring.suite)
        _write_atomically(path, _as_text(ring), fresh=False)
    return ring.current.id


def drop_master_key(path: Path, id: str) -> None:
    """Remove an older wrapping key for good. Raises VaultError for the current key and for an unknown id.

    The caller has made sure that no data key is wrapped under it any more.
    """
    with _folder_locked(path.parent):
        ring = read_key_file(path)
        if ring.current.id == id:
            raise VaultError(_("Master key {id} is the current one; add a new key before removing it.").with_(id=id))
        ring.master(id)
        ring = replace(ring, masters=tuple(master for master in ring.masters if master.id != id))
        _write_atomically(path, _as_text(ring), fresh=False)


def open_to_others(path: Path) -> bool:
    """True when other accounts of the machine may read the key file: ``zhike check`` warns."""
    return bool(path.stat().st_mode & 0o077)


def _new_key() -> MasterKey:
    return MasterKey(secrets.token_bytes(KEY_BYTES), clock.now().astimezone(UTC).date().isoformat())


def _as_text(ring: KeyRing) -> str:
    lines = [FIRST_LINE, WARNING, *([f"suite {ring.suite}"] if ring.suite != AES else [])]
    for role, key in [("index", ring.index), *(("key", master) for master in ring.masters)]:
        lines.append(f"{role} {key.id} {base64.b64encode(key.key).decode('ascii')} {key.made}")
    return "\n".join(lines) + "\n"


def _key_of_line(line: str, path: Path, number: int) -> tuple[str, MasterKey]:
    parts = line.split()
    try:
        role, id, encoded, made = parts
        key = base64.b64decode(encoded, validate=True)
        datetime.strptime(made, "%Y-%m-%d")
    except (ValueError, binascii.Error):
        role, id, key, made = "", "", b"", ""
    if role not in ("index", "key") or len(key) != KEY_BYTES or key_id(key) != id:
        raise VaultError(
            _("The key file {path} is damaged in line {line}. Put it back from the backup.").with_(
                path=path, line=number
            )
        )
    return role, MasterKey(key, made)


@contextlib.contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_atomically(path: Path, text: str, *, fresh: bool) -> None:
    """Write beside, flush to disk, put in place (``fresh``: never over another file), flush the folder."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if fresh:
            _link(beside, path)
        else:
            os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _link(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:
        # Some shared folders know no hard links; the folder lock keeps other servers of this machine away.
        os.replace(beside, path)


def take_in_keys(path: Path, other: Path) -> None:
    """Put the keys of another file of the same installation into the key file at ``path``, or make it from them; its
    current key stays the current one. Raises VaultError when they are of different installations."""
    with _folder_locked(path.parent):
        ring = read_key_file(other)
        if path.exists():
            own = read_key_file(path)
            if own.index.id != ring.index.id:
                raise VaultError(_("{other} is the key file of another installation.").with_(other=other))
            held = {master.id for master in own.masters}
            older = tuple(master for master in ring.masters if master.id not in held)
            ring = replace(own, masters=(*older, *own.masters))
        _write_atomically(path, _as_text(ring), fresh=False)
