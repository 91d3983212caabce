"""Comparing single values: what agrees, what only looks so, and the words for it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from zhike.kernel.words import Words
from zhike.records.likeness.comparisons import CLOSE, DIFFERS, LIKENESSES, RELATED, SAME, Found, Rarity
from zhike.records.likeness.declared import COMPARES
from zhike.records.likeness.firms import firm_of
from zhike.schema.kinds import KINDS
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address


def held(by: str, one: Any, two: Any, rarity: float = 0.001) -> Found:
    way = LIKENESSES[by]
    many = [list(value) if isinstance(value, list) else [value] for value in (one, two)]
    fields = [FieldSpec("x", Words("X"), "text")]
    a, b = (way.form(values, fields) for values in many)
    assert a is not None
    assert b is not None
    shared = Rarity(lambda key: round(rarity * 100_000), 100_000)
    found, mirrored = way.compare(a, b, shared), way.compare(b, a, shared)
    assert (found.level, found.bits) == (mirrored.level, mirrored.bits)
    if found.level == SAME:
        assert set(way.keys(a)) & set(way.keys(b))
    return found


def meet(by: str, one: Any, two: Any) -> bool:
    way = LIKENESSES[by]
    a, b = (way.form(value if isinstance(value, list) else [value], []) for value in (one, two))
    return bool(set(way.keys(a)) & set(way.keys(b)))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("苏州凌渡精密机械有限公司", "苏州凌渡精密机械有限责任公司"),
        ("苏州凌渡精密机械有限公司", "凌渡精密机械（苏州）有限公司"),
        ("苏州凌渡精密机械有限公司", "凌渡精密机械(苏州)有限公司"),
        ("苏州凌渡精密机械有限公司", "苏州市凌渡精密机械股份有限公司"),
        ("江苏省苏州市凌渡精密机械有限公司", "苏州凌渡精密机械集团有限公司"),
        ("凌渡精密机械", "凌渡精密机械（集团）有限公司"),
        ("苏州凌渡精密机械有限公司", "凌渡精密机械"),
        ("Acme Trading Co., Ltd.", "ACME TRADING LIMITED"),
        ("Ａｃｍｅ　贸易有限公司", "acme贸易有限公司"),
    ],
)
def test_a_company_is_the_same_whatever_its_legal_form_brackets_and_place(one: str, two: str) -> None:
    found = held("firm", one, two, rarity=0.0001)
    assert found.level == SAME
    assert found.bits > 8


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("苏州凌渡精密机械有限公司", "苏州凌渡精密机械有限公司上海分公司"),
        ("中科华信科技有限公司成都分公司", "中科华信科技有限公司武汉分公司"),
        ("凌渡精密机械有限公司", "凌渡精密机械有限公司北京办事处"),
        ("凌渡精密机械有限公司", "凌渡精密机械有限公司（深圳分公司）"),
    ],
)
def test_a_branch_belongs_to_a_company_without_being_it(one: str, two: str) -> None:
    found = held("firm", one, two)
    assert found.level == RELATED
    assert found.bits < -5


def test_the_same_name_in_two_cities_is_not_taken_for_one_company() -> None:
    found = held("firm", "苏州凌渡精密机械有限公司", "长沙凌渡精密机械有限公司")
    assert found.level == RELATED
    assert found.bits <= 1
    assert held("firm", "苏州银行股份有限公司", "上海银行股份有限公司").level == DIFFERS


def test_a_short_name_meets_its_full_name() -> None:
    found = held("firm", "凌渡精机", "苏州凌渡精密机械有限公司")
    assert found.level == CLOSE
    assert found.bits > 3
    assert meet("firm", "凌渡精机", "苏州凌渡精密机械有限公司")
    assert held("firm", ["苏州凌渡精密机械有限公司", "凌渡精机"], ["凌渡精机"], 0.0001).level == SAME
    assert held("firm", "凌渡科技", "苏州凌渡精密机械有限公司").level == DIFFERS


def test_parts_of_a_company_name_are_told_apart() -> None:
    firm = firm_of("江苏省苏州市凌渡精密机械股份有限公司上海分公司")
    assert firm is not None
    assert (firm.name, firm.place, firm.branch) == ("凌渡精密机械", "苏州", "上海分公司")
    assert firm_of("") is None
    assert firm_of("()") is None
    for text in ("有限公司", "苏州", "分公司", "（苏州）", "公司公司"):
        firm_of(text)  # whatever is left, nothing breaks


@pytest.mark.parametrize(
    ("one", "two", "level", "least", "most"),
    [
        ("王建国", "王建国", SAME, 8, 20),
        ("王建国", "王建国 总", SAME, 8, 20),
        ("王建国", "王健国", CLOSE, 3, 8),
        ("王建国", "王建军", CLOSE, -1, 2),
        ("王建国", "李建国", CLOSE, -1, 2),
        ("王伟", "李娜", DIFFERS, -9, -3),
        ("Lachlan Berry", "lachlan berry", SAME, 10, 20),
        ("Lachlan Berry", "Berry, Lachlan", CLOSE, 8, 20),
        ("Hayd en Geraghty", "Hayden Geraghty", SAME, 10, 20),
        ("Mr. J. Berry", "John Berry", CLOSE, 5, 20),
        ("José Núñez", "Jose Nunez", SAME, 10, 20),
        ("Katherine Berry", "Kathrine Bery", CLOSE, 5, 20),
        ("Lachlan Berry", "Emily Waller", DIFFERS, -9, -3),
    ],
)
def test_names_of_people(one: str, two: str, level: str, least: float, most: float) -> None:
    found = held("person", one, two)
    assert found.level == level
    assert least <= found.bits <= most


def test_a_rare_name_says_more_than_a_common_one() -> None:
    assert held("person", "欧阳靖宇", "欧阳靖宇", 0.0001).bits > held("person", "王伟", "王伟", 0.02).bits + 5


@pytest.mark.parametrize(
    ("by", "one", "two", "level"),
    [
        ("date", date(1980, 3, 12), date(1980, 12, 3), CLOSE),
        ("date", date(1980, 3, 12), date(1980, 3, 13), CLOSE),
        ("date", date(1980, 3, 12), date(1980, 3, 21), CLOSE),
        ("date", date(1980, 3, 12), date(1975, 11, 30), DIFFERS),
        ("date", date(1980, 3, 12), "1980-03-12", SAME),
        ("code", "91110000600037341L", "91110000600037341l", SAME),
        ("code", "91110000600037341L", "91110000600073341L", CLOSE),
        ("code", "7364009", "7364008", CLOSE),
        ("code", "7364009", "2635962", DIFFERS),
        ("phone", "+8613800138000", ["+862162345678", "+8613800138000"], SAME),
        ("phone", "+862162345678;ext=801", "+862162345678", SAME),
        ("phone", "+8613800138000", "+8613800138001", CLOSE),
        ("phone", "+8613800138000", "+8613512345678", DIFFERS),
        ("email", "li.na@example.cn", "li.na@exmaple.cn", CLOSE),
        ("email", "info@a.cn", "info@b.cn", DIFFERS),
        ("url", "https://www.Example.cn/about", "example.cn", SAME),
        ("text", "GTX Pro", "gtx-pro", SAME),
        ("text", "GTX 100", "GTX 200", DIFFERS),
        ("address", Address("AU", "vic", "bittern", "", "69 giblin street", "4814"),
         Address("AU", "vic", "bittern", "", "giblin street 69", "4814"), SAME),
        ("address", Address("AU", "vic", "bittern", "", "69 giblin street", "4814"),
         Address("AU", "vic", "biteern", "", "69 giblin stret", "4814"), CLOSE),
        ("address", Address("AU", "vic", "bittern", "", "69 giblin street", "4814"),
         Address("AU", "nsw", "colloroy", "", "3 harbour walk", "2097"), DIFFERS),
    ],
)  # fmt: skip
def test_numbers_days_and_addresses(by: str, one: Any, two: Any, level: str) -> None:
    assert held(by, one, two).level == level


def test_a_slip_of_the_hand_leaves_a_key_in_common() -> None:
    assert meet("code", "7364009", "7364008")
    assert meet("code", "7364009", "3764009")
    assert meet("phone", "+8613800138000", "+8613800138001")
    assert meet("phone", "+8613800138000", "+8618300138000")
    assert meet("date", date(1980, 3, 12), date(1980, 12, 3))
    assert meet("date", date(1980, 3, 12), date(1980, 3, 17))
    assert meet("date", date(1980, 3, 12), date(1930, 3, 12))
    assert meet("person", "Berry Lachlan", "Lachlan Bery")
    assert meet("person", "王建国", "王健国")


def test_a_box_many_share_says_little() -> None:
    assert held("email", "info@a.cn", "info@a.cn", 0.2).bits < 3 < held("email", "li@a.cn", "li@a.cn", 0.001).bits


def test_every_comparison_takes_kinds_there_are_and_says_nothing_for_nothing() -> None:
    assert set(COMPARES) == set(LIKENESSES)
    for by, kinds in COMPARES.items():
        assert set(kinds) <= set(KINDS)
        assert LIKENESSES[by].form([None], []) is None
        assert LIKENESSES[by].form([""], []) is None
