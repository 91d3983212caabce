from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query.samples import ACCOUNT, OPPORTUNITY, SETTING
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.formula import Formula, decimals_called_for, parse_formula
from zhike.schema.kinds.base import Setting
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Money


def formula(text: str, result: str = "", decimals: int = 0, setting: Setting = SETTING) -> Formula:
    into = FieldSpec("it", _("It"), "formula", result=result, decimals=decimals) if result else None
    return parse_formula(text, OPPORTUNITY, setting, into)


def value(text: str, result: str = "", decimals: int = 0, **record: Any) -> Any:
    return formula(text, result, decimals).value(record.get)


def cny(amount: str) -> Money:
    return Money(Decimal(amount), "CNY", Decimal(amount))


def test_arithmetic_follows_the_usual_order() -> None:
    assert value("1 + 2 * 3 - 4 / 2") == 5
    assert value("(1 + 2) × 3 − 4 ÷ 2") == 7
    assert value("2 - 3 - 4") == -5
    assert value("100 / 10 / 5") == 2
    assert value("-2 * -3") == 6
    assert value("1_000 + 10万 + 50%") == Decimal("101000.5")


def test_amounts_are_added_and_scaled_by_their_base_value() -> None:
    dollars = Money(Decimal(100), "USD", Decimal(700))
    assert value("amount - cost", amount=dollars, cost=cny("650.25")) == cny("49.75")
    assert value("amount * seats", amount=cny("3"), seats=Decimal(4)) == cny("12")
    assert value("amount × probability", amount=cny("1000"), probability=Decimal("12.5")) == cny("125")
    assert value("amount + 10", amount=cny("1")) == cny("11")
    assert value("amount / 3", amount=cny("100")) == cny("33.33")


def test_a_ratio_of_amounts_is_a_number_or_its_percentage() -> None:
    record = {"amount": cny("200"), "cost": cny("150")}
    assert formula("(amount - cost) / amount").result == "number"
    assert value("(amount - cost) / amount", **record) == Decimal("0.25")
    assert value("(amount - cost) / amount", "percent", **record) == Decimal("25.0000")


def test_results_are_rounded_half_up_to_the_decimals_of_their_field() -> None:
    assert value("seats / 8", "number", 2, seats=Decimal(1)) == Decimal("0.13")
    assert str(value("seats / 8", "number", 2, seats=Decimal(4))) == "0.50"
    assert value("seats / 8", "number", 0, seats=Decimal(4)) == 1
    assert value("effort * 1.5", "duration", effort=25) == 38
    assert value("2 * 3", "money") == cny("6.00")
    assert parse_formula("1 / 3", OPPORTUNITY, Setting(currency="JPY"), None).value({}.get) != 0
    yen = formula("amount / 3", "money", setting=Setting(currency="JPY"))
    assert yen.value({"amount": Money(Decimal(100), "JPY", Decimal(100))}.get) == Money(
        Decimal(33), "JPY", Decimal("33.00")
    )


def test_dates_move_by_days_and_differ_in_days() -> None:
    opened, closed = date(2024, 2, 28), date(2024, 3, 1)
    assert value("opened_on + 2", opened_on=opened) == closed
    assert value("close_on - 2", close_on=closed) == opened
    assert value("close_on - opened_on", opened_on=opened, close_on=closed) == 2
    assert value("days(opened_on, close_on)", opened_on=opened, close_on=closed) == 2
    assert value("days(close_on, opened_on)", opened_on=opened, close_on=closed) == -2
    assert value("days(2026-03-01, 2026-03-09)") == 8
    assert value("2026-03-31 + 1") == date(2026, 4, 1)


def test_an_instant_counts_as_its_day_in_the_timezone() -> None:
    late = datetime(2026, 3, 8, 17, tzinfo=UTC)
    assert value("met + 0", met=late) == date(2026, 3, 9)


def test_today_is_asked_for_when_the_value_is() -> None:
    found = formula("days(opened_on, today)")
    assert found.uses_today
    for day, expected in ((8, 8), (9, 9)):
        with standing_at(datetime(2026, 3, day, 17, tzinfo=UTC)):
            assert found.value({"opened_on": date(2026, 3, 1)}.get) == expected
    assert not formula('concat("today")').uses_today


