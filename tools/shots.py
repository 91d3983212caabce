"""``make shots``: the gallery, every page in both languages, both themes and both widths, and the README's pictures.

Taken from the demo company in a home of its own; ``ZHIKE_SHOTS_HOME`` names one that is filled already. ``ONLY=name``
takes the faces of one page."""

from __future__ import annotations

import base64
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.gallery import ADMINISTRATOR, GUIDE, MANAGER, README, SELLER, SHOTS, unseen  # noqa: E402 - the repository's root comes first
from tools.serving import browser_of, served, sign_in, zhike  # noqa: E402
from zhike.site.home import configure  # noqa: E402

GALLERY = ROOT / "docs" / "gallery"
PICTURES = ROOT / "docs" / "shots"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
THEMES = ("light", "dark")
LANGUAGES = {"zh": "zh-hans", "en": "en"}
QUALITY, LEAN = 62, 30
TABLE = "名称,电话,级别,行业\n苏州知行机械有限公司,13812345678,重点客户,制造\n杭州云起数据有限公司,0571-8812,特级,科技\n,139,普通,制造\n"
NUMBER = re.compile(r"/(\d+)(?:[/?#]|$)")
FINDS = {  # what stands for {…}: who looks, where, and the link whose number it is
    "account": (SELLER, "/accounts?where=open_deals+>+1", "tr[data-row] a[data-title]"),
    "other": (SELLER, "/accounts?where=open_deals+=+1", "tr[data-row] a[data-title]"),
    "deal": (SELLER, "/opportunities?where=stage+=+quote", "tr[data-row] a[data-title]"),
    "lead": (SELLER, "/leads?where=status+=+new", "tr[data-row] a[data-title]"),
    "contact": (ADMINISTRATOR, "/contacts", "tr[data-row] a[data-title]"),
    "person": (ADMINISTRATOR, "/settings/people", "tbody tr:nth-child(2) a"),
    "department": (ADMINISTRATOR, "/settings/departments", "main .tree a"),
    "role": (ADMINISTRATOR, "/settings/roles", ".lines li:nth-child(2) a.stretch"),
    "rule": (ADMINISTRATOR, "/settings/sharing", ".lines a.stretch"),
    "pipeline": (ADMINISTRATOR, "/settings/pipelines", ".lines a.stretch"),
    "dashboard": (ADMINISTRATOR, "/dashboard", "a[href$='/arrange']"),
    "handover": (MANAGER, "/handovers", "tr[data-row] a[data-title]"),
    "job": (ADMINISTRATOR, "/jobs?who=all", "main a[href^='/jobs/']"),
}


def main() -> int:
    """Take every picture anew, or those of one page."""
    with tempfile.TemporaryDirectory() as folder:
        configure(folder)
        if lost := unseen():
            print("neither in the gallery nor excused, or both (tools/gallery.py):", *lost, sep="\n  ")
            return 1
    only = os.environ.get("ONLY", "")
    GALLERY.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _home() as home, served(home) as server, sync_playwright() as playwright:
        browser = browser_of(playwright)
        _prepare(browser, server.base)
        for language in LANGUAGES:
            for theme in THEMES:
                for size in SIZES:
                    _take(browser, server.base, language, theme, size, only)
        browser.close()
    if not only:
        _write_index()
    return 0


@contextmanager
def _home() -> Iterator[Path]:
    """A home with the demo company: the one named, else one of its own that is thrown away."""
    given = os.environ.get("ZHIKE_SHOTS_HOME")
    if given:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="zhike-shots-") as folder:
        zhike(Path(folder), "demo")
        rules = "level = key -> gu.mingxuan; region = east -> @华东销售部"
        zhike(Path(folder), "handover", "new", "li.na", "--rules", rules, "--rest", MANAGER, "--as", MANAGER)
        yield Path(folder)


def _prepare(browser: Browser, base: str) -> None:
    """What people do before there is something to see: a rule, three imports, somebody invited, a deal changed, leads thrown
    away. Ids of what was made stand for ``{…}`` from here on."""
    people = {who: _somebody(browser, base, who) for who in (ADMINISTRATOR, SELLER, MANAGER)}
    office, seller = people[ADMINISTRATOR], people[SELLER]
    _found["past"] = (datetime.now(UTC) - timedelta(days=6)).date().isoformat()
    for name in FINDS.keys() - {"rule"}:
        _find(people[FINDS[name][0]], base, name)
    office.goto(f"{base}/settings/sharing/0")
    office.fill("#name", "市场部看重点客户")
    office.fill("#where", "level = key and open_deals > 0")
    office.locator("label", has_text="市场部").locator("input").check()
    office.wait_for_load_state("networkidle")  # the rows follow the text
    office.click("button.is-primary[form=form]")
    office.wait_for_url("**/settings/sharing")
    _find(office, base, "rule")
    for name, steps in (("columns", ()), ("check", ("try",)), ("done", ("try", "run"))):
        _found[name] = _imported(office, base, steps)
    office.goto(f"{base}/settings/people/invite")
    office.fill("[name=name]", "孙一鸣")
    office.fill("[name=login]", f"sun.yiming{_found['done']}")
    office.click("button.is-primary[form=form]")
    _found["welcome"] = "/welcome/" + office.locator("#way-link").input_value().rpartition("/")[2]
    office.goto(f"{base}/settings/pipelines/{_found['pipeline']}")
    _found["stage"] = _number(office, ".stage-name a", last=True)
    seller.goto(f"{base}/opportunities/{_found['deal']}/edit")
    seller.fill("[name=amount]", "1280000")
    seller.keyboard.press("Control+Enter")
    seller.wait_for_url(lambda address: not address.endswith("/edit"))
    seller.goto(f"{base}/opportunities/{_found['deal']}/history")
    _found["operation"] = _number(seller, "a[href*='/undo']")
    seller.goto(f"{base}/leads")
    for lead in [
        NUMBER.findall(one)[0] for one in seller.locator("tr[data-row] a[data-title]").evaluate_all(HREFS)[4:7]
    ]:
        seller.goto(f"{base}/leads/{lead}/actions/trash")
        seller.click("dialog.act footer button:not(.is-quiet)")
        seller.wait_for_load_state("networkidle")
    for page in people.values():
        page.context.close()


