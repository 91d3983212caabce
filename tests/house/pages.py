"""Rules for templates. Each takes the text and yields ``(line, complaint)``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Complaints = Iterator[tuple[int, str]]
Rule = Callable[[str], Complaints]

CODE = re.compile(
    r"\{%-?\s*block \w*class\w* -?%\}[^{]*(?=\{%)|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<!doctype[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.DOTALL)
ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
READ_ALOUD = {
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "aria-description",
    "label",
    "summary",
    "aria-roledescription",
}
NOT_LANGUAGE = {"code", "kbd", "style", "script", "pre", "samp"}
WORD = re.compile(r"[A-Za-z]{2,}")
SAME_IN_EVERY_LANGUAGE = set(
    "Zhike Excel Enter Esc Ctrl Tab Shift Space API CSV XLSX PDF JSON OpenAPI MCP English nbsp middot times hellip amp lt gt quot".split()
)


def _blank(match: re.Match[str]) -> str:
    """Spaces of the same height, so that line numbers stay right."""
    return re.sub(r"[^\n]", " ", match.group())


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _language(text: str) -> list[str]:
    text = re.sub(r"https?://\S*", "", ATTRIBUTE.sub("", text))
    return [word for word in WORD.findall(text) if word not in SAME_IN_EVERY_LANGUAGE]


def texts_can_be_translated(text: str) -> Complaints:
    """What a person reads goes through ``_("…")``: no bare words between tags or in attributes that are read aloud."""
    bare = CODE.sub(_blank, text)
    at, inside = 0, ""
    for tag in TAG.finditer(bare):
        words = _language(bare[at : tag.start()])
        if words and inside not in NOT_LANGUAGE:
            yield _line(bare, tag.start()), f"text without _(): {' '.join(words)[:60]}"
        closing, name = tag.group(1), tag.group(2).lower()
        inside = "" if closing else name
        at = tag.end()
        if "is-code" in tag.group(3):
            continue
        for attribute in ATTRIBUTE.finditer(tag.group(3)):
            if attribute.group(1).lower() in READ_ALOUD and _language(attribute.group(2)[1:-1]):
                yield _line(bare, tag.start()), f"{attribute.group(1)} without _(): {attribute.group(2)[:60]}"
    words = _language(bare[at:])
    if words and inside not in NOT_LANGUAGE:
        yield _line(bare, at), f"text without _(): {' '.join(words)[:60]}"


def nothing_stands_inline(text: str) -> Complaints:
    """The content policy lets no inline style, script or handler run; such a thing would silently not work."""
    bare = CODE.sub(_blank, text)
    for tag in TAG.finditer(bare):
        name = tag.group(2).lower()
        attributes = {found.group(1).lower() for found in ATTRIBUTE.finditer(tag.group(3))}
        line = _line(bare, tag.start())
        for attribute in attributes:
            if attribute == "style" or attribute.startswith(("on", "hx-on", "hx-vars")):
                yield line, f"{attribute}= on <{name}>"
        if name == "style":
            yield line, "<style>"
        if name == "script" and not tag.group(1) and "src" not in attributes and "application/json" not in tag.group(3):
            yield line, "<script> without src"
    for found in re.finditer(r"javascript:", bare, re.IGNORECASE):
        yield _line(bare, found.start()), "javascript: address"


def escaping_stays_on(text: str) -> Complaints:
    """No ``|safe`` and no ``autoescape false``: markup is made where values are drawn, not in templates."""
    for found in re.finditer(r"\|\s*safe\b|autoescape\s+false", text):
        yield _line(text, found.start()), found.group().strip()


RULES: tuple[Rule, ...] = (texts_can_be_translated, nothing_stands_inline, escaping_stays_on)
