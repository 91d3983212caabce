"""The board: columns, counts, totals, moving a card."""

from __future__ import annotations

import html
import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.changes import Command
from zhike.records.read import Query, read, read_one
from zhike.records.write import write_many

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械")


@pytest.fixture
def deals(company, account):
    return [
        make(company.li, "opportunity", name=f"单{index}", account=account, amount=str(index * 1000))
        for index in (1, 2, 3)
    ]


def stages(actor):
    return read(actor, Query("stage", sort="position", columns=("name", "outcome"))).rows


def column(page, value):
    start = page.index(f'data-column="{value}"')
    return page[start : page.index("</section>", start)]


def test_every_stage_is_a_column_in_its_order(company, deals):
    page = text_of(signed_in().get("/opportunities/board"))
    assert re.findall(r'data-column="(\d+)"', page) == [str(one.id) for one in stages(company.li)]


def test_a_column_counts_its_cards_and_adds_them_up(company, deals):
    held = column(text_of(signed_in().get("/opportunities/board")), stages(company.li)[0].id)
    assert 'data-count="3"' in held
    assert 'data-sum="6000.00"' in held
    assert {int(one) for one in re.findall(r'data-card="(\d+)"', held)} == set(deals)


def test_the_board_shows_nobody_elses_cards(deals):
    assert "data-card=" not in text_of(signed_in("chen").get("/opportunities/board"))


def test_a_filter_narrows_cards_counts_and_totals_alike(company, deals):
    held = column(
        text_of(signed_in().get("/opportunities/board", {"where": "amount > 1500"})), stages(company.li)[0].id
    )
    assert 'data-count="2"' in held
    assert 'data-sum="5000.00"' in held
    assert held.count("data-card=") == 2


def test_a_filter_that_cannot_be_read_is_explained(deals):
    answer = signed_in().get("/opportunities/board", {"where": "amount >"})
    assert answer.status_code == 400
    assert 'role="alert"' in text_of(answer)


def test_a_moved_card_comes_back_with_the_heads_of_both_columns(company, deals):
    here, there = stages(company.li)[:2]
    sent = {"id": deals[2], "to": there.id, "from": here.id}
    answer = signed_in().post("/opportunities/board/move", sent, headers=part("board"))
    page = text_of(answer)
    assert answer.status_code == 200, page
    assert set(re.findall(r'data-column-head="(\d+)"', page)) == {str(here.id), str(there.id)}
    assert 'data-sum="3000.00"' in page
    assert f'data-card="{deals[2]}"' in page
    assert "/undo" in answer["HX-Trigger"]
    assert read_one(company.li, "opportunity", deals[2]).values["stage"].id == there.id


def test_a_move_that_asks_for_more_opens_the_dialog_and_moves_nothing(company, deals):
    here = stages(company.li)[0]
    lost = next(one for one in stages(company.li) if one.values["outcome"] == "lost")
    sent = {"id": deals[0], "to": lost.id, "from": here.id, "next": "/opportunities/board"}
    answer = signed_in().post("/opportunities/board/move", sent, headers=part("board"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "<dialog" in page
    assert 'name="lost_reason"' in page
    assert 'name="next" value="/opportunities/board"' in page
    assert read_one(company.li, "opportunity", deals[0]).values["stage"].id == here.id


def test_a_viewer_can_look_and_not_move(deals):
    page = text_of(signed_in("guest").get("/opportunities/board"))
    assert "data-card=" in page
    assert 'data-board="' not in page


def test_an_object_without_a_board_has_none():
    assert signed_in("admin").get("/pipelines/board").status_code == 404


def test_a_long_column_comes_in_pieces(company, account):
    write_many(
        company.li,
        [Command("create", "opportunity", values={"name": f"多{index}", "account": account}) for index in range(60)],
    )
    client = signed_in()
    page = text_of(client.get("/opportunities/board"))
    more = re.search(r'hx-get="(/opportunities/board\?column=[^"]*)"', page).group(1)
    rest = text_of(client.get(more, headers=part("more")))
    first, second = (set(re.findall(r'data-card="(\d+)"', one)) for one in (page, rest))
    assert len(first) == 50
    assert len(second) == 10
    assert not first & second
