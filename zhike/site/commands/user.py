"""``zhike user``: add people, list them, set their passwords."""

from __future__ import annotations

import getpass
import secrets
import sys
from pathlib import Path

from zhike.access.people import people
from zhike.access.signin import actor_of_login, set_password
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.read import Query, read
from zhike.records.signin.office import take_second_step_away, unlock
from zhike.records.write import write
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for
from zhike.store.database import write_transaction

KEYS = ("id", "login", "name", "department", "roles", "active")


def run(given: Given, home: Path) -> int:
    """Run one of create, list, password and let-in."""
    actor = actor_for(given, home)
    work = {"user create": _create, "user list": _list, "user password": _password, "user let-in": _let_in}
    return work[given.shape.name](given, actor)


def _create(given: Given, actor: Actor) -> int:
    login = given.word("LOGIN")
    values: dict[str, object] = {"login": login, "name": given.text("name", login)}
    if given.has("role"):
        values["roles"] = list(given.list("role"))
    if given.has("department"):
        values["department"] = given.text("department")
    password = given.text("password") or _asked(optional=True)
    with write_transaction():  # a refused password makes no user
        done = write(actor, Command("create", "user", values=values))
        if password:
            set_password(done.id, password)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json({"id": done.id, "login": login, "password": bool(password)}))
    else:
        print(_("Created the user {login} (id {id}).").with_(login=login, id=done.id))
    return 0


def _list(given: Given, actor: Actor) -> int:
    rows, after = [], ""
    while True:
        page = read(actor, Query("user", sort="id", columns=KEYS, size=200, after=after, archived="all", count=False))
        for record in page.rows:
            values = record.values
            rows.append(
                {
                    "id": record.id,
                    "login": values.get("login"),
                    "name": values.get("name"),
                    "department": values["department"].title if values.get("department") else None,
                    "roles": [role.title for role in values.get("roles") or ()],
                    "active": values.get("active") is not False,
                }
            )
        after = page.next
        if not after:
            break
    print_rows(sys.stdout, given.text("format", "table"), KEYS, rows)
    return 0


def _password(given: Given, actor: Actor) -> int:
    user = actor_of_login(given.word("LOGIN")).id
    allowed = actor.is_system or actor.id == user
    if not allowed:
        raise NotFound(_("You can set only your own password; the owner of the folder can set anybody’s."))
    set_password(user, given.text("password") or _asked(optional=False))
    print(
        _("The password of {login} is set; their open sessions have ended.").with_(login=people().persons[user].login)
    )
    return 0


def _let_in(given: Given, actor: Actor) -> int:
    user = actor_of_login(given.word("LOGIN")).id
    unlock(actor, user)
    if given.has("no-second-step"):
        take_second_step_away(actor, user)
    print(_("{login} can sign in again.").with_(login=people().persons[user].login))
    return 0


def _asked(*, optional: bool) -> str:
    """A password typed twice on a terminal; without one "" when optional. Raises WrongUsage."""
    if not sys.stdin.isatty():
        if optional:
            return ""
        raise WrongUsage(_("Give the password with --password."))
    first = getpass.getpass(str(_("Password: ")))
    if not first and optional:
        return ""
    if not secrets.compare_digest(first.encode(), getpass.getpass(str(_("Once more: "))).encode()):
        raise WrongUsage(_("The two passwords differ."))
    return first
