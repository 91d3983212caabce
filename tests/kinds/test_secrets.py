"""Phones, e-mail addresses and other secrets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kinds.asking import AMERICA, CHINA, OpenSealer, field, parse, refusal, shown
from zhike.schema.kinds import KINDS, Setting
from zhike.schema.kinds.check_digits import id_check
from zhike.schema.kinds.emails import Email
from zhike.schema.kinds.phones import Phone
from zhike.schema.kinds.secrets import SecretText
from zhike.schema.values import Sealed

MOBILE = "+8613800138000"


@pytest.mark.parametrize(
    "raw",
    ["13800138000", "138 0013 8000", "+86-138-0013-8000", "0086 138 0013 8000", "8613800138000",
     "(+86) 138-0013-8000", "１３８００１３８０００",
     13800138000, 13800138000.0, "138\u30000013\u30008000", "138–0013–8000", MOBILE],
)  # fmt: skip
def test_a_mobile_number_has_one_canonical_form(raw: object) -> None:
    assert parse("phone", raw) == MOBILE


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("021-62345678", "+862162345678"), ("(021)62345678", "+862162345678"), ("（021）6234 5678", "+862162345678"),
        ("0512-65123456", "+8651265123456"),
        ("021-62345678转801", "+862162345678;ext=801"), ("021-62345678-801", "+862162345678;ext=801"),
        ("021-62345678 ext. 801", "+862162345678;ext=801"),
        ("021-62345678 分机：801", "+862162345678;ext=801"), ("400-820-8820", "+864008208820"), ("95588", "+8695588"),
        ("+1 202 555 0143", "+12025550143"), ("+852 2345 6789", "+85223456789"), ("+44 (20) 7946 0958",
        "+442079460958"),
        ("19412345678", "+8619412345678"),
    ],
)  # fmt: skip
def test_landlines_extensions_and_foreign_numbers_are_read(raw: str, value: str) -> None:
    assert parse("phone", raw) == value
    assert parse("phone", value) == value
    assert parse("phone", value, AMERICA) == value


def test_a_number_without_country_code_belongs_to_the_company() -> None:
    assert parse("phone", "(202) 555-0143", AMERICA) == "+12025550143"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("62345678", "The area code is missing: write it as 021-62345678."),
        ("12345678901", "Chinese mobile numbers begin with 13 to 19; this begins with 12."),
        ("1380013800", "A Chinese mobile number has 11 digits; this has 10."),
        ("110", "This phone number is too short: it has 3 digits."),
        ("+999 12345678", "There is no such country code in this phone number."),
        ("13800138000/13900139000", "One number per field; put the other one into another field."),
        ("138a0138000", "“a” does not belong in a phone number."),
        ("abc", "“abc” is not a phone number."),
        ("138****8000", "This is the masked value, not the real one. Enter it in full, or leave the field as it is."),
        (Decimal("0.138"), "“0.138” is not a phone number."),
        ([1], "Text is expected here, not a list."),
    ],
)  # fmt: skip
def test_a_bad_number_is_told_what_is_wrong(raw: object, message: str) -> None:
    assert refusal("phone", raw) == message


def test_a_number_that_would_not_read_back_is_refused() -> None:
    assert refusal("phone", "00000999900", Setting(country="JP")) == "“00000999900” is not a phone number."


def test_phones_are_shown_as_at_home() -> None:
    assert shown("phone", MOBILE) == "138 0013 8000"
    assert shown("phone", "021-62345678转801") == "021 6234 5678 ext. 801"
    assert shown("phone", "+12025550143") == "+1 202-555-0143"
    assert shown("phone", "+12025550143", AMERICA) == "(202) 555-0143"
    assert shown("phone", MOBILE, AMERICA) == "+86 138 0013 8000"


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        (MOBILE, "138****8000"),
        ("+862162345678;ext=801", "021****5678"),
        ("+12025550143", "+1****0143"),
        ("+8695588", "****88"),
    ],
)
def test_a_masked_phone_shows_its_ends(value: str, mask: str) -> None:
    assert KINDS["phone"].mask(value) == mask


def test_a_phone_is_an_envelope_with_two_indexes() -> None:
    kind, one = KINDS["phone"], field("phone")
    assert [part.suffix for part in kind.parts] == ["", "_whole", "_tail"]
    parts = kind.to_parts("+862162345678;ext=801", one, OpenSealer())
    assert parts[1:] == ("phone.whole=+862162345678;ext=801", "phone.tail=5678")
    assert "62345678" not in parts[0]
    assert kind.from_parts(parts, one, OpenSealer()) == "+862162345678;ext=801"


@pytest.mark.parametrize("name", ["phone", "email", "secret_text"])
def test_secrets_are_neither_stored_nor_read_without_their_sealer(name: str) -> None:
    kind, one = KINDS[name], field(name)
    with pytest.raises(RuntimeError):
        kind.to_parts("x@x.cn", one)
    with pytest.raises(RuntimeError):
        kind.from_parts(("envelope", "a", "b"), one)
    assert kind.to_parts(None, one) == (None, None, None)
    assert kind.from_parts((None, None, None), one) is None


def test_filters_on_secrets_compare_canonical_text() -> None:
    assert KINDS["phone"].operand("138 0013 8000", field("phone"), CHINA) == MOBILE
    assert KINDS["email"].operand("A@X.CN", field("email"), CHINA) == "a@x.cn"
    assert KINDS["phone"].scalar(MOBILE, field("phone")) == MOBILE


def test_sealed_values_are_refused_as_input() -> None:
    assert "masked" in refusal("phone", Sealed("v1.x"))


# -- e-mail ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Zhang.San@Example.COM", "zhang.san@example.com"), ("张三 <zs@x.cn>", "zs@x.cn"), (" zs＠x．cn ", "zs@x.cn"),
        ("mailto:zs@x.cn", "zs@x.cn"),
        ("a@例子.公司", "a@xn--fsqu00a.xn--55qx5d"), ("a+b_c@sub.x.com.cn", "a+b_c@sub.x.com.cn"), ("用户@x.cn",
        "用户@x.cn"), ("a@x.cn.", "a@x.cn"),
    ],
)  # fmt: skip
def test_an_address_has_one_canonical_form(raw: str, value: str) -> None:
    assert parse("email", raw) == value
    assert parse("email", value) == value


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("zhang", "An e-mail address has an @ in it, such as name@example.com."),
        ("a@b@c.cn", "One e-mail address per field."),
        ("a@localhost", "“localhost” is not a mail domain, such as example.com."),
        ("a@x..cn", "“x..cn” is not a mail domain, such as example.com."),
        ("a@1.2.3.4", "“1.2.3.4” is not a mail domain, such as example.com."),
        ("a b@x.cn", "“ ” cannot stand in an e-mail address."),
        (".a@x.cn", "The part before the @ neither begins nor ends with a dot."),
        ("@x.cn", "The part before the @ has 1 to 64 characters."),
        ("z***@x.cn", "This is the masked value, not the real one. Enter it in full, or leave the field as it is."),
    ],
)  # fmt: skip
def test_a_bad_address_is_told_what_is_wrong(raw: str, message: str) -> None:
    assert refusal("email", raw) == message


def test_a_chinese_domain_is_shown_in_chinese() -> None:
    assert shown("email", "a@例子.公司") == "a@例子.公司"


def test_an_email_is_found_by_its_domain() -> None:
    kind = Email()
    assert kind.index_texts("zs@x.cn", field("email")) == {"whole": "zs@x.cn", "domain": "x.cn"}
    assert kind.to_parts("zs@x.cn", field("email"), OpenSealer())[2] == "email.domain=x.cn"
    assert kind.mask("zs@x.cn") == "z***@x.cn"


# -- secret text: the first id number is the example of GB 11643-1999 ----------------------------------------------------
@pytest.mark.parametrize(
    "raw", ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", "440524188001010014"]
)
def test_true_id_numbers_are_taken(raw: str) -> None:
    assert parse("secret_text", raw, format="id_number") == raw.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("110105194912310021", "The last character is “1”, but the first 17 require “X”: one of them is mistyped."),
        ("1101051949123100", "An id number has 18 characters; this has 16."),
        ("110105199913310020", "Characters 7 to 14 of an id number are the date of birth; this has 19991331."),
        ("11010519491231A02X", "An id number is 17 digits and then a digit or X."),
    ],
)
def test_a_bad_id_number_is_told_what_is_wrong(raw: str, message: str) -> None:
    assert refusal("secret_text", raw, format="id_number") == message


def test_every_single_mistyped_digit_of_an_id_number_is_found() -> None:
    first = "11010519491231002"
    for place in range(17):
        for digit in "0123456789":
            changed = first[:place] + digit + first[place + 1 :]
            assert (id_check(changed) == "X") == (changed == first)


def test_a_bank_account_is_digits_of_a_likely_length() -> None:
    assert parse("secret_text", "6222 0212-0000 0000 123", format="bank_account") == "6222021200000000123"
    assert "8 to 30 digits; this has 3" in refusal("secret_text", "123", format="bank_account")
    assert "digits only" in refusal("secret_text", "6222A0212", format="bank_account")


def test_each_format_of_secret_text_has_indexes_of_its_own() -> None:
    kind = SecretText()
    parts = kind.to_parts("6222021200000000123", field("secret_text", format="bank_account"), OpenSealer())
    assert parts[1:] == ("secret_text.bank_account.whole=6222021200000000123", "secret_text.bank_account.tail=0123")
    assert kind.to_parts("abc", field("secret_text"), OpenSealer())[2] == "secret_text.plain.tail=abc"


def test_secret_text_is_masked_by_what_it_is() -> None:
    mask = KINDS["secret_text"].mask
    assert mask("11010519491231002X") == "110***********002X"
    assert mask("6222021200000000123") == "•••• 0123"
    assert mask("a secret word") == "••••••"


def test_a_masked_secret_typed_back_is_refused() -> None:
    for mask in ("110***********002X", "•••• 0123", "••••••"):
        assert "masked value" in refusal("secret_text", mask)


def test_purposes_name_kind_and_part() -> None:
    assert Phone().purpose(field("phone"), "whole") == "phone.whole"
