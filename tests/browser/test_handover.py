"""From a leaver's panel to a receipt: a handover made, split, previewed, done, received and taken back, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from tests.company import Company
from tests.pages.pages_client import make
from zhike.records.read import read_one

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_package_changes_hands_is_received_and_goes_back(page: Page, site: str, company: Company) -> None:
    east = make(company.li, "account", name="东方机电", region="east")
    make(company.li, "contact", name="周工", account=east, email="zhou@example.com")
    make(company.li, "opportunity", name="生产线", account=east, amount="5000")
    north = make(company.li, "account", name="北方重工", region="north")
    enter(page, site, "admin")

    page.goto(f"{site}/settings/people/{company.li.id}")
    page.click("a[href^='/handovers/new']")
    page.click("button[form=form], .form-foot .is-primary, button.is-primary")
    page.wait_for_url("**/handovers/*")
    expect(page.locator("#preview")).to_contain_text("没有规则接收")

    # One rule, the rest to the manager; a customer is given to somebody else by hand.
    page.click("button[name=rule][value=add]")
    page.click("#open-rule button[name=do][value=add]")
    page.click("#c0-path")
    page.fill("#open-rule details[open] [data-find-in]", "地区")
    page.press("#open-rule details[open] [data-find-in]", "Enter")
    page.locator("#open-rule .of-value summary").click()
    page.locator("#open-rule input[value=east]").dispatch_event("click")
    page.locator("#open-rule .of-value summary").click()
    expect(page.locator("#open-rule #where")).to_have_value("region in (east)")
    page.click("button[name=rule][value=close]")
    expect(page.locator(".handover-said")).to_contain_text("华东")
    page.select_option("select[name=target]", label="王磊 (0)")
    page.select_option("#rest", label="赵敏 (0)")
    page.click("form#rules .is-primary")
    expect(page.locator("#preview")).to_contain_text("一切都有人接收")
    expect(page.locator(".handover-shares > li", has_text="王磊")).to_contain_text("¥5,000")
    page.check(f"#customers input[value='{north}']")
    page.select_option("#customers select[name=to] >> nth=-1", label="陈晨 (0)")
    page.locator("#customers form[method=post] button").click()
    expect(page.locator(".handover-rules")).to_contain_text("手工指定 1 条")

    # Done: the leaver is out, the successor confirms.
    page.locator("a[href$='/actions/hand_over']").first.click()
    page.locator("dialog button.is-primary, dialog button.is-danger").last.click()
    expect(page.locator(".page-head")).to_contain_text("已转交")
    assert read_one(company.admin, "account", north)["owner"].title == "陈晨"
    other = page.context.browser.new_context(locale="zh-CN").new_page()  # type: ignore[union-attr]
    enter(other, site, "wang")
    other.goto(f"{site}/inbox")
    other.locator("button.stretch", has_text="李娜名下").first.click()
    expect(other.locator(".lines")).to_contain_text("东方机电")
    other.locator("a[href$='/actions/receive']").click()
    other.locator("dialog button.is-primary").last.click()
    expect(other.locator(".page-head")).to_contain_text("已确认")
    other.context.close()

    # On paper: the receipt alone, dark on white whatever the theme, on one page.
    page.reload()
    at = page.url
    page.locator("a[href$='/receipt']").click()
    expect(page.locator(".handover-signs")).to_contain_text("王磊")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".paper")).to_have_css("color", "rgb(22, 26, 33)")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.emulate_media(media="screen", color_scheme="light")
    page.goto(at)
    expect(page.locator(".lines", has_text="王磊")).to_contain_text("已确认")
    page.locator("a[href$='/undo']").first.click()
    page.locator("dialog button.is-primary, dialog button.is-danger").last.click()
    page.wait_for_load_state("networkidle")
    assert read_one(company.admin, "account", east)["owner"].title == "李娜"
    page.goto(page.url)
    expect(page.locator("body")).to_contain_text("账号仍然停用")
