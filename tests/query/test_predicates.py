from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query.samples import ACCOUNT, OPPORTUNITY, read
from zhike.query.folding import ascii_fold, fold
from zhike.query.predicate import compile_predicate, holds, paths, scalar_at
from zhike.query.tree import InSet, Path
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Money, Ref


def satisfied(text: str, spec: ObjectSpec = OPPORTUNITY, **values: Any) -> bool:
    """Whether a record with these stored scalars (by path, dots as two underscores) satisfies the filter."""
    return holds(read(text, spec), lambda path: values.get(path.text.replace(".", "__")))


def test_an_empty_field_satisfies_only_empty_and_not_equal() -> None:
    for text in (
        "seats = 1",
        "seats < 1",
        "seats >= 1",
        "seats in (1)",
        "name ~ a",
        "tags has vip",
        "close_on within 2026",
    ):
        assert not satisfied(text)
        assert satisfied(f"not {text}")
    assert satisfied("seats != 1")
    assert satisfied("seats is empty")
    assert satisfied("tags is empty", tags=())
    assert satisfied("seats not in (1)")


def test_a_path_over_an_empty_link_is_empty() -> None:
    assert satisfied("stage.outcome != won")
    assert not satisfied("stage.outcome = won")
    assert satisfied("stage.outcome = won", stage__outcome="won")


def test_titles_fold_fully_and_other_texts_only_the_letters_a_to_z() -> None:
    assert satisfied("name ~ ａｂｃ", name="xABCx")
    assert satisfied('name ~ "STRASSE"', name="Hauptstraße 1")
    assert satisfied("note ~ ABC", note="xabcx")
    assert not satisfied("note ~ É", note="é")
    assert satisfied("account.name ~ ACME", account__name="Ａcme Ltd")
    assert not satisfied("account.rating ~ Ａ", account__rating="a")


def test_text_compares_by_code_point() -> None:
    assert satisfied("name = Z", name="Z")
    assert not satisfied("name = Z", name="z")


def test_many_fields_hold_any_of_what_is_asked() -> None:
    assert satisfied("tags has (vip, key)", tags=("key",))
    assert not satisfied("tags has (vip, key)", tags=("old",))
    assert satisfied("watchers has me", watchers=(3, 7))


def test_secrets_match_by_their_end_and_domain() -> None:
    assert satisfied("phone ends 5678", ACCOUNT, phone="+8613812345678")
    assert satisfied("phone ends 5678", ACCOUNT, phone="+862112345678;ext=801")
    assert not satisfied("phone ends 5679", ACCOUNT, phone="+8613812345678")
    assert satisfied('mail domain "example.com"', ACCOUNT, mail="bo@example.com")
    assert not satisfied('mail domain "example.com"', ACCOUNT, mail="bo@sub.example.com")
    assert not satisfied('mail domain "example.com"', ACCOUNT)


def test_shares_are_asked_of_the_caller_and_scopes_of_the_database() -> None:
    node = read("shared with me")
    assert compile_predicate(node, lambda share: share.actor_id == 7)(lambda _path: None)
    with pytest.raises(ValueError, match="shares"):
        compile_predicate(node)
    with pytest.raises(ValueError, match="database"):
        compile_predicate(InSet(OPPORTUNITY["account"], ACCOUNT, node))


def test_paths_are_named_once_in_the_order_of_their_use() -> None:
    node = read("seats = 1 and (amount > 1 or amount.value > 2) and not seats = 3 and close_on within 2026")
    assert [(path.text, path.part) for path in paths(node)] == [
        ("seats", None),
        ("amount", None),
        ("amount", ""),
        ("close_on", None),
    ]


def test_canonical_values_turn_into_what_predicates_compare() -> None:
    def at(key: str, value: Any, part: str | None = None) -> Any:
        return scalar_at(Path((OPPORTUNITY,), (), OPPORTUNITY[key], part), value)

    money = Money(Decimal(100), "USD", Decimal("712.50"))
    assert at("amount", money) == 71_250
    assert at("amount", money, "") == 10_000
    assert at("amount", money, "_currency") == "USD"
    assert at("watchers", (Ref("user", 3), Ref("user", 7))) == (3, 7)
    assert at("tags", ("vip",)) == ("vip",)
    assert at("parent", Ref("account", 3), "_object") == "account"
    assert at("close_on", date(2026, 3, 9)) == date(2026, 3, 9)
    assert at("amount", None) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_folding_is_stable_and_keeps_containment(left: str, right: str) -> None:
    assert fold(fold(left)) == fold(left)
    assert ascii_fold(left + right) == ascii_fold(left) + ascii_fold(right)


def test_folding_ignores_case_and_width_but_ascii_folding_only_a_to_z() -> None:
    assert fold("ＡＢＣ１２") == fold("abc12") == "abc12"
    assert fold("Straße") == "strasse"
    assert ascii_fold("AZ É Ａ") == "az É Ａ"
