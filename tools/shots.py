"""``make shots``: the gallery, every page in both languages, both themes and both widths, and the README's pictures.

Taken from the demo company in a home of its own; ``ZHIKE_SHOTS_HOME`` names one that is filled already. ``ONLY=name``
takes the faces of one page."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.serving import browser_of, served, sign_in, zhike  # noqa: E402 - the repository's root comes first

GALLERY = ROOT / "docs" / "gallery"
PICTURES = ROOT / "docs" / "shots"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
THEMES = ("light", "dark")
LANGUAGES = {"zh": "zh-hans", "en": "en"}
QUALITY = 62
SELLER, MANAGER, ADMINISTRATOR = "li.na", "chen.siyuan", "admin"


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: who looks at it, where it is, and what is done before the picture. ``{…}`` are ids found in lists."""

    name: str
    who: str
    path: str
    title: str
    steps: tuple[str, ...] = ()  # selectors clicked in turn, where they are there


SHOTS = (
    Shot("sign-in", "", "/sign-in", "Signing in"),
    Shot("home", SELLER, "/", "Home"),
    Shot("home-people", MANAGER, "/?who=people", "Home, a manager's people"),
    Shot("accounts", SELLER, "/accounts", "A list"),
    Shot(
        "accounts-builder",
        SELLER,
        "/accounts?where=level+in+(key,+normal)+and+open_amount+>+100000&build=1",
        "Conditions",
    ),
    Shot("accounts-groups", MANAGER, "/opportunities?group=stage", "Grouped"),
    Shot(
        "accounts-panel",
        SELLER,
        "/accounts?where=open_deals+>+1",
        "The panel beside a list",
        ("key:j", "key:Space"),
    ),
    Shot("account", SELLER, "/accounts/{account}", "A record"),
    Shot("opportunity", SELLER, "/opportunities/{deal}", "A deal with its stages"),
    Shot("history", SELLER, "/opportunities/{deal}/history", "History"),
    Shot("account-new", SELLER, "/accounts/new?name=%E5%87%8C%E6%B8%A1", "A form"),
    Shot("convert", SELLER, "/leads/{lead}/actions/convert", "Converting a lead"),
    Shot("board", SELLER, "/opportunities/board", "A board"),
    Shot("tasks", SELLER, "/tasks", "Tasks"),
    Shot("calendar", SELLER, "/calendar", "Calendar"),
    Shot("calendar-month", SELLER, "/calendar?view=month", "Calendar, a month"),
    Shot("inbox", SELLER, "/inbox", "Inbox"),
    Shot("search", SELLER, "/search?q=%E5%87%8C%E6%B8%A1", "Search"),
    Shot("dashboard", MANAGER, "/dashboard", "Dashboard"),
    Shot("handover", MANAGER, "/handovers/{handover}", "Handing over what somebody leaves behind"),
    Shot("import", ADMINISTRATOR, "/accounts/import", "Importing"),
    Shot("duplicates", ADMINISTRATOR, "/accounts/duplicates", "Duplicates"),
    Shot("merge", ADMINISTRATOR, "/accounts/merge?ids={account}&ids={other}", "Merging"),
    Shot("preferences", SELLER, "/preferences", "Preferences"),
    Shot("settings", ADMINISTRATOR, "/settings", "Settings"),
    Shot("settings-people", ADMINISTRATOR, "/settings/people", "People"),
    Shot("settings-departments", ADMINISTRATOR, "/settings/departments", "Departments"),
    Shot("settings-roles", ADMINISTRATOR, "/settings/roles", "Roles"),
    Shot("settings-fields", ADMINISTRATOR, "/settings/objects/account", "Fields"),
    Shot("settings-options", ADMINISTRATOR, "/settings/options/account/status", "Options"),
    Shot("settings-pipelines", ADMINISTRATOR, "/settings/pipelines", "Pipelines"),
    Shot("settings-layouts", ADMINISTRATOR, "/settings/layouts/account", "Layouts"),
    Shot("settings-calendar", ADMINISTRATOR, "/settings/calendar", "Working calendar"),
    Shot("settings-mail", ADMINISTRATOR, "/settings/mail", "Mail"),
    Shot("missing", SELLER, "/accounts/1", "A page that is not there"),
)
README = {  # picture → page, language, theme, size
    "dashboard-zh": ("dashboard", "zh", "light", "desk"),
    "accounts-zh": ("accounts", "zh", "light", "desk"),
    "account-zh": ("account", "zh", "light", "desk"),
    "board-zh": ("board", "zh", "light", "desk"),
    "opportunity-zh-dark": ("opportunity", "zh", "dark", "desk"),
    "new-account-zh": ("account-new", "zh", "light", "desk"),
    "phone-accounts-zh": ("accounts", "zh", "light", "phone"),
    "phone-opportunity-zh": ("opportunity", "zh", "light", "phone"),
    "dashboard-en": ("dashboard", "en", "light", "desk"),
    "accounts-en": ("accounts", "en", "light", "desk"),
    "opportunity-en": ("opportunity", "en", "light", "desk"),
    "handover-zh": ("handover", "zh", "light", "desk"),
    "handover-en": ("handover", "en", "light", "desk"),
    "board-en-dark": ("board", "en", "dark", "desk"),
    "phone-board-en": ("board", "en", "light", "phone"),
}
FINDS = {
    "account": "/accounts?where=open_deals+>+1",
    "other": "/accounts?where=open_deals+=+1",
    "deal": "/opportunities?where=stage+=+quote",
    "lead": "/leads?where=status+=+new",
    "handover": "/handovers",
}


