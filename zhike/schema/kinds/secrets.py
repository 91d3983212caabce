"""Values that are ciphertext at rest: the base of secret kinds, and secret text (id numbers, bank accounts)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.check_digits import id_number
from zhike.schema.kinds.common import PlainKind, half_width, one_line
from zhike.schema.spec import FieldSpec

INDEX_LENGTH = 64
TAIL = 4
MOST_SECRET = 200


class SecretKind(PlainKind):
    """Base of kinds whose value (canonical text) is stored as an envelope with blind indexes beside it.

    The first part is the envelope; each further part is the blind index of what :meth:`index_texts` gives under its
    name. Filters compare canonical plain text, from which compilers make the same indexes."""

    parts: ClassVar[tuple[Part, ...]] = (
        Part("", "long"),
        Part("_whole", "text", INDEX_LENGTH),
        Part("_tail", "text", INDEX_LENGTH),
    )
    main = "_whole"
    operators = ("=", "!=", "in", "ends", "empty")
    widget = "secret"
    secret = True
    sortable = False
    groupable = False

    def index_texts(self, value: str, field: FieldSpec) -> dict[str, str]:
        """Canonical texts by index name: the whole, its last four characters, a mail's domain."""
        return {"whole": value, "tail": value[-TAIL:]}

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        if sealer is None:
            raise RuntimeError(f"{field.key}: a {self.name} is stored only with its record's sealer")
        texts = self.index_texts(value, field)
        indexes = [
            sealer.index(self.purpose(field, part.suffix[1:]), texts[part.suffix[1:]]) for part in self.parts[1:]
        ]
        return sealer.seal(field.key, value), *indexes

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Any:
        if sealer is None:
            raise RuntimeError(f"{field.key}: a {self.name} is read only with its record's sealer")
        return None if parts[0] is None else sealer.open(field.key, parts[0])

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """The canonical plain text to compare with."""
        return self.parse(raw, field, setting)

    def scalar(self, value: Any, field: FieldSpec) -> Any:
        """The canonical plain text."""
        return value


def refuse_stars(text: str) -> None:
    """Raise ParseError for text that is somebody's mask, such as 138****1234 or z***@example.cn."""
    if "**" in text or "•" in text:
        raise ParseError(
            _("This is the masked value, not the real one. Enter it in full, or leave the field as it is.")
        )


def bank_account(text: str) -> str:
    """A bank account number, digits only. Raises ParseError unless it has 8 to 30 digits."""
    digits = half_width(text).replace(" ", "").replace("-", "")
    if not (digits.isdecimal() and digits.isascii()):
        raise ParseError(_("A bank account number has digits only."))
    if not 8 <= len(digits) <= 30:
        raise ParseError(_("A bank account number has 8 to 30 digits; this has {count}.").with_(count=len(digits)))
    return digits


@kind
class SecretText(SecretKind):
    """Text sealed at rest. ``format``: ``id_number`` (GB 11643 check digit), ``bank_account``, or plain."""

    name = "secret_text"
    label = _("Secret text")

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = one_line(raw, field.max or MOST_SECRET)
        if text is None:
            return None
        refuse_stars(text)
        if field.format == "id_number":
            return id_number(text)
        return bank_account(text) if field.format == "bank_account" else text

    def purpose(self, field: FieldSpec, name: str) -> str:
        return f"{self.name}.{field.format or 'plain'}.{name}"

    def mask(self, text: str) -> str:
        """``320***********1234`` for id numbers, ``•••• 1234`` for other long digits, dots for the rest."""
        if len(text) == 18 and text[:17].isdecimal():
            return text[:3] + "*" * 11 + text[-TAIL:]
        return f"•••• {text[-TAIL:]}" if text.isdecimal() and len(text) >= 8 else super().mask(text)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "string", "maxLength": field.max or MOST_SECRET}
