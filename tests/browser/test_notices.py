"""A notice arrives beside the bell and is read; a task is planned on the calendar and moved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from tests.pages.pages_client import make
from zhike.automation.worker import work_off
from zhike.kernel.changes import Command
from zhike.records.write import write

pytestmark = pytest.mark.browser


def test_a_notice_is_counted_marked_in_place_and_opened(page: Page, site: str, company):
    accounts = [make(company.zhao, "account", name=name) for name in ("凌渡", "青禾")]
    work_off()
    for one in accounts:
        write(company.zhao, Command("update", "account", one, values={"owner": company.li.id}))
    work_off()
    enter(page, site)
    badge = page.locator(".rail [data-bell] .badge")
    expect(badge).to_have_text("2")
    page.locator(".rail [data-bell]").click()
    newest = page.locator(".notice-line").first
    newest.hover()
    newest.locator(".mark button").click()
    expect(badge).to_have_text("1")
    expect(page.locator(".notice-line.is-unread")).to_have_count(1)
    page.locator(".notice-line.is-unread .stretch").click()
    expect(page.locator("h1")).to_contain_text("凌渡")
    expect(badge).to_be_hidden()


def test_a_task_is_planned_in_an_empty_place_and_moved_to_another_day(page: Page, site: str, company):
    enter(page, site)
    page.goto(f"{site}/calendar")
    page.locator("tr.is-day td .slot").first.click()
    page.fill("#f-subject", "出报价")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calendar*")
    event = page.locator(".week .event", has_text="出报价")
    expect(event).to_be_visible()
    event.hover()
    event.locator(".event-move").click()
    page.locator("dialog input[name=due_on]").fill("2099-01-05")
    page.locator("dialog button.is-primary").click()
    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator(".week .event", has_text="出报价")).to_have_count(0)
