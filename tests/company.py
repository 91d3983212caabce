"""The small company every test starts with: a few people in two departments, with the shipped roles. No customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhike.access.signin import actor_of_login, set_password
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.objects.seed import seed
from zhike.records.read import Query, read
from zhike.records.write import write

PASSWORD = "Reeds-by-the-lake-7"


@dataclass(frozen=True)
class Company:
    """Who is there. Everybody signs in with :data:`PASSWORD`; the login is the attribute's name."""

    admin: Actor  # administrator, at the head office
    zhao: Actor  # manager of the first sales department
    li: Actor  # sales, first department, reports to zhao
    wang: Actor  # sales, first department, reports to zhao
    chen: Actor  # sales, second department
    guest: Actor  # may read everything and change nothing


def fill() -> Company:
    """Make roles, pipeline and people through the doors."""
    seed()
    roles = {row.values["code"]: row.id for row in read(SYSTEM, Query("role", columns=("code",))).rows}
    office = _make("department", name="总部")
    first = _make("department", name="销售一部", parent=office)
    second = _make("department", name="销售二部", parent=office)
    _person("admin", "管晓", roles["administrator"], office)
    zhao = _person("zhao", "赵敏", roles["manager"], first)
    _person("li", "李娜", roles["sales"], first, manager=zhao)
    _person("wang", "王磊", roles["sales"], first, manager=zhao)
    _person("chen", "陈晨", roles["sales"], second)
    _person("guest", "郭嘉宾", roles["viewer"], office)
    return Company(**{login: actor_of_login(login, "web") for login in Company.__dataclass_fields__})


def _person(login: str, name: str, role: int, department: int, **more: Any) -> int:
    person = _make("user", name=name, login=login, roles=[role], department=department, language="zh-hans", **more)
    set_password(person, PASSWORD)
    return person


def _make(object_key: str, **values: Any) -> int:
    return write(SYSTEM, Command("create", object_key, values=values), why="test company").id
