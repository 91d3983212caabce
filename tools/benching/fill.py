"""Accounts by the ten thousand, through the batch path of the door."""

from __future__ import annotations

import random

from zhike.access.signin import set_password
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.records.asking import ids_by_words
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words

SELLERS = 50
PASSWORD = "bench-by-the-lake"


def fill(size: int) -> tuple[int, int]:
    """Make ``size`` accounts owned by 50 sellers; returns the ids of an administrator and of one seller, who can sign in."""
    roles = {code: ids_by_words(registry.object("role"), code)[0] for code in ("administrator", "sales")}
    people = [_person("boss", roles["administrator"])] + [_person(f"seller{i}", roles["sales"]) for i in range(SELLERS)]
    chance = random.Random(7)
    for start in range(0, size, 500):
        commands = [
            Command("create", "account", values=account(chance, i, people))
            for i in range(start, min(start + 500, size))
        ]
        write_many(SYSTEM, commands)
    for person in people[:2]:
        set_password(person, PASSWORD)
    return people[0], people[1]


def account(chance: random.Random, number: int, people: list[int]) -> dict[str, object]:
    """Raw values of one invented account."""
    trade, industry = chance.choice(words.TRADES)
    city, place, region = chance.choice(words.CITIES)
    return {
        "name": f"{city}{chance.choice(words.MARKS)}{trade}{number}有限公司",
        "short_name": f"{chance.choice(words.MARKS)}{trade}",
        "industry": industry,
        "region": region,
        "status": chance.choice(("new", "following", "customer")),
        "phone": f"138{chance.randint(0, 99999999):08d}",
        "address": f"{place}云谷路{chance.randint(1, 300)}号",
        "owner": Ref("user", people[1 + number % SELLERS]),
    }


def _person(login: str, role: int) -> int:
    values = {"name": login, "login": login, "roles": (Ref("role", role),), "active": True}
    done = write(SYSTEM, Command("create", "user", values=values))
    assert isinstance(done, Done)
    return done.id
