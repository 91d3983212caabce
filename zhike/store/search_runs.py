"""How text is folded, taken apart into runs, and sorted: what indexing and checking of searches share."""

from __future__ import annotations

import re
import unicodedata

from zhike.store.pinyin import readings

PROSE = 200  # characters; longer text is not looked at letter by letter
READ_ALOUD = 64  # characters of a run of Chinese that are searched by their readings
MOST_PIECES = 8  # a word of more changes between letters and digits is not taken apart
SORT_KEY = 200
MOST_TERMS = 12
LONGEST_QUESTION = 200

_EAST_ASIAN = (
    "\u3005-\u3007\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_EAST_ASIAN}]+|[^\\W_{_EAST_ASIAN}]+|[\u2190-\u2bff\U0001f000-\U0001faff]")
_EAST_ASIAN_START = re.compile(f"[{_EAST_ASIAN}]")
_MARKS = re.compile("[\u0300-\u036f]")
_KEPT_AS_IS = re.compile("[0-9a-z\u00df-\u00f6\u00f8-\u0240\u0370-\u052f]+")
_PIECES = re.compile("[a-z]+|[0-9]+")


def fold(text: str) -> str:
    """The form in which text is compared: NFKC, no difference of case or width."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def sort_key(title: str) -> str:
    """What titles are sorted by, at most 200 characters: folded, each Chinese character as its most common syllable, its
    tone and itself (``hua2华xin4信``), so that one character's titles stand together, as in a dictionary."""
    folded = fold(title).strip()
    if folded.isascii():
        return folded[:SORT_KEY]
    table = readings()
    parts: list[str] = []
    length = 0
    for character in folded:
        reading = table.get(character)
        part = reading.common + character if reading else character
        length += len(part)
        if length > SORT_KEY:
            break
        parts.append(part)
    return "".join(parts)


def terms(text: str) -> list[str]:
    """The words of a question, folded; at most twelve, from its first 200 characters."""
    return fold(text[:200]).split()[:12]


def runs_of(folded: str) -> list[str]:
    """Stretches of East Asian characters, words and numbers, single symbols and emoji; accents without a letter of their
    own are dropped."""
    return _RUN.findall(folded if folded.isascii() else _MARKS.sub("", folded))


def word_forms(run: str) -> list[str]:
    """The forms a folded word is found under: itself without accents, a number without leading zeros, the parts of
    ``op2026``. In hexadecimal where a database might split or drop its letters."""
    if not run.isascii():
        bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", run)))
        return [bare if _KEPT_AS_IS.fullmatch(bare) else "u" + bare.encode("utf-8", "surrogatepass").hex()]
    forms = [run]
    if run.isdigit():
        stripped = run.lstrip("0")
        if stripped and stripped != run:
            forms.append(stripped)
    elif not run.isalpha():
        pieces = _PIECES.findall(run)
        if len(pieces) <= MOST_PIECES:
            forms += pieces
    return forms


def is_east_asian(run: str) -> bool:
    """Whether a run is written without spaces between words."""
    return _EAST_ASIAN_START.match(run) is not None
