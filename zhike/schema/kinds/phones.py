"""Phone numbers."""

from __future__ import annotations

import re
from typing import Any

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _
from zhike.schema.kinds.base import ParseError, Setting, kind
from zhike.schema.kinds.common import half_width, short, typed_text
from zhike.schema.kinds.secrets import TAIL, SecretKind, refuse_stars
from zhike.schema.spec import FieldSpec

phonenumbers = LazyModule("phonenumbers")

LONGEST = 60
EXTENSION = ";ext="
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_CHINESE_SERVICE = re.compile(r"(?:\+86)?(9[56][0-9]{3,6}|1[02][0-9]{3})")
_JOINTS = re.compile(r"[\s().\-‐‑–—·]+")
_EXTENSION_WORD = re.compile(
    r"\s*(?:转|轉|分机号?|分機|内线|內線|extension|ext\.?|x)\s*[:.]?\s*([0-9]{1,7})$", re.IGNORECASE
)
_LANDLINE_WITH_DASH = re.compile(r"((?:\+?86[\s-]?)?\(?0?[0-9]{2,3}\)?[\s-]?[0-9]{7,8})\s*-\s*([0-9]{1,6})")
_SEVERAL = re.compile(r"[0-9]{7,}\s*[/、,，;；\n]\s*\+?[0-9]{7,}")
_CANONICAL = re.compile(r"\+[1-9][0-9]{1,16}(?:;ext=[0-9]{1,7})?")
_CHINA = "+86"


@kind
class Phone(SecretKind):
    """A phone number in E.164 with its extension if it has one: ``+8613800138000``, ``+862162345678;ext=801``.

    Numbers without a country code belong to ``setting.country``. Chinese numbers are checked against the numbering
    plan, others for a possible length (new ranges open faster than lists of them)."""

    name = "phone"
    label = _("Phone")

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> str | None:
        text = raw if raw.__class__ is str else _whole_number(raw)
        if setting.country == "CN":
            mobile = _CHINESE_MOBILE.fullmatch(text)
            if mobile:
                return _CHINA + mobile[1]
        refuse_stars(text)
        text = half_width(text)
        if not text:
            return None
        if len(text) > LONGEST:
            raise ParseError(_("A phone number is shorter than this."))
        return canonical_phone(text, setting.country)

    def index_texts(self, value: str, field: FieldSpec) -> dict[str, str]:
        return {"whole": value, "tail": value.partition(EXTENSION)[0][-TAIL:]}

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """As it is written at home: 138 0013 8000, 021 6234 5678; numbers of other countries with their code."""
        number, _sep, extension = value.partition(EXTENSION)
        if setting.country == "CN" and number.startswith("+861") and len(number) == 14:
            shown = f"{number[3:6]} {number[6:10]} {number[10:]}"
        else:
            shown = _formatted(number, setting.country)
        return str(_("{number} ext. {extension}").with_(number=shown, extension=extension)) if extension else shown

    def mask(self, text: str) -> str:
        """``138****1234``; ``021****5678``; ``+1****0143``."""
        number = text.partition(EXTENSION)[0]
        if number.startswith(_CHINA):
            home = number[3:] if number.startswith("+861") and len(number) == 14 else "0" + number[3:]
            return f"{home[:3]}****{home[-TAIL:]}" if len(home) >= 9 else f"****{home[-2:]}"
        return f"{number[:2]}****{number[-TAIL:]}" if len(number) >= 9 else f"****{number[-2:]}"


def _whole_number(raw: Any) -> str:
    """The text of a number from a spreadsheet, which holds phones as numbers too."""
    text = typed_text(raw)
    if not isinstance(raw, str) and not text.isdecimal():
        raise ParseError(_("“{text}” is not a phone number.").with_(text=short(text)))
    return text


