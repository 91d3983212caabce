"""What holds for every filter: nothing but BadQuery, text and tree say the same, and two-valued logic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.query.filter_texts import FILTERS, NEAR_MISSES
from tests.query.samples import SETTING, read
from zhike.kernel.clock import standing_at
from zhike.kernel.errors import BadQuery
from zhike.query.folding import ascii_fold, fold
from zhike.query.moments import is_period
from zhike.query.parse import all_of, any_of
from zhike.query.predicate import compile_predicate, paths
from zhike.query.sentence import pieces, sentence
from zhike.query.spelling import to_text
from zhike.query.tree import And, Compare, InSegment, Node, Not, Or, Path, SharedWithMe

AT = datetime(2026, 3, 9, 4, tzinfo=UTC)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["ACME", "new", "a", "钢铁", "Ａ", "100%", "two words"]),
    "choice": st.sampled_from(["steel", "chemistry", "food"]),
    "number": st.sampled_from([0, 3, -2, 1000, 42]),
    "money": st.sampled_from([0, 300, -200, 100_000, 250]),
    "link": st.sampled_from([3, 7, 9]),
    "any_link": st.sampled_from([3, 7]),
    "date": st.dates(date(2025, 12, 30), date(2026, 4, 10)),
    "instant": st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 20), timezones=st.just(UTC)),
    "yes_no": st.booleans(),
    "choices": st.sampled_from([("vip",), ("vip", "key"), ("old",)]),
    "links": st.sampled_from([(7,), (11, 21), (9,)]),
}


def record(data: st.DataObject) -> Callable[[Path], Any]:
    """A record at random, decided field by field as the filter asks; a path over an empty link is empty."""
    known: dict[tuple[str, str | None], Any] = {}

    def look(path: Path) -> Any:
        key = (path.text, path.part)
        if key not in known:
            known[key] = data.draw(st.one_of(st.none(), VALUES[path.field.kind]), label=str(key))
        return known[key]

    return look


def member(node: InSegment, one: int) -> bool:
    return one in node.kept


def meaning(node: Node, look: Callable[[Path], Any], shared: bool) -> bool:
    """The logic of the tree's own description, written as plainly as possible."""
    if isinstance(node, And):
        return all(meaning(part, look, shared) for part in node.parts)
    if isinstance(node, Or):
        return any(meaning(part, look, shared) for part in node.parts)
    if isinstance(node, Not):
        return not meaning(node.part, look, shared)
    if isinstance(node, SharedWithMe):
        return shared
    assert isinstance(node, Compare | InSegment)
    value = look(node.path)
    if isinstance(node, InSegment):
        return value in node.kept
    if node.op == "empty":
        return value is None
    if node.op == "!=":
        return value is None or value != node.value
    if value is None:
        return False
    if node.op == "~":
        title = node.path.field.key == node.path.objects[-1].title
        folded = fold if title else ascii_fold
        return folded(node.value) in folded(value)
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: value == node.value,
        "<": lambda: value < node.value,
        "<=": lambda: value <= node.value,
        ">": lambda: value > node.value,
        ">=": lambda: value >= node.value,
        "in": lambda: value in node.value,
        "has": lambda: bool(set(value) & set(node.value)),
    }
    return tests[node.op]()


@given(
    st.one_of(
        st.text(max_size=60), NEAR_MISSES, FILTERS.map(lambda text: text[1:]), FILTERS.map(lambda text: text[:-1])
    )
)
def test_arbitrary_text_is_understood_or_refused_with_a_place_in_it(text: str) -> None:
    with standing_at(AT):
        try:
            node = read(text)
        except BadQuery as problem:
            assert problem.position is not None
            assert 0 <= problem.position <= len(text)
            assert str(problem)
        else:
            assert read(to_text(node)) == node


@given(FILTERS)
def test_a_tree_written_as_text_parses_back_to_the_same_tree(text: str) -> None:
    with standing_at(AT):
        node = read(text)
        again = to_text(node)
        assert read(again) == node
        assert to_text(read(again)) == again


def without_said(node: Node) -> Node:
    if isinstance(node, Compare):
        return Compare(node.path, node.op, node.value)
    if isinstance(node, Not):
        return Not(without_said(node.part))
    if isinstance(node, And):
        return all_of([without_said(part) for part in node.parts])
    if isinstance(node, Or):
        return any_of([without_said(part) for part in node.parts])
    return node


@given(FILTERS)
def test_a_hand_made_tree_is_spelled_from_its_stored_values(text: str) -> None:
    with standing_at(AT):
        bare = without_said(read(text))
        assert without_said(read(to_text(bare, SETTING))) == bare


@given(FILTERS, st.booleans(), st.data())
def test_the_predicate_follows_two_valued_logic(text: str, shared: bool, data: st.DataObject) -> None:
    with standing_at(AT):
        node = read(text)
    look = record(data)
    assert compile_predicate(node, lambda _share: shared, member)(look) is meaning(node, look, shared)


@given(FILTERS, st.data())
def test_not_is_the_complement_and_not_equal_is_true_of_empty(text: str, data: st.DataObject) -> None:
    with standing_at(AT):
        node = read(text)
    look = record(data)
    holds = compile_predicate(node, lambda _share: True, member)(look)
    assert compile_predicate(Not(node), lambda _share: True, member)(look) is not holds
    if isinstance(node, Compare) and node.op not in ("!=", "empty"):
        assert not compile_predicate(node)(lambda _path: None)
        assert compile_predicate(Not(node))(lambda _path: None)
    if isinstance(node, Compare) and node.op == "!=":
        assert compile_predicate(node)(lambda _path: None)


@given(FILTERS, st.data())
def test_paths_names_all_that_a_predicate_reads(text: str, data: st.DataObject) -> None:
    with standing_at(AT):
        node = read(text)
    named = {(path.text, path.part) for path in paths(node)}
    inner = record(data)

    def look(path: Path) -> Any:
        assert (path.text, path.part) in named
        return inner(path)

    compile_predicate(node, lambda _share: False, member)(look)
    assert len(named) == len(paths(node))


@given(FILTERS)
def test_every_filter_reads_as_a_sentence_and_as_pieces_that_make_it_again(text: str) -> None:
    with standing_at(AT):
        node = read(text)
        assert sentence(node, SETTING)
        told = pieces(node, SETTING)
        assert read(" and ".join(f"({piece.text})" for piece in told)) == node
        if isinstance(node, And) and not is_period(node):
            assert len(told) == len(node.parts)
