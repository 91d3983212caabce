"""Who reads the page now: language, time zone and currency of the request, for cells and macros that get no context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from zhike.schema.kinds.base import Setting

_setting: ContextVar[Setting | None] = ContextVar("reading", default=None)


def reading() -> Setting:
    """The setting of the present request; defaults outside one."""
    return _setting.get() or Setting()


@contextmanager
def reading_as(setting: Setting) -> Iterator[None]:
    """Within the block, cells are drawn for this reader."""
    token = _setting.set(setting)
    try:
        yield
    finally:
        _setting.reset(token)
