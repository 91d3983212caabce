"""The demo company's opportunities and their way through the stages, each step at its own moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from zhike.records.asking import ids_by_words
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.site.demo.making import DAYS, LEAD_UP, Making, Size, Values

if TYPE_CHECKING:
    from zhike.site.demo.customers import Customers

WAY = ("contact", "analysis", "proposal", "quote", "negotiation")
RESTS = {"contact": (5, 22), "analysis": (6, 25), "proposal": (8, 34), "quote": (5, 28), "negotiation": (7, 31)}
LOST_AT = {"contact": 0.13, "analysis": 0.12, "proposal": 0.10, "quote": 0.12, "negotiation": 0.10}
GROWTH = 0.4  # of the deals lie on a slope that rises to today, the others evenly
BUSY = (3, 6, 9, 12)  # months in which quarters close: more is signed


@dataclass
class Deal:
    """One planned deal: the place of its account, its first values, and the steps it takes: when, and what changes."""

    place: int
    values: Values
    steps: list[tuple[date, Values]] = field(default_factory=list)
    end: str = ""  # won, lost or "" while it is open
    ended: date | None = None
    id: int = 0


class Deals:
    """Deals are planned before the accounts are made, so that an account's status fits what it bought."""

    def __init__(self, making: Making, size: Size, accounts: Sequence[Values], products: Sequence[int]) -> None:
        self.making = making
        self.accounts = accounts
        self.products = products
        keys = (*WAY, "won", "lost")
        self.stages = {code: Ref("stage", ids_by_words(registry.object("stage"), code)[0]) for code in keys}
        self.known = [making.day_of(one["created"]) for one in accounts]  # in order, as the accounts are
        self.weights = list(accumulate(self._weight(one) for one in accounts))
        self.all = sorted((self._planned() for _n in range(size.deals)), key=lambda one: one.values["created"])

    def _weight(self, account: Values) -> float:
        return {"key": 4.0, "normal": 1.5, "small": 0.5}[account["level"]]

    # -- planning ----------------------------------------------------------------------------------------------------
    def _planned(self) -> Deal:
        """A deal of a day, with one of the accounts known by then: the business grows steadily, not with the accounts."""
        making, chance = self.making, self.making.random
        span = DAYS + LEAD_UP
        ago = chance.triangular(0, span, 0) if chance.random() < GROWTH else chance.uniform(0, span)
        day = making.working(making.today - timedelta(days=int(ago)))
        known = max(1, bisect_right(self.known, day))
        place = chance.choices(range(known), cum_weights=self.weights[:known])[0]
        account = self.accounts[place]
        opened = max(day, self.known[place])
        product = chance.randrange(len(self.products))
        amount = int(words.PRODUCTS[product][3] * chance.choice((1, 1, 1.5, 2, 3)) * chance.choice((1, 0.95, 0.9)))
        amount = max(20_000, round(amount / 1000) * 1000)
        values: Values = {
            "name": f"{account['short_name']}{chance.choice(words.NEEDS)}",
            "amount": str(amount) if chance.random() < 0.7 else None,
            "product": Ref("product", self.products[product]),
            "stage": self.stages["contact"],
            "opened_on": opened,
            "close_on": making.later(opened, 50, 120),
            "source": account["source"],
            "owner": account["owner"],
            "created": making.at(opened),
        }
        deal = Deal(place, values)
        self._walk(deal, opened, str(amount), words.SKILL[account["owner"].id % len(words.SKILL)])
        return deal

    def _walk(self, deal: Deal, opened: date, amount: str, skill: float) -> None:
        """Let the deal go on until it is won, lost, or today is reached."""
        making, chance = self.making, self.making.random
        day = opened
        slow = chance.random() < 0.08
        for at, stage in enumerate(WAY):
            least, most = RESTS[stage]
            day = making.later(day, least, most * (4 if slow and stage == "proposal" else 1))
            if day > making.today:
                return
            if chance.random() < LOST_AT[stage] / skill:
                self._lose(deal, day)
                return
            if at + 1 < len(WAY):
                step: Values = {"stage": self.stages[WAY[at + 1]], "stage_entered": day}
                if WAY[at + 1] == "quote" and deal.values["amount"] is None:
                    step["amount"] = amount
                if chance.random() < 0.15:
                    step["close_on"] = making.later(day, 30, 90)
                deal.steps.append((day, step))
        if day.month in BUSY or chance.random() < 0.8:
            deal.steps.append((day, {"stage": self.stages["won"], "close_on": day, "stage_entered": day}))
            deal.end, deal.ended = "won", day
            return
        given_up = making.later(day, 15, 60)
        if given_up <= making.today:
            self._lose(deal, given_up)

    def _lose(self, deal: Deal, day: date) -> None:
        reason = self.making.pick(words.LOST_REASONS)
        lost = {"stage": self.stages["lost"], "lost_reason": reason, "close_on": day, "stage_entered": day}
        deal.steps.append((day, lost))
        deal.end, deal.ended = "lost", day

    # -- what others ask -----------------------------------------------------------------------------------------------
    def won_by_account(self) -> dict[int, bool]:
        """Place of each account that bought → whether it did within a year."""
        found: dict[int, bool] = {}
        for deal in self.all:
            if deal.end == "won" and deal.ended:
                recent = (self.making.today - deal.ended).days < 365
                found[deal.place] = found.get(deal.place, False) or recent
        return found

    def first_of_accounts(self) -> list[tuple[int, int, date]]:
        """``(place of the account, deal, day it was opened)`` of the first deal of each account."""
        found: dict[int, tuple[int, int, date]] = {}
        for deal in self.all:
            found.setdefault(deal.place, (deal.place, deal.id, deal.values["opened_on"]))
        return list(found.values())

    # -- making ------------------------------------------------------------------------------------------------------
    def make(self, customers: Customers) -> None:
        """Make the deals, let them move, and name who takes part in them."""
        making = self.making
        for deal in self.all:
            deal.values["account"] = Ref("account", customers.ids[deal.place])
        for deal, made in zip(self.all, making.make("opportunity", [one.values for one in self.all]), strict=True):
            deal.id = made
        making.say("stages")
        changes = []
        for deal in self.all:
            for day, values in [*deal.steps, *self._lately(deal)]:
                moment = making.at(day)
                if "stage_entered" in values:
                    values["stage_entered"] = moment
                changes.append((deal.id, deal.values["owner"], moment, values))
        changes.sort(key=lambda one: one[2])
        making.change("opportunity", changes)
        parts = []
        for deal in self.all:
            for n, (contact, _name) in enumerate(customers.contacts.get(deal.place, [])[:2]):
                link = {"opportunity": Ref("opportunity", deal.id), "contact": Ref("contact", contact), "main": n == 0}
                parts.append({**link, "owner": deal.values["owner"], "created": deal.values["created"]})
        making.make("opportunity_contact", parts)

    def _lately(self, deal: Deal) -> list[tuple[date, Values]]:
        """What moved in open deals during the last days: dates put off, amounts that grew or shrank."""
        making, chance = self.making, self.making.random
        last = deal.steps[-1][0] if deal.steps else deal.values["opened_on"]
        if deal.end:
            return []
        found: list[tuple[date, Values]] = []
        planned = next((step["close_on"] for _day, step in reversed(deal.steps) if "close_on" in step), None)
        recent = max(last, making.working(making.today - timedelta(days=chance.randint(0, 6))))
        if (planned or deal.values["close_on"]) <= making.today:
            found.append((recent, {"close_on": making.later(making.today, 10, 60)}))
        elif chance.random() < 0.06 and deal.values["amount"]:
            changed = int(deal.values["amount"]) * chance.choice((80, 90, 110, 125)) // 100
            found.append((recent, {"amount": str(changed)}))
        return found
