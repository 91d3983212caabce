"""An administrator who is no programmer: adds a field and sees it before it exists, puts stages in order with the keys, and
hands somebody a link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import enter
from zhike.web.visitor import SESSION_COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_administrator_sets_the_company_up(page: Page, site: str) -> None:
    enter(page, site, "admin")

    # A choice is seen as it will look, then stands in the form of the object.
    page.goto(f"{site}/settings/objects/account/fields/new?kind=choice")
    page.fill("#d-label-zh", "付款方式")
    page.locator("input[name='option.zh']").nth(0).fill("月结")
    page.locator("[data-hue-pick]").nth(0).select_option("green")
    page.click("[data-add-row]")
    page.locator("input[name='option.zh']").nth(3).fill("现结")
    expect(page.locator("#look .tag", has_text="现结")).to_be_visible()
    page.click("button[form=form]")
    page.wait_for_url("**/settings/objects/account")
    page.click("tr[data-line=fu_kuan_fang_shi] a")
    page.select_option("#d-kind", "text")
    expect(page.locator("#side")).to_contain_text("原来是")
    page.goto(f"{site}/accounts/new")
    expect(page.locator("#f-fu-kuan-fang-shi")).to_be_visible()

    # The second stage goes up with the arrow key, and that is kept.
    page.goto(f"{site}/settings/pipelines")
    page.click(".lines a.stretch")
    names = page.locator(".stage-name a")
    second = names.nth(1).inner_text()
    page.locator("[data-handle]").nth(1).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#toasts .toast")).to_be_visible()
    expect(names.nth(0)).to_have_text(second)
    page.reload()
    expect(names.nth(0)).to_have_text(second)

    # Rights are counted before they are saved.
    page.goto(f"{site}/settings/roles")
    page.locator(".lines a.stretch", has_text="销售").first.click()
    page.locator("select[name='lead.export']").select_option("all")
    expect(page.locator("[data-change-count]")).to_contain_text("1")
    page.click("button[formaction$='/try']")
    expect(page.locator("dialog.act h2")).to_have_text("会有什么变化")
    page.click("dialog.act footer [data-close]")
    expect(page.locator("select[name='lead.export']")).to_have_value("all")
    expect(page.locator("select[name='lead.export']")).to_have_attribute("data-was", "none")

    # Somebody invited gets a link, shown once.
    page.goto(f"{site}/settings/people/invite")
    page.fill("#p-name", "孙一")
    page.fill("#p-login", "sun.yi")
    page.click("button[form=form]")
    link = page.locator("#way-link").input_value()
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    other.goto(link)
    other.fill("#password", "Willow-over-water-3")
    other.click("button.is-primary")
    other.wait_for_url(f"{site}/")
    other.context.close()


def test_a_form_keeps_what_was_typed_when_its_request_fails_or_is_refused_and_is_sent_again(
    page: Page, site: str
) -> None:
    enter(page, site, "admin")
    page.goto(f"{site}/settings/roles/0/about")
    page.fill("#about", "看得到，改不了")
    page.click("button[form=form]")
    expect(page.locator("#name[aria-invalid=true]")).to_be_visible()
    expect(page.locator("#about")).to_have_value("看得到，改不了")

    page.fill("#name", "查账")
    page.route("**/about", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.click("button[form=form]")
    toast = page.locator("#toasts .toast[data-bad]")
    expect(toast).to_be_visible()
    expect(page.locator("#about")).to_have_value("看得到，改不了")
    page.unroute("**/about")
    toast.get_by_role("button", name="再试一次").click()
    page.wait_for_url(lambda address: address.rpartition("/")[2].isdigit())
    expect(page.locator("h1")).to_have_text("查账")


def test_a_settings_form_of_an_ended_session_waits_for_signing_in(page: Page, site: str) -> None:
    enter(page, site, "admin")
    page.goto(f"{site}/settings/company")
    page.fill("[name=name]", "凌渡机械")
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.click("button[form=form]")
    toast = page.locator("#toasts .toast[data-bad]")
    expect(toast.get_by_role("link", name="登录")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("凌渡机械")
    other = page.context.new_page()
    enter(other, site, "admin")  # the token of the page is an old one now
    toast.get_by_role("button", name="再试一次").click()
    expect(page.locator("#toasts .toast:not([data-bad])")).to_be_visible()
    expect(page.locator(".rail")).to_contain_text("凌渡机械")
