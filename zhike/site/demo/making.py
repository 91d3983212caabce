"""What all parts of the demo company share: chance, days, and records made in the order in which they would have been."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.signin import actor_of_user
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.clock import now, standing_at, today
from zhike.records.acts import Act
from zhike.records.company.sample_data import MARK
from zhike.records.company.settings import company
from zhike.records.write import write_many
from zhike.schema.values import Ref
from zhike.site.demo import words

SEED = 20260301
DAYS = 548  # eighteen months
LEAD_UP = 100  # days a deal takes: the first are opened so long before, so that deals are won all through the months
TOGETHER = 30  # days whose records of one owner are written in one batch
MOVED_TOGETHER = 6
LATELY = 40  # days ago within which every two days are written apart, so that the last weeks are told exactly
BATCH = 500

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How many records of each kind the company has."""

    accounts: int
    contacts: int
    leads: int
    deals: int
    follow_ups: int
    tasks: int
    notes: int


FULL = Size(accounts=2000, contacts=5000, leads=3000, deals=2500, follow_ups=16500, tasks=3500, notes=240)
SMALL = Size(accounts=80, contacts=160, leads=120, deals=160, follow_ups=400, tasks=180, notes=12)


class Making:
    """Chance and time of one demo company. The same seed gives the same company, dated relative to today."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.say = progress
        self.random = random.Random(SEED)
        self.zone = ZoneInfo(company().timezone)
        self.today = today(company().timezone)
        self.now = now()
        self.people: dict[str, int] = {}

    # -- days ------------------------------------------------------------------------------------------------------
    def day(self, most_days_ago: int = DAYS, least_days_ago: int = 0, growing: float = 1.0) -> date:
        """A working day; with ``growing`` over 1 more of them are recent."""
        span = most_days_ago - least_days_ago
        return self.working(self.today - timedelta(days=least_days_ago + int(span * self.random.random() ** growing)))

    def working(self, day: date) -> date:
        """The day, or the Friday before when it is on a weekend."""
        return day - timedelta(days=max(0, day.weekday() - 4))

    def later(self, day: date, least: int, most: int) -> date:
        """A working day so many days after another; it may lie in the future."""
        return self.working(day + timedelta(days=self.random.randint(least, most)))

    def at(self, day: date) -> datetime:
        """A moment of the working hours of a day, never in the future."""
        clock = time(self.random.randint(9, 17), self.random.choice((0, 5, 10, 20, 30, 40, 50)))
        return min(datetime.combine(day, clock, self.zone).astimezone(UTC), self.now)

    def day_of(self, moment: datetime) -> date:
        """The company's date of a moment."""
        return moment.astimezone(self.zone).date()

    # -- people and numbers ------------------------------------------------------------------------------------------
    def owner(self, login: str) -> Ref:
        """A person of the company."""
        return Ref("user", self.people[login])

    def person(self) -> str:
        """A name."""
        return self.random.choice(words.SURNAMES) + self.random.choice(words.GIVEN)

    def mobile(self) -> str:
        """A mobile number."""
        return self.random.choice(words.MOBILES) + f"{self.random.randint(0, 99999999):08d}"

    def pick(self, weighted: Sequence[tuple[Any, int]]) -> Any:
        """One of the values, by weight."""
        return self.random.choices([one for one, _weight in weighted], [weight for _one, weight in weighted])[0]

    # -- records -----------------------------------------------------------------------------------------------------
    def make(self, object_key: str, some: Sequence[Values]) -> list[int]:
        """Make records as their owners did, in the order of ``created``; answers the ids in the order of ``some``."""
        self.say(object_key)
        made = [0] * len(some)
        wanted = [(one.get("owner"), self._created(one)) for one in some]
        for owner, places in self._portions(wanted, TOGETHER):
            moment = wanted[places[0]][1]  # nothing that happens to these records comes before they are written down
            commands = [
                Command("create", object_key, values={**some[i], "created_by": owner}, historic=True) for i in places
            ]
            for i, result in zip(places, self._written(owner, moment, commands), strict=True):
                made[i] = result
        return made

    def change(self, object_key: str, changes: Sequence[tuple[int, Ref, datetime, Values]]) -> None:
        """Change records as their owners did: ``(id, owner, when, values)``, in the order of time."""
        for owner, places in self._portions([(one[1], one[2]) for one in changes], MOVED_TOGETHER):
            moment = changes[places[-1]][2]
            commands = [
                Command("update", object_key, changes[i][0], values=changes[i][3], historic=True) for i in places
            ]
            self._written(owner, moment, commands)

    def _created(self, values: Values) -> datetime:
        created: datetime = values.get("created") or self.now
        return created

    def _portions(self, wanted: Sequence[tuple[Ref | None, datetime]], days: int) -> list[tuple[Ref | None, list[int]]]:
        """Places in ``wanted`` by owner and stretch of days, oldest first, in the order of time."""
        grouped: dict[tuple[bool, int, int], list[int]] = {}
        for place, (owner, moment) in enumerate(wanted):
            lately = (self.now - moment).days < LATELY
            stretch = 2 if lately else days
            until = moment.date().toordinal() // stretch * stretch + stretch
            grouped.setdefault((lately, until, owner.id if owner else 0), []).append(place)
        portions = []
        for key in sorted(grouped):
            places = sorted(grouped[key], key=lambda place: wanted[place][1])
            for start in range(0, len(places), BATCH):
                some = places[start : start + BATCH]
                portions.append((wanted[some[0]][0], some))
        return portions

    def _written(self, owner: Ref | None, moment: datetime, commands: Sequence[Command]) -> list[int]:
        actor = actor_of_user(owner.id) if owner else SYSTEM
        with standing_at(moment):
            results = write_many(actor, commands, act=Act(actor, kind=MARK, trusted=True)).results
        ids = []
        for result in results:
            assert isinstance(result, Done)
            ids.append(result.id)
        return ids
