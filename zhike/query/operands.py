"""What stored scalar does a right side stand for? Each value comes with its canonical spelling."""

from __future__ import annotations

from typing import Any, NamedTuple
from unicodedata import normalize

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.query.lexer import is_word, quoted
from zhike.query.syntax import KEYWORDS, Value
from zhike.query.tree import Path
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.addresses import Address
from zhike.schema.kinds.base import ParseError, Part, Setting
from zhike.schema.kinds.emails import canonical_domain
from zhike.schema.spec import FieldSpec

LEAST_TAIL = 4
_LARGEST = 2**63


class Operand(NamedTuple):
    """A stored scalar (None: the value is empty) and the value's canonical spelling."""

    scalar: Any
    said: str


def kind_name(field: FieldSpec) -> str:
    """The kind whose values a field holds: what a formula or roll-up yields, else the field's own."""
    return field.result if field.kind in ("formula", "roll_up") and field.result else field.kind


def part_of(path: Path) -> Part:
    """The stored part a path compares."""
    kind = kind_of(path.field)
    suffix = kind.main if path.part is None else path.part
    return next(part for part in kind.parts if part.suffix == suffix)


def literal(text: str) -> str:
    """A text as it is written in a filter: bare where it is a plain word, else in quotes."""
    return text if is_word(text) and KEYWORDS.get(text.lower()) not in _SPECIAL else quoted(text)


_SPECIAL = ("and", "or", "not", "in", "is", "empty", "me", "today", "now", "this", "next", "last")


def operand(value: Value, path: Path, setting: Setting, source: str) -> Operand:
    """The scalar of a value compared with the path by = != < <= > >= or in. Raises BadQuery naming what is wrong."""
    if path.part is not None:
        return _part_operand(value, path, setting, source)
    scalar = _scalar(value, path, setting, source)
    if isinstance(scalar, bool):
        return Operand(scalar, "true" if scalar else "false")
    return Operand(scalar, literal(scalar) if isinstance(scalar, str) else value.said)


def _scalar(value: Value, path: Path, setting: Setting, source: str) -> Any:
    field, kind = path.field, kind_of(path.field)
    if not value.text.strip():
        return None
    try:
        scalar = kind.operand(value.text, field, setting)
    except ParseError as problem:
        raise BadQuery(problem.text, value.at, source) from None
    except (ValueError, ArithmeticError):
        raise _not_a_value(value, field, source) from None
    if scalar is None:
        raise _not_a_value(value, field, source)
    if isinstance(scalar, int) and not -_LARGEST <= scalar < _LARGEST:
        raise BadQuery(_("This number is too large."), value.at, source)
    return scalar


def _not_a_value(value: Value, field: FieldSpec, source: str) -> BadQuery:
    text = _("“{value}” is not a value of “{name}”.").with_(value=value.text[:60], name=field.label)
    return BadQuery(text, value.at, source)


def _part_operand(value: Value, path: Path, setting: Setting, source: str) -> Operand:
    part, field, kind = part_of(path), path.field, kind_of(path.field)
    try:
        if isinstance(kind, Address):
            scalar: Any = kind.part_operand(value.text, part.suffix, setting)
        elif part.type == "text":
            scalar = value.text.upper() if kind_name(field) == "money" else value.text.lower()
        else:
            whole = kind.parse(value.text, field, setting)
            scalar = None if whole is None else kind.to_parts(whole, field)[kind.parts.index(part)]
    except ParseError as problem:
        raise BadQuery(problem.text, value.at, source) from None
    except (ValueError, ArithmeticError):
        scalar = None
    if scalar in (None, "") or (isinstance(scalar, int) and not -_LARGEST <= scalar < _LARGEST):
        raise _not_a_value(value, field, source)
    return Operand(scalar, literal(scalar) if isinstance(scalar, str) else value.said)


def contained(value: Value, path: Path, source: str) -> Operand:
    """The text that ``~`` looks for, composed as stored text is (NFC)."""
    text = normalize("NFC", value.text)
    if not text.strip():
        raise BadQuery(_("Write at least one character to look for."), value.at, source)
    return Operand(text, literal(text))


def tail(value: Value, path: Path, source: str) -> Operand:
    """The last characters ``ends`` looks for, at least four, spelled as stored values are: digits of phones and bank
    accounts, an id number's X in capitals, anything else as it is."""
    field, text = path.field, value.text.strip()
    if field.kind == "phone" or field.format == "bank_account":
        text = "".join(sign for sign in text if sign.isascii() and sign.isdecimal())
    elif field.format == "id_number":
        text = text.upper()
    if len(text) < LEAST_TAIL:
        raise BadQuery(_("Write at least the last {least} characters.").with_(least=LEAST_TAIL), value.at, source)
    return Operand(text, quoted(text))


def mail_domain(value: Value, path: Path, source: str) -> Operand:
    """A mail domain in its ASCII form, with or without an @ before it."""
    try:
        text = canonical_domain(value.text.rpartition("@")[2])
    except ParseError as problem:
        raise BadQuery(problem.text, value.at, source) from None
    return Operand(text, quoted(text))


def refused_operator(field: FieldSpec, op: str, allowed: tuple[str, ...]) -> Words:
    """The sentence naming the operators a field has."""
    shown = ", ".join("is empty" if one == "empty" else one for one in allowed)
    return _("“{name}” cannot be compared with “{op}”. Possible: {allowed}.").with_(
        name=field.label, op=op, allowed=shown
    )
