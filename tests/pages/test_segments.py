"""Segments in the browser: made of a list's filter, told on their page, named on the pages of their members."""

from __future__ import annotations

import html
from urllib.parse import quote

import pytest

from tests.doors.staff import hide
from tests.pages.pages_client import make, signed_in
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.sqlite]


@pytest.fixture
def vip(company):
    """A segment everybody sees, a record that was there when it was made, and one that came later."""
    inside = make(company.li, "account", name="华信科技", level="key")
    made = make(SYSTEM, "segment", name="贵宾", code="vip", object="account", where="level = key", shared="everybody")
    work_off()
    late = make(company.wang, "account", name="远山", level="key")
    work_off()
    return made, inside, late


def page(login, address):
    client = signed_in(login)
    client.cookies["zhike-language"] = "en"
    return html.unescape(client.get(address).content.decode())


def test_its_page_tells_members_conditions_and_who_came_within_the_readers_sight(vip):
    segment, _inside, _late = vip
    whole = page("admin", f"/segments/{segment}")
    assert '<span class="count">2</span>' in whole
    assert "Level is Key account" in whole
    assert "came: 1" in whole
    seller = page("li", f"/segments/{segment}")
    assert '<span class="count">1</span>' in seller
    assert "came:" not in seller, "the other seller's record came, which is not theirs to know"


def test_the_page_of_a_member_names_its_segments(vip):
    segment, inside, _late = vip
    assert f'href="/segments/{segment}">贵宾</a>' in page("li", f"/accounts/{inside}")
    hide("sales", "account", "level")
    assert "贵宾" not in page("li", f"/accounts/{inside}")
    assert 'aria-label="Members"' not in page("li", f"/segments/{segment}")


def test_a_lists_filter_becomes_a_segment(vip):
    address = "/accounts?where=" + quote("level = key")
    offered = "/segments/new?object=account&where=level+%3D+key"
    assert offered in page("li", address)
    assert offered in page("li", address + "&build=1")
    assert ">level = key</textarea>" in page("li", offered)
    assert "远山" not in page("li", "/accounts?where=" + quote("segment = vip"))
    assert "远山" in page("wang", "/accounts?where=" + quote("segment = vip"))
