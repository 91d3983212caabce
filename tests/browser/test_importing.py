"""A GBK table with two mistakes is mended in place, brought in and taken back, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from zhike.automation.jobs import beside
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read
from zhike.web.visitor import SESSION_COOKIE

pytestmark = pytest.mark.browser


@pytest.fixture
def worker(site: str) -> Iterator[None]:
    """Jobs run beside the pages, as they do in the real server."""
    stop = threading.Event()
    thread = beside(stop)
    yield
    stop.set()
    thread.join(20)


def names() -> list[str]:
    return sorted(row.title for row in read(SYSTEM, Query("account")).rows)


def test_two_mistakes_are_mended_in_place(page: Page, site: str, worker: None, tmp_path: Path) -> None:
    table = tmp_path / "老客户.csv"
    table.write_bytes(
        "公司名称,电话,成立年份\n凌渡,13800000001,1999\n启农,1380000x,2001\n青禾,13800000003,忘了\n".encode("gbk")
    )
    enter(page, site, "admin")
    page.goto(f"{site}/accounts")
    page.click("a[href='/accounts/import']")
    page.set_input_files("input[type=file]", str(table))
    page.click("main button.is-primary")
    expect(page.locator(".import-read")).to_contain_text("GB18030")
    expect(page.locator("select[name='column.0']")).to_have_value("name")
    page.click(".import-foot button.is-primary")
    expect(page.locator(".bad-row")).to_have_count(2, timeout=15000)
    cell, toast = (
        page.locator(".bad-row").first.locator("input[name='cell.1']"),
        page.locator("#toasts .toast[data-bad]"),
    )
    cell.fill("13800000002")
    page.context.clear_cookies(name=SESSION_COOKIE)
    cell.press("Enter")
    expect(toast.get_by_role("link", name="登录")).to_be_visible()
    enter(page.context.new_page(), site, "admin")  # in another tab
    page.route("**/mend", lambda route: route.fulfill(status=500, body=""))
    toast.get_by_role("button", name="再试一次").click()
    expect(toast.get_by_role("link", name="登录")).to_have_count(0)
    expect(cell).to_have_value("13800000002")
    page.unroute("**/mend")
    toast.get_by_role("button", name="再试一次").click()
    expect(page.locator(".bad-row")).to_have_count(1)
    page.fill(".bad-row input[name='cell.2']", "2003")
    page.click(".bad-row button:not([name])")
    expect(page.locator(".bad-row")).to_have_count(0)
    page.click(".import-foot button.is-primary")
    expect(page.locator(".import-column .lines a")).to_have_count(3, timeout=15000)
    assert names() == ["凌渡", "启农", "青禾"]
    page.click(".import-column button.is-danger")
    expect(page.locator(".job .tag[data-hue=green]")).to_be_visible(timeout=15000)
    assert names() == []
