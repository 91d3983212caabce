"""Whether a text answers a question: the check of search hits against what the reader may read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zhike.store.pinyin import Reading, readings, syllables
from zhike.store.search_runs import PROSE, READ_ALOUD, fold, is_east_asian, runs_of, terms, word_forms

LEAST_TAIL = 4  # characters of a secret's end that find it
_NOT_SHOWN = re.compile(r"[^0-9a-z@.]")


def matches(text_fields: Iterable[str], query: str, secrets: Iterable[str] = ()) -> bool:
    """True when every word of ``query`` is in one of the texts, or is a secret, its end or its mail domain.

    A word is in a text when it begins one of its words, when it stands in its Chinese, or when it spells some of its
    Chinese by first letters or syllables. ``secrets`` are plain values this reader may search (phone, e-mail, number):
    the last four or more characters of one are enough. A question without words matches nothing.
    """
    asked = terms(query)
    texts = [_Text(field) for field in text_fields if field]
    hidden = [_NOT_SHOWN.sub("", fold(secret)) for secret in secrets if secret]
    return bool(asked) and all(_found(term, texts) or any(_ends(secret, term) for secret in hidden) for term in asked)


class _Text:
    """One field, taken apart when first asked."""

    __slots__ = ("_runs", "_spoken", "_words", "folded")

    def __init__(self, field: str) -> None:
        self.folded = fold(field)
        self._runs: list[str] | None = None
        self._words: list[str] | None = None
        self._spoken: list[list[Reading]] | None = None

    @property
    def runs(self) -> list[str]:
        if self._runs is None:
            self._runs = runs_of(self.folded)
        return self._runs

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = [form for run in self.runs if not is_east_asian(run) for form in word_forms(run)]
        return self._words

    @property
    def spoken(self) -> list[list[Reading]]:
        """Stretches of characters whose readings are known."""
        if self._spoken is None:
            table = readings()
            self._spoken = []
            for run in self.runs if len(self.folded) <= PROSE else ():
                if is_east_asian(run):
                    self._spoken += _stretches([table.get(character) for character in run[:READ_ALOUD]])
        return self._spoken


def _stretches(known: list[Reading | None]) -> list[list[Reading]]:
    found: list[list[Reading]] = [[]]
    for reading in known:
        if reading is None:
            found.append([])
        else:
            found[-1].append(reading)
    return [stretch for stretch in found if stretch]


def _found(term: str, texts: list[_Text]) -> bool:
    runs = runs_of(term)
    return bool(runs) and all(any(_run_in(run, text) for text in texts) for run in runs)


def _run_in(run: str, text: _Text) -> bool:
    if is_east_asian(run):
        return run in text.folded
    form = word_forms(run)[0]
    if any(word.startswith(form) for word in text.words):
        return True
    if not (run.isascii() and run.isalpha() and len(run) > 1):
        return False
    return any(_spelt(run, stretch) for stretch in text.spoken)


def _spelt(letters: str, stretch: list[Reading]) -> bool:
    """Whether letters are the first letters of neighbours, or their syllables (the last one may be unfinished)."""
    whole = syllables()
    for start in range(len(stretch)):
        if len(letters) <= len(stretch) - start and all(
            letter in stretch[start + n].initials for n, letter in enumerate(letters)
        ):
            return True
        for syllable in stretch[start].syllables:
            if (
                letters.startswith(syllable)
                and syllable in whole
                and _goes_on(letters[len(syllable) :], stretch, start + 1)
            ):
                return True
    return False


def _goes_on(letters: str, stretch: list[Reading], position: int) -> bool:
    if not letters:
        return True
    if position == len(stretch):
        return False
    for syllable in stretch[position].syllables:
        if syllable.startswith(letters):
            return True
        if letters.startswith(syllable) and _goes_on(letters[len(syllable) :], stretch, position + 1):
            return True
    return False


def _ends(secret: str, term: str) -> bool:
    bare = _NOT_SHOWN.sub("", term)
    return len(bare) >= LEAST_TAIL and (secret.endswith(bare) or bare.lstrip("@") == secret.rpartition("@")[2] != "")
