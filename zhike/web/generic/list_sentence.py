"""The filter of a list as a sentence of chips: each can be changed or dropped where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.query.sentence import Piece, grouped_pieces
from zhike.query.tree import Node, Path
from zhike.records.asking import ids_by_words
from zhike.records.titles import titles_of
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.conditions import offer_for
from zhike.web.reading import reading


@dataclass(frozen=True, slots=True)
class Chip:
    """A piece of the sentence. ``without``: the filter without it; ``edits``: the path its form opens on ("" when it has
    none); ``join``: how it is joined to the one before (and, or, "" for the first); ``opens`` and ``closes``: whether a
    bracket of "or" begins before and ends behind it; ``part`` and ``member``: its place."""

    piece: Piece
    without: str
    edits: str
    join: str = ""
    opens: bool = False
    closes: bool = False
    part: int = 0
    member: int = 0

    @property
    def said(self) -> str:
        """The condition in words."""
        return " ".join(text for text in (self.piece.field, self.piece.verb, self.piece.value) if text)


def chips(actor: Actor, spec: ObjectSpec, tree: Node) -> list[Chip]:
    """The sentence of a filter as chips, in order; those of one "or" stand next to each other."""
    told = grouped_pieces(tree, reading(), Titles(actor))
    found = []
    for part, pieces in enumerate(told):
        for member, piece in enumerate(pieces):
            join = "or" if member else "and" if part else ""
            many = len(pieces) > 1 and len(told) > 1
            editable = piece.path if piece.path and offer_for(actor, spec, piece.path) else ""
            without = _text(_replaced(told, part, member, ""))
            found.append(
                Chip(
                    piece,
                    without,
                    editable,
                    join,
                    many and not member,
                    many and member == len(pieces) - 1,
                    part,
                    member,
                )
            )
    return found


def replaced(shown: Sequence[Chip], index: int, text: str) -> str:
    """The filter with the chip at ``index`` replaced by another condition; "" drops it."""
    parts: dict[int, list[str]] = {}
    for at, chip in enumerate(shown):
        said = text if at == index else _piece(chip.piece)
        parts.setdefault(chip.part, []).append(said)
    return _text([[one for one in part if one] for part in parts.values()])


def _replaced(told: Sequence[Sequence[Piece]], part: int, member: int, text: str) -> list[list[str]]:
    texts = [[_piece(one) for one in pieces] for pieces in told]
    texts[part][member] = text
    return [[one for one in pieces if one] for pieces in texts]


def _piece(piece: Piece) -> str:
    return piece.text if piece.path else f"({piece.text})"


def _text(parts: Sequence[Sequence[str]]) -> str:
    kept = [list(part) for part in parts if part]
    if len(kept) == 1:
        text = " or ".join(kept[0])
        return text[1:-1] if len(kept[0]) == 1 and _wrapped(text) else text
    return " and ".join(part[0] if len(part) == 1 else f"({' or '.join(part)})" for part in kept)


def _wrapped(text: str) -> bool:
    """Whether the first bracket closes at the very end (quotes are left alone: then the brackets just stay)."""
    if not (text.startswith("(") and text.endswith(")")) or '"' in text:
        return False
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and at < len(text) - 1:
            return False
    return True


class Titles:
    """Titles of the records a filter names, for one reader."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __call__(self, path: Path, scalar: Any) -> str:
        if isinstance(scalar, int):
            key = path.field.to
            return titles_of(self.actor, {key: {scalar}}).get(scalar, "") if key else ""
        target = path.objects[-1]
        if path.field.key != target.code or not can(self.actor, "read", target):
            return ""
        ids = ids_by_words(target, str(scalar), 1)
        return titles_of(self.actor, {target.key: set(ids)}).get(ids[0], "") if ids else ""
