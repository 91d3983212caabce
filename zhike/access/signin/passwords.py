"""Passwords: how good one must be, set and judged. Only their Argon2 hashes are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from zhike.access.people import Person, people
from zhike.access.signin.tries import forgive_tries
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.store.database import row, run, to_db, write_transaction

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LEFT_BESIDE_NAMES = 8
"""Characters a password must have besides the names in it that everybody knows."""
FEWEST_DIFFERENT = 5
NAME_PARTS = re.compile(r"[\W_]+")
ENDING = re.compile(r"[\d\W_]+$")


def weakness(password: str, names: Iterable[str] = ()) -> Words | None:
    """What is wrong with a password, in words; None when it is good enough. ``names``: the person's own, the company's."""
    if len(password) < SHORTEST_PASSWORD:
        return _("Choose at least {n} characters.").with_(n=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return _("Choose at most {n} characters.").with_(n=LONGEST_PASSWORD)
    folded = password.casefold()
    if len(set(folded)) < FEWEST_DIFFERENT:
        return _("Choose more different characters.")
    if folded in _common() or ENDING.sub("", folded) in _common():
        return _("Many people use this password, so it is tried first. Choose another one.")
    left = folded
    for part in sorted(_parts(names), key=len, reverse=True):
        left = left.replace(part, "")
    if left != folded and len(left) < LEFT_BESIDE_NAMES:
        return _("This is mostly your name or the company's. Choose something else.")
    return None


def set_password(user_id: int, password: str) -> None:
    """Give a user a password (and with it a login); ends their open sessions and links. Raises Invalid when it is too weak."""
    person = people().persons.get(user_id)
    if person is None or not person.login:
        raise Invalid(Problem(_("This person has no login name yet."), "login"))
    wrong = weakness(password, (person.login, person.name, company_name()))
    if wrong is not None:
        raise Invalid(Problem(wrong, "password"))
    coded = make_password(password)
    with write_transaction():
        if not run('UPDATE "store_login" SET "password" = %s WHERE "user" = %s', (coded, user_id)):
            run('INSERT INTO "store_login" ("user", "password") VALUES (%s, %s)', (user_id, coded))
        run('DELETE FROM "store_signin" WHERE "user" = %s', (user_id,))
        run('UPDATE "store_invitation" SET "used" = %s WHERE "user" = %s AND "used" IS NULL', (to_db(now()), user_id))
        forgive_tries(user_id)


def is_password_of(person: Person | None, password: str) -> bool:
    """Whether this is the password of an active person. The same work is done when there is no such person, so that time
    tells nothing; a hash made in an older way is made anew when the password was right."""
    held = row('SELECT "password" FROM "store_login" WHERE "user" = %s', (person.id if person else 0,))
    password = password[: LONGEST_PASSWORD + 1]
    if person is None or held is None or not person.active:
        make_password(password)
        return False
    return check_password(password, held[0], lambda right: _keep_anew(person.id, right))


def _keep_anew(user_id: int, password: str) -> None:
    with write_transaction():
        run('UPDATE "store_login" SET "password" = %s WHERE "user" = %s', (make_password(password), user_id))


def company_name() -> str:
    """The company's name as the settings have it."""
    found = row('SELECT "value" FROM "store_setting" WHERE "key" = %s', ("name",))
    return str(json.loads(found[0])) if found else ""


def _parts(names: Iterable[str]) -> set[str]:
    """The names and their words, as far as they are long enough to mean something (two characters in Chinese)."""
    found = {one.strip().casefold() for one in names} | {
        part for one in names for part in NAME_PARTS.split(one.casefold())
    }
    return {one for one in found if len(one) >= (3 if one.isascii() else 2)}


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Django's list of the twenty thousand passwords seen most often."""
    return frozenset(CommonPasswordValidator().passwords)
