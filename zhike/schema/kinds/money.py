"""Money: an amount with its currency, and its value in the company's currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from zhike.kernel.words import _
from zhike.schema.formats import currencies, locale_of, minor_digits, show_money
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.common import PlainKind, half_width, short, wrong_type
from zhike.schema.kinds.numbers import ORDERED, SUMMED
from zhike.schema.kinds.numerals import (
    decimal_of,
    not_a_number,
    number_of,
    plainly_scaled,
    scaled,
    unscaled,
    written_number,
)
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Money as MoneyValue

BASE_DIGITS = 2
"""Base values are kept in hundredths of the company's currency whatever it is (a roll-up cannot ask which)."""
_CODE = re.compile(r"[A-Za-z]{3}")
_DOLLARS = frozenset("USD HKD TWD AUD CAD NZD SGD MXN CLP COP ARS MOP BND FJD NAD".split())
_YUANS = frozenset("CNY TWD HKD MOP".split())
_EVERYDAY = {
    "rmb": "CNY", "人民币": "CNY", "块": "CNY", "块钱": "CNY", "美金": "USD", "刀": "USD", "港元": "HKD", "港币": "HKD",
    "日元": "JPY", "日圆": "JPY", "台币": "TWD", "新台币": "TWD", "韩元": "KRW", "新币": "SGD", "澳元": "AUD", "澳币": "AUD",
    "加元": "CAD", "澳门元": "MOP", "英镑": "GBP", "欧元": "EUR", "卢布": "RUB", "泰铢": "THB",
    "us$": "USD", "hk$": "HKD", "nt$": "TWD", "a$": "AUD", "c$": "CAD", "s$": "SGD", "cn¥": "CNY", "jp¥": "JPY",
}  # fmt: skip
_ENDINGS = re.compile(r"[整正]$")


def amount_digits(currency: str, field: FieldSpec) -> int:
    """Decimals of amounts in a field: the currency's own, or ``field.decimals`` where that is more (unit prices)."""
    return max(minor_digits(currency), field.decimals)


def base_digits(field: FieldSpec) -> int:
    """Decimals of base values in a field."""
    return max(BASE_DIGITS, field.decimals)


@kind
class Money(PlainKind):
    """An amount with its currency (Money). Stored in minor units; filters, sorts and sums use the base value.

    A base value that is given is kept; the writing door works it out anew whenever the amount changes."""

    name = "money"
    label = _("Money")
    parts = (Part("", "int"), Part("_currency", "text", 3), Part("_base", "int"))
    main = "_base"
    operators = ORDERED
    measures = SUMMED
    widget = "money"
    width = "money"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> MoneyValue | None:
        base: Decimal | None = None
        if isinstance(raw, str):
            digits = amount_digits(setting.currency, field)
            number = plainly_scaled(raw, digits)
            if number is not None:
                return MoneyValue(unscaled(number, digits), setting.currency)
            found = money_written(raw, setting)
            if found is None:
                return None
            amount, currency = found
        elif isinstance(raw, MoneyValue):
            amount, currency, base = number_of(raw.amount), _code(raw.currency), raw.base
        elif isinstance(raw, Mapping):
            if "amount" not in raw:
                raise ParseError(_("An amount is written as a number, or as an object with amount and currency."))
            given = _optional(raw["amount"])
            if given is None:
                return None
            amount, currency = given, _code(raw.get("currency") or setting.currency)
            base = _optional(raw.get("base"))
        else:
            amount, currency = number_of(raw), setting.currency
        digits = amount_digits(currency, field)
        kept = unscaled(_scaled(amount, digits, currency), digits)
        if base is None:
            return MoneyValue(kept, currency)
        return MoneyValue(kept, currency, unscaled(_rescaled(number_of(base), base_digits(field)), base_digits(field)))

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """As lists show it; documents call :func:`zhike.schema.formats.show_money`."""
        return show_money(value, setting.language)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        """``{"amount": "12.50", "currency": "CNY"}`` with ``base`` where it is known: decimal strings in major units."""
        if value is None:
            return None
        amount = value.amount.quantize(Decimal(1).scaleb(-amount_digits(value.currency, field)), ROUND_HALF_UP)
        shape = {"amount": f"{amount:f}", "currency": value.currency}
        return shape if value.base is None else shape | {"base": f"{value.base:f}"}

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        amount = _rescaled(value.amount, amount_digits(value.currency, field))
        return amount, value.currency, None if value.base is None else _rescaled(value.base, base_digits(field))

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> MoneyValue:
        """Sums over several currencies have a base value only; they come back in an unnamed currency."""
        amount, currency, base = parts
        worth = None if base is None else unscaled(base, base_digits(field))
        if amount is None or currency is None:
            return MoneyValue(worth if worth is not None else Decimal(0), currency or "", worth)
        return MoneyValue(unscaled(amount, amount_digits(currency, field)), currency, worth)

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """Base minor units of an amount in the company's currency. Raises ParseError for any other currency."""
        value = self.parse(raw, field, setting)
        if value is None:
            return None
        if value.currency != setting.currency:
            raise ParseError(_("Amounts are compared in {currency}.").with_(currency=setting.currency))
        return _rescaled(value.amount, base_digits(field))

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        number = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
        return {
            "type": "object",
            "properties": {"amount": number, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}, "base": number},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }


