"""The permission matrix: every address, asked by people who must not learn of a record, about that record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from django.test import Client

from tests.api.conftest import caller_of
from tests.company import Company
from tests.contract.made import EVERYTHING, make_custom_object, values, writable
from tests.pages.pages_client import signed_in
from tests.proof.figures import WHOLE
from tools.addresses import patterns
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.words import Plain
from zhike.records.jobs.jobs import start
from zhike.records.notices.notices import notify
from zhike.records.read import Query, read
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows

CANARY = "ZQXCANARY"
OBJECTS = ("account", "contact", "note", "dashboard", EVERYTHING)
SESSION_ENDS = ("sign-out",)
METHODS = {"api": ("GET", "POST", "PUT", "PATCH", "DELETE"), "page": ("GET", "POST")}
if WHOLE:
    METHODS = {
        "api": (*METHODS["api"], "HEAD", "OPTIONS"),
        "page": (*METHODS["page"], "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"),
    }


@dataclass
class World:
    """Records of a person in another department, kept and in the trash, and what else is theirs."""

    kept: dict[str, int] = field(default_factory=dict)
    trashed: dict[str, int] = field(default_factory=dict)
    operation: int = 0
    job: int = 0
    notice: int = 0


def build(company: Company, owner: Actor | None = None) -> World:
    """A record of each object for somebody of the second department, one of them in the trash, every one with the canary in
    its texts; or, made by the system, for ``owner``."""
    make_custom_object()
    reach = dict.fromkeys(("read", "create", "edit", "delete", "export", "transfer", "bulk"), "own")
    for role in read(SYSTEM, Query("role", where="code in (sales, manager, viewer)", columns=("code",))).rows:
        given = {
            "sales": {"import": "all", **reach},
            "manager": dict.fromkeys(reach, "subtree"),
            "viewer": {"read": "all"},
        }[str(role["code"])]
        write(SYSTEM, Command("create", "grant", values={"role": role.id, "object": EVERYTHING, **given}))
    world, maker = World(), SYSTEM if owner else company.chen
    for key in OBJECTS:
        for where in (world.kept, world.trashed):
            theirs = {"owner": owner.id} if owner and registry.object(key).field("owner") else {}
            done = write(maker, Command("create", key, values={**_values(registry.object(key), world), **theirs}))
            where[key] = done.id
            if where is world.trashed:
                write(maker, Command("trash", key, done.id))
            elif key == "account":
                world.operation = done.operation
    world.job = start(company.chen, "export", {}, Plain(CANARY)) if "export" in _job_kinds() else 0
    notify([company.chen.id], "assigned", Plain(CANARY), "account", world.kept["account"], by=company.admin.id)
    world.notice = rows('SELECT max("id") FROM "store_notice"')[0][0] or 0
    return world


def _job_kinds() -> frozenset[str]:
    from zhike.records.jobs.jobs import KINDS

    return frozenset(KINDS)


def _values(spec: ObjectSpec, world: World) -> dict[str, Any]:
    needed = {one.key for one in writable(spec) if one.required or one.key == spec.title}
    made = values(spec, 1, needed)
    for one in writable(spec):
        if (
            one.kind in ("text", "long_text")
            and not one.format
            and one.key in ("name", "title", "subject", "remark", "about", "text", "job")
        ):
            made[one.key] = f"{CANARY} {one.key}"[: one.max or 100]
    if spec.key == "note":
        made["parent"] = {"object": "account", "id": world.kept["account"]}
    if spec.key == "contact":
        made["account"] = world.kept["account"]
    return made


# -- addresses -------------------------------------------------------------------------------------------------------
def addresses(route: str, names: dict[str, Any], world: World) -> Iterator[str]:
    """The addresses a pattern stands for, filled with what belongs to somebody else."""
    of_object = "plural" in names or "object" in names or ("key" in names and "objects/" in route)
    for key in OBJECTS if of_object else ("account",):
        spec = registry.object(key)
        choices = {name: filled(name, route, spec, world) for name in names}
        for some in product(*choices.values()):
            address = route
            for name, value in zip(choices, some, strict=True):
                for kind in ("str:", "int:", ""):
                    address = address.replace(f"<{kind}{name}>", str(value))
            assert "<" not in address, f"{route}: the matrix does not know what to put there"
            yield f"/{address}"


def filled(name: str, route: str, spec: ObjectSpec, world: World) -> list[Any]:
    """What stands for a part of an address."""
    if name == "plural":
        return [spec.plural]
    if name in ("object", "key"):
        return [spec.key]
    if name in (
        "id",
        "tile",
        "stage",
        "other_id",
        "operation",
        "record",
        "person",
        "number",
        "version",
        "share",
        "rule",
        "session",
    ):
        if route.startswith(("operations", "api/v1/operations")):
            return [world.operation]
        if route.startswith(("jobs", "api/v1/jobs")):
            return [world.job]
        if route.startswith("inbox"):
            return [world.notice]
        if route.startswith("dashboards"):
            return [world.kept["dashboard"]] if name == "id" else [1]
        return [world.kept[spec.key], world.trashed[spec.key]] if name == "id" else [world.kept["account"]]
    if name == "field":
        secret = [one.key for one in spec.fields if one.kind in ("phone", "email", "secret_text")][:1]
        return [spec.title, *secret]
    if name == "name":
        if "actions" in route:
            return [one.name for one in registry.actions(spec.key)]
        return ["contacts", "tasks"] if "add" in route or "remove" in route else [spec.title]
    known = {
        "token": "x" * 32,
        "code": "USD",
        "kind": "favourite",
        "day": "2026-03-09",
        "way": "x",
        "part": "x",
        "provider": "oidc",
    }
    assert name in known, f"{route}: the matrix does not know what “{name}” is"
    return [known[name]]


# -- asking ----------------------------------------------------------------------------------------------------------
def body(world: World, address: str) -> dict[str, Any]:
    """What a hostile form or call would send: ids of others, and values to put there."""
    ids = [one for one in (*world.kept.values(), *world.trashed.values()) if f"/{one}" in address] or [
        world.kept["account"]
    ]
    return {
        "id": ids[0], "ids": ids[0], "record": ids[0], "to": ids[0], "name": "taken", "title": "taken", "value": "taken",
        "owner": "", "where": "", "text": "taken", "line": "call taken", "reason": "because", "next": "/", "keep": ids[0],
        "winner": ids[0], "losers": ids[0], "account": world.kept["account"], "parent": f"account:{world.kept['account']}",
    }  # fmt: skip


def text_of(answer: Any) -> str:
    """The whole answer with its headers, streamed or not."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace") + " ".join(f"{name}: {value}" for name, value in answer.items())


