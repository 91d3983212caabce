"""Nobody learns of a record out of their sight, and nobody changes what they may not: at any address, by any method.

`make test` takes nobody and a colleague; `make prove PROOF=matrix` everybody below, by every method, on both databases."""

from __future__ import annotations

import pytest

from tests.company import PASSWORD, Company
from tests.doors.staff import make, person, role
from tests.proof.figures import WHOLE, tell
from tests.proof.matrix import CANARY, OBJECTS, Asker, Heard, build, hear
from zhike.access.signin import actor_of_user, set_password
from zhike.kernel.actor import SYSTEM, Actor
from zhike.objects.seed import ROLES
from zhike.query.tree import EVERYTHING as ALL_ROWS
from zhike.records.read import Query, read

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.timeout(3000), *([] if WHOLE else [pytest.mark.sqlite])]
whole = pytest.mark.skipif(not WHOLE, reason="in the long form: make prove PROOF=matrix")
# What a shipped role reaches of the records of another department.
NOTHING, SIGHT, ALL = "nothing", "sight", "all"
REACH = {"administrator": ALL, "manager": NOTHING, "sales": NOTHING, "viewer": SIGHT}


def colleague(code: str, company: Company) -> Actor:
    """Somebody of the first department with a shipped role and no other."""
    found = read(SYSTEM, Query("role", where=f"code = {code}")).rows[0].id
    department = read(SYSTEM, Query("user", where=f"id = {company.li.id}", columns=("department",))).rows[0][
        "department"
    ]
    id = make("user", name=f"Of {code}", login=f"of-{code}", roles=[found], department=department.id)
    set_password(id, PASSWORD)
    return actor_of_user(id, "web")


def narrow(fields: dict[str, str] | None = None) -> Actor:
    """Somebody who may read what is theirs, and nothing else."""
    made = person("narrow", role("narrow", {key: {"read": "own"} for key in OBJECTS}, fields))
    set_password(made.id, PASSWORD)
    return made


def reaches_nothing(heard: Heard) -> None:
    tell(requests=heard.asked)
    assert not [*heard.told, *heard.changed, *heard.failed]


def test_a_role_that_ships_is_known_here() -> None:
    assert REACH.keys() == ROLES.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [pytest.param(code, marks=() if code == "sales" else whole) for code, reach in REACH.items() if reach == NOTHING],
)
def test_a_colleague_of_another_department_learns_nothing_and_changes_nothing(company: Company, code: str) -> None:
    reaches_nothing(hear(Asker(f"of-{code}", colleague(code, company)), build(company)))


def test_nobody_who_is_not_signed_in_learns_or_changes_anything(company: Company) -> None:
    reaches_nothing(hear(Asker("nobody", None), build(company)))


@whole
def test_whoever_may_only_look_changes_nothing(company: Company) -> None:
    heard = hear(Asker("of-viewer", colleague("viewer", company)), build(company))
    tell(requests=heard.asked)
    assert not [*heard.changed, *heard.failed]
    assert heard.told


@whole
def test_whoever_may_only_look_at_what_is_theirs_changes_not_even_that(company: Company) -> None:
    mine = narrow()
    heard = hear(Asker("narrow", mine), build(company, mine))
    tell(requests=heard.asked)
    assert not [*heard.changed, *heard.failed]
    assert any(f"/{one}" in " ".join(heard.told) for one in ("accounts", "machines"))


@whole
def test_a_narrow_role_learns_nothing_of_what_is_not_theirs(company: Company) -> None:
    reaches_nothing(hear(Asker("narrow", narrow()), build(company)))


@whole
def test_whoever_may_do_everything_meets_no_failure(company: Company) -> None:
    heard = hear(Asker("admin", company.admin), build(company))
    tell(requests=heard.asked)
    assert not heard.failed
    assert heard.told
    assert heard.changed


def test_the_matrix_hears_what_an_open_door_would_show(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    world = build(company)
    monkeypatch.setattr("zhike.records.asking.scope", lambda *_args: ALL_ROWS)
    heard = hear(Asker("li", company.li), world, only="<str:plural>")
    told = "\n".join([*heard.told, *heard.changed])
    for way in ("GET /accounts tells", f"GET /contacts/{world.kept['contact']} tells", "<int:id>/edit changed it"):
        assert way in told
    assert CANARY not in told
