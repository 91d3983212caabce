"""Text, web addresses, formatted text and credit codes."""

from __future__ import annotations

import pytest

from tests.kinds.asking import CHINA, field, parse, refusal, shown
from zhike.schema.kinds import KINDS
from zhike.schema.kinds.check_digits import credit_check
from zhike.schema.values import Masked


def test_outer_spaces_of_every_sort_are_taken_off() -> None:
    assert parse("text", " \u3000\ufeff苏州 某某\u200b\n") == "苏州 某某"


def test_nothing_but_spaces_is_empty() -> None:
    assert parse("text", " \u3000 ") is None
    assert parse("long_text", "\n\n") is None


def test_text_is_composed() -> None:
    assert parse("text", "e\u0301") == "\u00e9"


def test_emoji_and_rare_characters_are_kept() -> None:
    assert parse("text", "𠮷野家😀👨‍👩‍👧") == "𠮷野家😀👨‍👩‍👧"


def test_full_width_letters_of_text_are_kept() -> None:
    assert parse("text", "ＡＢＣ公司") == "ＡＢＣ公司"


@pytest.mark.parametrize(
    ("raw", "code"), [("a\0b", "U+0000"), ("\ud800", "U+D800"), ("a\x1bb", "U+001B"), ("x\ufffe", "U+FFFE")]
)
def test_characters_that_cannot_be_stored_are_named(raw: str, code: str) -> None:
    assert code in refusal("text", raw)
    assert code in refusal("long_text", raw)


def test_a_line_break_does_not_fit_one_line() -> None:
    assert refusal("text", "a\nb") == "Write this on one line."
    assert refusal("text", "a\u2028b") == "Write this on one line."


def test_a_tab_in_one_line_is_a_space() -> None:
    assert parse("text", "a\tb") == "a b"


def test_every_sort_of_line_end_becomes_one() -> None:
    assert parse("long_text", "a\r\nb\rc\x0bd") == "a\nb\nc\nd"


def test_too_long_text_is_refused_with_its_count() -> None:
    assert refusal("text", "字" * 161, max=160) == "At most 160 characters; this has 161."
    assert parse("text", "字" * 160, max=160) == "字" * 160


def test_one_line_never_exceeds_what_an_index_takes() -> None:
    assert "500" in refusal("text", "x" * 501, max=9000)
    assert KINDS["text"].schema(field("text", max=9000))["maxLength"] == 500


def test_codes_that_a_file_holds_as_numbers_are_text() -> None:
    assert parse("text", 10010) == "10010"
    assert parse("text", 10010.0) == "10010"
    assert parse("text", 1.5) == "1.5"


@pytest.mark.parametrize(
    ("raw", "what"), [([1], "a list"), ({"a": 1}, "an object"), (True, "yes or no"), (float("nan"), "a number")]
)
def test_other_json_types_are_not_text(raw: object, what: str) -> None:
    assert refusal("text", raw) == f"Text is expected here, not {what}."


def test_a_mask_that_was_sent_back_is_refused() -> None:
    for kind in KINDS:
        if kind not in ("formula", "roll_up"):
            assert "masked value" in refusal(kind, Masked("•••"))
            assert "masked value" in refusal(kind, {"masked": "138****1234"})


def test_masks_are_shown_as_they_are() -> None:
    for name in KINDS:
        assert KINDS[name].show(Masked("•••"), field(name), CHINA) == "•••"


# -- credit codes: the first is the example of GB 32100-2015, the others are of well-known companies -------------------
@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "914403001922038216"])
def test_true_credit_codes_are_taken(code: str) -> None:
    assert parse("text", code, format="credit_code") == code


def test_a_credit_code_is_put_in_capitals_without_spaces() -> None:
    assert parse("text", "9135 0100 m000 100y 43", format="credit_code") == "91350100M000100Y43"
    assert parse("text", "９１３５０１００Ｍ０００１００Ｙ４３", format="credit_code") == "91350100M000100Y43"


def test_a_wrong_check_character_is_named_with_the_right_one() -> None:
    assert refusal("text", "91350100M000100Y44", format="credit_code") == (
        "The check character (the 18th) is “4”, but the first 17 require “3”: one of them is mistyped."
    )


def test_a_letter_that_credit_codes_lack_is_named_with_its_place() -> None:
    assert refusal("text", "91350100M00O100Y43", format="credit_code").startswith("Character 12 is “O”")


def test_a_credit_code_of_another_length_is_refused() -> None:
    assert "18 characters; this has 15" in refusal("text", "110108000000016", format="credit_code")


def test_every_single_mistyped_character_of_a_credit_code_is_found() -> None:
    code = "91350100M000100Y43"
    for place in range(17):
        for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            changed = code[:place] + sign + code[place + 1 : 17]
            assert (credit_check(changed) == code[17]) == (changed == code[:17])


# -- web addresses -------------------------------------------------------------------------------------------------
def test_a_bare_domain_gets_https() -> None:
    assert parse("url", "example.com/a?b=1") == "https://example.com/a?b=1"


def test_scheme_and_host_are_lowered_and_the_path_is_not() -> None:
    assert parse("url", "HTTP://Example.COM/Path") == "http://example.com/Path"


def test_a_port_is_not_a_scheme() -> None:
    assert parse("url", "localhost:8000/x") == "https://localhost:8000/x"


@pytest.mark.parametrize("raw", ["javascript:alert(1)", "ftp://example.com", "mailto:a@b.cn", "data:text/html,x"])
def test_only_http_and_https_are_web_addresses(raw: str) -> None:
    assert refusal("url", raw).startswith("Only http and https")


@pytest.mark.parametrize(
    "raw", ["a b.com", "abc", "http://", "https://a@b.cn", "http://[::1", "http://exa mple.com", "http://a:x/"]
)
def test_what_is_no_web_address_is_refused(raw: str) -> None:
    assert refusal("url", raw)


def test_chinese_domains_are_kept() -> None:
    assert parse("url", "http://例子.公司/") == "http://例子.公司/"


# -- formatted text --------------------------------------------------------------------------------------------------
def test_scripts_and_handlers_are_cleaned_away() -> None:
    assert parse("rich_text", "<p>hi <script>x()</script><b onclick=x()>y</b></p>") == "<p>hi <b>y</b></p>"


def test_dangerous_links_lose_their_target() -> None:
    assert "javascript" not in parse("rich_text", '<a href="javascript:x()">y</a>')
    assert 'href="https://example.com"' in parse("rich_text", '<a href="https://example.com">y</a>')


def test_plain_text_becomes_paragraphs() -> None:
    assert parse("rich_text", "a < b\nc & d") == "<p>a &lt; b</p><p>c &amp; d</p>"


def test_markup_without_words_is_empty() -> None:
    assert parse("rich_text", "<p> </p><script>x</script>") is None


def test_formatted_text_is_shown_as_plain_lines() -> None:
    assert shown("rich_text", "<p>a &lt; <b>b</b></p><ul><li>c</li></ul>") == "a < b\nc"
