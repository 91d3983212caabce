"""What a browser fetches for a list page, as compressed on the way: with nothing yet, and once it has been there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.serving import browser_of, served, sign_in, zhike

FIRST, AGAIN = 100_000, 30_000  # bytes, font and icons included
LIST = "/accounts"


def main(_options: dict[str, str]) -> int:
    """Print what was fetched, largest first, and the sums; 1 when one is over its limit."""
    with tempfile.TemporaryDirectory(prefix="zhike-weight-") as folder:
        home = Path(folder) / "home"
        zhike(home, "demo", "--size", "small")
        with served(home) as server, sync_playwright() as playwright:
            browser = browser_of(playwright)
            page = browser.new_context(locale="zh-CN", service_workers="block").new_page()
            sign_in(page, server.base, "li.na")
            fetched = (weight(page, server.base, cold=True), weight(page, server.base, cold=False))
            browser.close()
    good = True
    for what, found, limit in zip(("the first visit", "every other"), fetched, (FIRST, AGAIN), strict=True):
        for name, size in sorted(found.items(), key=lambda one: -one[1]):
            print(f"{size:>9,}  {name}")
        total = sum(found.values())
        print(f"{total:>9,}  {what}, of at most {limit:,}\n")
        good &= total <= limit
    return 0 if good else 1


def weight(page: Page, base: str, *, cold: bool) -> dict[str, int]:
    """Bytes on the wire by address, headers included, gzip alone as over plain HTTP; ``cold`` with nothing kept from before."""
    page.wait_for_load_state("networkidle")
    devtools = page.context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools.on("Network.requestWillBeSent", lambda one: names.update({one["requestId"]: one["request"]["url"]}))
    devtools.on("Network.loadingFinished", lambda one: sizes.update({one["requestId"]: int(one["encodedDataLength"])}))
    devtools.send("Network.enable")
    devtools.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
    if cold:
        devtools.send("Network.clearBrowserCache")
    page.goto(base + LIST)
    page.wait_for_load_state("networkidle")
    devtools.detach()
    found: dict[str, int] = {}
    for one, size in sizes.items():
        name = names.get(one, "?").removeprefix(base)
        found[name] = found.get(name, 0) + size
    return {name: size for name, size in found.items() if size}
