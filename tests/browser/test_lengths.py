"""What is pasted over the length a field takes stays whole and is told, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from zhike.records.read import Query, read
from zhike.schema.registry import registry

pytestmark = pytest.mark.browser


def test_a_text_over_its_length_stays_and_is_told_until_it_fits(page: Page, site: str, company):
    most = registry.object("account")["name"].max
    enter(page, site, "admin")
    page.goto(f"{site}/accounts/new")
    name = page.locator("input[name=name]")
    name.focus()
    page.keyboard.insert_text("𠮷" * (most + 5))
    told = name.locator("xpath=ancestor::*[contains(@class, 'field')]").get_by_role("alert")
    expect(told).to_contain_text(str(most))
    expect(told).to_contain_text(str(most + 5))
    page.keyboard.press("Enter")
    expect(name).to_have_value("𠮷" * (most + 5))
    assert read(company.admin, Query("account")).rows == ()
    for _n in range(5):
        page.keyboard.press("Backspace")
    expect(told).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("𠮷")
    assert [len(one.title) for one in read(company.admin, Query("account")).rows] == [most]
