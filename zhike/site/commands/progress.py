"""A progress bar on the error stream, drawn only when a person is watching."""

from __future__ import annotations

import sys
import time
from typing import Self, TextIO

from zhike.site.commands.output import width


class Bar:
    """Call it as ``bar(done, total, what)``; ``total`` 0 means unknown. Use as a context manager to clear the line."""

    def __init__(self, label: str = "", stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.label = label
        self.shown = self.stream.isatty()
        self.started = time.monotonic()
        self._last = 0.0
        self._wide = 0

    def __call__(self, done: int, total: int = 0, what: str = "") -> None:
        """Say how far the work is; at most ten times a second."""
        if not self.shown:
            return
        moment = time.monotonic()
        if moment - self._last < 0.1 and done != total:
            return
        self._last = moment
        line = self._line(done, total, what or self.label, moment - self.started)
        pad = " " * max(0, self._wide - width(line))
        self._wide = width(line)
        self.stream.write("\r" + line + pad)
        self.stream.flush()

    def say(self, what: str) -> None:
        """Say which step is under way, when there is nothing to count."""
        if self.shown:
            self.stream.write("\r" + what + " …" + " " * max(0, self._wide - width(what) - 2))
            self.stream.flush()
            self._wide = width(what) + 2

    @staticmethod
    def _line(done: int, total: int, what: str, seconds: float) -> str:
        if total <= 0:
            return f"{what} {done:,}"
        share = min(1.0, done / total)
        bar = "█" * round(24 * share) + "░" * (24 - round(24 * share))
        left = f"  {seconds / share - seconds:,.0f}s" if 0 < share < 1 else ""
        return f"{what} {bar} {done:,}/{total:,}{left}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown and self._wide:
            self.stream.write("\r" + " " * self._wide + "\r")
            self.stream.flush()
