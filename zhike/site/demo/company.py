"""Building the demo company: people first, then customers, deals, and eighteen months of work on them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.access.signin import set_password
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.clock import now, today
from zhike.records.asking import ids_by_words
from zhike.records.read import count
from zhike.records.settings import change_company, company
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words

DEMO_PASSWORD = "zhike-demo"
SEED = 20260301
MONTHS = 18

DEPARTMENTS = (
    ("衡川科技", None),
    ("华东销售部", "衡川科技"),
    ("华南销售部", "衡川科技"),
    ("市场部", "衡川科技"),
    ("客户成功部", "衡川科技"),
)
PEOPLE = (
    ("admin", "何衡", "衡川科技", "总经理", "administrator"),
    ("li.na", "李娜", "华东销售部", "销售经理", "sales"),
    ("wang.lei", "王磊", "华东销售部", "销售经理", "sales"),
    ("chen.siyuan", "陈思远", "华东销售部", "销售总监", "manager"),
    ("zhou.qian", "周倩", "华南销售部", "销售经理", "sales"),
    ("sun.hao", "孙浩", "华南销售部", "销售经理", "sales"),
    ("zhao.min", "赵敏", "华南销售部", "销售总监", "manager"),
    ("lin.yue", "林悦", "市场部", "市场专员", "viewer"),
    ("xu.wen", "许文", "客户成功部", "客户成功经理", "sales"),
)
SELLERS = ("li.na", "wang.lei", "zhou.qian", "sun.hao", "xu.wen")

Values = dict[str, Any]


def is_empty() -> bool:
    """Whether this home holds no customers and no people yet."""
    return count(SYSTEM, "user")[0] == 0 and count(SYSTEM, "account", archived="all")[0] == 0


def load(progress: Callable[[str], None] = lambda _text: None) -> str:
    """Fill an empty home; returns the administrator's login. The same words every time, dates relative to today."""
    _Demo(progress).load()
    return "admin"


def _by_owner(values: Values) -> Values:
    """Whoever owns a record of the demo also wrote it."""
    return {**values, "created_by": values["owner"]} if values.get("owner") else values


