"""The search box as one types: late answers are dropped, failures are said and can be tried again, keys do all of it."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import enter
from tests.company import Company
from tests.pages.pages_client import make

pytestmark = pytest.mark.browser


def test_the_search_box_shows_only_the_answer_to_what_stands_in_it(page: Page, site: str, company: Company) -> None:
    first = make(company.li, "account", name="华信科技")
    second = make(company.li, "account", name="青禾里食品")
    enter(page, site)
    held: list[Route] = []
    page.route("**/search?q=%E5%8D%8E*", lambda route: held.append(route))  # 华: answered late
    page.keyboard.press("Control+k")
    hits = page.locator("#palette-hits")
    page.keyboard.type("华")
    page.wait_for_timeout(250)
    page.locator("#palette input[name=q]").fill("青禾")
    expect(hits.locator(f'[href="/accounts/{second}"]')).to_be_visible()
    for route in held:
        _answer(route)
    page.wait_for_timeout(400)
    assert held, "the first question was sent"
    expect(hits.locator(f'[href="/accounts/{second}"]')).to_be_visible()
    expect(hits.locator(f'[href="/accounts/{first}"]')).to_have_count(0)
    page.unroute_all()

    page.route("**/search?*", lambda route: route.abort())
    page.locator("#palette input[name=q]").fill("华信")
    expect(hits.get_by_role("alert")).to_be_visible()
    assert page.locator("#palette input[name=q]").input_value() == "华信"
    page.unroute_all()
    hits.get_by_role("alert").get_by_role("button").click()
    expect(hits.locator(f'[href="/accounts/{first}"]').first).to_be_visible()

    slow: list[Any] = []
    page.route("**/search?*", lambda route: (slow.append(1), time.sleep(0.4), _answer(route)))
    page.locator("#palette input[name=q]").fill("青禾里")
    page.keyboard.press("Enter")  # before the answer: opens what belongs to the new text
    page.wait_for_url(f"**/accounts/{second}")
    assert slow
    page.unroute_all()

    page.keyboard.press("Control+k")
    page.keyboard.type("联系")
    expect(page.locator("#palette [data-only=contacts]")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("[data-only-chip]")).to_have_text("联系人")
    page.keyboard.press("Backspace")
    expect(page.locator("[data-only-chip]")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def _answer(route: Route) -> None:
    with contextlib.suppress(Exception):
        route.continue_()
