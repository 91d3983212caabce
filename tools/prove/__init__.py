"""Long proofs that what is promised holds when things break: ``make prove``.

Each proof returns a figure. ``make prove CONTROL=1`` breaks what a proof guards and expects it to turn red: a proof that
stays green then would see nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What a proof measured: its name, the figure in words, and whether the promise held; None when this machine has not
    what it needs, which the figure then says."""

    name: str
    figure: str
    ok: bool | None


Prove = Callable[[bool], Figure]
