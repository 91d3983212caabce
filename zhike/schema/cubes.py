"""Figures an object keeps beside its records: counts and sums by some of its fields, so that totals over a million records
are read from a few thousand cells."""

from __future__ import annotations

from dataclasses import dataclass

MONTH = ":month"


@dataclass(frozen=True, slots=True)
class Cut:
    """One way a cube is laid out: records are counted by these fields together; dates in ``months`` are known by their
    month only, others by the day."""

    fields: tuple[str, ...]
    months: frozenset[str] = frozenset()

    def answers(self, fields: frozenset[str], days: frozenset[str]) -> bool:
        """Whether it knows all of these fields, and of which day each date in ``days`` is."""
        return fields.issubset(self.fields) and self.months.isdisjoint(days)


@dataclass(frozen=True, slots=True)
class Cube:
    """What is kept of an object: the sums of some amounts and numbers, in several cuts, the coarsest first. The first cut that
    can answer a question does."""

    sums: tuple[str, ...]
    cuts: tuple[Cut, ...]

    @classmethod
    def of(cls, sums: str, *cuts: str, along: str = "") -> Cube:
        """``Cube.of("amount", "stage close_on:month", "owner stage close_on", along="pipeline")``. ``along``: fields that every
        cut knows too, because another one decides them."""
        return cls(tuple(sums.split()), tuple(_cut(one, along) for one in cuts))

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field some cut knows, in the order they are first named."""
        return tuple(dict.fromkeys(key for one in self.cuts for key in one.fields))


def _cut(text: str, along: str) -> Cut:
    named = [*text.split(), *along.split()]
    months = frozenset(one.removesuffix(MONTH) for one in named if one.endswith(MONTH))
    return Cut(tuple(one.removesuffix(MONTH) for one in named), months)
