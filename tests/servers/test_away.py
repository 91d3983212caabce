"""While the database is away, everybody is told so in words and asked to come again; nothing is blamed on the program."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import InternalError, OperationalError
from django.test import Client

from tests.api.conftest import Caller, caller_of
from tests.company import PASSWORD, Company
from zhike.kernel.errors import out_of_reach
from zhike.site.home import Home

pytestmark = pytest.mark.sqlite


class Cause(Exception):
    """What the driver said."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def failing(kind: type[Exception], sqlstate: str | None, said: str = "the line broke") -> Exception:
    error = kind(said)
    error.__cause__ = Cause(sqlstate)
    return error


def away(*_given: Any, **_more: Any) -> None:
    raise failing(OperationalError, None)


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False, HTTP_HOST="testserver")
    client.post("/sign-in", {"login": "li", "password": PASSWORD})
    return client


def test_a_page_says_that_the_database_is_away_and_hands_back_what_was_typed(
    home: Home, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhike.web.middleware.visit_of", away)
    page = browser.post("/accounts/new", {"name": "Typed for an hour"})
    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    said = page.content.decode()
    assert "The database does not answer right now" in said
    assert "Typed for an hour" in said
    browser.cookies["zhike-language"] = "zh-hans"
    assert "数据库暂时没有响应" in browser.get("/").content.decode()


def test_a_part_of_a_page_says_so_as_a_toast_and_swaps_nothing(
    home: Home, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhike.web.middleware.visit_of", away)
    part = browser.get("/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Reswap"], part["Retry-After"]) == (503, "none", "5")


def test_the_api_says_so_as_a_problem_with_the_time_to_wait(
    home: Home, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    api: Caller = caller_of(company.li)
    monkeypatch.setattr("zhike.api.answer.actor_of_token", away)
    answer = api("GET", "accounts")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["type"].endswith("away")


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (failing(OperationalError, "57P01"), True),
        (failing(OperationalError, "08006"), True),
        (failing(OperationalError, "53300"), True),
        (failing(InternalError, "25006"), True),
        (failing(OperationalError, None, "database is locked"), True),
        (failing(OperationalError, "53100"), False),
        (failing(OperationalError, "57014"), False),
        (failing(OperationalError, None, "no such table: x"), False),
        (failing(OperationalError, None, "database or disk is full"), False),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_what_counts_as_away(error: Exception | None, is_away: bool) -> None:
    assert out_of_reach(error) is is_away