@dataclass
class Asker:
    """Somebody who asks every address by every method. ``actor`` None: nobody is signed in."""

    login: str
    actor: Actor | None

    def __post_init__(self) -> None:
        self.client = signed_in(self.login) if self.actor else Client()
        self.token = caller_of(self.actor).token if self.actor else ""

    def stay(self) -> None:
        """Sign in again where the last address signed out."""
        if self.actor and self.client.get("/inbox/count").status_code != 200:
            self.client = signed_in(self.login)

    def ask(self, method: str, address: str, sent: dict[str, Any]) -> tuple[int, str]:
        """The status of one answer, and the answer as text."""
        if address.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.token}", "If-Match": "*"} if self.token else {}
            raw = b"" if method in ("GET", "DELETE") else json.dumps(sent).encode()
            answer = self.client.generic(method, address, raw, content_type="application/json", headers=headers)
        elif method == "POST":
            answer = self.client.post(address, {**sent, "password": "x"})
        else:
            answer = self.client.generic(method, address)
        return answer.status_code, text_of(answer)


def state(world: World) -> str:
    """A hash of the records that must not change, with their links, shares and history."""
    ids = [*world.kept.values(), *world.trashed.values()]
    among = ", ".join(map(str, ids))
    told: list[Any] = [rows(f'SELECT * FROM "{table}" WHERE "id" IN ({among}) ORDER BY "id"') for table in _tables()]
    told.append(rows(f'SELECT * FROM "store_linkrow" WHERE "source" IN ({among}) ORDER BY "source", "field", "target"'))
    for table in ("store_share", "store_changerow"):
        told.append(rows(f'SELECT count(*) FROM "{table}" WHERE "record" IN ({among})'))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _tables() -> list[str]:
    return sorted({registry.object(key).table for key in OBJECTS})


@dataclass(frozen=True)
class Heard:
    """What somebody who asked everything heard and did: addresses that told of the records, that changed one, that failed."""

    asked: int
    told: list[str]
    changed: list[str]
    failed: list[str]


def hear(asker: Asker, world: World, only: str = "") -> Heard:
    """Ask every address by every method about the records of the world. ``only``: a beginning of routes."""
    heard = Heard(0, [], [], [])
    asked, before = 0, state(world)
    for route, names in patterns():
        if route in SESSION_ENDS or not route.startswith(only):
            continue
        asker.stay()
        for address in addresses(route, names, world):
            for method in METHODS["api" if address.startswith("/api/") else "page"]:
                status, text = asker.ask(method, address, body(world, address))
                asked += 1
                if CANARY in text:
                    heard.told.append(f"{asker.login}: {method} {address} tells of it")
                if status >= 500:
                    heard.failed.append(f"{asker.login}: {method} {address} fails with {status}")
        if (after := state(world)) != before:
            heard.changed.append(f"{asker.login}: {route} changed it")
            before = after
    return replace(heard, asked=asked)
