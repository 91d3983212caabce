"""The demo company's accounts, contacts and leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.site.demo.doubles import double_contacts, double_leads
from zhike.site.demo.making import DAYS, LEAD_UP, Making, Size, Values

if TYPE_CHECKING:
    from zhike.site.demo.deals import Deals

OLDEST = DAYS + LEAD_UP + 20
TWINS = 0.006  # of the accounts are there a second time under a slightly other name


class Customers:
    """Accounts are planned first, so that deals can be planned on them, and made when it is known who bought."""

    def __init__(self, making: Making, size: Size) -> None:
        self.making = making
        self.size = size
        self.accounts = self._planned(size.accounts)
        self.ids: list[int] = []
        self.contacts: dict[int, list[tuple[int, str]]] = {}  # place of the account → (contact, name)

    # -- accounts ----------------------------------------------------------------------------------------------------
    def _planned(self, number: int) -> list[Values]:
        making, chance = self.making, self.making.random
        names = [(city, mark, trade) for city in words.CITIES for mark in words.MARKS for trade in words.TRADES]
        chosen = chance.sample(names, number - max(2, int(number * TWINS)))
        planned = [self._account(*one) for one in chosen]
        for twin in chance.sample(planned, number - len(planned)):
            other = {**twin, "name": self._spelled_otherwise(twin), "created": making.at(making.day(200))}
            planned.append({**other, "owner": making.owner(chance.choice(words.SELLERS))})
        planned.sort(key=lambda one: one["created"])
        return planned

    def _account(self, city: tuple[str, str, str], mark: str, trade: tuple[str, str]) -> Values:
        making, chance = self.making, self.making.random
        town, place, region = city
        sellers = words.SELLERS_BY_REGION[region]
        return {
            "name": f"{town}{mark}{trade[0]}{chance.choice(words.FORMS)}",
            "short_name": f"{mark}{trade[0]}",
            "industry": trade[1],
            "region": region,
            "size": chance.choice(("micro", "small", "small", "medium", "medium", "large", "huge")),
            "level": making.pick((("key", 1), ("normal", 6), ("small", 3))),
            "source": making.pick(words.ACCOUNT_SOURCES),
            "phone": making.mobile() if chance.random() < 0.8 else None,
            "address": f"{place}{chance.choice(words.STREETS)}{chance.randint(1, 399)}号",
            "owner": making.owner(chance.choice(sellers)),
            "tags": making.pick(words.ACCOUNT_TAGS),
            "created": making.at(making.day(OLDEST, 2, growing=1.25)),
        }

    def _spelled_otherwise(self, account: Values) -> str:
        name: str = account["name"]
        if "（集团）" in name:
            return name.replace("（集团）", "集团")
        if name.endswith("股份有限公司"):
            return name.replace("股份有限公司", "有限公司")
        return name[2:]

    def make(self, won: Mapping[int, bool]) -> None:
        """Make the accounts and their contacts. ``won``: place of an account → whether it bought lately."""
        making = self.making
        for place, account in enumerate(self.accounts):
            account["status"] = self._status(won.get(place))
        self.ids = making.make("account", self.accounts)
        planned: list[tuple[int, Values]] = []
        fair = self.size.contacts / len(self.accounts)
        for place, account in enumerate(self.accounts):
            number = min(len(words.JOBS), max(1, round(making.random.gauss(fair, 1))))
            planned += [(place, one) for one in self._contacts(self.ids[place], account, number)]
        planned = planned[: self.size.contacts]
        double_contacts(planned)
        made = making.make("contact", [one for _place, one in planned])
        for (place, values), contact in zip(planned, made, strict=True):
            self.contacts.setdefault(place, []).append((contact, values["name"]))

    def _status(self, bought: bool | None) -> str:
        if bought:
            return str(self.making.pick((("customer", 12), ("at_risk", 1))))
        if bought is False:
            return str(self.making.pick((("customer", 5), ("at_risk", 3), ("lost", 2))))
        return str(self.making.pick((("new", 4), ("following", 8), ("negotiating", 3), ("lost", 1))))

    def _contacts(self, account_id: int, account: Values, number: int) -> list[Values]:
        making, chance = self.making, self.making.random
        some = []
        for job, part in chance.sample(words.JOBS, number):
            name = making.person()
            born = date(chance.randint(1966, 1998), chance.randint(1, 12), chance.randint(1, 28))
            mail = f"{chance.choice(words.MAIL_NAMES)}{chance.randint(1, 999)}@{chance.choice(words.MAIL_DOMAINS)}"
            some.append(
                {
                    "name": name,
                    "account": Ref("account", account_id),
                    "job": job,
                    "decision_role": part,
                    "mobile": making.mobile(),
                    "email": mail if chance.random() < 0.4 else None,
                    "wechat": f"wx_{chance.randint(10**6, 10**8)}" if chance.random() < 0.3 else None,
                    "birthday": born if chance.random() < 0.5 else None,
                    "channels": ("wechat", "phone") if chance.random() < 0.6 else None,
                    "owner": account["owner"],
                    "created": account["created"],
                }
            )
        return some

    # -- leads -------------------------------------------------------------------------------------------------------
    def make_leads(self, deals: Deals) -> None:
        """Leads over the last year; those that were converted lead to an account, a contact and a deal there is."""
        becoming = deals.first_of_accounts()
        self.making.random.shuffle(becoming)
        some = [self._lead(becoming) for _n in range(self.size.leads)]
        double_leads(some)
        some.sort(key=lambda one: one["created"])
        self.making.make("lead", some)

    def _lead(self, becoming: list[tuple[int, int, date]]) -> Values:
        making, chance = self.making, self.making.random
        source = making.pick(words.LEAD_SOURCES)
        lead: Values = {"source": source, "need": chance.choice(words.LEAD_NEEDS), "phone": making.mobile()}
        if becoming and chance.random() < words.CONVERTED[source]:
            place, deal, opened = becoming.pop()
            account = self.accounts[place]
            contact, name = self.contacts[place][0] if self.contacts.get(place) else (None, making.person())
            met = making.working(opened - timedelta(days=chance.randint(1, 30)))
            converted = {
                "status": "converted",
                "converted_on": making.at(opened),
                "account": Ref("account", self.ids[place]),
                "contact": Ref("contact", contact) if contact else None,
                "opportunity": Ref("opportunity", deal),
            }
            who = {"name": name, "company": account["name"], "owner": account["owner"]}
            return {**lead, **who, **converted, "contacted_on": met, "created": making.at(met)}
        met = making.day(365, growing=1.4)
        old = (making.today - met).days > 21
        status = making.pick(words.OLD_LEADS if old else words.FRESH_LEADS)
        city, mark, trade = (chance.choice(some) for some in (words.CITIES, words.MARKS, words.TRADES))
        company: Any = f"{city[0]}{mark}{trade[0]}"
        return {
            **lead,
            "name": making.person(),
            "company": company,
            "status": status,
            "owner": making.owner(chance.choice(words.SELLERS_BY_REGION[city[2]])),
            "contacted_on": met,
            "created": making.at(met),
        }
