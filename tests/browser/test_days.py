"""Two whole days from sign-in to sign-out: a seller's, and a manager's Monday, each at a desk and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, enter
from tests.pages.pages_client import make
from zhike.kernel.clock import today
from zhike.records.read import Query, count, read, read_one

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])


def leave(page: Page, site: str) -> None:
    """Sign out from the preferences, which look the same everywhere."""
    page.goto(f"{site}/preferences")
    page.evaluate("document.querySelector('form[action=\"/sign-out\"] button').click()")
    page.wait_for_url(lambda address: "/sign-in" in address)
    page.goto(f"{site}/accounts")
    assert "/sign-in" in page.url


@pytest.fixture
def work(fresh_home, company) -> dict[str, int]:
    """Li's customer with a contact and a deal, and a reminder that is due today."""
    account = make(company.li, "account", name="凌渡精密机械", region="east")
    make(company.li, "contact", name="王建国", job="采购总监", account=account)
    deal = make(company.li, "opportunity", name="数控产线升级", account=account, amount="860000")
    due = {"subject": "问方案反馈", "kind": "follow_up", "due_on": today("Asia/Shanghai")}
    reminder = make(company.li, "task", parent=f"opportunity:{deal}", **due)
    make(company.li, "task", subject="寄样机", due_on=today("Asia/Shanghai") + timedelta(days=1))
    lead = make(company.li, "lead", name="赵晴", company="青禾食品", phone="13812345678")
    return {"account": account, "deal": deal, "reminder": reminder, "lead": lead}


@SIZES
def test_a_sellers_day(page: Page, site: str, work: dict[str, int], company, size):
    page.set_viewport_size(size)
    enter(page, site)
    # Morning: what is due stands on the first page, and one task is done there.
    expect(page.get_by_text("问方案反馈").first).to_be_visible()
    page.locator("li", has_text="寄样机").locator("button.tick").click()
    expect(page.locator("li", has_text="寄样机").locator("button.tick")).to_have_count(0)
    assert count(company.li, "task", "status = done") == (1, False)
    # A customer is found by initials and the call is written down in one line; the old reminder is done with it.
    page.goto(f"{site}/search?q=ldjm")
    page.locator("main a", has_text="凌渡精密机械").first.click()
    page.goto(f"{site}/opportunities/{work['deal']}")
    line = page.locator("[data-log]")
    line.fill("打电话给王总，方案没问题，下周三再联系 !报价")
    expect(page.locator(".log-tag[data-key=next_on]")).to_be_visible()
    line.press("Control+Enter")
    expect(page.locator(".timeline .moment", has_text="方案没问题").first).to_be_visible()
    (note,) = read(company.li, Query("follow_up", columns=("way", "next_on", "contacts"))).rows
    assert note.values["way"] == "call"
    assert [one.title for one in note.values["contacts"]] == ["王建国"]
    assert note.values["next_on"].weekday() == 2
    assert read_one(company.li, "task", work["reminder"])["status"] == "done"
    # The lead becomes a customer.
    page.goto(f"{site}/leads/{work['lead']}/actions/convert")
    page.locator("dialog[open] .is-primary").first.click()
    expect(page.locator(".toast form")).to_be_visible()
    assert read_one(company.li, "lead", work["lead"])["status"] == "converted"
    assert count(company.li, "account", 'name = "青禾食品"') == (1, False)
    # The deal goes on by its menu, which works by thumb and by mouse alike.
    stages = read(company.li, Query("stage", sort="position", columns=("name",))).rows
    page.goto(f"{site}/opportunities/board")
    card = page.locator(f"[data-card='{work['deal']}']")
    card.scroll_into_view_if_needed()
    card.locator("[data-move-to]").click(force=True)
    page.locator(f"[data-move-menu] [data-to='{stages[1].id}']").click()
    expect(page.locator(f"[data-column='{stages[1].id}'] [data-card='{work['deal']}']")).to_have_count(1)
    # What comes next stands in the calendar; then the day is over.
    page.goto(f"{site}/calendar?day={note.values['next_on'].isoformat()}")
    expect(page.get_by_text("数控产线升级").first).to_be_attached()
    leave(page, site)


@SIZES
def test_a_managers_monday(page: Page, site: str, work: dict[str, int], company, size):
    for name in ("北岸", "鹭屿"):
        make(company.wang, "account", name=name, region="north")
    page.set_viewport_size(size)
    enter(page, site, "zhao")
    # The team's work on the first page, with who has to do it.
    page.goto(f"{site}/?who=people")
    expect(page.get_by_text("李娜").first).to_be_attached()
    expect(page.get_by_text("问方案反馈").first).to_be_visible()
    # A figure of the dashboard opens the deals behind it.
    page.goto(f"{site}/dashboard")
    behind = page.locator("a[href*='/opportunities?where=']").first.get_attribute("href")
    page.goto(site + str(behind))
    expect(page.get_by_text("数控产线升级").first).to_be_visible()
    # The customers in groups, and two of them handed over; it can be taken back.
    page.goto(f"{site}/accounts?group=owner")
    expect(page.get_by_text("王磊").first).to_be_visible()
    page.goto(f"{site}/accounts?where=region+%3D+north")
    for box in page.locator("input[name=ids]").all():
        box.evaluate("box => box.click()")
    page.locator("[formaction*='actions/transfer']").first.evaluate("button => button.click()")
    owner = page.locator("#dialog [role=combobox]").first
    owner.fill("")
    owner.press_sequentially("李娜")
    expect(page.locator("dialog [role=option]").first).to_be_visible()
    owner.press("Enter")
    page.locator("dialog .is-primary").click()
    expect(page.locator(".toast form")).to_be_visible()
    assert count(company.zhao, "account", f"owner = {company.li.id}") == (3, False)
    page.locator(".toast form button").click()
    expect(page.locator(".toast")).to_contain_text("已撤销")
    assert count(company.zhao, "account", f"owner = {company.li.id}") == (1, False)
    # What is looked at every Monday is kept as a view with a name.
    made = make(company.zhao, "saved_view", name="北方客户", object="account", filter="region = north")
    page.goto(f"{site}/accounts")
    expect(page.get_by_text("北方客户").first).to_be_attached()
    assert read_one(company.zhao, "saved_view", made).title == "北方客户"
    leave(page, site)
