"""Nobody learns of a record out of their sight, and nobody changes it: at any address, by any method."""

from __future__ import annotations

import pytest

from tests.company import Company
from tests.proof.matrix import CANARY, Asker, World, build, leaks
from zhike.query.tree import EVERYTHING

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.sqlite, pytest.mark.timeout(600)]


@pytest.fixture
def world(home: object, company: Company) -> World:
    return build(company)


@pytest.mark.slow
def test_a_colleague_learns_nothing_and_changes_nothing(world: World, company: Company) -> None:
    assert not leaks(Asker("li", company.li), world)


def test_nobody_who_is_not_signed_in_learns_or_changes_anything(world: World) -> None:
    assert not leaks(Asker("nobody", None), world)


def test_the_matrix_sees_what_an_open_door_would_show(
    world: World, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhike.records.asking.scope", lambda *_args: EVERYTHING)
    told = "\n".join(leaks(Asker("li", company.li), world, only="<str:plural>"))
    for way in ("GET /accounts tells", f"GET /contacts/{world.kept['contact']} tells", "<int:id>/edit changed it"):
        assert way in told
    assert CANARY not in told
