"""Comparing people's names: Latin ones word by word and in any order, Chinese ones by characters and reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.likeness.comparisons import CLOSE, DIFFERS, SAME, Found, Likeness, Rarity, bits, likeness
from zhike.schema.spec import FieldSpec
from zhike.store.pinyin import readings
from zhike.store.search_text import fold

OSA: Any = LazyModule("rapidfuzz.distance.OSA")
JaroWinkler: Any = LazyModule("rapidfuzz.distance.JaroWinkler")

_CHINESE = re.compile("[\u3400-\u9fff]+")
_APOSTROPHES = re.compile("['’`]")
_NOT_LETTERS = re.compile(r"[\W_\d]+")
_TITLES = frozenset("mr mrs ms miss dr prof sir herr frau".split())
_HONORIFICS = re.compile("(先生|女士|小姐|老师|经理|总监|总经理|主任|工程师|医生|教授|总)$")
NEAR = 0.87
ALL_ALIKE = 0.85  # names so alike as a whole may differ in where their words end
MOST_WORDS = 6
UNLIKE = _("{field}: not the same")


class Name(NamedTuple):
    """A name ready to be compared: its words, or its Chinese characters with their reading (``reading`` not empty)."""

    words: tuple[str, ...]
    reading: str = ""


@likeness
class Person(Likeness):
    """The name of a person, from one field or from several (given name, family name)."""

    name = "person"

    def form(self, values: Sequence[Any], fields: Sequence[FieldSpec]) -> Name | None:
        text = " ".join(str(value)[:120] for value in values if value)
        chinese = "".join(_CHINESE.findall(text))
        if len(chinese) > 1:
            plain = _HONORIFICS.sub("", chinese) if len(chinese) > 2 else chinese
            table = readings()
            return Name((plain,), " ".join(table[one].common[:-1] if one in table else one for one in plain))
        bare = "".join(one for one in unicodedata.normalize("NFD", fold(text)) if not unicodedata.combining(one))
        words = [one for one in _NOT_LETTERS.sub(" ", _APOSTROPHES.sub("", bare)).split() if one not in _TITLES]
        return Name(tuple(words[:MOST_WORDS])) if words else None

    def keys(self, form: Name) -> Iterable[str]:
        if form.reading:
            yield "n:" + form.words[0]
            yield "nr:" + form.reading
            yield "ns:" + "".join(sorted(form.words[0]))
            return
        for word in form.words:
            if len(word) > 1:
                yield "n:" + word
                yield "nx:" + sounds(word)
        yield "nj:" + "".join(form.words)

    def compare(self, one: Name, two: Name, rarity: Rarity) -> Found:
        if one.reading or two.reading:
            return _chinese(one, two, rarity) if one.reading and two.reading else Found(DIFFERS, 0.0, UNLIKE)
        return _latin(one.words, two.words, rarity)


def sounds(word: str) -> str:
    """A word by its consonants as they sound, so that misheard and mistyped names meet: catherine and kathryn are ktrn."""
    for written, spoken in (("ph", "f"), ("th", "t"), ("ck", "k"), ("sch", "s"), ("wr", "r"), ("kn", "n"), ("gh", "g")):
        word = word.replace(written, spoken)
    word = word.translate(str.maketrans("cqzvyj", "kksfig"))
    heard = [word[0]] if word[0] not in "aeiouhw" else ["a"]
    for letter in word[1:]:
        if letter not in "aeiouhw" and letter != heard[-1]:
            heard.append(letter)
    return "".join(heard[:5])


def _chinese(one: Name, two: Name, rarity: Rarity) -> Found:
    a, b = one.words[0], two.words[0]
    if a == b:
        return Found(SAME, bits(0.95, rarity.share("n:" + a, 2e-5)), _("{field} is the same: {value}").with_(value=a))
    if one.reading == two.reading:
        strength = bits(0.05, rarity.share("nr:" + one.reading, 1e-4), 7.0)
        return Found(CLOSE, strength, _("{field} sounds the same: {one} and {two}").with_(one=a, two=b))
    if len(a) == len(b) > 2 and sorted(a) == sorted(b):
        return Found(CLOSE, 5.0, _("{field} has the same characters"))
    if len(a) == len(b) > 2 and OSA.distance(a, b) == 1:
        differing = next((x, y) for x, y in zip(a, b, strict=True) if x != y)
        reason = _("{field} differs in “{one}” and “{two}”").with_(one=differing[0], two=differing[1])
        return Found(CLOSE, 0.5, reason)
    return Found(DIFFERS, -5.0, UNLIKE)


def _latin(one: tuple[str, ...], two: tuple[str, ...], rarity: Rarity) -> Found:
    if len(one) + len(two) > 3 and JaroWinkler.similarity("".join(one), "".join(two)) > ALL_ALIKE:
        one, two = _joined(one, two), _joined(two, one)
    pairs = _matched(one, two)
    strength, unlike, swapped = 0.0, 0, False
    for at, to in pairs:
        a, b = one[at], two[to]
        swapped = swapped or (at != to and len(one) == len(two))
        if a == b:
            strength += bits(0.9, rarity.share("n:" + a, 2e-4)) if len(a) > 1 else 1.0
        elif len(a) == 1 or len(b) == 1:
            strength += 1.0
        else:
            rarest = min(rarity.share("n:" + a, 2e-4), rarity.share("n:" + b, 2e-4))
            strength += max(min(bits(0.9, rarest) - 3.5, 6.0), 1.0)
            unlike += 1
    left = min(len(one), len(two)) - len(pairs)
    strength += -4.0 * left - (1.5 if swapped and not left else 0.0)
    strength = max(min(strength, 18.0), -6.0)
    if left or not pairs:
        level = CLOSE if strength > 2 else DIFFERS
        return Found(level, strength, _("{field} agrees in part") if strength > 2 else UNLIKE)
    if swapped:
        return Found(CLOSE, strength, _("{field}: given and family name are swapped"))
    if unlike:
        return Found(CLOSE, strength, _("{field} is spelt a little differently"))
    whole = one == two
    reason = _("{field} is the same: {value}").with_(value=" ".join(one)) if whole else _("{field} agrees in part")
    return Found(SAME if whole else CLOSE, strength, reason)


def _joined(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The words with two neighbours put together where that makes a word of the other name: hayd en → hayden."""
    if len(words) < 2:
        return words
    for at in range(len(words) - 1):
        both = words[at] + words[at + 1]
        best = max((JaroWinkler.similarity(both, other) for other in others), default=0.0)
        alone = max(JaroWinkler.similarity(one, other) for one in words[at : at + 2] for other in others)
        if best > 0.94 and best > alone:
            return (*words[:at], both, *words[at + 2 :])
    return words


def _matched(one: tuple[str, ...], two: tuple[str, ...]) -> list[tuple[int, int]]:
    """Which word of one name is which of the other: the best pairs first, each word once."""
    found = []
    for at, a in enumerate(one):
        for to, b in enumerate(two):
            near = _near(a, b)
            if near:
                found.append((-near, abs(at - to), at, to))
    pairs: list[tuple[int, int]] = []
    for _near_by, _apart, at, to in sorted(found):
        if all(at != x and to != y for x, y in pairs):
            pairs.append((at, to))
    return pairs


def _near(a: str, b: str) -> float:
    """How near two words are: 1 for equal ones, 0 for strangers."""
    if a == b:
        return 1.0
    if len(a) == 1 or len(b) == 1:
        return 0.5 if a[0] == b[0] else 0.0
    near: float = JaroWinkler.similarity(a, b)
    if near >= NEAR or (min(len(a), len(b)) > 3 and OSA.distance(a, b, score_cutoff=1) <= 1):
        return near
    return 0.0
