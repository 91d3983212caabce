"""``make shots``: the pictures of the README, taken from a demo company in a browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "shots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

# name, path, size, theme, language; {account} and {deal} are ids found in the lists
SHOTS = (
    ("dashboard-zh", "/dashboard", DESK, "light", "zh-hans"),
    ("accounts-zh", "/accounts", DESK, "light", "zh-hans"),
    ("account-zh", "/accounts/{account}", DESK, "light", "zh-hans"),
    ("board-zh", "/opportunities/board", DESK, "light", "zh-hans"),
    ("opportunity-zh-dark", "/opportunities/{deal}", DESK, "dark", "zh-hans"),
    ("new-account-zh", "/accounts/new", DESK, "light", "zh-hans"),
    ("phone-accounts-zh", "/accounts", PHONE, "light", "zh-hans"),
    ("phone-opportunity-zh", "/opportunities/{deal}", PHONE, "light", "zh-hans"),
    ("dashboard-en", "/dashboard", DESK, "light", "en"),
    ("accounts-en", "/accounts", DESK, "light", "en"),
    ("opportunity-en", "/opportunities/{deal}", DESK, "light", "en"),
    ("board-en-dark", "/opportunities/board", DESK, "dark", "en"),
    ("phone-board-en", "/opportunities/board", PHONE, "light", "en"),
)


def main() -> int:
    """Take every picture anew."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zhike-shots-") as folder:
        environment = {**os.environ, "ZHIKE_HOME": folder, "ZHIKE_DATABASE": ""}
        command = [sys.executable, "-m", "zhike.site.cli"]
        for words in (["migrate"], ["demo"]):
            subprocess.run([*command, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
        port = _free_port()
        server = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL)
        try:
            _take(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(30)
    return 0


def _take(base: str) -> None:
    _wait(base)
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        for name, path, size, theme, language in SHOTS:
            context = browser.new_context(
                viewport=size, color_scheme=theme, locale="zh-CN" if language != "en" else "en-GB"
            )  # type: ignore[arg-type]
            page = context.new_page()
            _sign_in(page, base, language)
            page.goto(
                base + path.format(account=_first(page, base, "accounts"), deal=_first(page, base, "opportunities"))
            )
            page.wait_for_load_state("networkidle")
            page.screenshot(path=OUT / f"{name}.png")
            context.close()
            print(name)
        browser.close()


def _sign_in(page: Page, base: str, language: str) -> None:
    page.context.add_cookies([{"name": "zhike-language", "value": language, "url": base}])
    page.goto(base + "/sign-in")
    page.fill("input[name=login]", "chen.siyuan")
    page.fill("input[name=password]", "zhike-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/(dashboard|$)"))


def _first(page: Page, base: str, plural: str) -> str:
    where = "open_deals%20%3E%201" if plural == "accounts" else "stage%20%3D%20quote"
    page.goto(f"{base}/{plural}?where={where}")
    found = re.search(rf'href="/{plural}/(\d+)"', page.content())
    return found.group(1) if found else ""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(base: str) -> None:
    for _try in range(60):
        try:
            urllib.request.urlopen(base + "/sign-in", timeout=2)
            return
        except OSError:
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
