"""Values that are more than one scalar. All are frozen and compare by content."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units with its ISO 4217 currency, and its value in the company's base currency if known."""

    amount: Decimal
    currency: str
    base: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to a record: its object's key, its id and its title ("" when not loaded or not readable)."""

    object: str
    id: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A link given by words (a title, a stable key, or ``source:id``) that the door still has to find."""

    text: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. In China region, city and district are GB/T 2260 codes (``320000``, ``320500``, ``320506``);
    elsewhere free text. ``street`` is secret at rest."""

    country: str = "CN"
    region: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as it lies in storage: readable only with the record's data key."""

    envelope: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A secret as it may be shown to everybody who may know that it exists, such as ``138****1234``."""

    mask: str


DAMAGED = Masked("⚠ •••")
"""What stands for a secret whose envelope cannot be opened any more."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file: its id, name, size in bytes and media type."""

    id: int
    name: str = ""
    size: int = 0
    type: str = ""
