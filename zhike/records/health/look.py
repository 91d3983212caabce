"""All checks together: importing this module knows them all."""

from __future__ import annotations

from zhike.records.health import database, machine, work
from zhike.records.health.points import BAD, OK, STATES, WARN, Point, look

__all__ = ["BAD", "OK", "STATES", "WARN", "Point", "database", "look", "machine", "work"]
