"""Links and files."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kinds.asking import CHINA, field, parse, refusal, shown
from zhike.schema.kinds import KINDS
from zhike.schema.values import FileRef, Lookup, Ref

ACCOUNT = field("link", to="account")


@pytest.mark.parametrize(
    "raw",
    [7, "7", " ７ ", 7.0, Decimal(7), Ref("account", 7, "Acme"), {"id": 7}, {"id": "7", "title": "x"}, "account:7"],
)
def test_a_record_is_meant_by_its_number(raw: object) -> None:
    assert parse("link", raw, to="account") == Ref("account", 7)


@pytest.mark.parametrize("raw", ["Acme", Lookup("Acme"), {"title": " Acme "}])
def test_words_are_left_for_the_door_to_find(raw: object) -> None:
    assert parse("link", raw, to="account") == Lookup("Acme")


def test_a_foreign_source_and_id_are_words_too() -> None:
    assert parse("link", "fxiaoke:42", to="account") == Lookup("fxiaoke:42")


def test_a_record_of_another_object_is_refused() -> None:
    assert refusal("link", Ref("contact", 7), to="account") == "A link to “account” is expected here, not to “contact”."
    assert refusal("link", {"object": "contact", "id": 7}, to="account")


@pytest.mark.parametrize(
    "raw",
    [
        0,
        -1,
        2**53,
        10**400,
        "0",
        "9" * 30,
        {"id": 0},
        {"id": "x"},
        {"id": [1]},
        {},
        True,
        [7],
        7.5,
        float("nan"),
        Decimal("sNaN"),
        {"id": True},
    ],
)
def test_what_cannot_be_a_record_is_refused(raw: object) -> None:
    assert refusal("link", raw, to="account")


def test_a_link_is_stored_as_its_number() -> None:
    assert KINDS["link"].to_parts(Ref("account", 7, "Acme"), ACCOUNT) == (7,)
    assert KINDS["link"].from_parts((7,), ACCOUNT) == Ref("account", 7)
    assert KINDS["link"].operand("7", ACCOUNT, CHINA) == 7
    assert KINDS["link"].operand("Acme", ACCOUNT, CHINA) == Lookup("Acme")
    assert KINDS["link"].to_json(Ref("account", 7, "Acme"), ACCOUNT) == {"id": 7, "title": "Acme"}


def test_links_keep_their_order_and_come_once() -> None:
    found = (Ref("account", 2), Ref("account", 1), Lookup("Acme"))
    assert parse("links", [2, "1", {"id": 2}, "Acme", None], to="account") == found
    assert parse("links", "2,1、Acme", to="account") == found
    assert parse("links", 2, to="account") == (Ref("account", 2),)
    assert parse("links", [], to="account") is None
    assert refusal("links", [[1]], to="account")


def test_links_are_stored_and_read_back() -> None:
    one = field("links", to="account")
    parts = KINDS["links"].to_parts((Ref("account", 2), Ref("account", 1)), one)
    assert parts == ("2,1",)
    assert KINDS["links"].from_parts(parts, one) == (Ref("account", 2), Ref("account", 1))


@pytest.mark.parametrize(
    "raw",
    [
        "account:123",
        {"object": "account", "id": 123},
        Ref("account", 123, "x"),
        {"object": "account", "id": "123", "title": "x"},
    ],
)
def test_a_record_of_any_object_says_which(raw: object) -> None:
    assert parse("any_link", raw) == Ref("account", 123)


@pytest.mark.parametrize(
    "raw",
    [
        "Acme",
        123,
        {"id": 1},
        {"object": "account"},
        {"object": "Ac count", "id": 1},
        {"object": 7, "id": 1},
        "account:",
        "account:0",
        [],
    ],
)
def test_what_names_no_record_of_any_object_is_refused(raw: object) -> None:
    assert refusal("any_link", raw)


def test_an_any_link_is_number_and_object() -> None:
    one = field("any_link")
    assert KINDS["any_link"].to_parts(Ref("account", 7), one) == (7, "account")
    assert KINDS["any_link"].from_parts((7, "account"), one) == Ref("account", 7)
    assert shown("any_link", "account:7") == "account:7"


@pytest.mark.parametrize("raw", [3, "3", {"id": 3, "name": "a.pdf"}, FileRef(3, "a.pdf", 10)])
def test_a_file_is_meant_by_its_number(raw: object) -> None:
    assert parse("file", raw) == FileRef(3)


@pytest.mark.parametrize("raw", ["a.pdf", {}, [], True, -1])
def test_what_is_no_file_is_refused(raw: object) -> None:
    assert refusal("file", raw)


def test_a_file_is_shown_by_its_name() -> None:
    assert KINDS["file"].show(FileRef(3, "合同.pdf"), field("file"), CHINA) == "合同.pdf"
    assert KINDS["file"].to_json(FileRef(3, "a.pdf", 10, "application/pdf"), field("file"))["size"] == 10
