"""Which backups stay: the newest of each of the last days, weeks and months. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo


def staying(made: Iterable[datetime], zone: tzinfo, days: int, weeks: int, months: int) -> set[datetime]:
    """The instants that stay: of the newest ``days`` days, ``weeks`` weeks and ``months`` months that have a backup, each
    one's last. The very newest always stays."""
    newest_first = sorted(made, reverse=True)
    kept = set(newest_first[:1])
    for most, name in ((days, "%Y-%m-%d"), (weeks, "%G-%V"), (months, "%Y-%m")):
        seen: dict[str, datetime] = {}
        for one in newest_first:
            seen.setdefault(one.astimezone(zone).strftime(name), one)
        kept.update(list(seen.values())[:most])
    return kept
