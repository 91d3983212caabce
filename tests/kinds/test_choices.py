"""Choices."""

from __future__ import annotations

import pytest

from tests.kinds.asking import CHINA, OPTIONS, field, parse, refusal, shown, speaking
from zhike.kernel.words import Plain, Words
from zhike.schema.kinds import KINDS, is_active
from zhike.schema.spec import Option

TYPED = (Option("vip", Plain("重点客户", {"en": "Key account"})), Option("other", Plain("其他")))


@pytest.mark.parametrize("raw", ["new", "New", "NEW", " new ", "ＮＥＷ"])
def test_an_option_is_meant_by_key_or_label(raw: str) -> None:
    assert parse("choice", raw, options=OPTIONS) == "new"


@pytest.mark.parametrize("raw", ["vip", "重点客户", "key account"])
def test_a_label_counts_in_every_language_it_was_typed_in(raw: str) -> None:
    assert parse("choice", raw, options=TYPED) == "vip"


def test_a_translated_label_counts_too() -> None:
    with speaking({"New": "新建", "Won, signed": "赢单", "Former": "旧"}.__getitem__):
        assert parse("choice", "新建", options=OPTIONS) == "new"
        assert parse("choice", "New", options=OPTIONS) == "new"


def test_options_no_longer_offered_are_read_and_told_apart() -> None:
    assert parse("choice", "old", options=OPTIONS) == "old"
    one = field("choice", options=OPTIONS)
    assert (is_active(one, "new"), is_active(one, "old"), is_active(one, "none")) == (True, False, False)


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    assert refusal("choice", "Neu", options=OPTIONS) == "“Neu” is not an option. Did you mean “New”?"
    assert refusal("choice", "火星", options=OPTIONS) == "“火星” is not an option. There are: New, Won, signed."
    assert "has none yet" in refusal("choice", "x")


def test_two_options_with_one_label_need_their_keys() -> None:
    twins = (Option("a", Words("Same")), Option("b", Words("Same")))
    assert refusal("choice", "same", options=twins) == "Several options are called “same”. Write the key: a, b."
    assert parse("choice", "b", options=twins) == "b"


def test_the_offered_one_of_two_equal_labels_is_meant() -> None:
    twins = (Option("a", Words("Same"), active=False), Option("b", Words("Same")))
    assert parse("choice", "Same", options=twins) == "b"


@pytest.mark.parametrize("raw", [["new"], {"key": "new"}, True, "new\nold"])
def test_other_types_are_no_option(raw: object) -> None:
    assert refusal("choice", raw, options=OPTIONS)


@pytest.mark.parametrize(
    "raw",
    [["new", "old", "new"], "new,old", "new；old", "New、Former", ("new", "old"), "new, old, ", ["new", None, "old"]],
)
def test_many_options_keep_their_order_and_come_once(raw: object) -> None:
    assert parse("choices", raw, options=OPTIONS) == ("new", "old")
    assert parse("choices", "old,new", options=OPTIONS) == ("old", "new")


def test_a_label_with_a_comma_is_one_option() -> None:
    assert parse("choices", "Won, signed", options=OPTIONS) == ("won",)


def test_no_options_are_empty() -> None:
    assert parse("choices", [], options=OPTIONS) is None
    assert parse("choices", " , ", options=OPTIONS) is None


def test_choices_are_stored_and_read_back() -> None:
    one = field("choices", options=OPTIONS)
    parts = KINDS["choices"].to_parts(("won", "new"), one)
    assert parts == ('["won", "new"]',)
    assert KINDS["choices"].from_parts(parts, one) == ("won", "new")
    assert KINDS["choices"].operand("New", one, CHINA) == "new"


def test_choices_are_shown_by_their_labels() -> None:
    assert shown("choices", ["new", "old"], options=OPTIONS) == "New、Former"
    assert KINDS["choice"].show("gone", field("choice", options=OPTIONS), CHINA) == "gone"
    assert KINDS["choice"].tokens("won", field("choice", options=OPTIONS)) == "Won, signed"
