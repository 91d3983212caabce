"""What all kinds share: empty values, masks sent back by mistake, and clean text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any
from unicodedata import is_normalized, normalize

from zhike.kernel.words import Words, _
from zhike.schema.kinds.base import Kind, ParseError, Sealer, Setting
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Masked, Sealed

LARGEST = 2**53 - 1
"""The largest whole number every JSON reader keeps exactly; ids and scaled numbers stay within it."""
SHOWN = 40
OUTER = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)
"""Spaces, line breaks and invisible marks that are taken off both ends of a text."""
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NAMES_OF_TYPES: tuple[tuple[type | tuple[type, ...], Words], ...] = (
    (bool, _("yes or no")),
    ((int, float, Decimal), _("a number")),
    (str, _("text")),
    ((list, tuple, set), _("a list")),
    (Mapping, _("an object")),
)


class PlainKind(Kind):
    """Base of the kinds here: takes care of None, "" and masks, so that the rest only meets real values.

    A kind writes ``read`` (raw → canonical), ``text`` (canonical → shown), ``pack`` and ``unpack`` (canonical ↔ parts)."""

    def parse(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """Canonical value of ``raw``; None when it is empty. Raises ParseError, also for a mask that was sent back."""
        if raw is None or (raw.__class__ is str and not raw):
            return None
        if isinstance(raw, Masked | Sealed) or (isinstance(raw, Mapping) and len(raw) == 1 and "masked" in raw):
            raise mask_sent_back()
        return self.read(raw, field, setting)

    def show(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """Plain text for a reader; masks stay masks."""
        if value is None:
            return ""
        if isinstance(value, Masked):
            return value.mask
        if isinstance(value, Sealed):
            return "•••"
        return self.text(value, field, setting)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        """The canonical value itself unless the kind says otherwise."""
        return value

    def to_parts(self, value: Any, field: FieldSpec, sealer: Sealer | None = None) -> tuple[Any, ...]:
        """Stored scalars; all None for None."""
        return (None,) * len(self.parts) if value is None else self.pack(value, field, sealer)

    def from_parts(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None = None) -> Any:
        """Inverse of :meth:`to_parts`."""
        return None if parts.count(None) == len(parts) else self.unpack(parts, field, sealer)

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """Canonical value of something that is not empty; None if nothing remains of it. Raises ParseError."""
        raise NotImplementedError

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """Plain text of a canonical value."""
        return str(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        """Stored scalars of a canonical value."""
        return (value,)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Any:
        """Canonical value of stored scalars, not all None."""
        return parts[0]


def mask_sent_back() -> ParseError:
    """The refusal of a masked value where a real one is expected."""
    return ParseError(_("This is the masked value, not the real one. Enter it in full, or leave the field as it is."))


def wrong_type(expected: Words, raw: Any) -> ParseError:
    """The refusal of a value of another type: “Text is expected here, not a list.”"""
    found = next((name for types, name in _NAMES_OF_TYPES if isinstance(raw, types)), None)
    return ParseError(
        _("{expected} is expected here, not {found}.").with_(expected=expected, found=found or type(raw).__name__)
    )


TEXT = _("Text")


def short(raw: object) -> str:
    """A raw value for a message: at most 40 characters, safe to print."""
    text = raw if isinstance(raw, str) else _printed(raw)
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _printed(raw: object) -> str:
    if isinstance(raw, int) and raw.bit_length() > 200:
        return "…"
    return str(raw)


def is_finite(raw: float | Decimal) -> bool:
    """Whether a number is neither infinite nor NaN, a signalling one included."""
    if isinstance(raw, Decimal):
        return raw.is_finite()
    return isinstance(raw, int) or isfinite(raw)


def typed_text(raw: Any) -> str:
    """The text of a cell or JSON value: numbers as they are written (files often hold codes as numbers)."""
    if isinstance(raw, str):
        return raw[:]
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise wrong_type(TEXT, raw)
    if isinstance(raw, int):
        if raw.bit_length() > 1024:
            raise ParseError(_("This number is too long."))
        return str(raw)
    if not is_finite(raw):
        raise wrong_type(TEXT, raw)
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e16 else repr(raw)
    return str(raw)


def one_line(raw: Any, most: int) -> str | None:
    """Text of one line in canonical form: NFC, no outer spaces, at most ``most`` characters; None if nothing remains.

    Raises ParseError for line breaks, NUL and other control characters, halves of surrogate pairs, and length."""
    text = raw if raw.__class__ is str else typed_text(raw)
    if not (text.isascii() and text.isprintable()):
        text = _normal(text)
        if _BREAKS.search(text):
            raise ParseError(_("Write this on one line."))
        text = text.replace("\t", " ")
    text = text.strip(OUTER)
    return _within(text, most) or None


def many_lines(raw: Any, most: int) -> str | None:
    """Text that may have several lines, ended by ``\\n``; otherwise as :func:`one_line`."""
    text = raw if raw.__class__ is str else typed_text(raw)
    if not (text.isascii() and text.isprintable()):
        text = _normal(_LINE_ENDS.sub("\n", text))
    text = text.strip(OUTER)
    return _within(text, most) or None


def _normal(text: str) -> str:
    text = text.strip(OUTER)
    bad = _UNSTORABLE.search(text)
    if bad:
        raise ParseError(
            _("This text holds a character that cannot be stored (U+{code}).").with_(code=f"{ord(bad[0]):04X}")
        )
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise ParseError(_("At most {max} characters; this has {count}.").with_(max=most, count=len(text)))
    return text


def half_width(raw: str) -> str:
    """Text with full-width digits, letters and signs made plain (NFKC) and outer spaces removed, for numbers, dates and
    phones. Raises ParseError for characters that cannot be stored."""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    bad = _UNSTORABLE.search(raw)
    if bad:
        raise ParseError(
            _("This text holds a character that cannot be stored (U+{code}).").with_(code=f"{ord(bad[0]):04X}")
        )
    return normalize("NFKC", raw).strip(OUTER)
