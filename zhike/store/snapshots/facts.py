"""What is said of a snapshot, so that whoever puts it back can compare."""

from __future__ import annotations

from dataclasses import dataclass


class SnapshotError(Exception):
    """A snapshot that cannot be taken or put back; the text is for the log and the administrator."""


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows a table has, and the SHA-256 of its rows in the order of its key ("" where the file's own tells)."""

    rows: int
    sha256: str = ""


Tables = dict[str, Table]
