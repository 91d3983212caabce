"""Roles and people for one test, made through the doors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from zhike.access.people import people
from zhike.access.signin import actor_of_user
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command, Done
from zhike.kernel.errors import Invalid, Refused
from zhike.records.read import Query, read
from zhike.records.write import write, write_many
from zhike.store.database import insert_many, is_postgres, rows, to_db
from zhike.store.ids import shares_changed

RIGHTS = ("read", "create", "edit", "delete", "export", "import", "transfer", "bulk")


def make(object_key: str, actor: Actor = SYSTEM, **values: Any) -> int:
    """A record; returns its id."""
    return write(actor, Command("create", object_key, values=values)).id


def change(object_key: str, record_id: int, actor: Actor = SYSTEM, **values: Any) -> Done:
    """An update."""
    return write(actor, Command("update", object_key, record_id, values=values))


def trash(object_key: str, record_id: int, actor: Actor = SYSTEM) -> Done:
    return write(actor, Command("trash", object_key, record_id))


def role(name: str, grants: Mapping[str, Mapping[str, str] | str], fields: Mapping[str, str] | None = None) -> int:
    """A role. ``grants``: object → one reach for every right, or right → reach. ``fields``: ``object.field`` → right."""
    role_id = make("role", name=name)
    for object_key, given in grants.items():
        reaches = dict.fromkeys(RIGHTS, given) if isinstance(given, str) else given
        make("grant", role=role_id, object=object_key, **{right: reaches.get(right, "none") for right in RIGHTS})
    for path, right in (fields or {}).items():
        object_key, _dot, field = path.partition(".")
        make("field_right", role=role_id, object=object_key, field=field, right=right)
    return role_id


def person(login: str, *roles: int, department: int | None = None) -> Actor:
    """Somebody with these roles."""
    user = make("user", name=f"Person {login}", login=login, roles=list(roles), department=department)
    return actor_of_user(user, "web")


def with_fields(
    login: str, fields: Mapping[str, str], grants: Mapping[str, Mapping[str, str] | str] | None = None
) -> Actor:
    """Somebody who may do everything with every record, but for these field rights."""
    return person(login, role(f"role of {login}", grants or {"*": "all"}, fields))


def department_of(actor: Actor) -> int:
    found = people().persons[actor.id].department
    assert found is not None
    return found


def share(object_key: str, record_id: int, **facts: Any) -> None:
    """A row of the share table: ``person`` or ``department``, ``right`` (read), ``until``."""
    line = {
        "object": object_key,
        "record": record_id,
        "person": None,
        "department": None,
        "right": "read",
        "until": None,
    } | facts
    line["until"] = to_db(line["until"]) if line["until"] else None
    insert_many("store_share", list(line), [list(line.values())])
    shares_changed()


def ids(actor: Actor, object_key: str, where: str = "", **more: Any) -> set[int]:
    """Ids of what a list shows."""
    return {one.id for one in read(actor, Query(object_key, where=where, size=500, **more)).rows}


def refusal(call: Any, *args: Any, **more: Any) -> tuple[type, int, tuple[tuple[str, str, str], ...]]:
    """How a call is refused, as somebody outside can tell: kind, status, and each problem's field, code and text."""
    with pytest.raises(Refused) as caught:
        call(*args, **more)
    error = caught.value
    return type(error), error.status, tuple((one.field, one.code, str(one.text)) for one in error.problems)


def many(commands: list[Command], actor: Actor = SYSTEM, **more: Any) -> list[Any]:
    return write_many(actor, commands, **more).results


def tables() -> list[str]:
    return sorted(name for name in connection.introspection.table_names() if name.startswith(("objects_", "store_")))


def dump() -> dict[str, list[str]]:
    """Every row of every table as text, to compare before and after."""
    shadow = ("store_search_fts",)
    found = {}
    for table in tables():
        if not table.startswith(shadow):
            columns = (
                "*" if not (is_postgres() and table == "store_searchrow") else '"record", "object", "tokens", "cut"'
            )
            found[table] = sorted(map(repr, rows(f'SELECT {columns} FROM "{table}"')))
    return found


@contextmanager
def nothing_written(but: str = "") -> Iterator[None]:
    """The block leaves every table as it was (``but``: save this one)."""
    before = dump()
    yield
    after = dump()
    assert {name for name in after if after[name] != before.get(name)} - {but} == set()


def fields_of(call: Callable[..., Any], *args: Any, **more: Any) -> set[tuple[str, str]]:
    """Field and code of every problem of a refused call that wrote nothing."""
    with nothing_written():
        kind, _status, problems = refusal(call, *args, **more)
    assert kind is Invalid
    return {(field, code) for field, code, _text in problems}


def hide(role_code: str, object_key: str, *keys: str) -> None:
    """Hide fields of an object from a role."""
    of_role = read(SYSTEM, Query("role", f"code = {role_code}")).rows[0].id
    for key in keys:
        make("field_right", role=of_role, object=object_key, field=key, right="hidden")
