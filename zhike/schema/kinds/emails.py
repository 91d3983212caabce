"""E-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError, Part, Setting, kind
from zhike.schema.kinds.common import one_line, short
from zhike.schema.kinds.secrets import INDEX_LENGTH, SecretKind, refuse_stars
from zhike.schema.spec import FieldSpec

MOST_EMAIL = 254
MOST_LOCAL = 64
_NAMED = re.compile(r"[^<>]*<([^<>]+)>")
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\U0010ffff-]+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_WIDE_SIGNS = str.maketrans({"＠": "@", "．": ".", "。": "."})


@kind
class Email(SecretKind):
    """An e-mail address in lower case, the domain in its ASCII form (IDNA).

    The local part is lowered too: no provider in use tells capitals apart, and duplicates must meet."""

    name = "email"
    label = _("E-mail")
    parts = (Part("", "long"), Part("_whole", "text", INDEX_LENGTH), Part("_domain", "text", INDEX_LENGTH))
    operators = ("=", "!=", "in", "domain", "empty")

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = one_line(raw, MOST_EMAIL * 2)
        if text is None:
            return None
        refuse_stars(text)
        return canonical_email(text)

    def index_texts(self, value: str, field: FieldSpec) -> dict[str, str]:
        return {"whole": value, "domain": value.rpartition("@")[2]}

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """The address with its domain in the reader's letters (例子.公司 rather than xn--…)."""
        local, at, domain = value.rpartition("@")
        return str(local + at + (shown_domain(domain) if "xn--" in domain else domain))

    def mask(self, text: str) -> str:
        """``z***@example.cn``."""
        local, _at, domain = text.rpartition("@")
        return f"{local[:1]}***@{domain}"

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "format": "email", "maxLength": MOST_EMAIL}


def canonical_email(text: str) -> str:
    """The canonical form of an address, alone or as ``Name <address>``. Raises ParseError saying what is wrong."""
    named = _NAMED.fullmatch(text)
    address = (named[1] if named else text).strip().removeprefix("mailto:").translate(_WIDE_SIGNS)
    local, at, domain = address.rpartition("@")
    if not at:
        raise ParseError(_("An e-mail address has an @ in it, such as name@example.com."))
    if "@" in local:
        raise ParseError(_("One e-mail address per field."))
    local = local.lower()
    if not local or len(local) > MOST_LOCAL:
        raise ParseError(_("The part before the @ has 1 to {max} characters.").with_(max=MOST_LOCAL))
    if not _LOCAL.fullmatch(local) or any(sign.isspace() for sign in local):
        bad = next((sign for sign in local if not _LOCAL.fullmatch(sign) or sign.isspace()), "")
        raise ParseError(_("“{sign}” cannot stand in an e-mail address.").with_(sign=short(bad)))
    if local.startswith(".") or local.endswith("."):
        raise ParseError(_("The part before the @ neither begins nor ends with a dot."))
    whole = f"{local}@{canonical_domain(domain)}"
    if len(whole) > MOST_EMAIL:
        raise ParseError(_("At most {max} characters; this has {count}.").with_(max=MOST_EMAIL, count=len(whole)))
    return whole


def canonical_domain(text: str) -> str:
    """A mail domain in lower-case ASCII. Raises ParseError unless it has the shape of one."""
    domain = text.strip().rstrip(".").lower()
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        raise ParseError(_("“{text}” is not a mail domain, such as example.com.").with_(text=short(text)))
    return domain


def shown_domain(domain: str) -> str:
    """A domain in its own letters; unchanged where it does not decode."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
