"""Invented Chinese companies with known duplicates, and with neighbours that only look like duplicates."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

PLACES = ("苏州", "杭州市", "上海", "深圳市", "青岛", "成都市", "江苏", "浙江省宁波", "武汉市", "")
FIRST = "凌华金鼎恒远博宏瑞佳东天海启德兴中信泰安盛源诚万众立创智同正大永福新科卓越"
TRADES = (
    "精密机械",
    "电子科技",
    "食品",
    "物流",
    "新材料",
    "自动化设备",
    "医疗器械",
    "建筑工程",
    "软件技术",
    "包装制品",
)
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
Firm = dict[str, Any]


def credit_code(chance: random.Random) -> str:
    """A code with the right check character."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    body = (
        "9132"
        + "".join(chance.choice("0123456789") for _ in range(4))
        + "MA"
        + "".join(chance.choice(ALPHABET) for _ in range(7))
    )
    rest = 31 - sum(ALPHABET.index(one) * weight for one, weight in zip(body, weights, strict=True)) % 31
    return body + ALPHABET[rest % 31]


def firms(number: int, seed: int = 7) -> tuple[list[Firm], set[frozenset[int]]]:
    """Companies, a third of them entered twice, and the pairs (by position) that are one company."""
    chance = random.Random(seed)
    found: list[Firm] = []
    truth: set[frozenset[int]] = set()
    used: set[str] = set()
    while len(found) < number:
        brand = "".join(chance.sample(FIRST, 2))
        if brand in used:
            continue
        used.add(brand)
        place, trade, form = chance.choice(PLACES), chance.choice(TRADES), chance.choice(FORMS)
        first = {
            "name": place + brand + trade + form,
            "phone": f"1{chance.choice('3589')}{chance.randrange(10**9):09d}",
            "credit_code": credit_code(chance),
            "website": f"https://www.firm{len(found)}.cn",
        }
        group = [first, *(_again(first, place, brand, trade, form, chance) for _ in range(chance.choice((0, 0, 1))))]
        truth |= {frozenset(pair) for pair in combinations(range(len(found), len(found) + len(group)), 2)}
        found += group + _neighbours(place, brand, trade, form, chance)
    return found, truth


def _again(first: Firm, place: str, brand: str, trade: str, form: str, chance: random.Random) -> Firm:
    bare = brand + trade
    name = chance.choice(
        (
            (place or "") + bare + chance.choice(FORMS),
            f"{brand}（{place.rstrip('市')}）{trade}{form}" if place else bare + form,
            f"{bare}({place}){form}" if place else bare + form,
            bare + form,
            brand + trade[:2] if len(trade) > 2 else bare,
            place + bare[:-1] + chance.choice("业品工") + form,
            bare,
        )
    )
    kept = chance.sample(("phone", "website"), chance.choice((1, 2)))  # a credit code cannot stand there twice
    return {"name": name, **{key: first[key] for key in kept}}


def _neighbours(place: str, brand: str, trade: str, form: str, chance: random.Random) -> list[Firm]:
    """Others: a branch that shares the phone book's first page, a namesake elsewhere, a sister in another trade."""

    def phone() -> str:
        return f"1{chance.choice('3589')}{chance.randrange(10**9):09d}"

    kind = chance.randrange(6)
    if kind == 0:
        return [{"name": place + brand + trade + form + "南京分公司", "phone": phone()}]
    if kind == 1:
        return [{"name": "长沙" + brand + trade + form, "phone": phone(), "credit_code": credit_code(chance)}]
    if kind == 2:
        other = chance.choice([one for one in TRADES if one != trade])
        return [{"name": place + brand + other + form, "phone": phone(), "credit_code": credit_code(chance)}]
    return []
