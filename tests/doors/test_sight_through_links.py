"""A filter, a grouping or a measure that goes through a link tells nothing of a record its reader cannot see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import ids, make, share
from zhike.records.aggregate import aggregate
from zhike.records.read import read_one


@pytest.fixture
def deals(home: Any, company: Company) -> dict[str, int]:
    """Li's two deals: one on her own account, one on Wang's."""
    own = make("account", name="自己的客户", employees=10, owner=company.li.id)
    other = make("account", name="别人的客户", employees=5000, owner=company.wang.id)
    return {
        "other_account": other,
        "own": make("opportunity", name="甲", account=own, owner=company.li.id),
        "other": make("opportunity", name="乙", account=other, owner=company.li.id),
    }


def test_a_link_to_a_hidden_record_counts_as_empty_in_filters(deals: dict[str, int], company: Company) -> None:
    asked = {
        "account.employees > 1": {"own"},
        "account.employees is empty": {"other"},
        "account.owner.name = 王磊": set(),
        "not account.employees = 5000": {"own", "other"},
        "account.employees != 10": {"other"},
        "account is empty": set(),
    }
    for where, found in asked.items():
        assert ids(company.li, "opportunity", where) == {deals[one] for one in found}, where
    assert ids(company.zhao, "opportunity", "account.employees > 1") == {deals["own"], deals["other"]}


def test_a_shared_record_counts_again(deals: dict[str, int], company: Company) -> None:
    share("account", deals["other_account"], person=company.li.id)
    assert ids(company.li, "opportunity", "account.employees > 1") == {deals["own"], deals["other"]}


def test_groups_and_measures_leave_hidden_records_out(deals: dict[str, int], company: Company) -> None:
    grouped = {
        "zhao": [{"account.employees": "10", "count": 1}, {"account.employees": "5,000", "count": 1}],
        "li": [{"account.employees": "10", "count": 1}, {"account.employees": None, "count": 1}],
    }
    for who, groups in grouped.items():
        assert aggregate(getattr(company, who), "opportunity", ("account.employees",)) == groups
    measures = ("max:account.employees", "sum:account.employees")
    (hers,) = aggregate(company.li, "opportunity", (), measures)
    assert list(hers.values()) == ["10", "10"]


def test_filters_and_groups_of_one_question_share_what_is_seen(deals: dict[str, int], company: Company) -> None:
    found = aggregate(company.li, "opportunity", ("account.employees",), where="account.employees > 1")
    assert found == [{"account.employees": "10", "count": 1}]


def test_a_deal_still_says_whose_deal_it_is_and_is_found_by_that(deals: dict[str, int], company: Company) -> None:
    assert read_one(company.li, "opportunity", deals["other"])["account"].title == "别人的客户"
    assert ids(company.li, "opportunity", 'account = "别人的客户"') == {deals["other"]}
    assert ids(company.li, "opportunity", "account.name ~ 别人") == {deals["other"]}
    assert ids(company.li, "follow_up", "opportunity.account.name = 别人的客户") == set()


def test_names_of_several_links_are_looked_up_among_what_is_seen(deals: dict[str, int], company: Company) -> None:
    hidden = make("contact", name="别人的联系人", account=deals["other_account"])
    note = make("follow_up", summary="x", parent=f"opportunity:{deals['own']}", contacts=[hidden])
    assert ids(company.zhao, "follow_up", 'contacts has "别人的联系人"') == {note}
    assert ids(company.li, "follow_up", 'contacts has "别人的联系人"') == set()
