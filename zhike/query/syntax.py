"""Of what pieces is a filter made, before it is known what it asks about? Conditions keep their place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from zhike.query.lexer import Token

MOST_CONDITIONS = 500
DEEPEST_NESTING = 50

KEYWORDS = {
    "and": "and",
    "且": "and",
    "or": "or",
    "或": "or",
    "not": "not",
    "非": "not",
    "in": "in",
    "is": "is",
    "empty": "empty",
    "me": "me",
    "我": "me",
    "today": "today",
    "今天": "today",
    "now": "now",
    "this": "this",
    "next": "next",
    "last": "last",
}
"""Word in lower case → what it means where such a word may stand."""

SYMBOLS = ("=", "!=", "<", "<=", ">", ">=", "~")
WORD_OPERATORS = ("in", "has", "reached", "within", "ends", "domain", "is")


class Value(NamedTuple):
    """A right side as written. ``form``: word, text, number, day, now, span, record.

    ``text`` is what a text field makes of it, ``said`` its canonical spelling, and ``data`` by form: day ``(date or None for
    today, shifts)``, now ``shifts``, span ``("this", unit)``, ``("next", count, unit)``, ``("fixed", text)`` or
    ``("from", Value, Value)``, record ``(object key, id)``. A shift is ``(count, unit)``."""

    form: str
    text: str
    said: str
    at: int
    data: Any = None


@dataclass(slots=True)
class Condition:
    """``names`` joined by dots, an operator (``empty`` and ``within`` among them) and its values, maybe negated (``not in``)."""

    names: list[Token]
    op: str
    at: int
    values: list[Value]
    listed: bool = False
    negated: bool = False


@dataclass(slots=True)
class Both:
    """All of the parts."""

    parts: list[Syntax]


@dataclass(slots=True)
class Either:
    """Any of the parts."""

    parts: list[Syntax]


@dataclass(slots=True)
class Negation:
    """Not the part."""

    part: Syntax


@dataclass(slots=True)
class Shared:
    """``shared with me``."""

    at: int


@dataclass(slots=True)
class Always:
    """``everything``, or with ``holds`` false ``nothing``."""

    holds: bool


Syntax = Condition | Both | Either | Negation | Shared | Always
