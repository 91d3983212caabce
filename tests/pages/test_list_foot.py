"""The foot of a list: how many there are, and the total of what was counted."""

from __future__ import annotations

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.changes import Command
from zhike.records import long_answers, read
from zhike.records.write import write
from zhike.store import database
from zhike.store.database import is_postgres, rows

pytestmark = pytest.mark.usefixtures("home")
ADDRESS = "/products?columns=name,price"


@pytest.fixture
def products(company):
    return [make(company.admin, "product", name=name, price=price) for name, price in (("泵", "1200"), ("阀", "34000"))]


def foot() -> str:
    return signed_in("admin").get(ADDRESS).content.decode().partition('<footer class="page-foot">')[2]


def test_the_foot_tells_the_total_of_the_first_amount(products):
    assert "35,200" in foot()


def test_archived_records_are_not_in_the_total(company, products):
    write(company.admin, Command("archive", "product", products[0]))
    assert "34,000" in foot()


def test_the_total_is_exact_also_where_counting_stopped(products, monkeypatch):
    monkeypatch.setattr(read, "MOST_COUNTED", 1)
    monkeypatch.setattr("zhike.web.generic.lists.PAGE", 1)
    assert "1+" in foot()
    assert "35,200" in foot()


def test_a_total_that_takes_too_long_is_given_up_and_the_foot_says_so(products, monkeypatch):
    monkeypatch.setattr("zhike.web.generic.list_foot.UNASKED", 1e-9)
    monkeypatch.setattr(database, "STEPS_BETWEEN_LOOKS", 1)
    monkeypatch.setattr(long_answers, "rows", slow_rows)
    assert "太多" in foot()
    assert "35,200" not in foot()
    assert "泵" in signed_in("admin").get(ADDRESS).content.decode()


def slow_rows(sql, params=()):
    return rows("SELECT pg_sleep(1)") if is_postgres() else rows(sql, params)
