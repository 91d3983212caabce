"""How alike two values are: the table of comparisons, and what each one answers.

The evidence of a comparison is measured in bits, as in I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage",
Journal of the American Statistical Association 64 (1969): log2 of how much likelier such an agreement is between two
records of one thing than between two of different things. The first likelihood is declared with the comparison; the second
is how common the value itself is (W. E. Winkler, "Frequency-Based Matching in the Fellegi-Sunter Model", 2000): sharing a
rare name says much, sharing 王伟 little. A missing value says nothing in either direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, ClassVar

from zhike.kernel.words import Words
from zhike.schema.spec import FieldSpec


class Rarity:
    """How common keys are: ``count`` says how many of ``size`` records have one; ``scope`` stands before every key."""

    def __init__(self, count: Callable[[str], int], size: int, scope: str = "") -> None:
        self.count, self.size, self.scope = count, size, scope
        self._within: dict[str, Rarity] = {}

    def share(self, key: str, least: float) -> float:
        """How often strangers share a value such as a name: how common it is, never less than ``least``."""
        return max(self.count(self.scope + key) / self.size, least)

    def beyond(self, key: str, least: float) -> float:
        """How common a value is that should have one holder only, such as a phone number: the two that are held against
        each other do not make it common."""
        return max((self.count(self.scope + key) - 2) / self.size, least)

    def within(self, scope: str) -> Rarity:
        """The same for keys that stand in one field only."""
        if scope not in self._within:
            self._within[scope] = Rarity(self.count, self.size, scope)
        return self._within[scope]


SAME, CLOSE, DIFFERS, RELATED = "same", "close", "differs", "related"


@dataclass(frozen=True, slots=True)
class Found:
    """What comparing two values gave: the level of agreement, its evidence in bits, and why, in words."""

    level: str
    bits: float
    reason: Words


class Likeness:
    """A way of comparing. ``form`` prepares the values of its fields once; ``keys`` are what two alike values have at least
    one of in common, so that only records that share a key need to be compared."""

    name: ClassVar[str]
    identifies: ClassVar[bool] = True  # an agreement alone is worth telling somebody who types

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Any:
        """The values of the compared fields (None: empty) as :meth:`compare` takes them; None when all say nothing."""
        raise NotImplementedError

    def keys(self, form: Any) -> Iterable[str]:
        """Blocking keys of a form; those that :meth:`compare` asks the rarity of are among them."""
        raise NotImplementedError

    def compare(self, one: Any, two: Any, rarity: Rarity) -> Found:
        """How alike two forms are."""
        raise NotImplementedError


LIKENESSES: dict[str, Likeness] = {}


def likeness(cls: type[Likeness]) -> type[Likeness]:
    """Class decorator: put the comparison into the table under its name."""
    LIKENESSES[cls.name] = cls()
    return cls


def bits(among_same: float, among_others: float, most: float = 20.0) -> float:
    """The evidence of something that ``among_same`` of the matching pairs show and ``among_others`` of the rest."""
    return min(log2(among_same / max(among_others, 1e-9)), most)
