"""What a browser fetches for a list page when it has nothing yet: every answer, as compressed on the way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

LIMIT = 150_000  # bytes, font and icons included
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> int:
    """Print what was fetched, largest first, and the sum; 1 when it is over the limit."""
    with tempfile.TemporaryDirectory(prefix="zhike-weight-") as folder:
        environment = {**os.environ, "ZHIKE_HOME": str(Path(folder) / "home"), "ZHIKE_DATABASE": ""}
        zhike = [sys.executable, "-m", "zhike.site.cli"]
        subprocess.run([*zhike, "demo", "--size", "small"], env=environment, check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
        command = [*zhike, "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            fetched = _fetched(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(30)
    for name, size in sorted(fetched.items(), key=lambda one: -one[1]):
        print(f"{size:>9,}  {name}")
    total = sum(fetched.values())
    print(f"{total:>9,}  together, of at most {LIMIT:,}")
    return 1 if total > LIMIT else 0


def _fetched(base: str) -> dict[str, int]:
    for _try in range(120):
        try:
            urllib.request.urlopen(base + "/sign-in", timeout=2)
            break
        except OSError:
            time.sleep(0.5)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = browser.new_context(locale="zh-CN", service_workers="block")
        page = context.new_page()
        page.goto(base + "/sign-in")
        page.fill("input[name=login]", "li.na")
        page.fill("input[name=password]", "zhike-demo")
        page.press("input[name=password]", "Enter")
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