def test_conditions_choose_with_the_logic_of_filters() -> None:
    text = 'if(amount >= 10000 and industry = "steel", "big", "small")'
    assert value(text, amount=cny("10000"), industry="steel") == "big"
    assert value(text, amount=cny("9999.99"), industry="steel") == "small"
    assert value(text) == "small"
    assert value("if(not (seats = 1), 1, 2)") == 1
    assert value("if(seats != 1, 1, 2)") == 1
    assert value("if(seats = empty, 1, 2)") == 1
    assert value("if(seats is not empty or is_key, 1, 2)", is_key=True) == 1
    assert value("if(is_key, amount, 0)", is_key=False, amount=cny("3")) == cny("0")
    assert value("if(is_key, amount, empty)", amount=cny("3")) is None
    assert value("seats > 1") is False


def test_texts_are_joined_with_concat() -> None:
    assert value(
        'concat(name, " ", seats, "/", close_on)', name="A", seats=Decimal("1.50"), close_on=date(2026, 3, 9)
    ) == ("A 1.5/2026-03-09")
    assert value("concat(name, number)") is None
    assert value('concat("￥", 100)') == "￥100"
    assert len(value("concat(note, note)", note="x" * 400)) == 500


@pytest.mark.parametrize(
    "text", ["seats + weight", "amount / seats", "close_on + seats", "days(close_on, today)", "-seats"]
)
def test_an_empty_input_gives_an_empty_result(text: str) -> None:
    assert value(text) is None
    assert value(text, seats=Decimal(3)) is None or text == "-seats"


@pytest.mark.parametrize("text", ["seats / 0", "seats / (seats - seats)", "1 / (2 - 2)", "if(seats / 0 > 1, 1, empty)"])
def test_division_by_zero_gives_an_empty_result(text: str) -> None:
    assert value(text, seats=Decimal(3)) is None


def test_what_is_too_large_or_outside_the_calendar_is_empty() -> None:
    huge = "999999999999999"
    assert value(f"{huge} * {huge}", "number") is None
    assert value(f"{huge} * {huge} * 0 + 1", "number") == 1
    assert value("amount * seats", amount=cny("1000000000"), seats=Decimal(10) ** 9) is None
    assert value("close_on + 99999999", close_on=date(2026, 3, 9)) is None
    assert value("close_on - 99999999999999999999", close_on=date(2026, 3, 9)) is None


