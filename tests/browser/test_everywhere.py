"""What holds on every page: nothing serious for people who cannot see or point well, in light and in dark, everything within
reach of the keyboard, and nothing that a phone would have to scroll sideways for."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE, enter
from tests.browser.walk import build, pages
from tests.company import Company
from tests.house.files import ROOT
from zhike.web.pages.settings.places import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
BAD = ("serious", "critical")
HALVES = ("first", "second")  # two tests, so that two processes share the walk
STEPS = 12  # of the tabulator on each page
FOCUS = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const box = one.getBoundingClientRect(), style = getComputedStyle(one)
  return { seen: box.width > 0 && box.height > 0 && style.visibility !== "hidden", html: one.outerHTML.slice(0, 120) }
}"""
OUT_OF_REACH = """() => [...document.querySelectorAll("[onclick], [hx-get], [hx-post], [data-open-menu], [tabindex]")].filter(
  one => one.tabIndex > 0 || (/click/.test(one.getAttribute("hx-trigger") || "") && one.tabIndex < 0 && !one.closest("[hidden]"))
).map(one => one.outerHTML.slice(0, 120))"""


def faults(page: Page, rules: list[str] | None = None) -> set[str]:
    """What axe finds that is serious, each rule with one place it was found at."""
    options: dict[str, Any] = (
        {"resultTypes": ["violations"], "runOnly": rules} if rules else {"resultTypes": ["violations"]}
    )
    answer = page.evaluate("options => axe.run(document, options)", options)
    return {f"{one['id']}: {one['nodes'][0]['html'][:140]}" for one in answer["violations"] if one["impact"] in BAD}


def walked(page: Page) -> set[str]:
    """What goes wrong for whoever has only the tabulator: it stands still, it lands on what is not seen, or something
    that answers a click can never be reached."""
    found = {f"out of the keyboard's reach: {one}" for one in page.evaluate(OUT_OF_REACH)}
    before = ""
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if now is None:
            break
        if not now["seen"]:
            found.add(f"focus on what is not seen: {now['html']}")
        if now["html"] == before and 'type="date' not in before:  # a date is stepped through part by part
            found.add(f"focus stands still: {before}")
        before = now["html"]
    return found


@pytest.mark.parametrize("half", HALVES)
def test_every_page_can_be_used_by_everybody_in_light_and_dark_and_fits_a_phone(
    page: Page, site: str, company: Company, half: str
) -> None:
    every = list(dict.fromkeys([*pages(build(company)), *(place.address for place in PLACES)]))
    enter(page, site, "admin")
    wrong: dict[str, set[str]] = {}
    for address in [*every, "/nowhere"][HALVES.index(half) :: len(HALVES)]:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(site + address)
        page.evaluate(AXE)
        found = faults(page)
        page.emulate_media(color_scheme="dark")
        found |= {f"dark {one}" for one in faults(page, ["color-contrast"])}
        found |= walked(page)
        page.set_viewport_size(PHONE)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"):
            found.add("wider than a phone")
        if found:
            wrong[address] = found
    assert not wrong, "\n".join(f"{address}\n  " + "\n  ".join(sorted(some)) for address, some in wrong.items())
