"""The blocks of the home page: one registered list. A block is a name, a title, a question and a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.patience import within
from zhike.records.read import Query, read
from zhike.records.record import Page, Record
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.web.links import list_url
from zhike.web.pages.home_people import Whose

SHOWN = 6
AT_ONCE = 1.0  # seconds that the lines of one block may take; the others are not to wait for it


@dataclass(frozen=True, slots=True)
class Desk:
    """What a block may know: who looks, whose day it is, and which day."""

    actor: Actor
    whose: Whose
    today: date

    def day(self, away: int) -> str:
        """A day so many days from today, as filters write it."""
        return (self.today + timedelta(days=away)).isoformat()

    def sees(self, object_key: str, *fields: str) -> bool:
        """Whether the object and these fields of it are open to the reader."""
        spec = registry.find(object_key)
        if spec is None or not can(self.actor, "read", spec):
            return False
        return all(
            key in spec.by_key and field_right(self.actor, spec, spec[key]) in ("read", "write") for key in fields
        )

    def columns(self, object_key: str, columns: str) -> tuple[str, ...]:
        """Those of the columns the reader may see."""
        spec = registry.object(object_key)
        return tuple(key for key in columns.split() if field_right(self.actor, spec, spec[key]) != "hidden")

    def page(self, object_key: str, where: str, sort: str, columns: str, size: int = SHOWN, node: Any = None) -> Page:
        """The first records of the people concerned, with those of the columns the reader may see. Raises TooWide when
        they are not found within :data:`AT_ONCE`."""
        known = self.columns(object_key, columns)
        whole = f"{self.whose.where} and {where}" if where else self.whose.where
        text = _("These are too many to look through at once. Look at one person’s day.")
        with within(AT_ONCE, text):
            return read(self.actor, Query(object_key, whole, sort, known, size, node=node))


@dataclass(frozen=True, slots=True)
class Lines:
    """The first records of a block, how many there are, and the list of all of them."""

    rows: tuple[Any, ...]
    count: int = 0
    capped: bool = False
    url: str = ""

    @property
    def count_text(self) -> str:
        """How many, for the head; "" when none."""
        return f"{self.count:,}{'+' if self.capped else ''}" if self.count else ""


@dataclass(frozen=True, slots=True)
class Block:
    """One block. ``fill`` answers what the template draws, or None when there is nothing this reader may see.

    ``side`` and ``place``: in which column and how far down it stands until somebody moves it."""

    name: str
    title: Words
    icon: str
    template: str
    fill: Callable[[Desk], Any]
    side: bool = False
    place: int = 50


BLOCKS: list[Block] = []


def block(name: str, title: Words, icon: str, *, place: int = 50, side: bool = False) -> Callable[..., Any]:
    """Decorator: registers the function as the block ``name``, drawn by the template ``home/NAME.html``."""

    def keep(fill: Callable[[Desk], Any]) -> Callable[[Desk], Any]:
        BLOCKS.append(Block(name, title, icon, f"home/{name}.html", fill, side, place))
        BLOCKS.sort(key=lambda one: one.place)
        return fill

    return keep


def lines(desk: Desk, page: Page, where: str, rows: tuple[Any, ...] | None = None) -> Lines:
    """A page of records as the lines of a block; the address leads to all of them."""
    whole = f"{desk.whose.where} and {where}" if where else desk.whose.where
    found = page.rows if rows is None else rows
    return Lines(found, page.count or 0, page.capped, list_url(page.spec, where=whole))


def owner_of(record: Record) -> Ref | None:
    """Whose record it is, where the page names people."""
    value = record.values.get("owner")
    return value if isinstance(value, Ref) and value.title else None
