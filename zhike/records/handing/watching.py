"""The watch list: customers that changed hands, for as long as they are watched; who of them nobody has spoken to since, and
where a deal was lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import today
from zhike.records.handing.customers import CUSTOMER
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.ids import steady

QUIET = 14  # days without a word
MOST = 1000
PORTION = 200
CLOSED_DEALS = "stage.outcome = lost"


@dataclass(frozen=True, slots=True)
class Watched:
    """One customer: days since they changed hands, the last follow-up since then, and how many deals were lost since.
    ``quiet``: nobody was in touch with them for the days asked for."""

    record: Record
    account: Ref
    owner: Ref | None
    days: int
    left: int
    last: datetime | None
    quiet: bool
    lost: int

    @property
    def troubled(self) -> bool:
        """Whether somebody should look at it."""
        return self.quiet or bool(self.lost)


@steady()
def watched(actor: Actor, quiet_days: int = QUIET, handover: int = 0) -> list[Watched]:
    """What the actor sees of the watch list, those longest without a word first; at most :data:`MOST`. Raises Forbidden."""
    where = "watched_until >= today"
    where += f" and handover = {handover}" if handover else ""
    columns = ("account", "handover", "owner", "handed_on", "watched_until", "notice")
    found = read(actor, Query(CUSTOMER, where, "handed_on", columns, MOST, count=False)).rows
    accounts = [one["account"].id for one in found if one["account"]]
    lasts, lost = _last_follow_ups(actor, accounts), _lost_since(actor, found)
    day = today(actor.timezone)
    lines = []
    for one in found:
        if not one["account"] or not one["handed_on"]:
            continue
        since, last = one["handed_on"], lasts.get(one["account"].id)
        last = last if last is not None and last >= since else None
        silent = (day - _day(last or since, actor)).days
        days, left = (day - _day(since, actor)).days, (one["watched_until"] - day).days
        lines.append(
            Watched(one, one["account"], one["owner"], days, left, last, silent >= quiet_days, lost.get(one.id, 0))
        )
    return sorted(lines, key=lambda one: (one.last is not None, one.last or one.record["handed_on"]))


def _day(moment: datetime, actor: Actor) -> date:
    return moment.astimezone(ZoneInfo(actor.timezone)).date()


def _last_follow_ups(actor: Actor, accounts: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for start in range(0, len(accounts), PORTION):
        where = f"id in ({', '.join(map(str, accounts[start : start + PORTION]))})"
        asked = Query("account", where, "id", ("last_follow_up",), PORTION, archived="all", count=False)
        found |= {one.id: last for one in read(actor, asked).rows if (last := one.values.get("last_follow_up"))}
    return found


def _lost_since(actor: Actor, customers: Sequence[Record]) -> dict[int, int]:
    """Deals lost by watched customer since they changed hands."""
    deals = registry.find("opportunity")
    if deals is None or not customers or not can(actor, "read", deals):
        return {}
    by_account = {one["account"].id: one for one in customers if one["account"] and one["handed_on"]}
    found: dict[int, int] = {}
    ids = list(by_account)
    for start in range(0, len(ids), PORTION):
        where = f"{CLOSED_DEALS} and account in ({', '.join(map(str, ids[start : start + PORTION]))})"
        asked = Query("opportunity", where, "id", ("account", "stage_entered"), MOST, archived="all", count=False)
        for deal in read(actor, asked).rows:
            one = by_account[deal["account"].id]
            if deal["stage_entered"] and deal["stage_entered"] >= one["handed_on"]:
                found[one.id] = found.get(one.id, 0) + 1
    return found
