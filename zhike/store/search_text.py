"""The words a record is found by, the same for SQLite's FTS5 and PostgreSQL's tsvector.

A document is a list of distinct tokens; a question is an AND of groups, each an OR of tokens. Tokens may give a few hits
too many, never too few: :func:`matches` checks them against the text.

- Chinese, Japanese and Korean: every character and every pair of neighbours.
- Words and numbers: their beginnings of the lengths in :data:`BEGINNINGS`, so that typing finds; ``00123`` also as 123.
- Readings of Chinese characters: first letters (``hxkj`` for 华信科技: any 2 to 4 neighbours) and syllables with the
  letter that follows (``huax``, ``xink``), all usual readings.
- Long text (over :data:`PROSE` characters) gives whole words only and no readings.

Every token is one word for ``unicode61 remove_diacritics 0`` and one lexeme for PostgreSQL: letters and digits in lower
case; anything else is written in hexadecimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from operator import add
from typing import NamedTuple

from zhike.store.pinyin import Reading, readings, syllables
from zhike.store.search_match import matches
from zhike.store.search_runs import PROSE, READ_ALOUD, fold, is_east_asian, runs_of, sort_key, terms, word_forms

__all__ = ["Document", "document_tokens", "fold", "fts5_match", "matches", "query_tokens", "sort_key", "tsquery"]

MOST_TOKENS = 20_000
MOST_BYTES = 512 * 1024
MOST_CHARACTERS = 600_000  # of text that is looked at
BEGINNINGS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 24, 32)
MOST_PAIRS = 5  # of one run of Chinese that are looked up
WINDOW = 4  # most neighbouring first letters in one token
VARIANTS = 64  # most ways of reading one window
LONGEST_SYLLABLE = 6
KEPT_RUNS = 4096  # short stretches of Chinese whose tokens are remembered
KEPT_LENGTH = 16

_READY = re.compile("[0-9a-z]+")
_BY_LENGTH = {length: tuple(n for n in BEGINNINGS if n <= length) for length in range(1, BEGINNINGS[-1] + 1)}


class Document(NamedTuple):
    """What a record is found by; ``cut`` when its text had more than a document holds."""

    tokens: list[str]
    cut: bool


def document_tokens(parts: Iterable[tuple[str, int]], keyed: Iterable[str] = ()) -> Document:
    """Tokens of a record's texts, given with their weights, and of its secrets.

    Heavier texts come first, and the first tokens are kept when the text has more than :data:`MOST_TOKENS` or
    :data:`MOST_BYTES`. ``keyed`` are ready tokens (blind indexes, an owner's), small letters and digits only, kept as
    they are and never cut off; others raise ValueError.
    """
    tokens: dict[str, None] = dict.fromkeys(keyed)
    for token in tokens:
        if not _READY.fullmatch(token):
            raise ValueError(f"not a ready token: {token!r}")
    left = MOST_CHARACTERS
    cut = False
    for whole, _weight in sorted(parts, key=_by_weight):
        text = whole[:left]
        cut = cut or len(text) < len(whole)
        left -= len(text)
        prose = len(text) > PROSE
        for run in runs_of(fold(text)):
            if run.isascii() or not is_east_asian(run):
                _add_word(tokens, run, prose)
            elif prose or len(run) > KEPT_LENGTH:
                _add_run(tokens, run, prose)
            else:
                tokens.update(dict.fromkeys(_run_tokens(run)))
    return _fitting(list(tokens), cut)


def query_tokens(text: str, keyed: Callable[[str], Iterable[str]] | None = None) -> list[list[str]]:
    """What a document must hold for a typed text: one token of every group. Empty when there is nothing to look for.

    ``keyed`` gives ready tokens that a typed word may stand for besides itself (blind indexes of a phone number, its last
    four digits, a mail domain).
    """
    groups: dict[tuple[str, ...], None] = {}
    for term in terms(text):
        own = term_groups(term)
        extra = tuple(keyed(term)) if keyed else ()
        if not own and extra:
            groups[extra] = None
        for group in own:
            groups[tuple(dict.fromkeys((*group, *extra)))] = None
    return [list(group) for group in groups]


def fts5_match(groups: Sequence[Sequence[str]]) -> str:
    """The groups as an FTS5 MATCH expression."""
    return " AND ".join("(" + " OR ".join(f'"{token}"' for token in group) + ")" for group in groups)


def tsquery(groups: Sequence[Sequence[str]]) -> str:
    """The groups as text to cast to PostgreSQL's ``tsquery``."""
    return " & ".join("(" + " | ".join(f"'{token}'" for token in group) + ")" for group in groups)


def term_groups(term: str) -> list[tuple[str, ...]]:
    """The groups of one folded word of a question."""
    groups: list[tuple[str, ...]] = []
    for run in runs_of(term):
        if is_east_asian(run):
            groups += [(run,)] if len(run) == 1 else [(pair,) for pair in _telling(run)]
        else:
            groups += _word_groups(run)
    return groups


def _telling(run: str) -> list[str]:
    """The pairs by which a Chinese run is looked up: all of a short one, of a long one pairs side by side, spread over it;
    the text decides anyway, and each pair more is another list to walk."""
    pairs = list(map(add, run, run[1:]))
    if len(pairs) <= MOST_PAIRS:
        return pairs
    return [pairs[round(place * (len(pairs) - 1) / (MOST_PAIRS - 1))] for place in range(MOST_PAIRS)]


def _by_weight(part: tuple[str, int]) -> int:
    return -part[1]


def _beginning(word: str) -> str:
    """The longest indexed beginning: what a typed word is looked up by."""
    length = len(word)
    return word[: _BY_LENGTH[length][-1]] if length <= BEGINNINGS[-1] else word[: BEGINNINGS[-1]]


def _add_word(tokens: dict[str, None], word: str, prose: bool) -> None:
    for form in (word,) if word.isascii() and word.isalpha() else word_forms(word):
        if prose or len(word) == 1:
            tokens[_beginning(form)] = None
        else:
            for length in _BY_LENGTH.get(len(form), BEGINNINGS):
                tokens[form[:length]] = None


@lru_cache(maxsize=KEPT_RUNS)
def _run_tokens(run: str) -> tuple[str, ...]:
    """The tokens of a short stretch of Chinese: the same cities, trades and legal forms come again and again."""
    tokens: dict[str, None] = {}
    _add_run(tokens, run, False)
    return tuple(tokens)


def _add_run(tokens: dict[str, None], run: str, prose: bool) -> None:
    tokens.update(dict.fromkeys(run))
    tokens.update(dict.fromkeys(map(add, run, run[1:])))
    if not prose:
        _add_readings(tokens, run)


def _add_readings(tokens: dict[str, None], run: str) -> None:
    table = readings()
    known: list[Reading] = []
    for character in run[:READ_ALOUD]:
        reading = table.get(character)
        if reading is None:
            if known:
                _add_read_aloud(tokens, known)
                known = []
        else:
            known.append(reading)
    if known:
        _add_read_aloud(tokens, known)


def _add_read_aloud(tokens: dict[str, None], known: list[Reading]) -> None:
    firsts, spoken, _common = zip(*known, strict=True)
    if sum(map(len, firsts)) == len(known):
        letters = "".join(one[0] for one in firsts)
        pairs = list(map(add, letters, letters[1:]))
        tokens.update(dict.fromkeys(pairs))
        tokens.update(dict.fromkeys(map(add, pairs, letters[2:])))
        tokens.update(dict.fromkeys(map(add, pairs, pairs[2:])))
    else:
        for start in range(len(known) - 1):
            windows = list(firsts[start])
            for letters_here in firsts[start + 1 : start + WINDOW]:
                windows = [window + letter for window in windows for letter in letters_here][:VARIANTS]
                tokens.update(dict.fromkeys(windows))
    for heard, following in zip(spoken, (*firsts[1:], ("",)), strict=True):
        for syllable in heard:
            tokens[syllable] = None
            for letter in following:
                tokens[syllable + letter] = None


def _fitting(tokens: list[str], cut: bool) -> Document:
    if len(tokens) > MOST_TOKENS:
        tokens, cut = tokens[:MOST_TOKENS], True
    if sum(map(len, tokens)) * 4 + len(tokens) > MOST_BYTES:
        size = 0
        for count, token in enumerate(tokens):
            size += len(token.encode()) + 1
            if size > MOST_BYTES:
                return Document(tokens[:count], True)
    return Document(tokens, cut)


def _word_groups(run: str) -> list[tuple[str, ...]]:
    """A typed word is the beginning of a word, first letters, or syllables: an OR of ANDs, turned into groups."""
    word = word_forms(run)[0]
    ways = [[_beginning(word)]]
    if run.isascii() and run.isalpha() and 1 < len(run) <= READ_ALOUD:
        if len(run) > WINDOW:
            ways.append([run[:WINDOW], run[-WINDOW:]])
        ways += [_syllable_tokens(split) for split in spellings(run)]
    groups: dict[tuple[str, ...], None] = {(): None}
    for way in dict.fromkeys(map(tuple, ways)):
        groups = {tuple(dict.fromkeys((*group, token))): None for group in groups for token in way}
    return _without_weaker(list(groups))


def _syllable_tokens(split: tuple[str, ...]) -> list[str]:
    """At most two tokens: the last may be the beginning of a syllable, so only its first letter counts."""
    if len(split) == 1:
        return [split[0]]
    pairs = [syllable + following[0] for syllable, following in pairwise(split)]
    return pairs if len(pairs) == 1 else [pairs[0], pairs[-1]]


def _without_weaker(groups: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Groups that others do not make superfluous."""
    sets = [frozenset(group) for group in groups]
    return [group for group, own in zip(groups, sets, strict=True) if not any(other < own for other in sets)]


def spellings(letters: str, most: int = 3) -> list[tuple[str, ...]]:
    """Ways to read typed letters as syllables, longest first; the last may be unfinished (``huax``), the first not."""
    whole, beginnings = syllables(), _syllable_beginnings()
    found: list[tuple[str, ...]] = []
    hopeless: set[int] = set()

    def read_on(position: int, before: tuple[str, ...]) -> None:
        had = len(found)
        rest = letters[position:]
        if rest in (beginnings if before else whole):
            found.append((*before, rest))
        for length in range(min(LONGEST_SYLLABLE, len(rest) - 1), 0, -1):
            if len(found) < most and rest[:length] in whole and position + length not in hopeless:
                read_on(position + length, (*before, rest[:length]))
        if len(found) == had:
            hopeless.add(position)

    read_on(0, ())
    return found[:most]


@lru_cache(maxsize=1)
def _syllable_beginnings() -> frozenset[str]:
    return frozenset(syllable[:n] for syllable in syllables() for n in range(1, len(syllable) + 1))
