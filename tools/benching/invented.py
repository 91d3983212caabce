"""What a large home is filled with: companies, their people, deals and follow-ups, each worked out from its number alone,
so that several processes invent the same company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from zhike.schema.values import Money, Ref
from zhike.site.demo import words

T = TypeVar("T")
Values = dict[str, Any]
Printed = tuple[Values, Values]  # what a command carries and the rules fill in, and roll-ups as the worker leaves them

SELLERS, TEAMS, DIVISIONS = 200, 20, 2
FEWEST_DEALS = 50_000  # of a home worth measuring: two in five are open
DAYS = 548
RICH = 2000  # follow-ups of the first account
SCORE = "bench_score"  # an indexed field the company added
FORMS = ("有限公司", "股份有限公司", "科技有限公司", "（集团）有限公司")
SPREAD, PRIME = 18 * 40 * 40 * 20 * 4, 1_000_003
OPEN_STAGES = ("contact", "analysis", "proposal", "quote", "negotiation")
PROBABILITY = {"contact": 10, "analysis": 25, "proposal": 40, "quote": 60, "negotiation": 80, "won": 100, "lost": 0}
LOST = ("price", "price", "competitor", "no_budget", "no_need", "no_answer", "feature", "other")
SOURCES = ("website", "referral", "exhibition", "cold_call", "other")


def mixed(number: int, salt: int) -> int:
    """A number that looks like chance, the same for the same two."""
    found = (number * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    found = ((found ^ (found >> 29)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return found >> 20


def pick(choice: Sequence[T], number: int, salt: int) -> T:
    """One of a few, by chance."""
    return choice[mixed(number, salt) % len(choice)]


@dataclass(frozen=True)
class World:
    """What stands before anything is invented. ``first``: the id of the first record of each object, the others follow."""

    size: int
    deals: int
    first: dict[str, int]
    sellers: tuple[int, ...]
    stages: dict[str, int]
    pipeline: int
    products: tuple[int, ...]
    now: datetime
    today: date
    contacts: int = 2  # of each account
    follow_ups: int = 5  # of each account, on average

    def many(self, object_key: str) -> int:
        """How many records of an object there are."""
        by = {"account": 1, "contact": self.contacts, "follow_up": self.follow_ups}
        return self.deals if object_key == "opportunity" else self.size * by[object_key]

    def invent(self, object_key: str, number: int) -> Printed:
        """The values of one record."""
        return getattr(self, f"_{object_key}")(number)  # type: ignore[no-any-return]

    def _owner(self, account: int) -> Ref:
        return Ref("user", self.sellers[account % len(self.sellers)])

    def _begun(self, number: int, many: int) -> datetime:
        """When a record was made: one after the other, to the second, over the days; some time before now."""
        return self.now - timedelta(seconds=int(DAYS * 86400 * (many - number) / many) + 3600)

    # -- accounts ----------------------------------------------------------------------------------------------------
    def _account(self, i: int) -> Printed:
        at = i * PRIME % SPREAD
        at, mark = divmod(at, 40)
        at, second = divmod(at, 40)
        at, trade = divmod(at, 20)
        at, town = divmod(at, 18)
        city, place, region = words.CITIES[town]
        again = words.MARKS[i // SPREAD % 40] if i >= SPREAD else ""
        begun = self._begun(i, self.size)
        raw: Values = {
            "name": f"{city}{words.MARKS[mark]}{words.MARKS[second]}{again}{words.TRADES[trade][0]}{FORMS[at]}",
            "short_name": words.MARKS[mark] + words.TRADES[trade][0],
            "number": f"KH-{i + 1:05d}",
            "status": pick(("new", "following", "following", "negotiating", "customer", "customer", "at_risk"), i, 1),
            "level": pick(("key", *("normal",) * 14, *("small",) * 5), i, 2),
            "industry": words.TRADES[trade][1],
            "region": region,
            "size": pick(("micro", "small", "medium", "large", "huge"), i, 3),
            "source": pick(SOURCES, i, 4),
            "phone": f"1{pick('35789', i, 5)}{(i * 7_777_777 + 12_345_678) % 10**9:09d}",
            "address": f"{place}{pick(words.STREETS, i, 6)}{1 + mixed(i, 7) % 40}号",
            "tags": ("reference",) if mixed(i, 8) % 10 == 0 else None,
            "owner": self._owner(i),
            "created": begun,
            "changed": begun,
            SCORE: str(mixed(i, 9) % 10_000) if mixed(i, 10) % 10 else None,
        }
        return raw, self._rolled_up(i)

    def _rolled_up(self, i: int) -> Values:
        deals = [(_stage(j), _amount(j)) for j in self._deals_of(i)]
        opened = [amount for code, amount in deals if code in OPEN_STAGES and amount]
        won = [amount for code, amount in deals if code == "won" and amount]
        return {
            "open_deals": Decimal(sum(code in OPEN_STAGES for code, _amount in deals)),
            "open_amount": money(sum(opened)) if opened else None,
            "won_amount": money(sum(won)) if won else None,
            "last_follow_up": max(map(self._happened, self._follow_ups_of(i)), default=None),
        }

    # -- contacts ----------------------------------------------------------------------------------------------------
    def _contact(self, c: int) -> Printed:
        account = c // self.contacts
        given = pick(words.GIVEN, c, 11) + (pick(words.GIVEN, c, 12)[0] if mixed(c, 13) % 3 else "")
        job, part = pick(words.JOBS, c, 14)
        birthday = date(1965 + mixed(c, 15) % 35, 1 + mixed(c, 16) % 12, 1 + mixed(c, 17) % 28)
        begun = self._begun(account, self.size)
        known = mixed(c, 18) % 3 == 0
        return {
            "name": pick(words.SURNAMES, c, 19) + given[:2],
            "account": Ref("account", self.first["account"] + account),
            "job": job,
            "decision_role": part,
            "mobile": f"1{pick('35789', c, 20)}{(c * 3_333_331 + 87_654_321) % 10**9:09d}",
            "email": f"p{c}@{pick(('example.cn', 'example.com', 'example.org'), c, 21)}" if c % 2 else None,
            "channels": ("wechat", "phone") if mixed(c, 22) % 4 == 0 else None,
            "gender": pick(("mr", "ms"), c, 23),
            "birthday": birthday if known else None,
            "birthday_key": f"{birthday:%m-%d}" if known else None,
            "owner": self._owner(account),
            "created": begun,
            "changed": begun,
        }, {}

    # -- deals -------------------------------------------------------------------------------------------------------
    def _account_of_deal(self, j: int) -> int:
        """Of three accounts one has two deals and one has none, over and over."""
        at = j % self.size
        return at - at % 3 + (0, 0, 1)[at % 3]

    def _deals_of(self, i: int) -> list[int]:
        near = range(i - i % 3, min(i - i % 3 + 3, self.size))
        found = (j for at in near for j in range(at, self.deals, self.size))
        return [j for j in found if self._account_of_deal(j) == i]

    def _opportunity(self, j: int) -> Printed:
        account = self._account_of_deal(j)
        code, amount = _stage(j), _amount(j)
        begun = self._begun(j, self.deals)
        opened = begun.date()
        took = 20 + mixed(j, 33) % 70
        ends = (
            self.today + timedelta(days=mixed(j, 34) % 120 - 20)
            if code in OPEN_STAGES
            else opened + timedelta(days=took)
        )
        entered = begun + (self.now - begun) * (mixed(j, 37) % 90) / 100
        return {
            "name": f"{pick(words.MARKS, account, 38)}{pick(words.NEEDS, j, 39)}",
            "number": f"SJ-{j + 1:05d}",
            "account": Ref("account", self.first["account"] + account),
            "pipeline": Ref("pipeline", self.pipeline),
            "stage": Ref("stage", self.stages[code]),
            "amount": money(amount) if amount else None,
            "probability": str(PROBABILITY[code]),
            "product": Ref("product", pick(self.products, j, 40)),
            "opened_on": opened,
            "close_on": ends,
            "days_to_close": Decimal((ends - opened).days),
            "lost_reason": pick(LOST, j, 41) if code == "lost" else None,
            "source": pick(SOURCES, j, 42),
            "stage_entered": entered.replace(microsecond=0),
            "owner": self._owner(account),
            "created": begun,
            "changed": begun,
        }, {}

    # -- follow-ups --------------------------------------------------------------------------------------------------
    @property
    def _rich(self) -> int:
        return min(RICH, self.size)

    def _account_of_follow_up(self, f: int) -> int:
        """The first account has very many; of fifteen follow-ups of three others one has nine, one five, one one."""
        if f < self._rich:
            return 0
        three, at = divmod(f, 3 * self.follow_ups)
        place = 0 if at * 5 < 9 * self.follow_ups else 1 if at * 15 < 42 * self.follow_ups else 2
        return min(three * 3 + place, self.size - 1)

    def _follow_ups_of(self, i: int) -> list[int]:
        start = i // 3 * 3 * self.follow_ups
        last = min(start + 3 * self.follow_ups, self.many("follow_up"))
        own = [f for f in range(max(start, self._rich), last) if self._account_of_follow_up(f) == i]
        return [*range(self._rich), *own] if i == 0 else own

    def _happened(self, f: int) -> datetime:
        return self.now - timedelta(seconds=3600 + mixed(f, 51) % (DAYS * 86400))

    def _follow_up(self, f: int) -> Printed:
        account = self._account_of_follow_up(f)
        way, text, result, step = pick(words.TALKS, f, 52)
        who = pick(words.SURNAMES, f, 53) + pick(("总", "经理", "工", "主任"), f, 54)
        happened = self._happened(f)
        ahead = mixed(f, 55) % 8 == 0
        about = Ref("account", self.first["account"] + account)
        return {
            "summary": text.format(who=who),
            "way": way,
            "happened": happened,
            "parent": about,
            "account": about,
            "contacts": (Ref("contact", self.first["contact"] + account * self.contacts),) if f % 4 == 0 else None,
            "result": result,
            "next_on": happened.date() + timedelta(days=14) if ahead else None,
            "next_step": step if ahead else None,
            "owner": self._owner(account),
            "created": happened,
            "changed": happened,
        }, {}


def _stage(j: int) -> str:
    """The stage of a deal: two of five are open, seven of twenty are won."""
    kind = mixed(j, 31) % 20
    return pick(OPEN_STAGES, j, 32) if kind < 8 else "won" if kind < 15 else "lost"


def _amount(j: int) -> int:
    """The amount of a deal; 0 where nobody said."""
    return (mixed(j, 35) % 900 + 10) * 1000 if mixed(j, 36) % 20 else 0


def money(amount: int) -> Money:
    """So much in the company's currency."""
    exact = Decimal(amount).quantize(Decimal("0.01"))
    return Money(exact, "CNY", exact)