class _Demo:
    """The company being made."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.say = progress
        self.random = random.Random(SEED)
        self.zone = ZoneInfo(company().timezone)
        self.today = today(company().timezone)
        self.people: dict[str, int] = {}

    def load(self) -> None:
        change_company(name="衡川科技", demo=True)
        self._people()
        products = self._make("product", [self._product(*one) for one in words.PRODUCTS])
        accounts = self._accounts(80)
        contacts = self._contacts(accounts)
        self._leads(120)
        deals = self._deals(240, accounts, contacts, products)
        self._work(accounts, contacts, deals)
        self.say("derived values")
        work_off()

    # -- helpers -------------------------------------------------------------------------------------------------
    def _make(self, object_key: str, values: Sequence[Values]) -> list[int]:
        self.say(object_key)
        made: list[int] = []
        commands = [Command("create", object_key, values=_by_owner(one), historic=True) for one in values]
        for result in write_many(SYSTEM, commands, why="demo").results:
            assert isinstance(result, Done)
            made.append(result.id)
        return made

    def _owner(self, login: str) -> Ref:
        return Ref("user", self.people[login])

    def _at(self, day: date, hour: int | None = None) -> datetime:
        clock = time(
            hour if hour is not None else self.random.randint(9, 17), self.random.choice((0, 5, 10, 20, 30, 40, 50))
        )
        return min(datetime.combine(day, clock, self.zone).astimezone(UTC), now())

    def _day(self, most_days_ago: int, least_days_ago: int = 0) -> date:
        return self.today - timedelta(days=self.random.randint(least_days_ago, most_days_ago))

    def _person(self) -> str:
        return self.random.choice(words.SURNAMES) + self.random.choice(words.GIVEN)

    def _mobile(self) -> str:
        return (
            self.random.choice(("138", "139", "135", "136", "150", "158", "186", "187"))
            + f"{self.random.randint(0, 99999999):08d}"
        )

    # -- who and what --------------------------------------------------------------------------------------------
    def _people(self) -> None:
        departments: dict[str, int] = {}
        for name, parent in DEPARTMENTS:
            above = Ref("department", departments[parent]) if parent else None
            departments[name] = self._make("department", [{"name": name, "parent": above}])[0]
        roles = {code: ids_by_words(registry.object("role"), code)[0] for code in {one[4] for one in PEOPLE}}
        for login, name, department, job, role in PEOPLE:
            values = {
                "login": login,
                "name": name,
                "job": job,
                "department": Ref("department", departments[department]),
            }
            values["roles"] = (Ref("role", roles[role]),)
            values["language"] = "zh-hans"
            self.people[login] = self._make("user", [values])[0]
        for login in self.people:
            set_password(self.people[login], DEMO_PASSWORD)
        assert people().by_login("admin") is not None

    @staticmethod
    def _product(name: str, code: str, category: str, price: int, unit: str) -> Values:
        return {"name": name, "code": code, "category": category, "price": str(price), "unit": unit, "on_sale": True}

    def _accounts(self, number: int) -> list[tuple[int, Values]]:
        some: list[Values] = []
        names = [(mark, trade) for mark in words.MARKS for trade in words.TRADES]
        for mark, (trade, industry) in self.random.sample(names, number):
            city, place, region = self.random.choice(words.CITIES)
            made = self._day(30 * MONTHS, 2)
            values: Values = {
                "name": f"{city}{mark}{trade}{self.random.choice(words.FORMS)}",
                "short_name": f"{mark}{trade}",
                "industry": industry,
                "region": region,
                "size": self.random.choice(("small", "medium", "medium", "large", "huge")),
                "level": self.random.choices(("key", "normal", "small"), (2, 6, 2))[0],
                "status": self.random.choices(
                    ("new", "following", "negotiating", "customer", "at_risk", "lost"), (3, 6, 3, 5, 1, 1)
                )[0],
                "source": self.random.choice(
                    ("referral", "exhibition", "website", "cold_call", "partner", "paid_search")
                ),
                "phone": self._mobile(),
                "address": f"{place}{self.random.choice(words.STREETS)}{self.random.randint(1, 399)}号",
                "owner": self._owner(self.random.choice(SELLERS)),
                "tags": self.random.choices(
                    ((), ("reference",), ("frame_contract",), ("price_sensitive",)), (6, 1, 1, 1)
                )[0]
                or None,
                "created": self._at(made),
            }
            some.append(values)
        some.sort(key=lambda one: one["created"])
        return list(zip(self._make("account", some), some, strict=True))

    def _contacts(self, accounts: Sequence[tuple[int, Values]]) -> dict[int, list[tuple[int, str]]]:
        some: list[Values] = []
        for account, facts in accounts:
            for job, role in self.random.sample(words.JOBS, self.random.randint(1, 3)):
                birthday = date(self.random.randint(1968, 1996), self.random.randint(1, 12), self.random.randint(1, 28))
                some.append(
                    {
                        "name": self._person(),
                        "account": Ref("account", account),
                        "job": job,
                        "decision_role": role,
                        "mobile": self._mobile(),
                        "birthday": birthday if self.random.random() < 0.5 else None,
                        "channels": ("wechat", "phone") if self.random.random() < 0.6 else None,
                        "owner": facts["owner"],
                        "created": facts["created"],
                    }
                )
        known: dict[int, list[tuple[int, str]]] = {}
        for made, values in zip(self._make("contact", some), some, strict=True):
            known.setdefault(values["account"].id, []).append((made, values["name"]))
        return known

    def _leads(self, number: int) -> None:
        some: list[Values] = []
        for _i in range(number):
            day = self._day(240)
            mark, (trade, _industry) = self.random.choice(words.MARKS), self.random.choice(words.TRADES)
            status = self.random.choices(
                ("new", "contacted", "qualified", "disqualified", "converted"), (4, 4, 2, 2, 2)
            )[0]
            some.append(
                {
                    "name": self._person(),
                    "company": f"{self.random.choice(words.CITIES)[0]}{mark}{trade}",
                    "status": status,
                    "source": self.random.choice(
                        ("website", "exhibition", "paid_search", "social", "referral", "organic_search")
                    ),
                    "phone": self._mobile(),
                    "need": self.random.choice(words.LEAD_NEEDS),
                    "contacted_on": day,
                    "owner": self._owner(self.random.choice(SELLERS)),
                    "created": self._at(day),
                    **(
                        {"converted_on": self._at(min(day + timedelta(days=self.random.randint(2, 40)), self.today))}
                        if status == "converted"
                        else {}
                    ),
                }
            )
        self._make("lead", some)

    # -- deals and the work on them --------------------------------------------------------------------------------
    def _deals(
        self,
        number: int,
        accounts: Sequence[tuple[int, Values]],
        contacts: dict[int, list[tuple[int, str]]],
        products: Sequence[int],
    ) -> list[tuple[int, Values]]:
        stages = {code: ids_by_words(registry.object("stage"), code)[0] for code in
                  ("contact", "analysis", "proposal", "quote", "negotiation", "won", "lost")}  # fmt: skip
        some: list[Values] = []
        buying = [one for one in accounts if one[1]["status"] != "lost"]
        for _i in range(number):
            account, facts = self.random.choice(buying)
            opened = max(self._day(30 * MONTHS, 1), facts["created"].astimezone(self.zone).date())
            age = (self.today - opened).days
            closed = age > 45 and self.random.random() < (0.86 if age > 150 else 0.5)
            need = self.random.choice(words.NEEDS)
            amount = self.random.choice((36, 68, 98, 128, 168, 236, 320, 480, 680, 860, 1200)) * 1000
            amount += self.random.choice((0, 0, 2000, 8000))
            values: Values = {
                "name": f"{facts['short_name']}{need}",
                "account": Ref("account", account),
                "amount": str(amount),
                "product": Ref("product", self.random.choice(products)),
                "opened_on": opened,
                "source": facts["source"],
                "owner": facts["owner"],
                "created": self._at(opened),
            }
            if closed:
                ended = min(opened + timedelta(days=self.random.randint(20, min(age, 140))), self.today)
                won = self.random.random() < 0.58
                values |= {
                    "stage": Ref("stage", stages["won" if won else "lost"]),
                    "close_on": ended,
                    "stage_entered": self._at(ended),
                }
                if not won:
                    values["lost_reason"] = self.random.choice(
                        ("price", "competitor", "no_budget", "no_need", "no_answer", "feature")
                    )
            else:
                code = self.random.choices(
                    ("contact", "analysis", "proposal", "quote", "negotiation"), (5, 5, 4, 3, 3)
                )[0]
                entered = self._day(min(age, 30)) if age else self.today
                values |= {
                    "stage": Ref("stage", stages[code]),
                    "close_on": self.today + timedelta(days=self.random.randint(5, 110)),
                    "stage_entered": self._at(max(entered, opened)),
                }
            some.append(values)
        some.sort(key=lambda one: one["created"])
        made = list(zip(self._make("opportunity", some), some, strict=True))
        parts = [
            {
                "opportunity": Ref("opportunity", deal),
                "contact": Ref("contact", contacts[facts["account"].id][0][0]),
                "main": True,
                "owner": facts["owner"],
            }
            for deal, facts in made
            if contacts.get(facts["account"].id)
        ]
        self._make("opportunity_contact", parts)
        return made

    def _work(
        self,
        accounts: Sequence[tuple[int, Values]],
        contacts: dict[int, list[tuple[int, str]]],
        deals: Sequence[tuple[int, Values]],
    ) -> None:
        follow_ups: list[Values] = []
        tasks: list[Values] = []
        for deal, facts in deals:
            account = facts["account"].id
            start = facts["opened_on"]
            end = min(facts["close_on"], self.today)
            for _i in range(self.random.randint(1, 4)):
                follow_ups.append(
                    self._follow_up(
                        Ref("opportunity", deal), facts["owner"], contacts.get(account, []), start, end, deal
                    )
                )
            if facts["close_on"] > self.today and self.random.random() < 0.6:
                tasks.append(self._task(Ref("opportunity", deal), facts["owner"], open_=True))
        for account, facts in accounts:
            start = facts["created"].astimezone(self.zone).date()
            for _i in range(self.random.randint(1, 3)):
                follow_ups.append(
                    self._follow_up(
                        Ref("account", account), facts["owner"], contacts.get(account, []), start, self.today, None
                    )
                )
            if self.random.random() < 0.5:
                tasks.append(self._task(Ref("account", account), facts["owner"], open_=self.random.random() < 0.6))
        follow_ups.sort(key=lambda one: one["happened"])
        self._make("follow_up", follow_ups)
        self._make("task", tasks)
        notes = [
            {
                "title": "开票信息",
                "body": "<p>税号与开户行以合同附件为准，发票寄财务部。</p>",
                "parent": Ref("account", account),
                "owner": facts["owner"],
            }
            for account, facts in self.random.sample(list(accounts), 12)
        ]
        self._make("note", notes)

    def _follow_up(
        self, parent: Ref, owner: Ref, contacts: Sequence[tuple[int, str]], start: date, end: date, deal: int | None
    ) -> Values:
        day = start + timedelta(days=self.random.randint(0, max((end - start).days, 0)))
        way, text, result, step = self.random.choice(words.TALKS)
        person = self.random.choice(contacts) if contacts else None
        happened = self._at(day)
        soon = day + timedelta(days=self.random.randint(3, 12))
        return {
            "summary": text.format(who=person[1] if person else "对方"),
            "way": way,
            "result": result,
            "happened": happened,
            "created": happened,
            "parent": parent,
            "contacts": (Ref("contact", person[0]),) if person else None,
            "opportunity": Ref("opportunity", deal) if deal else None,
            "next_step": step,
            "next_on": soon if soon > self.today or self.random.random() < 0.3 else None,
            "owner": owner,
        }

    def _task(self, parent: Ref, owner: Ref, *, open_: bool) -> Values:
        due = self.today + timedelta(days=self.random.randint(-4, 14)) if open_ else self._day(60, 1)
        return {
            "subject": self.random.choice(words.TODOS),
            "due_on": due,
            "kind": self.random.choice(("todo", "follow_up", "call", "visit")),
            "priority": self.random.choices(("high", "normal", "low"), (2, 7, 1))[0],
            "status": "open" if open_ else "done",
            "parent": parent,
            "owner": owner,
        }
