"""Instants from PostgreSQL, read quickly: a list of fifty rows spent half of its fetching on them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from psycopg.types.datetime import TimestamptzLoader


class InstantLoader(TimestamptzLoader):
    """An instant as an aware datetime in UTC. Django takes psycopg's own reader in Python, which takes apart the text by a
    regular expression; whatever is no plain ISO text is left to that."""

    timezone: tzinfo = UTC  # Django looks here whether the connection reads in its own time zone

    def load(self, data: Any) -> datetime:
        """``2026-03-09 14:30:00.25+00``."""
        try:
            return datetime.fromisoformat(bytes(data).decode("ascii")).astimezone(UTC)
        except ValueError:
            return super().load(data).astimezone(UTC)
