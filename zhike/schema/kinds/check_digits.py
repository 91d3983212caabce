"""Numbers that carry a check character: 统一社会信用代码 (GB 32100-2015) and 公民身份号码 (GB 11643-1999)."""

from __future__ import annotations

from datetime import date

from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError
from zhike.schema.kinds.common import half_width, short

CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
_VALUE = {sign: value for value, sign in enumerate(CREDIT_SIGNS)}


def credit_check(first: str) -> str:
    """The 18th character for the first 17: 31 minus the sum of value × 3^place modulo 31 (GB 32100-2015, 附录 A)."""
    total = sum(_VALUE[sign] * weight for sign, weight in zip(first, CREDIT_WEIGHTS, strict=True))
    return CREDIT_SIGNS[-total % 31]


def id_check(first: str) -> str:
    """The 18th character for the first 17 digits: ISO 7064 MOD 11-2 (GB 11643-1999)."""
    return ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first, ID_WEIGHTS, strict=True)) % 11]


def _tight(text: str) -> str:
    return half_width(text).replace(" ", "").replace("-", "").upper()


def credit_code(text: str) -> str:
    """A unified social credit code in capitals without spaces. Raises ParseError saying which character is wrong."""
    code = _tight(text)
    if len(code) != 18:
        raise ParseError(_("A unified social credit code has 18 characters; this has {count}.").with_(count=len(code)))
    for place, sign in enumerate(code, 1):
        if sign not in _VALUE:
            raise ParseError(
                _(
                    "Character {place} is “{sign}”; a unified social credit code has digits and capitals without I, O, S, V, Z."
                ).with_(place=place, sign=short(sign))
            )
    expected = credit_check(code[:17])
    if code[17] != expected:
        raise ParseError(
            _(
                "The check character (the 18th) is “{sign}”, but the first 17 require “{expected}”: one of them is mistyped."
            ).with_(sign=code[17], expected=expected)
        )
    return code


def id_number(text: str) -> str:
    """A Chinese resident id number of 18 characters, X in capitals. Raises ParseError saying what is wrong."""
    number = _tight(text)
    if len(number) != 18:
        raise ParseError(_("An id number has 18 characters; this has {count}.").with_(count=len(number)))
    if not (number[:17].isascii() and number[:17].isdigit()) or number[17] not in "0123456789X":
        raise ParseError(_("An id number is 17 digits and then a digit or X."))
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise ParseError(
            _("Characters 7 to 14 of an id number are the date of birth; this has {text}.").with_(text=number[6:14])
        ) from None
    expected = id_check(number[:17])
    if number[17] != expected:
        raise ParseError(
            _("The last character is “{sign}”, but the first 17 require “{expected}”: one of them is mistyped.").with_(
                sign=number[17], expected=expected
            )
        )
    return number
