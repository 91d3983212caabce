"""Numbers, percentages, lengths of time, yes or no."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kinds.asking import CHINA, field, parse, refusal, shown, speaking
from zhike.schema.kinds import KINDS

LARGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12000", "12000"), ("12,000", "12000"), ("１２，０００", "12000"), ("12 000", "12000"), ("12_000", "12000"),
        ("-3", "-3"),
        ("−3", "-3"), ("(300)", "-300"), ("（300）", "-300"), ("+5", "5"), ("1.2万", "12000"), ("3亿", "300000000"),
        ("5千", "5000"),
        ("2百万", "2000000"), ("1千万", "10000000"), ("12k", "12000"), ("1.2E+5", "120000"), (12, "12"), (12.0, "12"),
        (Decimal("12.0"), "12"), ("-0", "0"), ("007", "7"), ("5.", "5"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(raw: object, value: str) -> None:
    found = parse("number", raw)
    assert found == Decimal(value)
    assert str(found) == str(Decimal(value))


@pytest.mark.parametrize(
    "raw",
    ["abc", "1.2.3", "--1", "1-", "(1", "1)", "1,2", "1,23,4", "12,5", "1.234,56", "NaN", "Infinity", "1 2 3", "0x10",
     "12%", "一", "1" * 100,
     float("inf"), float("nan"), Decimal("NaN"), Decimal("sNaN"), [], {}, True, False, "½", "1e"],
)  # fmt: skip
def test_what_is_no_number_is_refused(raw: object) -> None:
    assert refusal("number", raw, decimals=6)


@pytest.mark.parametrize(
    "raw",
    [
        "1e999999",
        pytest.param(10**100_000, id="100000 digits"),
        Decimal("1e999999"),
        "9" * 17,
        LARGEST + 1,
        -LARGEST - 1,
        1e300,
    ],
)
def test_numbers_beyond_what_json_keeps_are_too_large(raw: object) -> None:
    assert refusal("number", raw) == "This number is too large."


def test_the_largest_number_is_kept() -> None:
    assert parse("number", str(LARGEST)) == LARGEST
    assert parse("number", 999_999_999_999.999, decimals=3) == Decimal("999999999999.999")
    assert refusal("number", "1000000000000.000", decimals=3) == "This number is too large."


def test_decimals_beyond_those_of_the_field_are_refused_and_not_rounded() -> None:
    assert refusal("number", "1.5") == "A whole number is expected here; 1.5 has decimals."
    assert refusal("number", "1.234", decimals=2) == "At most 2 decimals; 1.234 has more."
    assert refusal("number", "1." + "0" * 40 + "1", decimals=2)
    assert refusal("number", Decimal("1e-999999"), decimals=2)
    assert parse("number", "1.2300", decimals=2) == Decimal("1.23")


def test_what_floats_add_by_accident_is_not_seen() -> None:
    assert parse("number", 0.1 + 0.2, decimals=1) == Decimal("0.3")


def test_digits_before_the_point_can_be_limited() -> None:
    assert refusal("number", "1000", max=3) == "At most 3 digits before the point; this has 4."
    assert parse("number", "999.9", max=3, decimals=1) == Decimal("999.9")


def test_the_fields_unit_may_follow() -> None:
    assert parse("number", "12件", unit="件") == 12
    assert parse("number", "12 ㎡", unit="㎡") == 12
    assert refusal("number", "12箱", unit="件")
    assert shown("number", "12000", unit="件") == "12,000 件"


def test_numbers_are_stored_scaled() -> None:
    one = field("number", decimals=2)
    assert KINDS["number"].to_parts(Decimal("12.5"), one) == (1250,)
    assert str(KINDS["number"].from_parts((1250,), one)) == "12.50"
    assert KINDS["number"].operand("12.5", one, CHINA) == 1250
    assert KINDS["number"].to_parts(Decimal("1.005"), one) == (101,)


def test_whole_numbers_are_whole_in_json() -> None:
    assert repr(KINDS["number"].to_json(Decimal("12.00"), field("number", decimals=2))) == "12"
    assert repr(KINDS["number"].to_json(Decimal("12.50"), field("number", decimals=2))) == "12.5"


@pytest.mark.parametrize("raw", ["12.5%", "12.5", "１２．５％", 12.5, "12.5 %"])
def test_a_percentage_is_as_it_is_spoken(raw: object) -> None:
    assert parse("percent", raw) == Decimal("12.5")
    assert KINDS["percent"].to_parts(parse("percent", raw), field("percent")) == (125_000,)
    assert shown("percent", raw) == "12.5%"


@pytest.mark.parametrize("raw", ["%", "12%%", "12.12345", "a%"])
def test_bad_percentages_are_refused(raw: str) -> None:
    assert refusal("percent", raw)


@pytest.mark.parametrize(
    ("raw", "minutes"),
    [("1h30m", 90), ("90", 90), (90, 90), ("1小时30分", 90), ("1 小时 30 分钟", 90), ("1:30", 90), ("1：30", 90),
     ("1.5h", 90), ("1.5小时", 90),
     ("2小时", 120), ("2h", 120), ("45分钟", 45), ("45 min", 45), ("0", 0), ("1 hour 30 minutes", 90)],
)  # fmt: skip
def test_lengths_of_time_are_minutes(raw: object, minutes: int) -> None:
    assert parse("duration", raw) == minutes


@pytest.mark.parametrize("raw", ["-5", "-1:30", -5, "h", "90s", "1:75", 1.5, "1.01h", 10**9, [], True, "1天"])
def test_bad_lengths_of_time_are_refused(raw: object) -> None:
    assert refusal("duration", raw)


def test_lengths_of_time_are_shown_in_words() -> None:
    assert [shown("duration", one) for one in (90, 60, 5, 0)] == ["1 h 30 min", "1 h", "5 min", "0 min"]


@pytest.mark.parametrize("raw", ["是", "yes", "YES", "true", "1", "✓", "√", True, 1, 1.0, "对", "Ｙ"])
def test_yes_is_understood(raw: object) -> None:
    assert parse("yes_no", raw) is True


@pytest.mark.parametrize("raw", ["否", "no", "false", "0", "×", False, 0, "不是"])
def test_no_is_a_value_of_its_own(raw: object) -> None:
    assert parse("yes_no", raw) is False


@pytest.mark.parametrize("raw", ["maybe", 2, -1, 0.5, [], 10**400, Decimal("sNaN"), "yesno"])
def test_what_is_neither_yes_nor_no_is_refused(raw: object) -> None:
    assert refusal("yes_no", raw)


def test_yes_is_shown_in_the_readers_language() -> None:
    with speaking({"Yes": "是", "No": "否"}.__getitem__):
        assert (shown("yes_no", "1"), shown("yes_no", "0")) == ("是", "否")
