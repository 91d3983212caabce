"""Formulas and roll-ups."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.kinds.asking import CHINA, field
from zhike.schema.kinds import KINDS, kind_of
from zhike.schema.values import Money


def test_a_formula_has_the_parts_of_its_result() -> None:
    one = field("formula", result="money")
    kind = kind_of(one)
    assert kind.name == "formula"
    assert kind.parts == KINDS["money"].parts
    assert (kind.main, kind.operators, kind.measures) == ("_base", KINDS["money"].operators, KINDS["money"].measures)
    value = Money(Decimal("12.50"), "CNY", Decimal("12.50"))
    assert kind.from_parts(kind.to_parts(value, one), one) == value
    assert kind.show(value, one, CHINA) == "¥12.50"


def test_a_roll_up_of_dates_is_compared_as_a_date() -> None:
    one = field("roll_up", result="date")
    assert kind_of(one).operand("2026-03-09", one, CHINA) == date(2026, 3, 9)
    assert kind_of(one).scalar(date(2026, 3, 9), one) == date(2026, 3, 9)


def test_a_count_needs_no_result() -> None:
    one = field("roll_up")
    assert kind_of(one).to_parts(Decimal(3), one) == (3,)
    assert kind_of(one).schema(one) == {"type": "integer"}


def test_nobody_types_a_derived_value() -> None:
    assert not kind_of(field("formula", result="text")).writable
    assert not KINDS["roll_up"].writable
    assert kind_of(field("formula", result="text")).widget == "shown"


@pytest.mark.parametrize("result", ["phone", "address", "formula", "nonsense"])
def test_secret_and_derived_results_are_refused(result: str) -> None:
    with pytest.raises(ValueError, match="cannot yield"):
        kind_of(field("formula", result=result))


def test_asking_twice_gives_the_same_kind() -> None:
    assert kind_of(field("formula", result="money")) is kind_of(field("formula", result="money"))
    assert kind_of(field("formula", result="money")) is not kind_of(field("roll_up", result="money"))
