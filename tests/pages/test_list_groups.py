"""A list in groups, and the figures in its foot."""

from __future__ import annotations

import re

import pytest

from tests.pages.pages_client import make, part, signed_in
from zhike.records import read
from zhike.schema.registry import registry
from zhike.web.generic.list_groups import choices

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return answer.content.decode()


def groups(answer):
    """Label, count and titles of each group."""
    found = []
    for body in re.findall(r'<tbody class="group".*?</tbody>', text_of(answer), re.DOTALL):
        head = re.search(r'<span class="cut">([^<]*)</span></a><span class="count">([^<]*)<', body)
        found.append((head.group(1), head.group(2), re.findall(r'<td data-at="title" title="([^"]*)"', body)))
    return found


@pytest.fixture
def accounts(company):
    facts = (("凌渡", "key", "2026-01-05"), ("青禾", "normal", "2026-01-20"), ("北岸", "normal", "2026-02-01"))
    made = {name: make(company.li, "account", name=name, level=level) for name, level, _day in facts}
    for name, _level, day in facts:
        make(company.li, "opportunity", name=name, account=made[name], amount="100", opened_on=day, close_on=day)
    return made


def test_rows_stand_under_the_heads_of_their_groups_in_the_order_of_the_options(accounts):
    assert groups(signed_in().get("/accounts?group=level&sort=name")) == [
        ("重点客户", "1", ["凌渡"]),
        ("普通", "2", ["北岸", "青禾"]),
    ]


def test_dates_are_grouped_by_their_months_and_money_is_added_up(accounts):
    answer = signed_in().get("/opportunities?view=all&group=close_on:month&sort=close_on")
    assert groups(answer) == [("2026年1月", "2", ["凌渡", "青禾"]), ("2026年2月", "1", ["北岸"])]
    assert re.findall(r'figures"><span class="count">[^<]*</span><b>([^<]*)', text_of(answer)) == ["¥200", "¥100"]


def test_a_group_without_a_value_comes_last_and_links_group_by_their_titles(company, accounts):
    make(company.li, "opportunity", name="无主的", amount="5")
    answer = signed_in().get("/opportunities?view=all&group=account")
    assert {one[0] for one in groups(answer)} == {"凌渡", "青禾", "北岸", "没有客户"}
    assert groups(answer)[-1] == ("没有客户", "1", ["无主的"])


def test_each_group_fetches_its_own_further_rows(company, monkeypatch, accounts):
    monkeypatch.setattr("zhike.web.generic.list_groups.PAGE", 1)
    client = signed_in()
    page = text_of(client.get("/accounts?group=level&sort=name"))
    more = re.search(r'hx-get="(/accounts[^"]*slice=[^"]*)"', page).group(1).replace("&amp;", "&")
    rest = client.get(more, headers=part("more-rows-g2"))
    assert re.findall(r'<td data-at="title" title="([^"]*)"', text_of(rest)) == ["青禾"]


def test_groups_are_exact_also_where_counting_stopped(accounts, monkeypatch):
    monkeypatch.setattr(read, "MOST_COUNTED", 1)
    monkeypatch.setattr("zhike.web.generic.lists.PAGE", 1)
    answer = signed_in().get("/accounts?group=level")
    assert [one[:2] for one in groups(answer)] == [("重点客户", "1"), ("普通", "2")]


def test_too_many_groups_are_a_flat_list_that_says_why(accounts, monkeypatch):
    monkeypatch.setattr("zhike.records.aggregate.MOST_GROUPS", 1)
    answer = signed_in().get("/accounts?group=level")
    assert groups(answer) == []
    assert "北岸" in text_of(answer)
    assert "超过 1 组" in text_of(answer)


def test_a_hidden_field_groups_nothing_and_is_not_offered(company, accounts):
    role = read.read(company.admin, read.Query("role", "code = sales")).rows[0].id
    make(company.admin, "field_right", role=role, object="account", field="level", right="hidden")
    answer = signed_in().get("/accounts?group=level")
    assert answer.status_code == 200
    assert groups(answer) == []
    assert "level" not in dict(choices(company.li, registry.object("account")))


def test_figures_are_chosen_and_kept(accounts):
    client = signed_in()
    client.post("/opportunities/layout", {"view": "all", "figures": "1", "figure": ["avg:amount", "max:probability"]})
    foot = text_of(client.get("/opportunities?view=all")).partition('<footer class="page-foot">')[2]
    assert '金额平均 <b class="soft">¥100</b>' in foot
    assert "赢率最大" in foot
    client.post("/opportunities/layout", {"view": "all", "figures": "1"})
    foot = text_of(client.get("/opportunities?view=all")).partition('<footer class="page-foot">')[2]
    assert '<b class="soft">' not in foot


def test_figures_of_hidden_fields_are_left_out(company, accounts):
    client = signed_in()
    client.post("/opportunities/layout", {"view": "all", "figures": "1", "figure": "sum:amount"})
    role = read.read(company.admin, read.Query("role", "code = sales")).rows[0].id
    make(company.admin, "field_right", role=role, object="opportunity", field="amount", right="hidden")
    page = text_of(client.get("/opportunities?view=all"))
    assert "amount" not in page.split("<main", 1)[1].split("</main>")[0]


def test_the_row_height_is_kept_for_the_list(accounts):
    client = signed_in()
    client.post("/accounts/layout", {"density": "compact"})
    assert 'data-density="compact"' in text_of(client.get("/accounts"))
    assert 'data-density="compact"' not in text_of(client.get("/tasks"))
