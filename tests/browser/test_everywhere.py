"""What holds on every page: nothing serious for people who cannot see or point well, in light and in dark, and nothing
that a phone would have to scroll sideways for."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE, enter
from tests.contract.made import make as make_sample
from tests.house.files import ROOT
from zhike.kernel.actor import SYSTEM
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.web.nav import listed
from zhike.web.pages.settings.places import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
BAD = ("serious", "critical")
OF_OBJECTS = ("", "/new", "/{id}", "/{id}/edit", "/{id}/history", "/import", "/duplicates", "/board")
ELSEWHERE = (
    "/", "/dashboard", "/calendar", "/calendar?view=month", "/calendar?view=day", "/inbox", "/search?q=甲", "/preferences", "/jobs",
    "/settings", "/nowhere",
)  # fmt: skip
SHOWN = (
    "account",
    "opportunity",
    "task",
)  # objects whose every page is looked at; of the others the list and one record


def addresses() -> list[str]:
    """One of each page there is."""
    found = [*ELSEWHERE, *(place.address for place in PLACES)]
    for spec in registry:
        if not listed(spec):
            continue
        rows = read(SYSTEM, Query(spec.key, size=1, columns=(spec.title,), count=False)).rows
        record = str(rows[0].id) if rows else ""
        for ending in OF_OBJECTS if spec.key in SHOWN else OF_OBJECTS[:3:2]:
            if ("{id}" not in ending or record) and (ending != "/board" or spec.board):
                found.append(f"/{spec.plural}{ending.format(id=record)}")
    return list(dict.fromkeys(found))


def faults(page: Page, rules: list[str] | None = None) -> set[str]:
    """What axe finds that is serious, each rule with one place it was found at."""
    options: dict[str, Any] = (
        {"resultTypes": ["violations"], "runOnly": rules} if rules else {"resultTypes": ["violations"]}
    )
    answer = page.evaluate("options => axe.run(document, options)", options)
    return {f"{one['id']}: {one['nodes'][0]['html'][:140]}" for one in answer["violations"] if one["impact"] in BAD}


@pytest.mark.timeout(600)
def test_every_page_can_be_read_by_everybody_in_light_and_dark_and_fits_a_phone(page: Page, site: str) -> None:
    registry.refresh()
    for spec in registry:
        if listed(spec) and spec.group in ("day", "sales", "more"):
            make_sample(spec.key, 1)
    enter(page, site, "admin")
    wrong: dict[str, set[str]] = {}
    seen = addresses()
    for address in seen:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(site + address)
        page.evaluate(AXE)
        found = faults(page)
        page.emulate_media(color_scheme="dark")
        found |= {f"dark {one}" for one in faults(page, ["color-contrast"])}
        page.set_viewport_size(PHONE)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"):
            found.add("wider than a phone")
        if found:
            wrong[address] = found
    assert len(seen) > 30
    assert not wrong, "\n".join(f"{address}\n  " + "\n  ".join(sorted(some)) for address, some in wrong.items())
