"""What an action makes of a sentence: the inputs it names, each with the words it was read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.schema.values import Ref


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing understood: the input it fills, the value, and from where to where in the text it stands.

    ``value`` None: it may mean any of ``choices`` (a person of whom there are several), or nothing known (none)."""

    key: str
    value: Any
    start: int
    end: int
    choices: tuple[Ref, ...] = ()

    def said(self, text: str) -> str:
        """The words it was read from."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Understanding:
    """A sentence, whole as it was typed, with what was understood of it in the order of the text. ``near``: records that an
    input could name here, such as the people of the account."""

    text: str
    pieces: tuple[Piece, ...] = ()
    near: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)

    def values(self, many: Iterable[str] = ()) -> Mapping[str, Any]:
        """Sure values by input; inputs named in ``many`` hold a tuple of everything understood for them."""
        listed = frozenset(many)
        found: dict[str, Any] = {}
        for piece in self.pieces:
            if piece.value is None:
                continue
            if piece.key in listed:
                found[piece.key] = (*found.get(piece.key, ()), piece.value)
            else:
                found.setdefault(piece.key, piece.value)
        return found

    def of(self, key: str) -> tuple[Piece, ...]:
        """The pieces of one input."""
        return tuple(piece for piece in self.pieces if piece.key == key)
