"""A list in a real browser: conditions on both sides, columns by keyboard, cells, chosen rows, the panel."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, enter
from tests.pages.pages_client import make
from zhike.records.read import Query, count, read

pytestmark = pytest.mark.browser


@pytest.fixture
def accounts(fresh_home, company):
    levels = {"凌渡": "key", "青禾": "normal", "北岸": "normal", "鹭屿": "normal"}
    return {name: make(company.li, "account", name=name, level=level, region="east") for name, level in levels.items()}


def titles(page: Page) -> list[str]:
    return page.locator("tr[data-row] a[data-title] .cut").all_inner_texts()


def columns(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("col[data-of]", "all => all.map(one => one.dataset.of)")
    return found


def test_rows_and_text_rewrite_each_other_while_the_list_follows(page: Page, site: str, accounts):
    enter(page, site)
    page.goto(f"{site}/accounts?where=level+%3D+key&build=1")
    text = page.locator("#where")
    page.locator(".pick-many", has=page.locator("input[value=normal]")).locator("summary").click()
    page.locator(".pick-many input[value=normal]").check()
    expect(text).to_have_value("level in (key, normal)")
    expect(page.locator("tr[data-row]")).to_have_count(4)
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and name ~ 青")
    expect(page.locator(".condition-row")).to_have_count(2)
    expect(page.locator("#c1-text")).to_have_value("青")
    expect(text).to_be_focused()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.keyboard.type(" and")
    expect(page.locator("#where-problem")).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_columns_move_and_stretch_by_keyboard_and_stay_so(page: Page, site: str, accounts):
    enter(page, site)
    page.goto(f"{site}/accounts")
    page.locator("[popovertarget=columns]").click()
    page.wait_for_load_state("networkidle")  # what moves columns is fetched when their menu opens
    page.locator("[data-grip]").nth(1).focus()
    page.keyboard.press("ArrowUp")
    page.locator("#columns footer .is-primary").click()
    expect(page.locator("col[data-of]").nth(1)).to_have_attribute("data-of", "level")
    edge = page.locator("[data-resize=level]")
    edge.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/layout")):
        page.keyboard.press("ArrowRight")
    page.reload()
    assert columns(page)[:3] == ["name", "level", "status"]
    assert page.locator("col[data-of=level]").get_attribute("width")


def test_cells_save_go_on_and_come_back(page: Page, site: str, accounts, company):
    enter(page, site)
    page.goto(f"{site}/accounts?columns=name,short_name,employees&sort=name")
    page.locator("td[data-cell=short_name]").first.dblclick()
    page.locator(".is-editing input:not([type=hidden])").fill("甲")
    page.keyboard.press("Enter")
    second = page.locator("tr[data-row]").nth(1)
    expect(second.locator("td[data-cell=short_name] input:not([type=hidden])")).to_be_focused()
    page.keyboard.press("Tab")
    expect(second.locator("td[data-cell=employees] input:not([type=hidden])")).to_be_focused()
    page.keyboard.type("viele")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-problem")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".is-editing")).to_have_count(0)
    expect(page.locator(".toast form")).to_be_visible()
    assert count(company.li, "account", "short_name = 甲") == (1, False)


def test_chosen_rows_are_changed_and_put_back(page: Page, site: str, accounts, company):
    enter(page, site)
    page.goto(f"{site}/accounts?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("input[name=ids]:checked")).to_have_count(3)
    page.locator(".bulk-bar .acts button").first.click()
    page.select_option("#change-field", "region")
    page.select_option("#b-region", "south")
    page.locator("dialog .is-primary").click()
    expect(page.locator(".toast form")).to_be_visible()
    assert count(company.li, "account", "region = south") == (3, False)
    page.locator(".toast form button").click()
    expect(page.locator(".toast")).to_contain_text("已撤销")
    assert count(company.li, "account", "region = south") == (0, False)


def test_all_of_a_long_list_stay_chosen_while_a_dialog_is_open(page: Page, site: str, accounts, company, monkeypatch):
    monkeypatch.setattr("zhike.web.generic.lists.PAGE", 2)
    enter(page, site)
    page.route("**/accounts?*after=*", lambda route: route.abort())  # nobody scrolls down
    page.goto(f"{site}/accounts?sort=name")
    page.locator("[data-every]").check()
    page.locator("[data-whole]").click()
    page.locator(".bulk-bar .acts button").first.click()
    page.select_option("#change-field", "region")
    expect(page.locator("#b-region")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-chosen]")).to_contain_text("4")
    expect(page.locator("#chosen input[name=all]")).to_be_enabled()


def test_the_panel_walks_along_and_shows_what_belongs_to_the_record(page: Page, site: str, accounts, company):
    make(company.li, "contact", name="周敏", account=accounts["凌渡"])
    enter(page, site)
    page.goto(f"{site}/accounts?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    first = page.locator(".panel-title").inner_text()
    page.keyboard.press("j")
    expect(page.locator(".panel-title")).not_to_have_text(first)
    page.goto(f"{site}/accounts?where=name+%3D+凌渡")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".panel-related")).to_contain_text("周敏")
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)


def test_on_a_phone_the_conditions_are_a_page_and_the_view_can_be_kept(page: Page, site: str, accounts, company):
    page.set_viewport_size(PHONE)
    enter(page, site)
    page.goto(f"{site}/accounts?where=level+%3D+key")
    page.locator(".sentence-field").click()
    expect(page.locator(".builder")).to_be_visible()
    expect(page.locator("#table")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".build-end .button", has_text="保存为视图").click()
    page.fill("#v-name", "我的重点")
    page.locator("dialog .is-primary").click()
    expect(page.locator(".tabs [aria-current]")).to_contain_text("我的重点")
    assert read(company.li, Query("saved_view", columns=("filter",))).rows[0]["filter"] == "level = key"
