"""What the demo company's people told each other these days: tasks given, remarks, customers shared. So they have notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from zhike.access.people import people
from zhike.access.signin import actor_of_user
from zhike.automation.due import start_days
from zhike.automation.worker import work_off
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import standing_at
from zhike.records.actions import run_action
from zhike.records.acts import Act
from zhike.records.company.sample_data import MARK
from zhike.records.notices.notices import mark_all_read
from zhike.records.write import write
from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.site.demo.making import Making, Values

if TYPE_CHECKING:
    from zhike.site.demo.customers import Customers
    from zhike.site.demo.deals import Deal, Deals

HOURS = (
    (3, 10, 20),
    (2, 15, 40),
    (1, 9, 50),
    (1, 16, 30),
    (0, 9, 15),
    (0, 11, 40),
)  # days ago and time when they talked
READ = 3  # of these times, what was said is read


class Colleagues:
    """The last days between managers and their sellers. Everything is done through the doors, at its own hour."""

    def __init__(self, making: Making, customers: Customers, deals: Deals) -> None:
        self.making, self.customers = making, customers
        self.deals: dict[int, list[Deal]] = {}
        for deal in deals.all:
            if not deal.end:
                self.deals.setdefault(deal.values["owner"].id, []).append(deal)

    def talk(self) -> None:
        """Do all of it; the older notices are read, those of today are not."""
        self.making.say("notices")
        turns: tuple[Callable[[Actor, Actor, Deal], None], ...] = (self._ask, self._remark, self._share)
        begins = self._moment(0, time(8))
        begins = begins if begins < self.making.now else self._moment(1, time(8))
        times = [self._moment(days, time(hour, minute)) for days, hour, minute in HOURS]
        for n, moment in enumerate(times):
            if n == READ:
                self._read_everything()
            if moment > begins >= times[max(n - 1, 0)]:
                with self._at(begins):
                    start_days()
            with self._at(moment):
                for chief, seller in self._pairs():
                    deal = self.making.random.choice(self.deals[seller.id])
                    turns[(n + seller.id) % len(turns)](chief, seller, deal)

    def _pairs(self) -> Iterator[tuple[Actor, Actor]]:
        """Each seller with open deals, and whom they report to."""
        for person in people().persons.values():
            if person.id in self.deals and person.manager:
                yield actor_of_user(person.manager), actor_of_user(person.id)

    @contextmanager
    def _at(self, moment: datetime) -> Iterator[None]:
        """What happens within happened then, and was told then."""
        with standing_at(moment):
            yield
            work_off()

    def _read_everything(self) -> None:
        for person in people().persons:
            mark_all_read(actor_of_user(person))

    def _moment(self, days_ago: int, clock: time) -> datetime:
        """A time of a day, never in the future."""
        day = self.making.today - timedelta(days=days_ago)
        return min(datetime.combine(day, clock, self.making.zone).astimezone(UTC), self.making.now)

    # -- what one does -------------------------------------------------------------------------------------------------
    def _ask(self, chief: Actor, seller: Actor, deal: Deal) -> None:
        due = self.making.today + timedelta(days=self.making.random.randint(0, 5))
        subject = self.making.random.choice(words.ASKED)
        about = Ref("opportunity", deal.id)
        self._write(
            chief, "task", {"subject": subject, "due_on": due, "parent": about, "owner": Ref("user", seller.id)}
        )

    def _remark(self, chief: Actor, seller: Actor, deal: Deal) -> None:
        said, answered = self.making.random.choice(words.REMARKS)
        about = Ref("opportunity", deal.id)
        self._write(chief, "comment", {"text": said.format(name=seller.name), "parent": about})
        self._write(seller, "comment", {"text": answered.format(by=chief.name), "parent": about})

    def _share(self, chief: Actor, seller: Actor, deal: Deal) -> None:
        """The seller lets a colleague look at the customer."""
        others = [one for one in self.deals if one != seller.id]
        with_ = Ref("user", self.making.random.choice(others))
        account = self.customers.ids[deal.place]
        run_action(seller, "account", "share", [account], {"person": with_, "right": "read"})

    def _write(self, actor: Actor, object_key: str, values: Values) -> None:
        write(actor, Command("create", object_key, values=values), act=Act(actor, kind=MARK))
