"""Where each person's blocks stand on the home page: two columns and those put away, kept with the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhike.kernel.actor import Actor
from zhike.records.company.preferences import prefer, preference
from zhike.web.pages.home_blocks import BLOCKS, Block

KEPT = "home"
COLUMNS = ("main", "side")
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of blocks by column, in order, and the hidden ones. Every registered block is in exactly one of the three."""

    main: tuple[str, ...]
    side: tuple[str, ...]
    hidden: tuple[str, ...] = ()

    def columns(self) -> dict[str, list[str]]:
        """As lists that can be changed."""
        return {"main": list(self.main), "side": list(self.side), HIDDEN: list(self.hidden)}

    def moved(self, name: str, act: str) -> Layout:
        """With one block moved ``up`` or ``down``, ``across`` to the other column, put away (``hide``) or taken out
        (``show``); unchanged when that is not possible."""
        columns = self.columns()
        here = next((column for column, names in columns.items() if name in names), "")
        if not here:
            return self
        at = columns[here].index(name)
        if act in ("up", "down") and here != HIDDEN:
            to = at - 1 if act == "up" else at + 1
            if 0 <= to < len(columns[here]):
                columns[here].insert(to, columns[here].pop(at))
            return layout_of(columns)
        target = {"across": "side" if here == "main" else "main", "hide": HIDDEN, "show": _home_column(name)}.get(act)
        if target is None or (act == "show") != (here == HIDDEN):
            return self
        columns[here].remove(name)
        columns[target].append(name)
        return layout_of(columns)


def layout(actor: Actor) -> Layout:
    """The actor's own arrangement; blocks that came since stand where they would at first."""
    held = preference(actor, KEPT)
    return layout_of(held if isinstance(held, dict) else {})


def arrange(actor: Actor, chosen: Layout | None) -> None:
    """Keep an arrangement; None goes back to the one everybody begins with."""
    prefer(actor, **{KEPT: None if chosen is None else chosen.columns()})


def layout_of(held: Mapping[str, Any]) -> Layout:
    """An arrangement from what was kept or sent: unknown names fall out, each block is placed once."""
    known = {one.name: one for one in BLOCKS}
    placed: dict[str, list[str]] = {column: [] for column in (*COLUMNS, HIDDEN)}
    seen: set[str] = set()
    for column, names in placed.items():
        for name in _names(held.get(column)):
            if name in known and name not in seen:
                seen.add(name)
                names.append(name)
    for one in BLOCKS:
        if one.name not in seen:
            _insert(placed["side" if one.side else "main"], one, known)
    return Layout(tuple(placed["main"]), tuple(placed["side"]), tuple(placed[HIDDEN]))


def _names(held: Any) -> Iterable[str]:
    return [one for one in held if isinstance(one, str)] if isinstance(held, list | tuple) else ()


def _insert(column: list[str], fresh: Block, known: Mapping[str, Block]) -> None:
    """Before the first block that stands further down by itself."""
    at = next((index for index, name in enumerate(column) if known[name].place > fresh.place), len(column))
    column.insert(at, fresh.name)


def _home_column(name: str) -> str:
    return "side" if next(one.side for one in BLOCKS if one.name == name) else "main"
