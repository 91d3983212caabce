"""Accounts by the ten thousand, through the batch path of the door."""

from __future__ import annotations

import random
from datetime import timedelta

from zhike.access.signin import set_password
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command, Done
from zhike.kernel.clock import now
from zhike.records.asking import ids_by_words
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.site.demo import words
from zhike.store.database import rows

SELLERS = 50
OPEN_DEALS = 20_000
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


def fill_deals(seller_ids: list[int]) -> None:
    """Make :data:`OPEN_DEALS` open opportunities and a quarter as many closed ones, and some tasks, over the sellers."""
    accounts = [line[0] for line in rows('SELECT "id" FROM "objects_account" ORDER BY "id" LIMIT 2000')]
    stages = {code: id_ for id_, code in rows('SELECT "id", "code" FROM "objects_stage" WHERE "trashed" IS NULL', ())}
    opened = ("contact", "analysis", "proposal", "quote", "negotiation")
    chance = random.Random(13)
    today = now().date()
    for start in range(0, OPEN_DEALS + OPEN_DEALS // 4, 500):
        commands = []
        for number in range(start, start + 500):
            closed = number >= OPEN_DEALS
            code = chance.choice(("won", "won", "lost")) if closed else chance.choice(opened)
            begun = today - timedelta(days=chance.randint(30, 500))
            values: dict[str, object] = {
                "name": f"{chance.choice(words.NEEDS)}{number}",
                "account": Ref("account", chance.choice(accounts)),
                "stage": Ref("stage", stages[code]),
                "amount": str(chance.randint(10, 900) * 1000),
                "owner": Ref("user", seller_ids[number % len(seller_ids)]),
                "opened_on": begun,
                "close_on": begun + timedelta(days=25) if closed else today + timedelta(days=chance.randint(-20, 120)),
                "stage_entered": now() - timedelta(days=chance.randint(0, 40)),
            }
            values |= {"lost_reason": "price"} if code == "lost" else {}
            commands.append(Command("create", "opportunity", values=values, historic=True))
        write_many(SYSTEM, commands)
    tasks = [
        Command(
            "create",
            "task",
            values={
                "subject": f"{chance.choice(words.TODOS)}{number}",
                "kind": chance.choice(("todo", "follow_up", "call")),
                "due_on": today + timedelta(days=chance.randint(-10, 20)),
                "parent": Ref("account", chance.choice(accounts)),
                "owner": Ref("user", seller_ids[number % len(seller_ids)]),
            },
        )
        for number in range(2000)
    ]
    for start in range(0, len(tasks), 500):
        write_many(SYSTEM, tasks[start : start + 500])


def _person(login: str, role: int) -> int:
    values = {"name": login, "login": login, "roles": (Ref("role", role),), "active": True}
    done = write(SYSTEM, Command("create", "user", values=values))
    assert isinstance(done, Done)
    return done.id
