"""What a door answers with: frozen records that can neither write nor cause a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.query.tree import Node, SortKey
from zhike.schema.spec import ObjectSpec


@dataclass(frozen=True, slots=True)
class Record:
    """One record as one actor may see it.

    ``values``: field key → canonical value or None; hidden fields are absent, secrets are Masked (in full, as str, only
    from ``read_one`` for the owner and their team). ``rights``: what the actor may do with it (from ``read_one``).
    ``locked``: keys of fields this actor cannot change."""

    object: str
    id: int
    version: int
    title: str
    values: Mapping[str, Any]
    rights: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    archived: bool = False
    trashed: bool = False

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``next`` is the cursor of the following page, "" at the end; ``count`` stops at 10,000
    (then ``capped``) and is None when not asked for."""

    spec: ObjectSpec
    rows: tuple[Record, ...]
    columns: tuple[str, ...]
    sort: tuple[SortKey, ...]
    tree: Node
    next: str = ""
    count: int | None = None
    capped: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: field key and label."""

    key: str
    label: str