def test_inputs_are_the_own_fields_it_reads() -> None:
    found = formula("if(is_key, Amount × probability, cost)")
    assert found.inputs == {"is_key", "amount", "probability", "cost"}
    assert found.result == "money"
    assert not found.uses_today
    assert formula("margin / amount").inputs == {"margin", "amount"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "expected"),
        ("amount +", 8, "expected"),
        ("amount + close_on", 7, "between an amount and a date"),
        ("amount + seats", 7, "between an amount and a number"),
        ("amount * cost", 7, "does not work"),
        ("seats / amount", 6, "does not work"),
        ("name + name", 5, "concat"),
        ("name > 3", 5, "does not work"),
        ("is_key < is_key", 7, "does not work"),
        ("-close_on", 0, "negative"),
        ("if(seats, 1, 2)", 3, "condition is expected"),
        ("if(seats = 1, 1, name)", 0, "same kind"),
        ("if(seats = 1, 1)", 0, "a condition and two values"),
        ("days(close_on, 3)", 0, "two dates"),
        ("sum(seats)", 0, "no function"),
        ("dayz(close_on)", 0, "Did you mean “days”"),
        ("account + 1", 0, "cannot use"),
        ("account.id + 1", 7, "own fields only"),
        ("watchers", 0, "cannot use"),
        ("age + 1", 0, "cannot use"),
        ("amont + 1", 0, "Did you mean “amount”"),
        ("empty", 0, "always empty"),
        ("seats seats", 6, "expected"),
        ("(seats", 0, "never closed"),
        ("concat(seats", 6, "never closed"),
        ("2026-02-30 + 1", 0, "no such day"),
        ("__import__('os')", 0, "no function"),
        ("seats.__class__", 5, "own fields"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(BadQuery) as caught:
        formula(text)
    assert words in str(caught.value)
    assert caught.value.position == position
    assert caught.value.source == text


def test_a_formula_may_build_on_another_but_never_on_itself() -> None:
    assert formula("margin * 2", "money").inputs == {"margin"}
    for text in ("margin + amount", "if(is_key, Margin, cost)"):
        with pytest.raises(BadQuery, match="leads back to itself"):
            parse_formula(text, OPPORTUNITY, SETTING, OPPORTUNITY["margin"])
    looping = replace(OPPORTUNITY["cost"], key="loss", kind="formula", result="money", formula="margin * 2")
    spec = replace(OPPORTUNITY, fields=(*OPPORTUNITY.fields, looping))
    with pytest.raises(BadQuery, match="leads back to itself"):
        parse_formula("loss - cost", spec, SETTING, OPPORTUNITY["margin"])


def test_secrets_never_enter_a_formula() -> None:
    for key in ("phone", "mail", "tax_number"):
        with pytest.raises(BadQuery, match="cannot use"):
            parse_formula(f"concat({key})", ACCOUNT, SETTING)


def test_the_result_must_fit_the_kind_of_its_field() -> None:
    with pytest.raises(BadQuery, match="a text, which does not fit the kind “money”"):
        formula("concat(name)", "money")
    assert formula("seats", "percent").value({"seats": Decimal("0.5")}.get) == 50


def test_limits_hold_for_size_and_nesting() -> None:
    assert value(" + ".join(["1"] * 500)) == 500
    with pytest.raises(BadQuery, match="at most 500"):
        formula(" + ".join(["1"] * 501))
    assert value("(" * 50 + "1" + ")" * 50) == 1
    for deep in ("(" * 5000, "-" * 5000 + "1", "not " * 4000 + "is_key", "if(" * 3000):
        with pytest.raises(BadQuery, match="nested deeper"):
            formula(deep)


PIECES = st.sampled_from(
    [
        *(
            "amount",
            "cost",
            "seats",
            "weight",
            "close_on",
            "opened_on",
            "met",
            "name",
            "is_key",
            "industry",
            "today",
            "empty",
        ),
        *(
            "+",
            "-",
            "*",
            "/",
            "(",
            ")",
            ",",
            "=",
            "<",
            ">=",
            "and",
            "or",
            "not",
            "is",
            "if(",
            "days(",
            "concat(",
            "probability",
        ),
        *(
            "1",
            "0",
            "2.5",
            "10万",
            "50%",
            "999999999999999",
            '"x"',
            "2026-03-09",
            "true",
            "account",
            "phone",
            "\0",
            "×",
            "；",
        ),
    ]
)
EXPRESSIONS = st.recursive(
    st.sampled_from(["amount", "cost", "seats", "weight", "1", "0", "2.5", "days(opened_on, close_on)", "99999999"]),
    lambda inner: st.one_of(
        st.builds(lambda a, sign, b: f"({a} {sign} {b})", inner, st.sampled_from("+-*/"), inner),
        st.builds(lambda a, b, c: f"if({a} > {b}, {c}, {a})", inner, inner, inner),
    ),
    max_leaves=8,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.decimals(-(10**12), 10**12, places=2).map(lambda a: Money(a, "CNY", a)),
        "cost": st.sampled_from([Money(Decimal(3), "USD"), Money(Decimal(0), "CNY", Decimal(0))]),
        "seats": st.integers(-(2**53), 2**53).map(Decimal),
        "weight": st.decimals(-1000, 1000, places=3),
        "close_on": st.dates(),
        "opened_on": st.dates(),
        "met": st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),
        "name": st.text(max_size=5),
        "is_key": st.booleans(),
        "industry": st.sampled_from(["steel", "food"]),
        "probability": st.decimals(0, 100, places=4),
    },
)


@given(st.one_of(EXPRESSIONS, st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=30)), RECORDS)
def test_any_text_is_refused_or_gives_a_storable_value_for_any_record(text: str, record: dict[str, Any]) -> None:
    try:
        found = formula(text)
    except BadQuery as problem:
        assert 0 <= (problem.position or 0) <= len(text)
        return
    result = found.value(record.get)
    kinds = {"number": Decimal, "money": Money, "date": date, "text": str, "yes_no": bool}
    assert result is None or isinstance(result, kinds[found.result])
    if isinstance(result, Money):
        assert abs(result.amount) < 10**15
        assert result.base == result.amount


@pytest.mark.parametrize(
    ("text", "result", "decimals"),
    [
        ("seats + 1", "number", 0),
        ("weight * seats", "number", 3),
        ("seats * 1.25", "number", 2),
        ("seats / 3", "number", 4),
        ("seats * probability", "number", 4),
        ("amount / cost", "number", 4),
        ("weight / 0.000001", "number", 6),
        ("amount - cost", "money", 0),
        ("amount / cost", "percent", 0),
        ("concat(number, 1.5)", "text", 0),
    ],
)
def test_a_formula_calls_for_the_decimals_of_what_it_is_made_of(text: str, result: str, decimals: int) -> None:
    assert decimals_called_for(text, OPPORTUNITY, SETTING, result) == decimals
