"""The one source of "now", so that tests and demo data can stand at another day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(timezone: str) -> date:
    """The present date in an IANA timezone such as ``Asia/Shanghai``."""
    return now().astimezone(ZoneInfo(timezone)).date()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Within the block, :func:`now` answers ``instant`` (must be aware)."""
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
