"""Markup made in code: the pattern is ours, every value put into it is escaped."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from zhike.kernel.words import Words

EMPTY = Markup("")


def html(pattern: str, *values: Any) -> Markup:
    """``html('<b title="%s">%s</b>', title, text)``: each ``%s`` is replaced by its escaped value; Markup stays as it is.

    The pattern must be a literal of the code (a percent sign in it is written ``%%``)."""
    return Markup(pattern % tuple([escape(value) for value in values]))  # noqa: S704 - the one place where markup is made


def together(parts: list[Markup], between: str = "") -> Markup:
    """The parts one after another; ``between`` is escaped."""
    return escape(between).join(parts)


def filled(text: Words, **parts: Markup | str) -> Markup:
    """A sentence in the reader's language with marked-up parts put in by name; parts that are plain text are escaped."""
    return escape(str(text)).format(**parts)
