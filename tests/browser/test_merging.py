"""From a list's duplicates to one record and back again, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from tests.pages.pages_client import make
from zhike.insight.duplicates_kept import scan_all
from zhike.records.read import Query, read, read_one

pytestmark = pytest.mark.browser


def test_two_records_become_one_as_chosen_and_come_apart_again(page: Page, site: str, company):
    one = make(company.admin, "account", name="苏州凌渡精密机械有限公司", phone="13812349876")
    two = make(company.admin, "account", name="苏州凌渡精机有限公司", phone="13812349876", about="门卫要登记车牌")
    scan_all("account")
    enter(page, site, "admin")
    page.goto(f"{site}/accounts/duplicates")
    page.locator(".cluster a.button").click()
    result = page.locator("tbody tr", has=page.locator(f"#pick-name-{one}")).locator(".is-result")
    expect(result).to_have_text("苏州凌渡精密机械有限公司")
    page.locator(f"#pick-name-{two}").check()
    expect(result).to_have_text("苏州凌渡精机有限公司")
    page.locator("#merge .is-primary").click()
    expect(page.locator("h1")).to_have_text("苏州凌渡精机有限公司")
    assert page.url.endswith(f"/accounts/{one}")
    assert read_one(company.admin, "account", one)["about"] == "门卫要登记车牌"
    page.locator(".toast form button").click()
    expect(page.locator("h1")).to_have_text("苏州凌渡精密机械有限公司")
    assert {row.id for row in read(company.admin, Query("account")).rows} == {one, two}
