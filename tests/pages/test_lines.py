"""The lines of a document on its page: added, changed and taken out in place, with the totals below."""

from __future__ import annotations

import re

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.records.actions import run_action
from zhike.records.read import Query, read, read_one

pytestmark = pytest.mark.usefixtures("home")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def quote(company):
    account = make(company.li, "account", name="华信科技")
    return make(company.li, "quote", name="设备", account=account, currency="CNY")


def lines(quote):
    return read(SYSTEM, Query("quote_line", f"quote = {quote}", "id", ("description", "quantity"))).rows


def shown(answer):
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def test_a_document_shows_its_lines_and_its_totals(company, quote):
    make(company.li, "quote_line", quote=quote, description="水泵", unit_price=113, tax_rate=13, quantity=2)
    page = shown(signed_in().get(f"/quotes/{quote}"))
    assert "水泵" in page
    assert "226" in page


def test_a_line_is_added_from_the_page_once(company, quote):
    client = signed_in()
    sent = {"description": "安装", "quantity": "3", "unit_price": "50", "_once": "abc"}
    for _twice in range(2):
        answer = client.post(f"/quotes/{quote}/lines", sent, headers=HTMX)
        assert answer.status_code == 200
    assert [(one["description"], one["quantity"]) for one in lines(quote)] == [("安装", 3)]
    assert "150" in shown(answer)


def test_a_line_that_is_wrong_keeps_what_was_typed_and_says_what_is_missing(company, quote):
    answer = signed_in().post(f"/quotes/{quote}/lines", {"description": "安装", "quantity": "x"}, headers=HTMX)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'value="安装"' in text
    assert "数量" in shown(answer)
    assert not lines(quote)


def test_a_line_is_taken_out_and_the_totals_follow(company, quote):
    one = make(company.li, "quote_line", quote=quote, description="水泵", unit_price=100)
    make(company.li, "quote_line", quote=quote, description="安装", unit_price=50)
    answer = signed_in().post(f"/quotes/{quote}/lines", {"remove": one}, headers=HTMX)
    assert "水泵" not in shown(answer)
    assert read_one(SYSTEM, "quote", quote)["total"].amount == 50


def test_a_line_of_another_document_is_not_taken_out_here(company, quote):
    other = make(company.li, "quote", name="别的", account=make(company.li, "account", name="B"), currency="CNY")
    one = make(company.li, "quote_line", quote=other, description="水泵", unit_price=100)
    assert signed_in().post(f"/quotes/{quote}/lines", {"remove": one}, headers=HTMX).status_code == 404
    assert lines(other)


def test_a_document_that_stands_shows_its_lines_and_no_way_to_change_them(company, quote):
    make(company.li, "quote_line", quote=quote, description="水泵", unit_price=100)
    run_action(company.li, "quote", "send", [quote])
    page = signed_in().get(f"/quotes/{quote}").content.decode()
    assert "水泵" in page
    assert 'class="line-entry"' not in page
    assert 'name="remove"' not in page
    assert "data-cell" not in page.split('id="lines"')[1].split("</section>")[0]


def test_many_lines_come_in_portions(company, quote):
    from tests.doors.staff import many
    from zhike.kernel.changes import Command
    from zhike.schema.values import Ref

    many([
        Command("create", "quote_line", values={"quote": Ref("quote", quote), "description": f"行{n:03}", "unit_price": 1})
        for n in range(130)
    ])  # fmt: skip
    client = signed_in()
    first = client.get(f"/quotes/{quote}").content.decode()
    assert first.count("data-row=") == 100
    address = re.search(r'hx-get="(/quotes/\d+/lines\?after=[^"]+)"', first)
    rest = client.get(address[1].replace("&amp;", "&"), headers=HTMX).content.decode()
    assert rest.count("data-row=") == 30
    assert "行129" in rest


def test_one_line_and_the_totals_are_asked_for_after_a_cell_was_saved(company, quote):
    one = make(company.li, "quote_line", quote=quote, description="水泵", unit_price=100)
    make(company.li, "quote_line", quote=quote, description="安装", unit_price=50)
    text = signed_in().get(f"/quotes/{quote}/lines?row={one}", headers=HTMX).content.decode()
    assert text.count("data-row=") == 1
    assert "line-totals" in text


def test_whoever_does_not_see_the_document_does_not_see_its_lines(company, quote):
    assert signed_in("wang").get(f"/quotes/{quote}/lines", headers=HTMX).status_code == 404
