"""A quote filled in on its page: lines added, a cell changed, what follows from it, and a line taken out and back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from tests.pages.pages_client import make
from zhike.kernel.actor import SYSTEM
from zhike.records.read import read_one

pytestmark = pytest.mark.browser


def test_lines_are_added_changed_and_taken_out_and_the_totals_follow(page: Page, site: str, company):
    pump = make(company.admin, "product", name="水泵", price="113", unit="台")
    account = make(company.li, "account", name="华信科技")
    quote = make(company.li, "quote", name="水泵一批", account=account)
    enter(page, site)
    page.goto(f"{site}/quotes/{quote}")
    table, entry = page.locator("#lines"), page.locator(".line-entry")
    entry.locator("#line-product-field input[type=text], #line-product-field input[role=combobox]").first.fill("水泵")
    page.locator("[role=option]", has_text="水泵").first.click()
    entry.locator("[name=quantity]").fill("2")
    entry.locator("button.is-primary").click()
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#line-totals .is-total dd")).to_contain_text("226")

    entry.locator("[name=description]").fill("安装")
    entry.locator("[name=unit_price]").fill("50")
    entry.locator("button.is-primary").click()
    expect(page.locator("#line-totals .is-total dd")).to_contain_text("276")

    row = table.locator("tbody tr", has_text="水泵")
    row.locator("td[data-cell=quantity]").dblclick()
    expect(row.locator("td.is-editing input:not([type=hidden])")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("339")
    expect(page.locator("#line-totals .is-total dd")).to_contain_text("389")
    page.keyboard.press("Escape")

    table.locator("tbody tr", has_text="安装").locator("button").click()
    expect(page.locator("#line-totals .is-total dd")).to_contain_text("339")
    page.locator(".toast form button").click()
    expect(page.locator("#line-totals .is-total dd")).to_contain_text("389")
    assert read_one(SYSTEM, "product", pump)["price"].amount == 113
