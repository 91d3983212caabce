"""Postal addresses: 省市区 as codes in clear, the street as a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from zhike.kernel.words import _
from zhike.schema.formats import locale_of
from zhike.schema.kinds import regions
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.common import PlainKind, mask_sent_back, one_line, short, wrong_type
from zhike.schema.kinds.secrets import refuse_stars
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address as AddressValue
from zhike.schema.values import Masked, Sealed

CHINA = "CN"
MOST_PLACE = 100
MOST_STREET = 300
MOST_POSTCODE = 20
PARTS = tuple(one.name for one in fields(AddressValue))
_CODE = re.compile(r"[0-9]{6}")
_POSTCODE = re.compile(r"(?<![0-9])([0-9]{6})$|^([0-9]{6})(?![0-9])")
_LEVELS = {1: _("province"), 2: _("city"), 3: _("district")}
_NO_CITY = ("", "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


@kind
class Address(PlainKind):
    """An address (Address). Filters and sorting use the province's code, or the region's name outside China.

    A dict may give codes or names; free Chinese text is taken apart by the names it begins with."""

    name = "address"
    label = _("Address")
    parts = (
        Part("_country", "text", 2),
        Part("_region", "text", MOST_PLACE),
        Part("_city", "text", MOST_PLACE),
        Part("_district", "text", MOST_PLACE),
        Part("", "long"),
        Part("_postcode", "text", MOST_POSTCODE),
    )
    main = "_region"
    widget = "address"
    secret = True

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> AddressValue | None:
        if isinstance(raw, str):
            text = one_line(raw.replace("\n", " "), MOST_STREET + 200)
            return _from_text(text, setting) if text else None
        if isinstance(raw, AddressValue):
            given: Mapping[Any, Any] = {name: getattr(raw, name) for name in PARTS}
        elif isinstance(raw, Mapping):
            given = raw
        else:
            raise wrong_type(_("An address"), raw)
        return _from_parts(given, setting)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        """江苏省 苏州市 吴中区 某某路1号; elsewhere street, city, region and postcode, country."""
        street = value.street.mask if isinstance(value.street, Masked) else value.street
        abroad = _country_name(value.country, setting.language) if value.country != setting.country else ""
        if value.country == CHINA:
            return " ".join(filter(None, [abroad, *place_names(value), street]))
        place = " ".join(filter(None, [value.region, value.postcode]))
        return ", ".join(filter(None, [street, value.district, value.city, place, abroad]))

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        """Its parts that are not empty, places in China as codes."""
        if value is None:
            return None
        shape = {name: getattr(value, name) for name in PARTS}
        if isinstance(value.street, Masked):
            shape["street"] = {"masked": value.street.mask}
        return {name: text for name, text in shape.items() if text}

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        if value.street and sealer is None:
            raise RuntimeError(f"{field.key}: a street is stored only with its record's sealer")
        street = sealer.seal(field.key, value.street) if sealer is not None and value.street else None
        clear = (value.country, value.region, value.city, value.district)
        return (*(text or None for text in clear), street, value.postcode or None)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> AddressValue:
        country, region, city, district, street, postcode = parts
        if street is not None and sealer is None:
            raise RuntimeError(f"{field.key}: a street is read only with its record's sealer")
        opened = sealer.open(field.key, street) if sealer is not None and street is not None else ""
        return AddressValue(country or CHINA, region or "", city or "", district or "", opened, postcode or "")

    def scalar(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else value.region or None

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """The code of a province by code or name; other text as it is, for regions outside China. Raises ParseError."""
        return self.part_operand(raw, "_region", setting)

    def part_operand(self, raw: Any, suffix: str, setting: Setting) -> str | None:
        """The scalar of one clear part by code or name: ``address.city = 苏州`` is 320500. Raises ParseError."""
        text = one_line(raw, MOST_PLACE)
        if text is None or suffix not in ("_region", "_city", "_district"):
            return _country_code(text) if text and suffix == "_country" else text
        if _CODE.fullmatch(text):
            return text
        level = ("_region", "_city", "_district").index(suffix) + 1
        found = regions.named(text, level)
        if len(found) > 1:
            raise ParseError(
                _("There are several places called “{text}”: {codes}. Write the code.").with_(
                    text=short(text), codes=", ".join(f"{one.code} {regions.name_of(one.parent)}" for one in found)
                )
            )
        if not found and any(regions.named(text, other) for other in (1, 2, 3)):
            raise ParseError(_("“{text}” is not on this level of an address.").with_(text=short(text)))
        return found[0].code if found else text

    def mask(self, text: str) -> str:
        return "•••"

    def index_texts(self, value: Any, field: FieldSpec) -> dict[str, str]:
        """Streets have no blind index."""
        return {}

    def tokens(self, value: Any, field: FieldSpec) -> str:
        """The names of the places; never the street."""
        return (
            " ".join(place_names(value))
            if value.country == CHINA
            else " ".join(filter(None, [value.city, value.region]))
        )

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        most = dict.fromkeys(PARTS, MOST_PLACE) | {"country": 2, "street": MOST_STREET, "postcode": MOST_POSTCODE}
        properties = {name: {"type": "string", "maxLength": most[name]} for name in PARTS}
        return {"type": "object", "properties": properties, "additionalProperties": False}


def place_names(value: AddressValue) -> list[str]:
    """Names of the province, city and district of a Chinese address; 北京市 is said once."""
    names = [regions.name_of(code) for code in (value.region, value.city, value.district) if code]
    return list(dict.fromkeys(names))


def _from_text(text: str, setting: Setting) -> AddressValue:
    refuse_stars(text)
    if setting.country != CHINA and not any("\u4e00" <= sign <= "\u9fff" for sign in text):
        return AddressValue(setting.country, street=_street(text))
    found = _POSTCODE.search(text)
    postcode = (found[1] or found[2]) if found else ""
    place = regions.find((text[: found.start()] + text[found.end() :]).strip(" ,，") if found else text)
    if not place.region:
        return AddressValue(CHINA, street=_street(text))
    return AddressValue(CHINA, place.region, place.city, place.district, _street(place.rest), postcode)


def _street(text: str) -> str:
    return one_line(text, MOST_STREET) or ""


def _from_parts(given: Mapping[Any, Any], setting: Setting) -> AddressValue | None:
    unknown = next((key for key in given if key not in PARTS), None)
    if unknown is not None:
        raise ParseError(
            _("An address has no part “{name}”; it has {parts}.").with_(name=short(unknown), parts=", ".join(PARTS))
        )
    street = given.get("street")
    if isinstance(street, Masked | Sealed) or (isinstance(street, Mapping) and "masked" in street):
        raise mask_sent_back()
    text = {name: _part(given.get(name), MOST_STREET if name == "street" else MOST_PLACE) for name in PARTS}
    refuse_stars(text["street"])
    if len(text["postcode"]) > MOST_POSTCODE:
        raise ParseError(
            _("At most {max} characters; this has {count}.").with_(max=MOST_POSTCODE, count=len(text["postcode"]))
        )
    if not any(text[name] for name in PARTS if name != "country"):
        return None
    country = _country_code(text["country"]) if text["country"] else setting.country
    places = (text["region"], text["city"], text["district"])
    if country == CHINA:
        places = _codes(*places)
    return AddressValue(country, *places, text["street"], text["postcode"])


def _part(raw: Any, most: int) -> str:
    return "" if raw is None else one_line(raw, most) or ""


def _codes(region: str, city: str, district: str) -> tuple[str, str, str]:
    """Codes of the three levels by code or name; levels left out are filled from the ones below. Raises ParseError."""
    first = _code_of(region, 1, "")
    second = "" if city in _NO_CITY or (district and city == regions.name_of(first)) else _code_of(city, 2, first)
    third = _code_of(district, 3, second or first)
    lowest = third or second or first
    if regions.region(lowest) is None:
        return first or (lowest[:2] + "0000" if lowest else ""), second, third
    above = regions.above(lowest)
    for given, known in zip((first, second), above[:2], strict=True):
        if given and given != known:
            raise _elsewhere(lowest, given)
    return above


def _code_of(text: str, level: int, within: str) -> str:
    """The code of a place by code or name; a district may also be a county that stands right under a province."""
    if not text:
        return ""
    levels = (3, 2) if level == 3 else (level,)
    if _CODE.fullmatch(text):
        known = regions.region(text)
        if known is not None and known.level not in levels:
            raise ParseError(
                _("{code} is {name}, which is not a {level}.").with_(code=text, name=known.name, level=_LEVELS[level])
            )
        if known is None and within and not text.startswith(within[:2]):
            raise _elsewhere(text, within)
        return text
    found = next((some for one in levels if (some := regions.named(text, one, within))), [])
    if not found:
        if within:
            raise ParseError(
                _("There is no “{text}” in {other}.").with_(text=short(text), other=regions.name_of(within))
            )
        raise ParseError(_("There is no place in China called “{text}”.").with_(text=short(text)))
    if len(found) > 1 and not (level == 2 and within):
        places = ", ".join(sorted({regions.name_of(one.parent) for one in found})[:6])
        raise ParseError(
            _("There are several places called “{text}”; say in which: {places}.").with_(
                text=short(text), places=places
            )
        )
    return found[0].code


def _elsewhere(code: str, other: str) -> ParseError:
    return ParseError(_("{place} is not in {other}.").with_(place=regions.name_of(code), other=regions.name_of(other)))


def _country_code(text: str) -> str:
    code = text.upper()
    if len(code) == 2 and code.isascii() and code.isalpha() and code in locale_of("en").territories:
        return code
    found = _countries().get(text.casefold())
    if found is None:
        raise ParseError(_("“{text}” is not a country. Write its code, such as CN or US.").with_(text=short(text)))
    return found


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    names = {"中国": CHINA, "中华人民共和国": CHINA, "prc": CHINA, "usa": "US", "uk": "GB"}
    for language in ("zh-hans", "en"):
        for code, name in locale_of(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(str(name).casefold(), code)
    return names


def _country_name(code: str, language: str) -> str:
    return str(locale_of(language).territories.get(code, code))
