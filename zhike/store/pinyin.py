"""How Chinese characters are read: all usual readings for search, the most common one for sorting.

The table is build output (``python -m zhike.store.pinyin_build``) and is read once, when it is first needed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from zhike.kernel.words import Words, _

TABLE = Path(__file__).parent / "data" / "initials.bin"


class TableMissing(RuntimeError):
    """The table of readings has not been built."""

    def __init__(self, path: Path) -> None:
        self.text: Words = _(
            "The table of Chinese readings is missing ({path}). Make it with: python -m zhike.store.pinyin_build"
        ).with_(path=path)
        super().__init__(str(self.text))


class Reading(NamedTuple):
    """How one character is read: first letters and syllables of all usual readings without tones, each once, and the
    most common syllable with its tone digit."""

    initials: tuple[str, ...]
    syllables: tuple[str, ...]
    common: str


@lru_cache(maxsize=1)
def readings() -> dict[str, Reading]:
    """Reading by character, for some 42,000 characters. Raises TableMissing."""
    return read_table(TABLE)


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Every syllable that occurs, without tones: some 420."""
    return frozenset(syllable for reading in set(readings().values()) for syllable in reading.syllables)


def read_alike(one: str, other: str) -> bool:
    """Whether two texts can be read aloud the same: 李那 and 李娜. Raises TableMissing."""
    if len(one) != len(other):
        return False
    known = readings()
    return all(
        a == b or (a in known and b in known and not set(known[a].syllables).isdisjoint(known[b].syllables))
        for a, b in zip(one, other, strict=True)
    )


def read_table(path: Path) -> dict[str, Reading]:
    """The table of a file made by the build. Raises TableMissing."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TableMissing(path) from None
    known: dict[str, Reading] = {}
    for line in text.splitlines():
        toned, _tab, members = line.partition("\t")
        common = toned.split()
        plain = tuple(dict.fromkeys(one[:-1] for one in common))
        known.update(dict.fromkeys(members, Reading(tuple(dict.fromkeys(one[0] for one in plain)), plain, common[0])))
    return known
