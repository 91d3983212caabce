"""Segments on a record page: those a record is in; and of a segment itself how many are in it, who came and went."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.kernel.actor import Actor
from zhike.query.sentence import sentence
from zhike.records.record import Record
from zhike.records.segments.kept import SEGMENT
from zhike.records.segments.reading import Day, Standing, segments_of, standing
from zhike.web.generic.list_sentence import Titles
from zhike.web.reading import reading

WIDTH, HEIGHT, GAP = 600, 96, 4


@dataclass(frozen=True, slots=True)
class Stroke:
    """A day of the drawing: what came stands above the line, what left below it."""

    day: Day
    x: int
    width: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Card:
    """What the page of a segment shows besides its facts: how it stands, its conditions in words and the drawing of its last days."""

    standing: Standing
    said: str
    strokes: tuple[Stroke, ...]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def came(self) -> int:
        """How many came in these days."""
        return sum(one.day.came for one in self.strokes)

    @property
    def left(self) -> int:
        """How many left in these days."""
        return sum(one.day.left for one in self.strokes)


def card_of(actor: Actor, record: Record) -> Card | None:
    """The card of a segment; None for any other record, and for a segment whose members the reader may not ask for."""
    told = standing(actor, record.id) if record.object == SEGMENT and not record.trashed else None
    if told is None:
        return None
    return Card(told, sentence(told.conditions, reading(), Titles(actor)), _strokes(told.days))


def tags_of(actor: Actor, record: Record) -> list[tuple[str, str]]:
    """Address and title of the segments a record is in."""
    if record.object == SEGMENT or record.trashed:
        return []
    return [(f"/segments/{one}", title) for one, title in segments_of(actor, record).items()]


def _strokes(days: tuple[Day, ...]) -> tuple[Stroke, ...]:
    most = max((max(one.came, one.left) for one in days), default=0)
    if not most:
        return ()
    room = WIDTH // len(days)
    half = HEIGHT // 2

    def length(number: int) -> int:
        return max(2, round(number / most * (half - 2))) if number else 0

    return tuple(Stroke(one, at * room, room - GAP, length(one.came), length(one.left)) for at, one in enumerate(days))
