"""A passkey is made and used in a real browser, with a device made of software."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.company import PASSWORD

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_opens_the_door_without_a_password(site: str, page: Page) -> None:
    here = site.replace("127.0.0.1", "localhost")  # passkeys are bound to names, not to numbers
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto(f"{here}/sign-in?next=/security/passkey")
    page.fill("#login", "li")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{here}/security/passkey")  # the sign-in page has such a button, too
    page.click("[data-passkey]")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.context.clear_cookies()
    page.goto(f"{here}/sign-in?next=/security")
    page.click("[data-passkey]")
    expect(page).to_have_url(f"{here}/security")
    expect(page.locator("#devices")).to_contain_text("Chrome")
