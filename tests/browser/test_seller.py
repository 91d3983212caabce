"""A seller's day in a real browser: a customer, a follow-up, a deal over the board, and every step by keyboard too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, enter
from tests.pages.pages_client import make
from zhike.records.read import Query, read, read_one

pytestmark = pytest.mark.browser


def stages(actor):
    return read(actor, Query("stage", sort="position", columns=("name", "outcome"))).rows


@pytest.fixture
def deal(fresh_home, company):
    account = make(company.li, "account", name="凌渡精密机械")
    return make(company.li, "opportunity", name="数控产线升级", account=account, amount="860000")


def test_a_seller_creates_a_customer_and_is_told_what_to_mend(page: Page, site: str):
    enter(page, site)
    page.goto(f"{site}/accounts/new")
    page.fill("#f-name", "苏州凌渡自动化设备有限公司")
    page.fill("#f-credit-code", "91320506MA1XQ7P82B")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-refused]")).to_be_focused()
    expect(page.locator("#f-name")).to_have_value("苏州凌渡自动化设备有限公司")
    page.fill("#f-credit-code", "")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("苏州凌渡自动化设备有限公司")


def test_a_customer_that_is_here_already_shows_up_while_typing(page: Page, site: str, deal: int):
    enter(page, site)
    page.goto(f"{site}/accounts/new")
    page.fill("#f-name", "凌渡精密机械")
    page.locator("#f-name").blur()
    expect(page.locator("#same a")).to_have_count(1)


def test_a_typed_line_becomes_a_follow_up_with_way_and_date(page: Page, site: str, deal: int, company):
    enter(page, site)
    page.goto(f"{site}/opportunities/{deal}")
    line = page.locator("[data-log]")
    line.fill("明天 call 王总，首付降到三成可以谈 !报价")
    expect(page.locator(".log-tag[data-key=next_on]")).to_be_visible()
    page.locator(".log-tag[data-key=way] .log-open").click()
    page.locator("button[value='way:visit']").click()
    expect(page.locator(".log-tag[data-key=way]")).to_contain_text("拜访")
    page.locator(".log-tag[data-key=tags] .log-drop").click()
    expect(page.locator(".log-tag[data-key=tags]")).to_have_count(0)
    expect(line).to_have_value("明天 call 王总，首付降到三成可以谈 !报价")
    page.reload()
    page.locator(".draft-found button").first.click()
    expect(page.locator(".log-tag[data-key=next_on]")).to_be_visible()
    line.press("Control+Enter")
    expect(page.locator(".timeline .moment", has_text="首付降到三成可以谈").first).to_be_visible()
    expect(page.locator(".toast form")).to_be_visible()
    (row,) = read(company.li, Query("follow_up", columns=("next_on", "opportunity"))).rows
    assert row.values["opportunity"].id == deal
    assert row.values["next_on"] is not None
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('zhike.draft')).length") == 0


def test_somebody_is_named_in_a_comment_and_a_task_is_ticked_in_its_list(page: Page, site: str, deal: int, company):
    task = make(company.li, "task", subject="寄样品", parent=f"opportunity:{deal}")
    enter(page, site)
    page.goto(f"{site}/opportunities/{deal}")
    page.locator("[data-composer-tab][value=comment]").check(force=True)
    page.locator("#comment-text").press_sequentially("@赵")
    expect(page.locator("#comment-people [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.type("看一下")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline .mention")).to_have_text("@赵敏")
    page.goto(f"{site}/tasks")
    page.locator("[data-tick]").click()
    expect(page.locator("tr[data-ticked]")).to_have_count(1)
    assert read_one(company.li, "task", task).values["status"] == "done"


def test_a_record_is_picked_by_typing_and_arrows(page: Page, site: str, deal: int):
    enter(page, site)
    page.goto(f"{site}/opportunities/new")
    field = page.locator("#f-account")
    field.press_sequentially("凌渡")
    expect(page.locator("#f-account-list [role=option]")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("凌渡精密机械")
    expect(page.locator("input[name=account]")).not_to_have_value("")


def test_a_fact_is_changed_where_it_stands(page: Page, site: str, deal: int, company):
    enter(page, site)
    page.goto(f"{site}/opportunities/{deal}")
    fact = page.locator("[data-field=amount]")
    fact.hover()
    fact.locator(".pencil").click()
    box = page.locator("[data-fact-form] input[name=amount]")
    expect(box).to_be_focused()
    box.fill("900000")
    box.press("Enter")
    expect(page.locator("[data-field=amount]")).to_contain_text("900,000")
    assert read_one(company.li, "opportunity", deal).values["amount"].amount == 900_000


def test_a_dragged_card_goes_to_the_other_column_and_the_totals_follow(page: Page, site: str, deal: int, company):
    here, there = stages(company.li)[:2]
    enter(page, site)
    page.goto(f"{site}/opportunities/board")
    card = page.locator(f"[data-card='{deal}']")
    box, target = card.bounding_box(), page.locator(f"[data-column='{there.id}']").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] - 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 60, steps=3)
    page.mouse.move(target["x"] + 60, target["y"] + 160, steps=5)
    page.mouse.up()
    expect(page.locator(f"[data-column='{there.id}'] [data-card='{deal}']")).to_be_visible()
    expect(page.locator(f"[data-column='{there.id}'] [data-sum]")).to_contain_text("860,000")
    expect(page.locator(f"[data-column='{here.id}'] [data-count]")).to_have_text("0")
    expect(page.locator(".toast")).to_be_visible()
    assert read_one(company.li, "opportunity", deal).values["stage"].id == there.id


def test_a_card_moves_by_keyboard_and_a_refused_move_goes_back(page: Page, site: str, deal: int, company):
    _first, second = stages(company.li)[:2]
    lost = next(one for one in stages(company.li) if one.values["outcome"] == "lost")
    enter(page, site)
    page.goto(f"{site}/opportunities/board?view=all")
    page.locator(f"[data-card='{deal}'] [data-open]").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(f"[data-column='{second.id}'] [data-card='{deal}']")).to_be_visible()
    page.locator(f"[data-card='{deal}']").hover()
    page.locator(f"[data-card='{deal}'] [data-move-to]").click()
    page.locator(f"[data-move-menu] [data-to='{lost.id}']").click()
    expect(page.locator("dialog [name=lost_reason]")).to_be_visible()
    expect(page.locator(f"[data-column='{second.id}'] [data-card='{deal}']")).to_have_count(1)
    page.select_option("dialog [name=lost_reason]", "price")
    page.locator("dialog .is-primary").click()
    expect(page.locator(f"[data-column='{lost.id}'] [data-card='{deal}']")).to_be_visible()


def test_a_card_moved_again_before_the_server_answered_goes_on_afterwards(page: Page, site: str, deal: int, company):
    _first, second, third = stages(company.li)[:3]
    enter(page, site)
    page.goto(f"{site}/opportunities/board?view=all")
    held: list[Route] = []
    page.route("**/opportunities/board/move*", lambda route: route.continue_() if held else held.append(route))
    page.locator(f"[data-card='{deal}'] [data-open]").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(f"[data-column='{second.id}'] [data-card='{deal}'][data-busy]")).to_be_visible()
    page.locator(f"[data-card='{deal}']").hover()
    page.locator(f"[data-card='{deal}'] [data-move-to]").click()
    page.locator(f"[data-move-menu] [data-to='{third.id}']").click()
    while not held:  # the test's own side of the wire may lag behind the page
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator(f"[data-column='{third.id}'] [data-card='{deal}']:not([data-busy])")).to_be_visible()
    assert read_one(company.li, "opportunity", deal).values["stage"].id == third.id


def test_on_a_phone_one_part_shows_at_a_time_and_nothing_overflows(page: Page, site: str, deal: int):
    page.set_viewport_size(PHONE)
    enter(page, site)
    page.goto(f"{site}/opportunities/{deal}")
    expect(page.locator("[data-piece=timeline]")).to_be_visible()
    expect(page.locator("[data-piece=facts]")).to_be_hidden()
    page.locator("[data-part-tab=facts]").click()
    expect(page.locator("[data-piece=facts]")).to_be_visible()
    expect(page.locator("[data-piece=timeline]")).to_be_hidden()
    for path in (f"/opportunities/{deal}", "/opportunities/board", "/accounts/new", "/dashboard"):
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
