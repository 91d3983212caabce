"""What one request asks again and again is asked once, and again when the request itself changed the answer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.doors.staff import make
from zhike.access.rights import has_shares
from zhike.kernel.actor import SYSTEM
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