HREFS = "all => all.map(one => one.getAttribute('href'))"


def _number(page: Page, selector: str, *, last: bool = False) -> str:
    found = NUMBER.findall(page.locator(selector).first.get_attribute("href") or "")
    return found[-1 if last else 0]


def _imported(page: Page, base: str, steps: tuple[str, ...]) -> str:
    """Give the wizard a small table and go as far as these steps; the id of the upload."""
    page.goto(f"{base}/accounts/import")
    page.set_input_files("input[type=file]", {"name": "客户.csv", "mimeType": "text/csv", "buffer": TABLE.encode()})
    page.click("main button.is-primary")
    page.wait_for_url(re.compile(r"/import/\d+$"))
    upload = NUMBER.findall(page.url)[-1]
    for step in steps:
        page.locator(f"[action$='/{step}'] button, button[formaction$='/{step}']").first.click()
        page.wait_for_url(re.compile(rf"/import/{upload}/(check|done)$"), timeout=60_000)
        page.wait_for_timeout(1500)
    return upload


def _somebody(browser: Browser, base: str, who: str, **more: Any) -> Page:
    """A page of somebody who is signed in; of nobody for ""."""
    page = browser.new_context(timezone_id="Asia/Shanghai", reduced_motion="reduce", **more).new_page()
    if who:
        sign_in(page, base, who)
    return page


def _take(browser: Browser, base: str, language: str, theme: str, size: str, only: str) -> None:
    """All pages in one language, theme and size; each person signs in once."""
    pages: dict[str, Page] = {}
    for shot in SHOTS:
        if only and shot.name != only:
            continue
        if shot.who not in pages:
            locale = "en-GB" if language == "en" else "zh-CN"
            pages[shot.who] = _somebody(
                browser, base, shot.who, viewport=SIZES[size], color_scheme=theme, locale=locale
            )
            pages[shot.who].context.add_cookies([{"name": "zhike-language", "value": LANGUAGES[language], "url": base}])
        page = pages[shot.who]
        page.goto(base + _filled(shot.path))
        page.wait_for_load_state("networkidle")
        for step in shot.steps:
            _do(page, _filled(step))
        _picture(page, GALLERY / f"{shot.name}-{language}-{theme}-{size}.webp")
        for name, face in README.items():
            if face == (shot.name, language, theme, size):
                page.screenshot(path=PICTURES / f"{name}.png")
        if shot.name in GUIDE and (theme, size) == ("light", "desk"):
            page.screenshot(path=PICTURES / f"{shot.name}-{language}.jpg", type="jpeg", quality=QUALITY)
        print(shot.name, language, theme, size, flush=True)
    for page in pages.values():
        page.context.close()


def _do(page: Page, step: str) -> None:
    """One step before a picture (see :class:`tools.gallery.Shot`)."""
    kind, colon, rest = step.partition(":")
    selector, _equals, value = rest.rpartition("=")
    if kind == "key" and colon:
        page.keyboard.press(rest)
    elif kind == "choose":
        page.select_option(selector, value)
    elif kind == "fill":
        page.fill(selector, value)
    elif page.locator(step).count() and page.locator(step).first.is_visible():
        page.locator(step).first.click()
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.querySelector('.htmx-request')", timeout=120_000)
    page.wait_for_timeout(300)


def _picture(page: Page, path: Path) -> None:
    """What the window shows, as WebP: a third of a JPEG, and the gallery holds some hundreds."""
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": LEAN})
    path.write_bytes(base64.b64decode(taken["data"]))


_found: dict[str, str] = {}


def _filled(text: str) -> str:
    for name, value in _found.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _find(page: Page, base: str, name: str) -> None:
    _who, where, selector = FINDS[name]
    page.goto(base + where)
    _found[name] = _number(page, selector, last=True)


def _write_index() -> None:
    """The gallery's page: one section a page, its eight faces as links under the Chinese one."""
    lines = [
        "# Gallery",
        "",
        "Every page of the demo company, in Chinese and English, light and dark, at a desk and on a phone (`make shots`).",
    ]
    for shot in SHOTS:
        faces = [
            f"[{language} {theme} {size}]({shot.name}-{language}-{theme}-{size}.webp)"
            for language in LANGUAGES
            for theme in THEMES
            for size in SIZES
        ]
        lines += ["", f"## {shot.title}", "", f"![{shot.title}]({shot.name}-zh-light-desk.webp)", "", " · ".join(faces)]
    (GALLERY / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
