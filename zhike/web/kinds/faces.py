"""The small tile before a title: whose face, which shape, which hue. Decided from the declaration and the text alone."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

HUES = ("green", "plum", "teal", "gold", "violet", "orange", "blue", "red")
PEOPLE = frozenset(
    {"user", "users", "user-round", "users-round", "contact", "contact-round", "user-plus", "circle-user", "id-card"}
)
FIRMS = frozenset({"building", "building-2", "factory", "store", "landmark", "handshake", "warehouse", "truck"})
PLACES = (
    "北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 "
    "四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 深圳 广州 杭州 苏州 "
    "南京 无锡 宁波 厦门 成都 武汉 青岛 大连 东莞 佛山 南通 郑州 西安 长沙"
).split()


@lru_cache(maxsize=4096)
def hue_of(text: str) -> str:
    """A tag hue that stays the same for the same first letter."""
    letter = initial_of(text)
    return HUES[sum(letter.encode()) % len(HUES)]


@lru_cache(maxsize=4096)
def initial_of(text: str) -> str:
    """The letter on the tile: the first one that names, so 苏州凌渡精密 shows 凌 and “the Acme” shows T."""
    name = text.strip()
    for place in PLACES:
        for ending in ("省", "市", ""):
            if name.startswith(place + ending) and len(name) > len(place + ending) + 1:
                name = name[len(place + ending) :]
                break
    for character in name:
        if unicodedata.category(character)[0] in "LN":
            return character.upper()
    return "#"


def shape_of(spec: ObjectSpec | None) -> str:
    """``person`` (round), ``firm`` (square) or ``icon``: what the declaration says, else what its icon shows."""
    if spec is None:
        return "icon"
    said = spec.extra.get("face")
    if said in ("person", "firm", "icon"):
        return str(said)
    if spec.icon in PEOPLE:
        return "person"
    return "firm" if spec.icon in FIRMS else "icon"


def shape_of_key(key: str) -> str:
    """The shape for an object's key."""
    return shape_of(registry.find(key))
