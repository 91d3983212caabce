"""Text of one line, of many lines, web addresses and automatic numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from zhike.kernel.words import _
from zhike.schema.checklist import items_of, written
from zhike.schema.kinds.base import ParseError, Part, Setting, kind
from zhike.schema.kinds.check_digits import credit_code
from zhike.schema.kinds.common import PlainKind, many_lines, one_line, short
from zhike.schema.spec import FieldSpec
from zhike.schema.spoken import time_of

MOST_INDEXED = 500
MOST_LONG = 200_000
PATTERNS = {"credit_code": "^[0-9A-HJ-NPQRTUWXY]{18}$", "time": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
TEXT_OPERATORS = ("=", "!=", "in", "~", "empty")


def most_of(field: FieldSpec) -> int:
    """The most characters a one-line field holds: its own limit, never above what an index can take."""
    return min(field.max or MOST_INDEXED, MOST_INDEXED)


@kind
class Text(PlainKind):
    """One line. ``format="credit_code"``: a 统一社会信用代码, checked and in capitals; ``format="time"``: a time of day as
    ``HH:MM``, also written 下午三点 or 3pm."""

    name = "text"
    label = _("Text")
    operators = TEXT_OPERATORS

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = one_line(raw, field.max if field.max and field.max < MOST_INDEXED else MOST_INDEXED)
        if text and field.format == "credit_code":
            return credit_code(text)
        if text and field.format == "time":
            return _time_of_day(text)
        return text

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        shape: dict[str, Any] = {"type": "string", "maxLength": most_of(field)}
        pattern = PATTERNS.get(field.format)
        return shape | {"pattern": pattern} if pattern else shape


def _time_of_day(text: str) -> str:
    found = time_of(text)
    if found is None:
        raise ParseError(_("“{text}” is not a time of day. Write it like 15:30.").with_(text=short(text)))
    return found


@kind
class AutoNumber(Text):
    """A document number made by the system when the record is created; historic ones may be imported."""

    name = "auto_number"
    label = _("Automatic number")
    widget = "shown"
    writable = False


@kind
class LongText(PlainKind):
    """Text of many lines; searched, but neither sorted nor indexed. ``format="checklist"``: one thing to do a line, with
    ``[x] `` before those that are done and ``[ ] `` before the others."""

    name = "long_text"
    label = _("Long text")
    parts = (Part("", "long"),)
    operators = ("~", "empty")
    widget = "long"
    sortable = False
    indexable = False
    groupable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = many_lines(raw, field.max or MOST_LONG)
        return written(items_of(text)) if text and field.format == "checklist" else text

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": field.max or MOST_LONG}


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:[/?#]|$))")
_WITH_SLASHES = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")


@kind
class Url(PlainKind):
    """A web address, http or https only; ``https://`` is put before a bare domain, scheme and host are in lower case."""

    name = "url"
    label = _("Web address")
    operators = TEXT_OPERATORS
    widget = "text"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = one_line(raw, most_of(field))
        if text is None:
            return None
        if any(sign in text for sign in ' "<>\\^`{|}') or any(sign.isspace() for sign in text):
            raise ParseError(_("A web address has no spaces, quotes or brackets in it."))
        if not _WITH_SLASHES.match(text):
            named = _SCHEME.match(text)
            if named and named[1].lower() not in ("http", "https"):
                raise ParseError(_("Only http and https addresses, not “{scheme}”.").with_(scheme=short(named[1])))
            text = "https://" + text[named.end() if named else 0 :].lstrip("/")
        return _within(_canonical_url(text), most_of(field))

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": most_of(field)}


def _canonical_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ParseError(_("This is not a web address: {text}").with_(text=short(text))) from None
    if parts.username is not None or parts.password is not None:
        raise ParseError(_("Leave user names and passwords out of a web address."))
    bracketed = ":" in host
    if not bracketed and (not _HOST.fullmatch(host) or ("." not in host and host != "localhost" and not port)):
        raise ParseError(_("A web address needs a domain, such as example.com."))
    netloc = (f"[{host}]" if bracketed else host) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme.lower(), netloc, parts.path, parts.query, parts.fragment))


def _within(text: str, most: int) -> str | None:
    return one_line(text, most)
