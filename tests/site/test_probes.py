"""What watches over the server asks two addresses, without signing in and by any name."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from tests.doors.statements import heard
from zhike.site import probes

BY_NUMBER = {"HTTP_HOST": "10.1.2.3:8000"}  # as a probe of a cluster comes


def test_a_server_that_answers_is_alive_and_ready(home):
    for place in ("/health", "/health/ready"):
        answer = Client().get(place, **BY_NUMBER)
        assert (answer.status_code, answer.content) == (200, b"yes\n")
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies


def test_other_addresses_still_want_a_name_of_ours(home):
    assert Client().get("/sign-in", **BY_NUMBER).status_code == 400
    assert Client().post("/health/ready").status_code != 200


def test_a_database_that_does_not_answer_is_not_ready_and_says_nothing_of_why(home, monkeypatch):
    def gone(_name):
        raise OperationalError("connection to server at 10.9.9.9 failed for user zhike")

    monkeypatch.setattr(probes, "counter", gone)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.content) == (503, b"no\n")
    assert Client().get("/health").status_code == 200


@pytest.mark.sqlite
def test_a_server_without_its_key_or_with_migrations_waiting_is_not_ready(home, monkeypatch, tmp_path):
    monkeypatch.setattr(probes, "_waiting", lambda: True)
    assert Client().get("/health/ready").status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(settings, "ZHIKE_HOME", str(tmp_path))
    assert Client().get("/health/ready").status_code == 503


@pytest.mark.sqlite
def test_asking_again_costs_one_question(home):
    client = Client()
    client.get("/health/ready")
    with heard() as asked:
        client.get("/health/ready")
    assert len([sql for sql, _params in asked if sql.startswith("SELECT")]) == 1
    with heard() as asked:
        client.get("/health")
    assert not asked
