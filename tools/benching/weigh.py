"""What a browser fetches for a list page when it has nothing yet: every answer, as compressed on the way."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.serving import browser_of, served, sign_in, zhike

LIMIT = 150_000  # bytes, font and icons included


def main() -> int:
    """Print what was fetched, largest first, and the sum; 1 when it is over the limit."""
    with tempfile.TemporaryDirectory(prefix="zhike-weight-") as folder:
        home = Path(folder) / "home"
        zhike(home, "demo", "--size", "small")
        with served(home) as base:
            fetched = _fetched(base)
    for name, size in sorted(fetched.items(), key=lambda one: -one[1]):
        print(f"{size:>9,}  {name}")
    total = sum(fetched.values())
    print(f"{total:>9,}  together, of at most {LIMIT:,}")
    return 1 if total > LIMIT else 0


def _fetched(base: str) -> dict[str, int]:
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        context = browser.new_context(locale="zh-CN", service_workers="block")
        page = context.new_page()
        sign_in(page, base, "li.na")
        page.wait_for_load_state("networkidle")
        devtools = context.new_cdp_session(page)
        names: dict[str, str] = {}
        sizes: dict[str, int] = {}
        devtools.on("Network.requestWillBeSent", lambda one: names.update({one["requestId"]: one["request"]["url"]}))
        devtools.on(
            "Network.loadingFinished", lambda one: sizes.update({one["requestId"]: int(one["encodedDataLength"])})
        )
        devtools.send("Network.enable")
        devtools.send("Network.clearBrowserCache")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(base + "/accounts")
        page.wait_for_load_state("networkidle")
        found: dict[str, int] = {}
        for one, size in sizes.items():
            name = names.get(one, "?").removeprefix(base)
            found[name] = found.get(name, 0) + size
        browser.close()
    return found
