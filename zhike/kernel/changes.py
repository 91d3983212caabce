"""What a write asks for and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from zhike.kernel.errors import Problem, Refused

Verb = Literal["create", "update", "archive", "unarchive", "trash", "restore"]


@dataclass(frozen=True, slots=True)
class Command:
    """One wish about one record.

    ``values`` are raw (text from a form, JSON, or Python values); the door parses them by kind.
    ``expect``: refuse unless this is the newest version (API). ``based_on``: the version and old values the editor
    saw (web): other people's changes to other fields merge, the same field is a conflict.
    ``external``: ids of this record in other systems, as ``((source, id), …)``.
    ``key``: an idempotency key; a second command with the same key answers the first one's result.
    ``historic``: the values may set created, changed and other recorded facts (needs the import right).
    """

    verb: Verb
    object: str
    id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    expect: int | None = None
    based_on: tuple[int, Mapping[str, Any]] | None = None
    external: tuple[tuple[str, str], ...] = ()
    key: str = ""
    historic: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record: before and after, as stored values of its kind (None: empty)."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome of one command: the record, its version now, what changed (empty: nothing to do), warnings."""

    object: str
    id: int
    version: int
    verb: Verb
    changes: tuple[Change, ...] = ()
    warnings: tuple[Problem, ...] = ()
    operation: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A command of a batch that was refused, with its reasons; the others may have gone through."""

    error: Refused
