"""The dashboard: figures, bars that lead to their lists, periods, years long past."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from tests.pages.pages_client import make, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.read import Query, count, read
from zhike.records.write import write
from zhike.schema.kinds import Setting
from zhike.web.kinds.charts import bars_of, columns_of, short_money, unit_for

pytestmark = pytest.mark.usefixtures("home")
ZH, EN = Setting(), Setting(language="en")


def text_of(answer):
    return html.unescape(answer.content.decode())


@pytest.fixture
def history(company):
    account = make(company.li, "account", name="凌渡精密机械")
    stage = {one.values["outcome"]: one.id for one in read(SYSTEM, Query("stage", columns=("outcome",))).rows}
    for day, outcome, amount in (
        ("2016-11-03", "won", "120000"),
        ("2017-02-10", "won", "80000"),
        ("2017-08-01", "won", "50000"),
        ("2017-08-02", "lost", "70000"),
    ):
        values = {
            "name": day,
            "account": account,
            "stage": stage[outcome],
            "amount": amount,
            "close_on": day,
            "owner": company.li.id,
        }
        if outcome == "lost":
            values["lost_reason"] = "price"
        write(SYSTEM, Command("create", "opportunity", values=values, historic=True))


def test_every_quarter_between_the_first_and_the_last_is_listed(history):
    page = text_of(signed_in("admin").get("/dashboard"))
    assert re.findall(r'<th scope="row">(\d{4}Q\d)</th>', page) == ["2016Q4", "2017Q1", "2017Q2", "2017Q3"]


def test_figures_add_up(history):
    page = text_of(signed_in("admin").get("/dashboard"))
    assert "75.0%" in page


def test_each_bar_leads_to_the_records_behind_it(history, company):
    client = signed_in("admin")
    page = text_of(client.get("/dashboard"))
    addresses = re.findall(r'<a (?:class="stretch" )?href="(/opportunities\?where=[^"]*)"', page)
    assert addresses
    for address in addresses:
        assert client.get(address).status_code == 200, address
    assert count(company.admin, "opportunity", "stage.outcome = won and close_on within 2016Q4") == (1, False)


def test_a_period_narrows_what_was_won(history):
    page = text_of(signed_in("admin").get("/dashboard", {"period": "year"}))
    assert "2016Q4" not in page
    assert 'href="?period=year" aria-current="true"' in page


def test_a_stranger_sees_only_their_own_figures(history):
    page = text_of(signed_in("chen").get("/dashboard"))
    assert "2016Q4" not in page


def test_an_empty_company_gets_a_page_that_says_so():
    answer = signed_in("admin").get("/dashboard")
    assert answer.status_code == 200


def test_large_amounts_are_told_in_the_readers_way():
    assert short_money(Decimal(23_730_000), ZH) == "¥2,373 万"
    assert short_money(Decimal(860), ZH) == "¥860"
    assert short_money(Decimal(23_730_000), EN) == "¥23.7 M"
    assert short_money(Decimal(-250_000_000), ZH) == "−¥2.5 亿"


def test_the_longest_bar_is_full_and_a_small_one_can_still_be_seen():
    unit = unit_for(Decimal(1000), EN, money=False)
    bars = bars_of([("a", Decimal(1000), None, ""), ("b", Decimal(1), None, ""), ("c", Decimal(0), None, "")], unit, 0)
    assert [bar.length for bar in bars] == [1000, 6, 0]


def test_a_long_ranking_ends_with_the_others_together():
    rows = [(str(index), Decimal(10 - index), 1, f"/{index}") for index in range(10)]
    bars = bars_of(rows, unit_for(Decimal(10), EN, money=False), 4)
    assert len(bars) == 5
    assert (bars[-1].text, bars[-1].count, bars[-1].length) == ("21", 6, 0)
    assert bars[0].length == 1000, "the others together set no scale"


def test_a_pipeline_without_amounts_is_told_in_deals(company):
    account = make(company.li, "account", name="凌渡精密机械")
    for name in ("一", "二"):
        make(company.li, "opportunity", name=name, account=account)
    page = text_of(signed_in("admin").get("/dashboard"))
    assert re.search(r'is-stages">.*?<b>2</b>', page, re.DOTALL)


def test_columns_stand_on_the_ground_line_and_below_the_top():
    values = {"2016Q4": Decimal(120_000), "2017Q3": Decimal(50_000)}
    chart = columns_of(values, unit_for(Decimal(120_000), ZH, money=True), ZH, lambda label: label)
    assert [one.label for one in chart.columns] == ["2016Q4", "2017Q1", "2017Q2", "2017Q3"]
    assert all(abs(one.y + one.height - chart.bottom) < 0.11 and one.y >= 0 for one in chart.columns)
    assert chart.columns[0].x > chart.left
    assert chart.columns[-1].x + chart.columns[-1].width <= chart.width