def canonical_phone(text: str, country: str) -> str:
    """E.164 (with ``;ext=``) of a number as people write it. Raises ParseError saying what is wrong."""
    if _CANONICAL.fullmatch(text):
        number, _sep, extension = text.partition(EXTENSION)
    else:
        if _SEVERAL.search(text):
            raise ParseError(_("One number per field; put the other one into another field."))
        number, extension = _split_extension(text)
    tight = _JOINTS.sub("", number)
    if country == "CN" or tight.startswith(_CHINA):
        plain = _CHINESE_MOBILE.fullmatch(tight) or _CHINESE_SERVICE.fullmatch(tight)
        if plain:
            return _CHINA + plain[1] + (EXTENSION + extension if extension else "")
    if not any(sign.isdecimal() for sign in tight):
        raise ParseError(_("“{text}” is not a phone number.").with_(text=short(text)))
    stray = next((sign for sign in tight if not (sign.isascii() and (sign.isdecimal() or sign == "+"))), None)
    if stray is not None:
        raise ParseError(_("“{sign}” does not belong in a phone number.").with_(sign=short(stray)))
    try:
        parsed = phonenumbers.parse(tight, country)
    except phonenumbers.NumberParseException as problem:
        raise ParseError(_refusal(problem.error_type, tight)) from None
    _check(parsed, tight, country)
    written = phonenumbers.PhoneNumberFormat.E164
    code: str = phonenumbers.format_number(parsed, written)
    if phonenumbers.format_number(phonenumbers.parse(code, None), written) != code:
        raise ParseError(_("“{text}” is not a phone number.").with_(text=short(text)))
    return code + (EXTENSION + extension if extension else "")


def _split_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION_WORD.search(text)
    if found:
        return text[: found.start()], found[1]
    dashed = _LANDLINE_WITH_DASH.fullmatch(text)
    return (dashed[1], dashed[2]) if dashed else (text, "")


def _check(parsed: Any, text: str, country: str) -> None:
    result = phonenumbers.ValidationResult
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    digits = sum(sign.isdecimal() for sign in text)
    local = possible == result.IS_POSSIBLE_LOCAL_ONLY
    chinese = parsed.country_code == 86
    valid = phonenumbers.is_valid_number(parsed)
    if local or (chinese and not valid and digits in (7, 8) and not text.startswith(("+", "0"))):
        if digits < 7:
            raise ParseError(_("This phone number is too short: it has {count} digits.").with_(count=digits))
        raise ParseError(_("The area code is missing: write it as 021-62345678."))
    if possible == result.TOO_SHORT:
        raise ParseError(_("This phone number is too short: it has {count} digits.").with_(count=digits))
    if possible == result.TOO_LONG:
        raise ParseError(_("This phone number is too long: it has {count} digits.").with_(count=digits))
    if possible == result.INVALID_COUNTRY_CODE:
        raise ParseError(_("There is no such country code in this phone number."))
    if possible == result.INVALID_LENGTH or (chinese and not valid):
        national = str(parsed.national_number)
        if chinese and national.startswith("1") and not national.startswith("10"):
            if len(national) == 11:
                raise ParseError(
                    _("Chinese mobile numbers begin with 13 to 19; this begins with {start}.").with_(start=national[:2])
                )
            raise ParseError(_("A Chinese mobile number has 11 digits; this has {count}.").with_(count=len(national)))
        raise ParseError(
            _("There is no such phone number; check the area code and the number of digits ({count}).").with_(
                count=digits
            )
        )


def _refusal(error_type: int, text: str) -> Words:
    kinds = phonenumbers.NumberParseException
    if error_type == kinds.INVALID_COUNTRY_CODE:
        return _("There is no such country code in this phone number.")
    if error_type == kinds.TOO_LONG:
        return _("This phone number is too long: it has {count} digits.").with_(count=len(text))
    if error_type in (kinds.TOO_SHORT_NSN, kinds.TOO_SHORT_AFTER_IDD):
        return _("This phone number is too short: it has {count} digits.").with_(count=len(text))
    return _("“{text}” is not a phone number.").with_(text=short(text))


def _formatted(number: str, country: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    shapes = phonenumbers.PhoneNumberFormat
    at_home = phonenumbers.region_code_for_country_code(parsed.country_code) == country
    shown: str = phonenumbers.format_number(parsed, shapes.NATIONAL if at_home else shapes.INTERNATIONAL)
    return shown
