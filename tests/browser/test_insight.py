"""A team lead's morning in a real browser: the home page arranged, a chart under the strict policy, a tile asked anew, a card
added on the board."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from tests.pages.pages_client import make
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read
from zhike.web.visitor import SESSION_COOKIE

pytestmark = pytest.mark.browser


@pytest.fixture
def deals(fresh_home, company):
    account = make(company.li, "account", name="凌渡精密机械")
    return [make(company.li, "opportunity", name=f"单{index}", account=account, amount="86000") for index in range(2)]


def names(page: Page, column: str) -> list[str]:
    return page.locator(f"[data-column-of={column}] [data-block]").evaluate_all(
        "all => all.map(one => one.dataset.block)"
    )


def test_a_block_of_the_home_page_is_dragged_to_the_other_column(page: Page, site: str, deals):
    enter(page, site, "zhao")
    page.goto(f"{site}/?who=people&arrange=1")
    expect(page.locator("#block-follow_ups")).to_be_visible()
    grip = page.locator("#block-follow_ups > header .grip").bounding_box()
    goal = page.locator("#block-tasks").bounding_box()
    page.mouse.move(grip["x"] + 4, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 60, goal["y"] + 12, steps=8)
    with page.expect_navigation():
        page.mouse.up()
    assert names(page, "side")[0] == "follow_ups"
    page.goto(site)
    assert names(page, "side")[0] == "follow_ups"


def test_a_tile_is_asked_previewed_drawn_and_drawn_again_in_the_dark(page: Page, site: str, company, deals):
    own = make(company.li, "dashboard", name="我的")
    enter(page, site)
    page.goto(f"{site}/dashboards/{own}/arrange")
    page.locator("main a[href$='/tiles/new']").first.click()
    form = page.locator("dialog[open]")
    form.locator("[name=title]").fill("按月建立")
    form.locator("[name=by]").select_option("opened_on:month")
    expect(form.locator("#tile-preview canvas")).to_be_visible()
    with page.expect_navigation():
        form.locator("footer .is-primary").click()
    chart = page.locator("[data-chart] canvas")
    expect(chart).to_be_visible()
    light = chart.evaluate("one => one.toDataURL()")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("old => document.querySelector('[data-chart] canvas').toDataURL() !== old", arg=light)
    page.goto(f"{site}/dashboards/{own}")
    page.locator(".as-table summary").click()
    page.locator(".as-table tbody a").first.click()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_a_card_is_added_in_a_column_and_counted_there(page: Page, site: str, company, deals):
    enter(page, site)
    page.goto(f"{site}/opportunities/board")
    first = page.locator("[data-column]").first
    expect(first.locator("[data-count]")).to_have_text("2")
    first.locator(".board-add summary").click()
    first.locator("[name=title]").fill("看板新单")
    first.locator("[name=title]").press("Enter")
    expect(first.locator("[data-count]")).to_have_text("3")
    expect(first.locator("[data-card]").first).to_contain_text("看板新单")
    assert read(SYSTEM, Query("opportunity", 'name = "看板新单"')).rows


def test_a_card_added_without_a_session_or_a_server_keeps_its_text_and_is_sent_again(
    page: Page, site: str, company, deals
):
    enter(page, site)
    page.goto(f"{site}/opportunities/board")
    first = page.locator("[data-column]").first
    first.locator(".board-add summary").click()
    line, toast = first.locator("[name=title]"), page.locator("#toasts .toast[data-bad]")
    kept = page.context.cookies()
    page.context.clear_cookies(name=SESSION_COOKIE)
    line.fill("留住的新单")
    line.press("Enter")
    expect(toast.get_by_role("link", name="登录")).to_be_visible()
    expect(line).to_have_value("留住的新单")
    page.context.add_cookies(kept)  # signed in again in another tab
    page.route("**/opportunities/board/add", lambda route: route.abort())
    toast.get_by_role("button", name="再试一次").click()
    expect(toast.get_by_role("link", name="登录")).to_have_count(0)
    expect(line).to_have_value("留住的新单")
    page.unroute("**/opportunities/board/add")
    toast.get_by_role("button", name="再试一次").click()
    expect(first.locator("[data-card]").first).to_contain_text("留住的新单")
    expect(line).to_have_value("")
    assert len(read(SYSTEM, Query("opportunity", 'name = "留住的新单"')).rows) == 1


def test_a_card_moved_without_a_session_goes_back_and_is_moved_after_signing_in(page: Page, site: str, company, deals):
    enter(page, site)
    page.goto(f"{site}/opportunities/board")
    columns = page.locator("[data-column]")
    card = columns.first.locator("[data-card]").first
    name = card.get_attribute("data-card")
    kept = page.context.cookies()
    page.context.clear_cookies(name=SESSION_COOKIE)
    card.locator("[data-open]").focus()
    page.keyboard.press("Shift+ArrowRight")
    toast = page.locator("#toasts .toast[data-bad]")
    expect(toast.get_by_role("link", name="登录")).to_be_visible()
    expect(columns.first.locator(f'[data-card="{name}"]')).to_have_count(1)
    page.context.add_cookies(kept)
    toast.get_by_role("button", name="再试一次").click()
    expect(columns.nth(1).locator(f'[data-card="{name}"]')).to_have_count(1)
