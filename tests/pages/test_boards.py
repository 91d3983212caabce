"""Boards of any object: columns by any choice or link, weighted sums, cards people choose, a line to add one, filters."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from tests.contract import made
from tests.doors.staff import hide
from tests.doors.statements import heard
from tests.pages.pages_client import make, part, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.records.read import Query, read, read_one
from zhike.records.write import write
from zhike.schema.registry import registry

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


def stages():
    return read(SYSTEM, Query("stage", sort="position", columns=("name", "resting_days"))).rows


def column(page, value):
    start = page.index(f'data-column="{value}"')
    return page[start : page.index("</section>", start)]


@pytest.fixture
def account(company):
    return make(company.li, "account", name="凌渡精密机械")


def test_a_column_is_weighted_by_the_chance_of_each_card(company, account):
    make(company.li, "opportunity", name="一", account=account, amount="1000")
    make(company.li, "opportunity", name="二", account=account, amount="2000", probability="50")
    page = text_of(signed_in().get("/opportunities/board"))
    held = column(page, stages()[0].id)
    assert 'data-sum="3000.00"' in held
    assert 'data-weighted="1100.00"' in held, "1,000 by the stage's 10 %, 2,000 by its own 50 %"
    assert "加权 ¥1,100" in page


def test_leads_have_a_board_by_their_status_and_by_other_choices(company):
    make(company.li, "lead", name="韩雪", source="website")
    client = signed_in()
    assert 'data-count="1"' in column(text_of(client.get("/leads/board")), "new")
    page = text_of(client.get("/leads/board", {"by": "source"}))
    assert 'data-count="1"' in column(page, "website")
    assert 'data-column="new"' not in page


def test_columns_can_be_whoever_owns_the_cards_and_nobody(company, account):
    make(company.li, "opportunity", name="一", account=account)
    make(company.chen, "opportunity", name="二")
    page = text_of(signed_in("admin").get("/opportunities/board", {"by": "owner"}))
    assert set(re.findall(r'data-column="(\d+)"', page)) == {str(company.li.id), str(company.chen.id)}
    assert 'data-count="1"' in column(page, company.li.id)


def test_a_custom_object_has_a_board_and_its_cards_move(company):
    made.make_custom_object()
    registry.refresh()
    spec = registry.object(made.EVERYTHING)
    field = next(one for one in spec.fields if one.kind == "choice")
    values = {spec.title: "头一个"} | {field.key: field.options[0].key}
    record = write(SYSTEM, Command("create", spec.key, values=values)).id
    client = signed_in("admin")
    page = text_of(client.get(f"/{spec.plural}/board", {"by": field.key}))
    assert "头一个" in column(page, field.options[0].key)
    sent = {"id": record, "by": field.key, "to": field.options[1].key, "from": field.options[0].key}
    answer = client.post(f"/{spec.plural}/board/move", sent, headers=part("board"))
    assert answer.status_code == 200, text_of(answer)
    assert read_one(SYSTEM, spec.key, record)[field.key] == field.options[1].key


def test_a_card_goes_into_the_column_of_the_empty_and_out_again(company):
    lead = make(company.li, "lead", name="韩雪", source="website")
    client = signed_in()
    make(company.li, "lead", name="丁月", source=None)
    sent = {"id": lead, "by": "source", "to": "-", "from": "website"}
    assert client.post("/leads/board/move", sent, headers=part("board")).status_code == 200
    assert read_one(company.li, "lead", lead)["source"] is None
    assert 'data-count="2"' in column(text_of(client.get("/leads/board", {"by": "source"})), "-")


def test_a_card_over_its_time_looks_old(company, account):
    stage = next(one for one in stages() if one["resting_days"])
    for name, times in (("新", 0.5), ("旧", 1.5), ("老", 3)):
        entered = (now() - timedelta(days=float(stage["resting_days"]) * times)).isoformat()
        values = {"name": name, "account": account, "stage": stage.id, "stage_entered": entered, "owner": company.li.id}
        write(SYSTEM, Command("create", "opportunity", values=values, historic=True))
    page = text_of(signed_in().get("/opportunities/board"))
    ages = {
        re.search(r"data-open>(\w)<", card).group(1): re.findall(r'data-age="(\d)"', card)
        for card in re.findall(r'<li class="deal".*?</li>', page, re.DOTALL)
    }
    assert ages == {"新": [], "旧": ["1"], "老": ["2"]}


def test_a_line_in_a_column_makes_a_card_there(company):
    where = {"to": stages()[1].id, "by": "stage", "title": "新来的"}
    answer = signed_in().post("/opportunities/board/add", where, headers=part("board"))
    page = text_of(answer)
    assert answer.status_code == 200, page
    assert "新来的" in page
    assert f'data-column-head="{stages()[1].id}"' in page
    found = read(company.li, Query("opportunity", 'name = "新来的"', columns=("stage",))).rows
    assert [one["stage"].id for one in found] == [stages()[1].id]


def test_a_line_that_is_not_enough_opens_the_form_with_what_is_known(company):
    quote = next(one for one in stages() if one.title == "报价")
    sent = {"to": quote.id, "by": "stage", "title": "要金额"}
    answer = signed_in().post("/opportunities/board/add", sent, headers=part("board"))
    assert answer["HX-Redirect"].startswith("/opportunities/new?")
    page = text_of(signed_in().get(answer["HX-Redirect"]))
    assert "要金额" in page
    assert not read(company.li, Query("opportunity", 'name = "要金额"')).rows


def test_people_choose_what_stands_on_their_cards_and_administrators_for_all(company, account):
    make(company.li, "opportunity", name="一", account=account, competitor="启明灯", source="website")
    client, boss = signed_in("li"), signed_in("admin")
    client.post("/opportunities/board/cards", {"card": ["competitor"]})
    assert "启明灯" in text_of(client.get("/opportunities/board"))
    assert "启明灯" not in text_of(boss.get("/opportunities/board"))
    boss.post("/opportunities/board/cards", {"card": ["competitor"], "for": "everybody"})
    client.post("/opportunities/board/cards", {"reset": "1"})
    assert "启明灯" in text_of(client.get("/opportunities/board"))
    assert client.post("/opportunities/board/cards", {"card": ["source"], "for": "everybody"}).status_code == 403


def test_a_hidden_field_stands_on_no_card_and_in_no_sum(company, account):
    make(company.li, "opportunity", name="一", account=account, amount="777")
    hide("sales", "opportunity", "amount", "competitor")
    client = signed_in()
    client.post("/opportunities/board/cards", {"card": ["amount", "competitor", "account"]})
    page = text_of(client.get("/opportunities/board"))
    assert "data-card=" in page
    assert "777" not in page
    assert 'value="competitor"' not in page


def test_a_field_one_cannot_see_makes_no_columns(company):
    make(company.li, "lead", name="韩雪", source="website")
    hide("sales", "lead", "source", "status")
    page = text_of(signed_in().get("/leads/board", {"by": "source"}))
    assert "website" not in page
    assert 'data-column="new"' not in page


def test_the_views_and_the_conditions_of_the_list_are_those_of_the_board(company, account):
    make(company.li, "opportunity", name="大单", account=account, amount="5000")
    make(company.li, "opportunity", name="小单", account=account, amount="50")
    view = make(company.li, "saved_view", name="大的", object="opportunity", filter="amount > 1000")
    client = signed_in()
    page = text_of(client.get("/opportunities/board", {"view": view}))
    assert "大单" in page
    assert "小单" not in page
    asked = {"where": "everything", "path": "amount", "way": "less", "number": "1000"}
    answer = client.get("/opportunities/board", asked)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/opportunities/board?")


def test_a_board_asks_as_often_for_many_cards_as_for_few(company, account):
    client = signed_in()
    for stage in stages()[:3]:
        make(company.li, "opportunity", name="单", account=account, stage=stage.id)
    client.get("/opportunities/board")
    with heard() as few:
        client.get("/opportunities/board")
    for index in range(30):
        make(company.li, "opportunity", name=f"单{index}", account=account, stage=stages()[index % 3].id)
    with heard() as many:
        client.get("/opportunities/board")
    assert len(many) == len(few)


def test_a_board_of_cards_with_moments_says_which_are_past(company, account):
    make(company.li, "note", title="记一笔", parent={"object": "account", "id": account})
    assert signed_in().get("/notes/board").status_code == 200
