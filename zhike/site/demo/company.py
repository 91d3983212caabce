"""Building the demo company: people first, then customers, deals, and eighteen months of work on them."""

from __future__ import annotations

from collections.abc import Callable

from zhike.access.people import people
from zhike.access.signin import set_password
from zhike.automation.worker import work_off
from zhike.insight.duplicates_kept import scan_all
from zhike.kernel.actor import SYSTEM
from zhike.records.asking import ids_by_words
from zhike.records.company.settings import change_company
from zhike.records.read import count
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.site.demo.colleagues import Colleagues
from zhike.site.demo.customers import Customers
from zhike.site.demo.deals import Deals
from zhike.site.demo.making import FULL, Making, Size
from zhike.site.demo.work import Work

DEMO_PASSWORD = "zhike-demo"
APART = "demo."  # before the logins of the demo company in a home of other people


def is_empty() -> bool:
    """Whether this home holds no customers and no people yet."""
    return count(SYSTEM, "user")[0] == 0 and count(SYSTEM, "account", archived="all")[0] == 0


def load(progress: Callable[[str], None] = lambda _text: None, size: Size = FULL, *, apart: bool = False) -> str:
    """Fill an empty home; returns the administrator's login. The same words every time, dates relative to today.

    ``apart``: into a home people work in. The company keeps its name; the people of the demo company get logins of their
    own, no password, and no right to change roles."""
    making = Making(progress)
    change_company(demo=True, **({} if apart else {"name": "衡川科技"}))
    _people(making, apart=apart)
    products = making.make("product", [_product(*one) for one in words.PRODUCTS])
    making.make("snippet", [{"name": name, "text": text, "everybody": True} for name, text in words.SNIPPETS])
    customers = Customers(making, size)
    deals = Deals(making, size, customers.accounts, products)
    customers.make(deals.won_by_account())
    deals.make(customers)
    customers.make_leads(deals)
    Work(making, size, customers, deals).make()
    making.say("derived values")
    work_off()
    Colleagues(making, customers, deals).talk()
    making.say("duplicates")
    for key in ("account", "contact", "lead"):
        scan_all(key)
    return "admin"


def _people(making: Making, *, apart: bool) -> None:
    departments: dict[str, int] = {}
    for name, parent in words.DEPARTMENTS:
        above = Ref("department", departments[parent]) if parent else None
        departments[name] = making.make("department", [{"name": name, "parent": above}])[0]
    roles = {code: ids_by_words(registry.object("role"), code)[0] for code in {one[4] for one in words.PEOPLE}}
    chiefs: dict[str, int] = {}
    for login, name, department, job, role in words.PEOPLE:
        if apart and role == "administrator":
            role = "manager"
        values = {
            "login": f"{APART}{login}" if apart else login,
            "name": name,
            "job": job,
            "department": Ref("department", departments[department]),
            "roles": (Ref("role", roles[role]),),
            "language": "zh-hans",
        }
        if department in chiefs:
            values["manager"] = Ref("user", chiefs[department])
        making.people[login] = making.make("user", [values])[0]
        chiefs.setdefault(department, making.people[login])
        if not apart:
            set_password(making.people[login], DEMO_PASSWORD)
    assert people().by_login(f"{APART}admin" if apart else "admin") is not None


def _product(name: str, code: str, category: str, price: int, unit: str) -> dict[str, object]:
    return {"name": name, "code": code, "category": category, "price": str(price), "unit": unit, "on_sale": True}
