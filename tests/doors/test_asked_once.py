"""What one request asks again and again is asked once, and again when the request itself changed the answer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.doors.staff import change, make
from tests.doors.statements import heard
from zhike.access.rights import has_shares
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import NotFound
from zhike.records.read import read_one
from zhike.records.sharing import share, stop
from zhike.schema.values import Ref
from zhike.store.ids import steady

pytestmark = pytest.mark.usefixtures("home")


class Operation:
    id = 1
    actor = SYSTEM


@pytest.fixture
def account(home):
    return make("account", name="A")


def test_one_request_asks_for_shares_once(company):
    with steady(), CaptureQueriesContext(connection) as asked:
        assert not has_shares(company.li)
        assert not has_shares(company.li)
    assert sum("store_share" in one["sql"] for one in asked.captured_queries) == 1


def test_a_share_made_or_taken_back_within_a_request_counts_at_once(account, company):
    with steady():
        assert not has_shares(company.chen)
        share(Operation(), "account", account, [Ref("user", company.chen.id)])
        assert has_shares(company.chen)
        stop(account)
        assert not has_shares(company.chen)


def test_what_is_remembered_of_one_person_says_nothing_of_another(account, company):
    with steady():
        share(Operation(), "account", account, [Ref("user", company.chen.id)])
        assert has_shares(company.chen)
        assert not has_shares(company.li)


def test_a_record_read_twice_is_asked_for_once_until_something_is_written(company):
    account = make("account", name="A", owner=company.li.id)
    with steady():
        first = read_one(company.li, "account", account)
        with heard() as asked:
            assert read_one(company.li, "account", account) == first
        assert asked == []
        change("account", account, name="B")
        assert read_one(company.li, "account", account).title == "B"
        change("account", account, owner=company.chen.id)
        with pytest.raises(NotFound):
            read_one(company.li, "account", account)


def test_a_share_taken_back_within_a_request_closes_the_record_at_once(account, company):
    with steady():
        share(Operation(), "account", account, [Ref("user", company.chen.id)])
        assert read_one(company.chen, "account", account).id == account
        stop(account)
        with pytest.raises(NotFound):
            read_one(company.chen, "account", account)
