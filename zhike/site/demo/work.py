"""What the demo company's people did and have to do: follow-ups, tasks, notes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.site.demo.making import Making, Size, Values

if TYPE_CHECKING:
    from zhike.site.demo.customers import Customers
    from zhike.site.demo.deals import Deals

OPEN_PER_SELLER = 26
ON_DEALS = 0.7  # of the follow-ups are about a deal, the others about the account


class Work:
    """Everything that is written down about customers."""

    def __init__(self, making: Making, size: Size, customers: Customers, deals: Deals) -> None:
        self.making, self.size, self.customers, self.deals = making, size, customers, deals

    def make(self) -> None:
        """Make all of it."""
        making = self.making
        follow_ups = [self._follow_up() for _n in range(self.size.follow_ups)]
        follow_ups.sort(key=lambda one: one["happened"])
        making.make("follow_up", follow_ups)
        tasks = self._open_tasks()
        tasks += [self._done_task() for _n in range(max(0, self.size.tasks - len(tasks)))]
        tasks.sort(key=lambda one: one["created"])
        making.make("task", tasks)
        chosen = making.random.sample(range(len(self.customers.ids)), self.size.notes)
        making.make("note", [self._note(place) for place in chosen])

    def _follow_up(self) -> Values:
        making, chance = self.making, self.making.random
        if chance.random() < ON_DEALS:
            deal = chance.choice(self.deals.all)
            place, parent = deal.place, Ref("opportunity", deal.id)
            first, last = deal.values["opened_on"], deal.ended or making.today
        else:
            place = chance.randrange(len(self.customers.ids))
            parent = Ref("account", self.customers.ids[place])
            first, last = making.day_of(self.customers.accounts[place]["created"]), making.today
        day = max(first, making.working(first + timedelta(days=chance.randint(0, max((last - first).days, 0)))))
        people = self.customers.contacts.get(place, [])
        person = chance.choice(people) if people else None
        way, text, result, step = chance.choice(words.TALKS)
        happened = making.at(day)
        soon = making.later(day, 3, 12)
        return {
            "summary": text.format(who=person[1] if person else "对方"),
            "way": way,
            "result": result,
            "happened": happened,
            "created": happened,
            "parent": parent,
            "contacts": (Ref("contact", person[0]),) if person else None,
            "opportunity": parent if parent.object == "opportunity" else None,
            "next_step": step,
            "next_on": soon if self._still_to_come(soon) else None,
            "owner": self.customers.accounts[place]["owner"],
        }

    def _still_to_come(self, day: date) -> bool:
        """Whether the next step agreed on is still waiting: most were done, a few of the last days are late."""
        late = (self.making.today - day).days
        return self.making.random.random() < (0.35 if late <= 0 else 0.12 if late < 8 else 0)

    def _open_tasks(self) -> list[Values]:
        """Every seller has a day before them: something overdue, something for today, more in the coming days."""
        making = self.making
        by_owner: dict[int, list[tuple[Ref, date]]] = {}
        for deal in self.deals.all:
            if not deal.end:
                where = (Ref("opportunity", deal.id), deal.values["opened_on"])
                by_owner.setdefault(deal.values["owner"].id, []).append(where)
        some: list[Values] = []
        most = min(OPEN_PER_SELLER, self.size.tasks // (2 * max(len(by_owner), 1)))
        for owner in sorted(by_owner):
            about = making.random.sample(by_owner[owner], min(most, len(by_owner[owner])))
            for n, (parent, since) in enumerate(about):
                offset = (
                    -making.random.randint(1, 6) if n % 6 == 0 else 0 if n % 3 == 1 else making.random.randint(1, 14)
                )
                due = making.today + timedelta(days=offset)
                some.append(self._task(parent, Ref("user", owner), due, since, "open"))
        return some

    def _done_task(self) -> Values:
        making = self.making
        deal = making.random.choice(self.deals.all)
        since = deal.values["opened_on"]
        until = deal.ended or making.today
        due = making.working(since + timedelta(days=making.random.randint(0, max((until - since).days, 0))))
        status = making.pick((("done", 12), ("cancelled", 1)))
        return self._task(Ref("opportunity", deal.id), deal.values["owner"], max(due, since), since, status)

    def _task(self, parent: Ref, owner: Ref, due: date, since: date, status: str) -> Values:
        making = self.making
        written = max(since, making.working(min(due, making.today) - timedelta(days=making.random.randint(0, 8))))
        kind = making.pick((("follow_up", 5), ("todo", 3), ("call", 2), ("visit", 1)))
        values: Values = {
            "subject": making.random.choice(words.TODOS if kind != "follow_up" else words.REMINDERS),
            "due_on": due,
            "kind": kind,
            "priority": making.pick((("high", 2), ("normal", 7), ("low", 1))),
            "status": status,
            "parent": parent,
            "owner": owner,
            "created": making.at(written),
        }
        if status != "open":
            values["done_at"] = making.at(min(due, making.today))
        return values

    def _note(self, place: int) -> Values:
        account = self.customers.accounts[place]
        title, body = self.making.random.choice(words.NOTES)
        about = {"parent": Ref("account", self.customers.ids[place]), "owner": account["owner"]}
        return {"title": title, "body": f"<p>{body}</p>", **about, "created": account["created"]}
