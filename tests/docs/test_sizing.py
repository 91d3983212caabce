"""The sizes the guides name are those worked out from what was measured."""

from __future__ import annotations

import json

import pytest

from tools import sizing

pytestmark = pytest.mark.sqlite
FIGURES = json.loads(sizing.FIGURES.read_text("utf-8"))


@pytest.mark.parametrize("language", list(sizing.GUIDES))
def test_a_guide_says_what_was_worked_out(language: str) -> None:
    text = sizing.GUIDES[language].read_text("utf-8")
    assert sizing.written(text, language, FIGURES) == text
    assert "10,000 (" not in text
    assert all(table in text for table in sizing.tables(language, FIGURES).values())


def test_twice_the_people_need_twice_of_what_people_need() -> None:
    one, two = sizing.machine(500, FIGURES), sizing.machine(1000, FIGURES)
    for name in (
        "actions_a_second",
        "server_cores",
        "worker_cores",
        "database_cores",
        "database_a_year",
        "uploads_a_year",
    ):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    assert two.processes >= one.processes


def test_every_action_was_measured() -> None:
    assert FIGURES["actions"].keys() == sizing.ACTIONS.keys()
    assert all(server > 0 for server, _database in FIGURES["actions"].values())


def test_the_example_in_the_guide_is_what_the_program_reckons() -> None:
    doing = 1000 * sizing.AT_WORK * sizing.PEAK / 3600
    found = (
        sum(doing * often * FIGURES["actions"][name][0] for name, often in sizing.ACTIONS.items()) / 1000 / sizing.FULL
    )
    assert sizing.machine(1000, FIGURES).server_cores == pytest.approx(found)
    for path in sizing.GUIDES.values():
        text = path.read_text("utf-8")
        assert f"{doing:.2f}" in text
        assert f"({found:.2f})" in text


def test_dearer_actions_need_bigger_machines() -> None:
    dearer = {
        **FIGURES,
        "actions": {name: [2 * server, database] for name, (server, database) in FIGURES["actions"].items()},
    }
    one, two = sizing.machine(1000, FIGURES), sizing.machine(1000, dearer)
    assert two.server_cores == pytest.approx(2 * one.server_cores)
    assert two.database_cores == pytest.approx(one.database_cores)
