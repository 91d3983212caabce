"""Which words, numbers, dates, texts and signs does a filter or a formula consist of? Full-width signs count as ASCII ones."""

from __future__ import annotations

import re
from typing import NamedTuple

from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _

LONGEST_TEXT = 20_000
LONGEST_NUMBER = 40


class Token(NamedTuple):
    """One piece of the text. ``kind``: word, text, number, date, instant, period, sign or end.

    ``text`` is the unescaped content of a text, the ASCII form of a sign, else the piece as written; the piece stands at
    ``[at, end)`` of the source."""

    kind: str
    text: str
    at: int
    end: int


_DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_SPACE = r"(?P<space>\s+)"
_DATES = rf"""
(?P<instant>{_DAY}[Tt][0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?(?:[Zz]|[+-][0-9]{{2}}:[0-9]{{2}})?)
|(?P<date>{_DAY}(?![0-9]))"""
_PERIODS = r"(?P<period>[0-9]{4}(?:[Qq][1-4]|-[Ww][0-9]{1,2}|-[0-9]{1,2})(?![\w-]))"
_REST = r"""
(?P<number>[0-9][0-9_]*(?:\.[0-9_]+)?(?:[万亿]元?|元)?[%％]?)
|(?P<word>[^\W0-9]\w*)
|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[“”](?:[^“”\\]|\\.)*[“”]|[‘’](?:[^‘’\\]|\\.)*[‘’])
|(?P<sign>\.\.|[!！][=＝]|[<＜][=＝]|[>＞][=＝]|[=＝][=＝]|<>|[=<>~().,:+\-*/≥≤≠＝＞＜～（），、：．＋－−×＊÷／])
"""
_FILTER = re.compile("|".join((_SPACE, _DATES, _PERIODS, _REST)), re.VERBOSE | re.DOTALL)
_FORMULA = re.compile("|".join((_SPACE, _DATES, _REST)), re.VERBOSE | re.DOTALL)

_ASCII = str.maketrans("！＝＞＜～（），、：．＋－−＊／", "!=><~(),,:.+--*/")
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "<>": "!=", "==": "="}
_ESCAPES = {"n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokenize(source: str, *, formula: bool = False) -> list[Token]:
    """The tokens of a text, the last of kind ``end``. In formulas ``2026-03`` is a subtraction, in filters a month.

    Raises BadQuery for text that is too long, a text without its closing quote, or a sign that belongs to neither."""
    if len(source) > LONGEST_TEXT:
        raise BadQuery(
            _("This text is longer than {most} characters.").with_(most=LONGEST_TEXT), LONGEST_TEXT, source[:200]
        )
    match = (_FORMULA if formula else _FILTER).match
    tokens: list[Token] = []
    at, length = 0, len(source)
    while at < length:
        found = match(source, at)
        if found is None:
            raise _unreadable(source, at)
        kind, end = found.lastgroup or "", found.end()
        if kind != "space":
            tokens.append(_token(kind, found.group(), at, end, source))
        at = end
    tokens.append(Token("end", "", length, length))
    return tokens


def _token(kind: str, text: str, at: int, end: int, source: str) -> Token:
    if kind == "sign":
        text = text.translate(_ASCII)
        text = _SIGNS.get(text, text)
    elif kind == "text":
        text = text[1:-1]
        if "\\" in text:
            text = _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), text)
        _check_storable(text, at, source)
    elif kind == "number" and len(text) > LONGEST_NUMBER:
        raise BadQuery(_("This number is too long."), at, source)
    return Token(kind, text, at, end)


def _check_storable(text: str, at: int, source: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadQuery(_("This text holds a character that cannot be stored."), at, source)


def _unreadable(source: str, at: int) -> BadQuery:
    sign = source[at]
    if sign in "\"'“”‘’":
        return BadQuery(_("The quote that opens here is never closed."), at, source)
    shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
    return BadQuery(_("“{sign}” has no meaning here. Put text in quotes.").with_(sign=shown), at, source)


def quoted(text: str) -> str:
    """The text in double quotes, so that :func:`tokenize` reads it back unchanged."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


_WORD = re.compile(r"[^\W0-9]\w*")


def is_word(text: str) -> bool:
    """Whether :func:`tokenize` reads the text as one word."""
    return _WORD.fullmatch(text) is not None
