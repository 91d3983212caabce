"""How a person wants to hear of what is in their inbox by mail: which kinds at once, which in the digest, when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.preferences import prefer, preferences
from zhike.records.notices.notices import KINDS

KEY = "notices"
WAYS = {"now": _("At once"), "digest": _("In the digest"), "no": _("Not by mail")}
USUAL = {
    "due": "digest",
    "assigned": "now",
    "mentioned": "now",
    "shared": "digest",
    "followed": "digest",
    "job": "no",
    "security": "now",
    "privacy": "now",
    "handover": "now",
}
WORKDAYS = (0, 1, 2, 3, 4)
LATEST = timedelta(hours=6)  # a digest later than this would be told on the next day anyway


@dataclass(frozen=True, slots=True)
class Choices:
    """One person's choices. ``quiet_from`` and ``quiet_to`` are times of day such as 22:00, both "" for no quiet hours;
    ``days`` the weekdays of the digest, 0 is Monday."""

    ways: Mapping[str, str] = field(default_factory=lambda: dict(USUAL))
    quiet_from: str = "21:00"
    quiet_to: str = "08:00"
    digest_at: str = "08:30"
    days: tuple[int, ...] = WORKDAYS

    def way(self, kind: str) -> str:
        """now, digest or no."""
        return self.ways.get(kind, USUAL.get(kind, "no"))


def choices(person: int) -> Choices:
    """What a person chose, with the usual for the rest."""
    kept = preferences(person).get(KEY)
    if not isinstance(kept, dict):
        return Choices()
    known = {name: kept[name] for name in ("quiet_from", "quiet_to", "digest_at") if isinstance(kept.get(name), str)}
    days = tuple(kept["days"]) if isinstance(kept.get("days"), list) else WORKDAYS
    return Choices({**USUAL, **kept.get("ways", {})}, days=days, **known)


def choose(actor: Actor, ways: Mapping[str, str], quiet: tuple[str, str], digest_at: str, days: list[str]) -> Choices:
    """Keep the actor's choices as a form gives them. Raises Invalid naming what is wrong."""
    problems: list[Problem] = []
    for name, text in (("quiet_from", quiet[0]), ("quiet_to", quiet[1]), ("digest_at", digest_at)):
        if text and _time(text) is None:
            problems.append(Problem(_("Give a time of day such as 08:30."), name))
    if bool(quiet[0]) != bool(quiet[1]):
        problems.append(
            Problem(_("Quiet hours need a beginning and an end."), "quiet_to" if quiet[0] else "quiet_from")
        )
    if not digest_at:
        problems.append(Problem(_("Give a time of day such as 08:30."), "digest_at", "required"))
    if problems:
        raise Invalid(problems)
    chosen = Choices(
        {kind: ways[kind] if ways.get(kind) in WAYS else USUAL[kind] for kind in KINDS},
        *quiet,
        digest_at,
        tuple(sorted({int(one) for one in days if one in "0123456" and len(one) == 1})),
    )
    prefer(actor, **{KEY: asdict(chosen)})
    return chosen


def quiet_until(chosen: Choices, timezone: str, at: datetime) -> datetime | None:
    """When the quiet hours that hold at an instant end; None outside of them."""
    begins, ends = _time(chosen.quiet_from), _time(chosen.quiet_to)
    if begins is None or ends is None or begins == ends:
        return None
    there = at.astimezone(ZoneInfo(timezone))
    clock = there.time().replace(tzinfo=None)
    inside = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not inside:
        return None
    day = there.date() if clock < ends else there.date() + timedelta(days=1)
    return datetime.combine(day, ends, ZoneInfo(timezone)).astimezone(at.tzinfo)


def digest_is_due(chosen: Choices, timezone: str, at: datetime) -> bool:
    """Whether it is the time of the digest on one of its days, and not much later."""
    wanted = _time(chosen.digest_at)
    there = at.astimezone(ZoneInfo(timezone))
    if wanted is None or there.weekday() not in chosen.days or "digest" not in chosen.ways.values():
        return False
    late = datetime.combine(there.date(), there.time()) - datetime.combine(there.date(), wanted)
    return timedelta() <= late < LATEST


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None
