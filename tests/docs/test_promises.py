"""Every promise names a proof or a test that is there, in both languages alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.proof.unguarded import GUARDS
from tools.prove.__main__ import PROOFS
from tools.prove.suites import CORPORA, MALFORMED, MATRIX, QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([^`]+)`")
PAGES = ("docs/promises.md", "docs/promises.zh-CN.md")


def promises(page: str) -> list[tuple[list[str], list[str]]]:
    """Proofs and tests each promise names."""
    lines = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    return [(NAMED.findall(line.split(" | ")[1]), NAMED.findall(line.split(" | ")[2])) for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_every_proof_and_test_a_promise_names_is_there(page: str) -> None:
    assert promises(page)
    for proofs, tests in promises(page):
        assert tests
        assert not [name for name in proofs if name not in PROOFS]
        assert not [name for name in tests if not (ROOT / name).is_file()]


def test_both_languages_promise_the_same() -> None:
    assert promises(PAGES[0]) == promises(PAGES[1])


def test_every_proof_stands_behind_a_promise_and_on_the_page_of_figures() -> None:
    assert {name for proofs, _tests in promises(PAGES[0]) for name in proofs} == set(PROOFS)
    told = (ROOT / "docs/proof.md").read_text("utf-8")
    assert not [name for name in PROOFS if f"`{name}`" not in told]


def test_every_test_a_proof_runs_is_there_with_a_guard_to_take_away() -> None:
    for suite in (*CORPORA.values(), MATRIX, QUESTIONS, MALFORMED):
        assert suite.guard in GUARDS
        for test in suite.tests:
            file, _colons, name = test.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text("utf-8") if name else (ROOT / file).is_file(), test