def _optional(raw: Any) -> Decimal | None:
    return None if raw is None else decimal_of(raw)


def _scaled(amount: Decimal, digits: int, currency: str) -> int:
    try:
        return scaled(amount, digits)
    except ParseError:
        if amount.adjusted() + digits <= 15 and digits == 0:
            raise ParseError(
                _("{currency} has no decimals; {text} has.").with_(currency=currency, text=short(amount))
            ) from None
        raise


def _rescaled(value: Decimal, digits: int) -> int:
    """Scaled integer of a computed value, rounded half up."""
    return int(value.scaleb(digits).to_integral_value(ROUND_HALF_UP))


def money_written(text: str, setting: Setting) -> tuple[Decimal, str] | None:
    """Amount and currency of ``¥12,000.50``, ``12000 USD``, ``1.2万``, ``(300) EUR``; None for blank text.

    Without a currency it is the company's. Raises ParseError."""
    written = written_number(text)
    if written is None:
        return None
    after = _ENDINGS.sub("", written.after).strip()
    named = {code for word in (written.before, after) if word for code in [_currency(word, setting, text)]}
    if len(named) > 1:
        raise ParseError(_("“{text}” names two currencies.").with_(text=short(text)))
    return written.number, named.pop() if named else setting.currency


def _code(raw: Any) -> str:
    if not isinstance(raw, str):
        raise wrong_type(_("A currency code"), raw)
    code = half_width(raw).upper()
    if code not in currencies():
        raise ParseError(_("“{code}” is not a currency. Write its code, such as CNY or USD.").with_(code=short(raw)))
    return code


def _currency(word: str, setting: Setting, text: str) -> str:
    if _CODE.fullmatch(word) and word.upper() in currencies():
        return word.upper()
    if word == "¥":
        return "JPY" if setting.currency == "JPY" else "CNY"
    if word == "$":
        return setting.currency if setting.currency in _DOLLARS else "USD"
    if word in ("元", "圆"):
        return setting.currency if setting.currency in _YUANS else "CNY"
    found = _names().get(word.lower())
    if found is None:
        raise not_a_number(text)
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Currency by everyday name, CLDR name in Chinese or English, or symbol that belongs to it alone."""
    names: dict[str, str] = dict(_EVERYDAY)
    for language in ("zh-hans", "en"):
        locale = locale_of(language)
        for code, name in (*locale.currencies.items(), *locale.currency_symbols.items()):
            names.setdefault(normalize("NFKC", str(name)).lower(), code)
    return names
