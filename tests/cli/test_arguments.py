"""How a command line is read."""

from __future__ import annotations

import pytest

from zhike.site.commands.arguments import Given, WrongUsage, find_shape, read_arguments
from zhike.site.commands.catalogue import COMMON, SHAPES


def read(*argv: str) -> Given:
    shape, rest = find_shape(argv, SHAPES, COMMON)
    assert shape is not None
    return read_arguments(shape, rest, COMMON)


def complaint(*argv: str) -> str:
    with pytest.raises(WrongUsage) as caught:
        read(*argv)
    return str(caught.value.text)


def test_a_value_may_start_with_a_minus_sign() -> None:
    assert read("read", "opportunity", "--sort", "-amount,name").text("sort") == "-amount,name"
    assert read("read", "opportunity", "--sort=-amount").text("sort") == "-amount"


def test_options_may_stand_before_between_and_after_the_words() -> None:
    given = read("--home", "/data", "read", "--size", "5", "opportunity", "--as", "li")
    assert (given.text("home"), given.number("size", 0), given.word("OBJECT"), given.text("as")) == (
        "/data",
        5,
        "opportunity",
        "li",
    )


def test_a_filter_with_an_equals_sign_keeps_it() -> None:
    assert read("read", "account", "--where=name = x").text("where") == "name = x"
    assert read("read", "account", "--where", "name = x").text("where") == "name = x"


def test_commands_of_two_words_are_found() -> None:
    given = read("user", "create", "li.na", "--role", "sales, manager")
    assert (given.shape.name, given.word("LOGIN"), given.list("role")) == ("user create", "li.na", ("sales", "manager"))


def test_all_remaining_words_go_to_the_last_one() -> None:
    assert read("action", "opportunity", "win", "3", "4", "--json", "{}", "5").many("ID") == ["3", "4", "5"]
    assert read("action", "opportunity", "tidy").many("ID") == []


def test_after_two_dashes_everything_is_a_word() -> None:
    assert read("search", "--", "--where").many("TEXT") == ["--where"]


def test_an_unknown_command_names_the_nearest() -> None:
    assert "“read”" in complaint("reed")
    assert "“user create”" in complaint("user", "creat")


def test_an_unknown_option_names_the_nearest() -> None:
    assert "“--columns”" in complaint("read", "x", "--colums", "name")


@pytest.mark.parametrize(
    "argv",
    [
        ("read",),
        ("read", "x", "y"),
        ("read", "x", "--size"),
        ("read", "x", "--sort", "--size", "3"),
        ("read", "x", "--size", "0"),
        ("read", "x", "--size", "many"),
        ("read", "x", "--size", "2", "--size", "3"),
        ("read", "x", "--trashed=yes"),
        ("read", "x", "--format", "xml"),
        ("read", "x", "-s"),
        ("search",),
        ("import", "x"),
        ("user",),
    ],
)
def test_wrong_usage_is_refused(argv: tuple[str, ...]) -> None:
    assert complaint(*argv)


def test_a_switch_is_given_or_not() -> None:
    assert read("import", "x", "f.csv", "--dry-run").has("dry-run")
    assert not read("import", "x", "f.csv").has("dry-run")


def test_no_two_commands_share_a_name_and_every_option_says_what_it_is() -> None:
    names = [shape.name for shape in SHAPES]
    assert len(names) == len(set(names))
    for shape in SHAPES:
        options = [option.name for option in (*shape.options, *COMMON)]
        assert len(options) == len(set(options)), shape.name
        assert all(option.help.msgid for option in shape.options)
