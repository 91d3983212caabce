"""A question no index helps is refused where there are many records, and says which condition to add."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import make, refusal
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import TooWide
from zhike.records import pricing
from zhike.records.declaring.customise import create_field
from zhike.records.read import Query, count, read

ACCOUNTS = 5


@pytest.fixture
def many(home: Any, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five accounts, which is more than a large table has in these tests."""
    for n in range(ACCOUNTS):
        make("account", name=f"公司{n}", employees=n, owner=company.li.id)
    monkeypatch.setattr(pricing, "LARGE", ACCOUNTS - 1)
    create_field(SYSTEM, "account", {"key": "plain", "label": "Plain", "kind": "number"})
    create_field(SYSTEM, "account", {"key": "quick", "label": "Quick", "kind": "number", "index": True})
    pricing.forget_sizes()


CHEAP = (
    "",
    "name ~ 公司",
    "employees > 2 and owner = me",
    "employees > 2 and created within this year",
    "quick > 2",
    "quick is empty and employees > 2",
    "status = customer or quick = 3",
    "phone = 13812345678",
    "owner.department.name = 销售一部",
    "tags has reference and employees > 2",
    "industry = finance and (employees > 2 or plain = 3)",
)
DEAR = (
    "plain > 2",
    "not quick = 3",
    "quick = 3 or plain = 3",
    "quick != 3 and plain = 1",
    "parent.quick = 3",
)


@pytest.mark.parametrize("where", CHEAP)
def test_a_question_with_an_index_is_answered(many: None, company: Company, where: str) -> None:
    try:
        read(company.admin, Query("account", where=where))
    except TooWide:
        pytest.fail(f"{where!r} was refused")


@pytest.mark.parametrize("where", DEAR)
def test_a_question_without_one_is_refused_in_words(many: None, company: Company, where: str) -> None:
    kind, status, problems = refusal(read, company.admin, Query("account", where=where))
    assert (kind, status) == (TooWide, 400)
    assert "Add a condition, such as on" in problems[0][2]
    assert refusal(count, company.admin, "account", where)[0] is TooWide


def test_an_order_without_an_index_is_refused_too(many: None, company: Company) -> None:
    assert refusal(read, company.admin, Query("account", sort="plain"))[0] is TooWide
    assert len(read(company.admin, Query("account", sort="-quick")).rows) == ACCOUNTS
    assert len(read(company.admin, Query("account", sort="name")).rows) == ACCOUNTS


def test_whoever_sees_few_and_the_system_ask_as_they_like(many: None, company: Company) -> None:
    for actor in (company.li, company.chen, SYSTEM):
        read(actor, Query("account", where="plain > 2", sort="plain"))


def test_a_small_table_answers_everything(home: Any, company: Company) -> None:
    make("account", name="A", employees=3)
    create_field(SYSTEM, "account", {"key": "plain", "label": "Plain", "kind": "number"})
    assert read(company.admin, Query("account", where="plain is empty", sort="plain")).count == 1
