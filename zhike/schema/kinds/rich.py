"""Formatted text: a small set of HTML, cleaned when it comes in, so that whatever is stored is safe to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Any

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError, Part, Setting, kind
from zhike.schema.kinds.common import PlainKind, many_lines
from zhike.schema.kinds.texts import MOST_LONG
from zhike.schema.spec import FieldSpec

nh3 = LazyModule("nh3")

TAGS = frozenset("p br b strong i em u s ul ol li a blockquote h3 h4 code pre".split())
ATTRIBUTES = {"a": {"href", "title"}}
SCHEMES = {"http", "https", "mailto", "tel"}
LINK_REL = "noopener noreferrer nofollow"
_TAG = re.compile(r"<[a-zA-Z/!?]")
_BLOCK_END = re.compile(r"</(?:p|li|ul|ol|h3|h4|blockquote|pre)>|<br ?/?>")
_ROUNDS = 5


@kind
class RichText(PlainKind):
    """Formatted text as HTML of a few tags. Plain text becomes paragraphs; everything else is cleaned away."""

    name = "rich_text"
    label = _("Formatted text")
    parts = (Part("", "long"),)
    operators = ("~", "empty")
    widget = "rich"
    sortable = False
    indexable = False
    groupable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = many_lines(raw, MOST_LONG)
        if text is None:
            return None
        html = cleaned(text) if _TAG.search(text) else paragraphs(text)
        if not plain_text(html):
            return None
        most = field.max or MOST_LONG
        if len(html) > most:
            raise ParseError(_("At most {max} characters; this has {count}.").with_(max=most, count=len(html)))
        return html

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return plain_text(value)

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return plain_text(value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "contentMediaType": "text/html", "maxLength": field.max or MOST_LONG}


@lru_cache(maxsize=1)
def _cleaner() -> Any:
    return nh3.Cleaner(tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=LINK_REL)


@lru_cache(maxsize=1)
def _stripper() -> Any:
    return nh3.Cleaner(tags=set())


def cleaned(html: str) -> str:
    """HTML of the allowed tags only, repeated until it no longer changes (repairing one thing may reveal another)."""
    for _round in range(_ROUNDS):
        once = many_lines(_cleaner().clean(html), MOST_LONG * 10) or ""
        if once and not _TAG.search(once):
            once = f"<p>{once}</p>"
        if once == html:
            return html
        html = once
    return paragraphs(plain_text(html))


def paragraphs(text: str) -> str:
    """Plain text as paragraphs, one a line."""
    return "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in text.split("\n") if line.strip())


def plain_text(html: str) -> str:
    """The words of cleaned HTML, a line for each block."""
    bare = _stripper().clean(_BLOCK_END.sub("\n", html))
    return "\n".join(line.strip() for line in unescape(bare).split("\n") if line.strip())
