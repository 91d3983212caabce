"""What every field type answers. A kind is one row of this table; adding one adds it everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol

from zhike.kernel.words import Words
from zhike.schema.spec import FieldSpec


@dataclass(frozen=True, slots=True)
class Part:
    """One stored scalar of a field: column suffix ("" is the field's own name), storage type, most characters.

    ``type``: text (indexable, at most 500 characters), long (unbounded text), int (64 bit), bool, date, instant.
    """

    suffix: str
    type: str
    max: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """What parsing and showing need to know of the surroundings."""

    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    language: str = "zh-hans"
    country: str = "CN"
    today: date | None = None


class ParseError(ValueError):
    """A raw value that is not one of this kind; ``text`` says what is wrong and how to mend it."""

    def __init__(self, text: Words) -> None:
        super().__init__(text.msgid)
        self.text = text


class Sealer(Protocol):
    """The vault as kinds see it, bound to one record and its data key."""

    def seal(self, field: str, text: str) -> str:
        """Encrypt; returns the envelope."""

    def open(self, field: str, envelope: str) -> str:
        """Decrypt an envelope made by :meth:`seal` for the same record and field."""

    def index(self, purpose: str, text: str) -> str:
        """Keyed blind index of a canonical text; ``purpose`` is the kind and part (``phone.whole``), so that equal
        values of one kind compare equal across fields and objects."""


class Kind:
    """A field type. Canonical values are Python objects; ``None`` is the one empty value of every kind."""

    name: ClassVar[str]
    label: ClassVar[Words]
    parts: ClassVar[tuple[Part, ...]] = (Part("", "text", 500),)
    main: ClassVar[str] = ""  # suffix of the part that filters, sorting and grouping use
    operators: ClassVar[tuple[str, ...]] = ("=", "!=", "in", "empty")
    measures: ClassVar[tuple[str, ...]] = ("count",)
    widget: ClassVar[str] = "text"
    width: ClassVar[str] = "text"  # column class of lists: text, name, money, number, date, choice, person, check
    secret: ClassVar[bool] = False
    sortable: ClassVar[bool] = True
    indexable: ClassVar[bool] = True
    groupable: ClassVar[bool] = True
    stored: ClassVar[bool] = True
    writable: ClassVar[bool] = True

    def parse(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """Canonical value of what a person, a file or JSON gave; None for "" and None. Raises ParseError."""
        raise NotImplementedError

    def show(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """Plain text of a canonical value for a reader of ``setting.language``; "" for None."""
        raise NotImplementedError

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        """The value as the API and files carry it; :meth:`parse` takes it back unchanged."""
        raise NotImplementedError

    def to_parts(self, value: Any, field: FieldSpec, sealer: Sealer | None = None) -> tuple[Any, ...]:
        """Stored scalars aligned with :attr:`parts`: str, int, bool, date, aware datetime or None."""
        raise NotImplementedError

    def from_parts(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None = None) -> Any:
        """The canonical value of stored scalars; inverse of :meth:`to_parts`."""
        raise NotImplementedError

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """A filter's right side as the stored scalar of the main part (``amount > 10000`` gives minor units).

        Raises ParseError."""
        return self.to_parts(self.parse(raw, field, setting), field)[self.main_index]

    def scalar(self, value: Any, field: FieldSpec) -> Any:
        """The main part's scalar of a canonical value: what Python predicates compare and sorting uses."""
        return None if value is None else self.to_parts(value, field)[self.main_index]

    def tokens(self, value: Any, field: FieldSpec) -> str:
        """Text this value adds to the full-text document ("" for none; secrets add keyed tokens elsewhere)."""
        return ""

    def index_texts(self, value: Any, field: FieldSpec) -> Mapping[str, str]:
        """A secret's texts that get blind indexes, by part name (whole, tail, domain); nothing for other kinds."""
        return {}

    def purpose(self, field: FieldSpec, name: str) -> str:
        """What a blind index is made for, equal for all fields whose values are the same thing: ``phone.whole``."""
        return f"{self.name}.{name}"

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        """JSON Schema (2020-12) of :meth:`to_json`, without null."""
        return {"type": "string"}

    @property
    def main_index(self) -> int:
        """Position of the main part."""
        return next(i for i, part in enumerate(self.parts) if part.suffix == self.main)

    def mask(self, text: str) -> str:
        """How a secret looks to people who may not read it."""
        return "•" * min(len(text), 6)


KINDS: dict[str, Kind] = {}


def kind(cls: type[Kind]) -> type[Kind]:
    """Class decorator: put the kind into the table under its name."""
    KINDS[cls.name] = cls()
    return cls
