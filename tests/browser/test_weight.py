"""A list is light: what other pages need beside it comes with the first part it asks for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, enter
from tests.pages.pages_client import make
from zhike.schema.values import Ref

pytestmark = pytest.mark.browser

LOOK = """() => [...document.body.querySelectorAll("*")].map((one) => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return [one.outerHTML.slice(0, 80), box.x, box.y, box.width, box.height, style.display, style.color, style.backgroundColor,
    style.font, style.border, style.padding, style.margin, style.opacity].join(" ");
})"""
WITH_MORE = """() => new Promise((done, failed) => {
  const link = document.createElement("link");
  const href = document.querySelector("meta[name=more]").content.split(" ")[0];
  Object.assign(link, {rel: "stylesheet", href, onload: done, onerror: failed});
  document.head.append(link);
})"""


@pytest.fixture
def work(fresh_home, company):
    account = make(company.li, "account", name="凌渡", level="key", region="east")
    make(company.li, "task", subject="回访", parent=Ref("account", account), due_on="2026-01-05")


def fetched(page: Page) -> str:
    return " ".join(page.evaluate("() => performance.getEntriesByType('resource').map((one) => one.name)"))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_list_needs_the_styles_it_leaves_out(page: Page, site: str, work, size):
    enter(page, site)
    page.set_viewport_size(size)
    page.emulate_media(reduced_motion="reduce")
    for plural in ("accounts", "tasks", "opportunities", "contacts", "users"):
        page.goto(f"{site}/{plural}")
        before = page.evaluate(LOOK)
        page.evaluate(WITH_MORE)
        assert page.evaluate(LOOK) == before, plural


def test_the_first_part_a_list_asks_for_brings_the_rest(page: Page, site: str, work):
    enter(page, site)
    page.goto(f"{site}/accounts")
    page.wait_for_load_state("networkidle")
    assert "/static/more-" not in fetched(page)
    page.locator("tr[data-row]").first.hover()
    page.locator("[data-peek]").first.click()
    expect(page.locator("#peek .panel")).to_be_visible()
    expect(page.locator("link[href*='/static/more-']")).to_have_count(1)
    page.wait_for_function("() => performance.getEntriesByType('resource').some((one) => /more-.*js$/.test(one.name))")


def test_a_list_that_opens_with_its_builder_has_all_it_needs(page: Page, site: str, work):
    enter(page, site)
    page.goto(f"{site}/accounts?build=1")
    assert page.locator("meta[name=more]").count() == 0
    assert "/static/more-" in fetched(page)
