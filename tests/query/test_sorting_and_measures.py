from __future__ import annotations

import pytest

from tests.query.samples import OPPORTUNITY, RESOLVER
from zhike.kernel.errors import BadQuery
from zhike.query.measures import parse_by, parse_measures
from zhike.query.sorting import parse_sort, sort_text
from zhike.query.tree import Grouping, Measure, SortKey


def sorts(text: str) -> tuple[SortKey, ...]:
    return parse_sort(text, OPPORTUNITY, RESOLVER)


def test_a_minus_sorts_downwards() -> None:
    assert sorts("-amount,name") == (SortKey(OPPORTUNITY["amount"], True), SortKey(OPPORTUNITY["name"]))
    assert sorts(" Amount ， -close_on ") == (SortKey(OPPORTUNITY["amount"]), SortKey(OPPORTUNITY["close_on"], True))
    assert sorts("") == ()
    assert sort_text(sorts("-amount,name")) == "-amount,name"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("amont", "Did you mean “amount”"),
        ("secret_plan", "no field called"),
        ("account.name", "own fields only"),
        ("note", "cannot be sorted"),
        ("tags", "cannot be sorted"),
        ("amount,-amount", "twice"),
        ("amount desc", "separated by commas"),
        ("--amount", "fields with a minus"),
        ("amount;drop", "no meaning"),
        ("amount,,name", "fields with a minus"),
        ("age", "worked out when it is shown"),
        ("id,name,amount,seats,weight,stage", "at most 5"),
    ],
)
def test_a_sort_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadQuery) as caught:
        sorts(text)
    assert words in str(caught.value)
    assert caught.value.position is None
    assert caught.value.problems[0].field == ""


def test_groupings_keep_the_text_they_were_typed_as() -> None:
    quarter, stage, industry, met = parse_by("close_on:quarter, stage,account.industry,met", OPPORTUNITY, RESOLVER)
    assert (quarter.path.text, quarter.bucket, quarter.text) == ("close_on", "quarter", "close_on:quarter")
    assert (stage.path.text, stage.bucket, stage.text) == ("stage", "", "stage")
    assert industry.path.text == "account.industry"
    assert met.bucket == "day"
    assert parse_by(["stage"], OPPORTUNITY, RESOLVER) == (Grouping(stage.path, "", "stage"),)
    assert parse_by("", OPPORTUNITY, RESOLVER) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stage:quarter", "is not a date"),
        ("close_on:quartr", "Did you mean “quarter”"),
        ("note", "cannot be grouped"),
        ("watchers", "cannot be grouped"),
        ("stage,stage", "twice"),
        ("stage,", "field is expected"),
        ("sta ge", "field is expected"),
        ("secret_plan", "no field called"),
    ],
)
def test_a_grouping_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse_by(text, OPPORTUNITY, RESOLVER)
    assert words in str(caught.value)


def test_measures_keep_the_text_they_were_typed_as() -> None:
    count, total, latest = parse_measures("count,sum:amount, max:close_on", OPPORTUNITY, RESOLVER)
    assert count == Measure("count", None, "count")
    assert (total.name, total.path and total.path.text, total.text) == ("sum", "amount", "sum:amount")
    assert latest.text == "max:close_on"
    assert parse_measures(("avg:account.id",), OPPORTUNITY, RESOLVER)[0].path is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sum", "no measure"),
        ("som:amount", "Did you mean “sum”"),
        ("sum:name", "“Name” has no sum; possible: count"),
        ("avg:close_on", "has no avg"),
        ("sum:", "no measure"),
        ("count:amount", "no measure"),
        ("sum:amount.currency", "has no sum"),
        ("sum:hidden", "no field called"),
    ],
)
def test_a_measure_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse_measures(text, OPPORTUNITY, RESOLVER)
    assert words in str(caught.value)


def test_at_most_twenty_entries_are_answered_at_once() -> None:
    with pytest.raises(BadQuery, match="At most 20"):
        parse_measures(",".join(f"sum:field{n}" for n in range(21)), OPPORTUNITY, RESOLVER)
