"""What records owe one another: totals that follow their lines, and what is agreed and stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.kernel.words import Words

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """Fields (``fills``) of a record of ``object`` that follow from records of ``of`` pointing at it by the link ``via``:
    ``run(record, lines) -> their values``, given ``on`` of the record and ``reads`` of every line outside the trash, in the
    order of their ids. Settled in the transaction of whatever changed a line or a field of ``on``, so it is never behind."""

    object: str
    of: str
    via: str
    run: Callable[[Values, Sequence[Values]], Values]
    fills: tuple[str, ...]
    reads: tuple[str, ...]
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """A record of ``object`` that satisfies ``where`` stands as it is: ``text`` says why and how it is changed after all.
    People and undo change nothing of it but ``leaves`` and what actions set; declared actions do."""

    object: str
    where: str
    text: Words
    leaves: tuple[str, ...] = ()
