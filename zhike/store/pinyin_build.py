"""Makes the table of readings that search and sorting use: ``python -m zhike.store.pinyin_build [FILE]``.

Runs when the package is built; serving never loads pypinyin. Source of readings and phrases: pypinyin (MIT), whose
data comes from the Unihan database and the pinyin-data project.

The file is UTF-8, a line for each set of readings: ``zhong4 chong2<TAB>重…`` with every character read so, the most
common reading first and with its tone (5: none).
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from zhike.kernel.lazy import LazyModule
from zhike.store.pinyin import TABLE

# Lazy, so that the names below can be looked up where pypinyin is not installed.
characters = LazyModule("pypinyin.pinyin_dict")
phrases = LazyModule("pypinyin.phrases_dict")

HUMMED = {"n": "en", "ng": "en", "m": "", "hm": "", "hng": ""}  # 嗯 is typed en; the others are typed otherwise
MOST_READINGS = 3
SEEN_ENOUGH = 5  # a character in fewer phrases than this keeps its first two readings
RARE = 0.01  # share of phrases below which a reading is left out
TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}

# Read otherwise when they are family names; too rare in phrases to be found by counting.
FAMILY_NAMES = {
    "单": "shan4", "解": "xie4", "仇": "qiu2", "区": "ou1", "查": "zha1", "盖": "ge3", "曾": "zeng1", "朴": "piao2",
    "翟": "zhai2", "覃": "qin2", "乐": "yue4", "尉": "yu4", "员": "yun4", "缪": "miao4", "冼": "xian3", "洗": "xian3",
    "种": "chong2", "重": "chong2", "繁": "po2", "召": "shao4", "谌": "chen2", "隗": "wei3", "郇": "huan2",
    "俟": "qi2", "适": "kuo4", "逄": "pang2", "亓": "qi2", "厍": "she4",
}  # fmt: skip


def plain(reading: str) -> tuple[str, str]:
    """Syllable in ASCII (``lǜ`` is ``lv``, as it is typed) and tone digit of a reading with accents."""
    tone = "5"
    letters: list[str] = []
    for mark in unicodedata.normalize("NFD", reading):
        if mark in TONES:
            tone = TONES[mark]
        elif mark == "\u0308":
            letters[-1] = "v"
        else:
            letters.append(mark)
    syllable = "".join(letter for letter in letters if "a" <= letter <= "z")
    return HUMMED.get(syllable, syllable), tone


def counted_readings() -> dict[str, Counter[str]]:
    """How often each character is read how (``zhong4``) in pypinyin's phrases."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in phrases.phrases_dict.items():
        if len(phrase) == len(readings):
            for character, reading in zip(phrase, readings, strict=True):
                syllable, tone = plain(reading[0])
                if syllable:
                    counts[character][syllable + tone] += 1
    return counts


def chosen_readings(listed: Iterable[str], counts: Counter[str], family_name: str = "") -> tuple[str, ...]:
    """The readings worth knowing, most common first, each syllable once: ``("zhong4", "chong2")``.

    ``listed``: the dictionary's readings in its order; ``counts``: how often phrases use each. A character that
    phrases hardly use keeps its first two; a family name's reading is always kept.
    """
    tones: dict[str, str] = {}
    for reading in listed:
        syllable, tone = plain(reading)
        if syllable:
            tones.setdefault(syllable, tone)
    seen: Counter[str] = Counter()
    for reading, times in counts.items():
        seen[reading[:-1]] += times
    total = sum(seen.values())
    order = list(tones)
    if total >= SEEN_ENOUGH:
        first = order[0] if order else ""
        kept = [one for one in order if one == first or (seen[one] >= 2 and seen[one] >= RARE * total)]
        kept.sort(key=lambda one: -seen[one])
    else:
        kept = order[:2]
    kept = kept[:MOST_READINGS]
    for syllable in kept:
        by_tone = [(times, reading) for reading, times in counts.items() if reading[:-1] == syllable]
        if by_tone:
            tones[syllable] = max(by_tone)[1][-1]
    if family_name and family_name[:-1] not in kept:
        tones[family_name[:-1]] = family_name[-1]
        kept.append(family_name[:-1])
    return tuple(syllable + tones[syllable] for syllable in kept)


def table() -> str:
    """The whole file."""
    counts = counted_readings()
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code, listed in characters.pinyin_dict.items():
        character = chr(code)
        readings = chosen_readings(listed.split(","), counts[character], FAMILY_NAMES.get(character, ""))
        if readings:
            groups[readings].append(character)
    lines = [f"{' '.join(readings)}\t{''.join(sorted(members))}" for readings, members in sorted(groups.items())]
    return "\n".join(lines) + "\n"


def build(path: Path = TABLE) -> int:
    """Write the table (complete or not at all) and return how many characters it knows."""
    text = table()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return len(re.sub(r"[a-z0-9 \t\n]", "", text))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    sys.stdout.write(f"{target.name}: {build(target)} characters\n")
