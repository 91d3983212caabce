"""Which benches there are. Each is a function of the bed that answers what is measured and what it is held against, declared
with its limits; its docstring says what it is. One that measures by itself answers its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.benching.measure import ROUNDS, Figures

Pair = tuple[Callable[[], Any], Callable[[], Any] | None]
Made = Pair | Figures


@dataclass(frozen=True, slots=True)
class Bench:
    """``ratio``: the most ours may cost in units of the raw work; ``growth``: the most it may cost at the largest size in
    units of the smallest; ``within``: milliseconds the goal names for the slowest of twenty, told and not enforced, since
    they depend on the machine. 0: no limit."""

    name: str
    make: Callable[[Any], Made]
    ratio: float
    growth: float
    within: float
    rounds: int

    @property
    def limits(self) -> str:
        """The limits in short."""
        said = ((self.ratio, f"≤ {self.ratio:g} × raw"), (self.growth, f"growth ≤ {self.growth:g}"))
        return ", ".join([words for limit, words in said if limit] + [f"p95 ≤ {self.within:g} ms"] * bool(self.within))

    def broken(self, by_size: list[Figures]) -> list[str]:
        """The limits these figures (smallest size first) go beyond, in words."""
        found = [
            f"{self.name}: {one.ratio:.1f} × the raw work, at most {self.ratio:g}"
            for one in by_size
            if self.ratio and one.ratio > self.ratio
        ]
        grown = by_size[-1].ours / by_size[0].ours if by_size[0].ours else 0.0
        if self.growth and len(by_size) > 1 and grown > self.growth:
            found.append(f"{self.name}: grew {grown:.2f} times, at most {self.growth:g}")
        return found


BENCHES: dict[str, Bench] = {}


def bench(
    name: str, *, ratio: float = 0, growth: float = 0, within: float = 0, rounds: int = ROUNDS
) -> Callable[[Callable[[Any], Made]], Callable[[Any], Made]]:
    """Put a bench into the catalogue."""

    def add(make: Callable[[Any], Made]) -> Callable[[Any], Made]:
        BENCHES[name] = Bench(name, make, ratio, growth, within, rounds)
        return make

    return add


def asked_for(names: str) -> list[str]:
    """The benches that names with commas between them mean: ``import`` and all its parts, such as ``import.log``. Raises KeyError."""
    found: dict[str, None] = {}
    for name in names.split(","):
        parts = [one for one in BENCHES if one == name or one.startswith(name + ".")]
        if not parts:
            raise KeyError(name)
        found.update(dict.fromkeys(parts))
    return list(found)
