"""A checklist as text: one thing to do a line, ``[x] `` before those that are done, ``[ ] `` before the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_ITEM = re.compile(
    r"^\s*(?:[-*•]\s*)?(?:[\[［【(（]\s*(?P<mark>[xX×✓✔√]?)\s*[\]］】)）]|(?P<sign>[☐☑✅✓✔√]))\s*(?P<text>.*)$"
)
_BULLET = re.compile(r"^\s*(?:[-*•]\s+)?(?P<text>.*)$")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist."""

    text: str
    done: bool = False


def items_of(text: str | None) -> tuple[Item, ...]:
    """The items of a text; lines without a box are items still to do, empty lines are none."""
    found = []
    for line in (text or "").splitlines():
        boxed = _ITEM.match(line)
        if boxed:
            done = bool(boxed["mark"]) or (boxed["sign"] or "☐") != "☐"
            item = Item(boxed["text"].strip(), done)
        else:
            plain = _BULLET.match(line)
            item = Item((plain["text"] if plain else line).strip())
        if item.text:
            found.append(item)
    return tuple(found)


def written(items: Sequence[Item]) -> str | None:
    """The items as text; None when there are none."""
    return "\n".join(f"[{'x' if one.done else ' '}] {one.text}" for one in items) or None


def marked(items: Sequence[Item], place: int, *, done: bool) -> tuple[Item, ...]:
    """The items with one of them (counted from 0) done or not. Raises IndexError."""
    changed = list(items)
    changed[place] = replace(changed[place], done=done)
    return tuple(changed)


def progress(items: Sequence[Item]) -> tuple[int, int]:
    """How many are done, of how many."""
    return sum(one.done for one in items), len(items)