def main() -> int:
    """Take every picture anew, or those of one page."""
    only = os.environ.get("ONLY", "")
    GALLERY.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _home() as home, served(home) as base, sync_playwright() as playwright:
        browser = browser_of(playwright)
        for language in LANGUAGES:
            for theme in THEMES:
                for size in SIZES:
                    _take(browser, base, language, theme, size, only)
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


def _take(browser: Browser, base: str, language: str, theme: str, size: str, only: str) -> None:
    """All pages in one language, theme and size; each person signs in once."""
    pages: dict[str, Page] = {}
    for shot in SHOTS:
        if only and shot.name != only:
            continue
        if shot.who not in pages:
            context = browser.new_context(
                viewport=SIZES[size],  # type: ignore[arg-type]
                color_scheme=theme,  # type: ignore[arg-type]
                locale="en-GB" if language == "en" else "zh-CN",
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            context.add_cookies([{"name": "zhike-language", "value": LANGUAGES[language], "url": base}])
            pages[shot.who] = context.new_page()
            if shot.who:
                sign_in(pages[shot.who], base, shot.who)
        page = pages[shot.who]
        page.goto(base + _filled(page, base, shot.path))
        page.wait_for_load_state("networkidle")
        for selector in shot.steps:
            if selector.startswith("key:"):
                page.keyboard.press(selector[4:])
                page.wait_for_timeout(600)
            elif page.locator(selector).count():
                page.locator(selector).first.click()
                page.wait_for_timeout(600)
        page.screenshot(path=GALLERY / f"{shot.name}-{language}-{theme}-{size}.jpg", type="jpeg", quality=QUALITY)
        for name, face in README.items():
            if face == (shot.name, language, theme, size):
                page.screenshot(path=PICTURES / f"{name}.png")
        print(shot.name, language, theme, size, flush=True)
    for page in pages.values():
        page.context.close()


_found: dict[str, str] = {}


def _filled(page: Page, base: str, path: str) -> str:
    for name, where in FINDS.items():
        if f"{{{name}}}" in path:
            if name not in _found:
                page.goto(base + where)
                link = page.locator("tr[data-row] a[data-title]").first.get_attribute("href") or ""
                _found[name] = link.rpartition("/")[2].partition("?")[0]
            path = path.replace(f"{{{name}}}", _found[name])
    return path


def _write_index() -> None:
    """The gallery's page: one section a page, its eight faces as links under the Chinese one."""
    lines = [
        "# Gallery",
        "",
        "Every page of the demo company, in Chinese and English, light and dark, at a desk and on a phone (`make shots`).",
    ]
    for shot in SHOTS:
        faces = [
            f"[{language} {theme} {size}]({shot.name}-{language}-{theme}-{size}.jpg)"
            for language in LANGUAGES
            for theme in THEMES
            for size in SIZES
        ]
        lines += ["", f"## {shot.title}", "", f"![{shot.title}]({shot.name}-zh-light-desk.jpg)", "", " · ".join(faces)]
    (GALLERY / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
