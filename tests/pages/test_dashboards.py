"""Dashboards: who sees them, which one opens, and that nothing on them tells more than their reader may know."""

from __future__ import annotations

import html
import json
import re

import pytest
import time_machine

from tests.doors.staff import hide
from tests.pages.pages_client import make, signed_in
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, Refused
from zhike.records.actions import run_action
from zhike.records.read import Query, read, read_one
from zhike.records.write import write

pytestmark = pytest.mark.usefixtures("home")


def text_of(answer):
    return html.unescape(answer.content.decode())


def shipped(code):
    return read(SYSTEM, Query("dashboard", f"code = {code}", columns=("name", "code"))).rows[0]


@pytest.fixture
def deals(company):
    account = make(company.li, "account", name="凌渡精密机械")
    return [make(company.li, "opportunity", name=f"单{index}", account=account, amount="1000") for index in range(3)]


def test_every_shipped_dashboard_opens(company, deals):
    client = signed_in("li")
    for one in read(SYSTEM, Query("dashboard", size=50)).rows:
        for period in ("", "all", "quarter", "days"):
            answer = client.get(f"/dashboards/{one.id}", {"period": period})
            assert answer.status_code == 200, one.title
            assert 'class="notice is-warn"' not in text_of(answer), one.title


def test_a_private_dashboard_is_nobody_elses(company):
    own = make(company.li, "dashboard", name="我的")
    make(company.li, "tile", dashboard=own, title="秘密", object="opportunity", shape="number", size="third")
    assert signed_in("li").get(f"/dashboards/{own}").status_code == 200
    for login in ("chen", "zhao", "admin"):
        assert signed_in(login).get(f"/dashboards/{own}").status_code == 404
        assert "我的" not in text_of(signed_in(login).get("/dashboard"))
    for other in (company.chen, company.admin):
        assert not read(other, Query("tile", 'title = "秘密"')).rows


def test_a_dashboard_is_shared_with_a_role_and_still_counts_only_what_each_may_see(company, deals):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    own = make(company.admin, "dashboard", name="销售看", shared="some", roles=[role])
    make(company.admin, "tile", dashboard=own, title="单数", object="opportunity", shape="number", size="third")
    assert '<span class="big">3</span>' in text_of(signed_in("li").get(f"/dashboards/{own}"))
    assert '<span class="big">0</span>' in text_of(signed_in("chen").get(f"/dashboards/{own}"))
    assert signed_in("guest").get(f"/dashboards/{own}").status_code == 404


def test_a_tile_with_a_hidden_field_says_so_and_gives_no_figure(company, deals):
    hide("sales", "opportunity", "amount")
    page = text_of(signed_in("li").get("/dashboard"))
    assert "这项你看不到" in page
    assert "3,000" not in page


def test_the_first_dashboard_is_the_roles_own_until_another_is_chosen(company):
    role = read(SYSTEM, Query("role", "code = sales")).rows[0].id
    leads = shipped("leads")
    write(company.admin, Command("update", "dashboard", leads.id, {"default_for": [role]}))
    client = signed_in("li")
    assert f"<title>{leads.title} " in text_of(client.get("/dashboard"))
    chosen = shipped("people")
    client.post(f"/dashboards/{chosen.id}/first")
    assert f"<title>{chosen.title} " in text_of(client.get("/dashboard"))


def test_what_a_chart_draws_stands_in_its_table_too(company, deals):
    page = text_of(signed_in("li").get(f"/dashboards/{shipped('funnel').id}"))
    chart = json.loads(re.search(r'data-chart="(\{"kind": "stacked".*?\})" role', page).group(1))
    assert chart["labels"] == ["李娜"]
    assert chart["series"][0]["values"] == [3.0]
    assert re.search(r'<th scope="row"><a [^>]*>李娜</a></th><td><a [^>]*>3</a></td>', page)


def test_every_link_of_a_chart_leads_to_a_list(company, deals):
    client = signed_in("li")
    page = text_of(client.get(f"/dashboards/{shipped('funnel').id}"))
    links = set(re.findall(r'"(/opportunities\?where=[^"]+)"', page))
    assert len(links) > 5
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_day_of_the_week_leads_to_the_records_of_its_days_and_their_number(company):
    account = {"object": "account", "id": make(company.li, "account", name="凌渡精密机械")}
    for day in ("2026-03-02", "2026-03-09", "2026-03-10"):
        make(company.li, "follow_up", summary="聊过", parent=account, happened=f"{day}T10:00:00+08:00")
    client = signed_in("li")
    with time_machine.travel("2026-03-18T10:00:00+08:00", tick=False):
        page = text_of(client.get(f"/dashboards/{shipped('activity').id}"))
        links = dict(re.findall(r'<th scope="row"><a href="([^"]+)">(周[一二三])</a></th>', page))
        counts = {day: re.search(r"共\s*(\d+)", text_of(client.get(link)))[1] for link, day in links.items()}
    assert counts == {"周一": "2", "周二": "1", "周三": "0"}


def test_a_shipped_dashboard_goes_back_to_how_it_came(company):
    dashboard = shipped("leads")
    tiles = read(SYSTEM, Query("tile", f"dashboard = {dashboard.id}", size=50)).rows
    write(company.admin, Command("update", "tile", tiles[0].id, {"title": "改过", "measure": "max:created"}))
    write(company.admin, Command("trash", "tile", tiles[1].id))
    run_action(company.admin, "dashboard", "as_shipped", [dashboard.id])
    after = read(SYSTEM, Query("tile", f"dashboard = {dashboard.id}", size=50)).rows
    assert sorted(one.title for one in after) == sorted(one.title for one in tiles)


def test_a_seller_changes_no_shipped_dashboard(company):
    dashboard = shipped("leads")
    with pytest.raises(Forbidden):
        write(company.li, Command("update", "dashboard", dashboard.id, {"name": "我改的"}))
    assert read_one(company.li, "dashboard", dashboard.id).title == dashboard.title
    assert "/arrange" not in text_of(signed_in("li").get(f"/dashboards/{dashboard.id}"))


def test_nobody_puts_a_tile_on_a_dashboard_they_may_not_change(company):
    shared = shipped("overview")
    values = {"title": "混进来", "object": "opportunity", "shape": "number", "size": "third"}
    with pytest.raises(Refused):
        make(company.li, "tile", dashboard=shared.id, **values)
    own = make(company.li, "dashboard", name="我的")
    tile = make(company.li, "tile", dashboard=own, **values)
    with pytest.raises(Refused):
        write(company.li, Command("update", "tile", tile, {"dashboard": shared.id}))
    assert not read(SYSTEM, Query("tile", f'title = "混进来" and dashboard = {shared.id}')).rows


def test_a_rounded_figure_says_itself_in_full(company, deals):
    """To the cent: beside what is rounded to be read, and in the table of a chart."""
    make(company.li, "opportunity", name="零头", amount="1234567.89")
    own = make(company.li, "dashboard", name="我的")
    facts = {"object": "opportunity", "measure": "sum:amount", "size": "half"}
    make(company.li, "tile", dashboard=own, title="合计", shape="number", **facts)
    make(company.li, "tile", dashboard=own, title="按季", shape="bar", by="created:quarter", **facts)
    page = text_of(signed_in("li").get(f"/dashboards/{own}?period=all"))
    assert '<span class="big" title="¥1,237,567.89">' in page
    assert re.search(r"<td><a [^>]*>¥1,237,567.89</a></td>", page)
