"""Interface text that is translated when it is shown, not when it is written.

Every sentence a person may read is made with ``_("...")``. The site installs the languages once at start-up; without
them (in tests of the lower layers) the English text itself comes out. Which language is spoken is kept per thread of
work: :func:`speaking` says so for a block, else it is the usual one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

Translate = Callable[[str], str]


class _Tongue(NamedTuple):
    language: str
    translate: Translate


def _as_written(text: str) -> str:
    return text


_tongues: dict[str, _Tongue] = {}
_usual = _Tongue("en", _as_written)
_spoken: ContextVar[_Tongue | None] = ContextVar("spoken", default=None)


def install_languages(translators: Mapping[str, Translate], usual: str) -> None:
    """Translate with ``translators[language](msgid) -> str`` from now on; ``usual`` is spoken where nothing else is said.
    A language without a translator shows the texts as they are written."""
    global _usual
    _tongues.update({language: _Tongue(language, translate) for language, translate in translators.items()})
    _usual = _tongue(usual)


def _tongue(language: str) -> _Tongue:
    return _tongues.get(language) or _Tongue(language, _as_written)


@contextmanager
def speaking(language: str, translate: Translate | None = None) -> Iterator[None]:
    """Within the block, texts come out in this language (``zh-hans``, ``en``)."""
    token = _spoken.set(_Tongue(language, translate) if translate else _tongue(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(language: str) -> None:
    """The same for the rest of what this thread does."""
    _spoken.set(_tongue(language))


def current_language() -> str:
    """The reader's language code, such as ``zh-hans`` or ``en``."""
    return (_spoken.get() or _usual).language


class Words:
    """A translatable text with named parameters: ``str(_("{n} rows").with_(n=3))`` is translated, then filled in."""

    __slots__ = ("msgid", "params")

    def __init__(self, msgid: str, params: Mapping[str, Any] | None = None) -> None:
        self.msgid = msgid
        self.params = params or {}

    def with_(self, **params: Any) -> Words:
        """The same text with these parameters filled in when shown; a parameter may itself be Words."""
        return Words(self.msgid, {**self.params, **params})

    def __str__(self) -> str:
        text = (_spoken.get() or _usual).translate(self.msgid) if self.msgid else ""
        if not self.params:
            return text
        return text.format(**{name: str(value) for name, value in self.params.items()})

    def __repr__(self) -> str:
        return f"_({self.msgid!r})" if not self.params else f"_({self.msgid!r}, {dict(self.params)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and (self.msgid, self.params) == (other.msgid, other.params)

    def __hash__(self) -> int:
        return hash(self.msgid)

    def __bool__(self) -> bool:
        return bool(self.msgid)


class Plain(Words):
    """Text an administrator typed (the label of a custom field): shown as it is, or per language if given."""

    __slots__ = ("by_language",)

    def __init__(self, text: str, by_language: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.by_language = by_language or {}

    def __str__(self) -> str:
        if self.by_language:
            from_language = self.by_language.get(current_language())
            if from_language:
                return from_language
        return self.msgid


def packed(words: Words | str) -> str:
    """A text as JSON, so that whoever reads it later reads it in their own language: see :func:`unpacked`."""
    return json.dumps(_packed(words), ensure_ascii=False)


def unpacked(text: str) -> Words:
    """The text that :func:`packed` put away."""
    found = _unpacked(json.loads(text))
    return found if isinstance(found, Words) else Plain(str(found))


def _packed(value: Any) -> Any:
    if isinstance(value, Plain):
        return {"plain": value.msgid, "by": dict(value.by_language)}
    if isinstance(value, Words):
        return {"words": value.msgid, "with": {name: _packed(one) for name, one in value.params.items()}}
    return value if isinstance(value, str | int) else str(value)


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict) and "plain" in value:
        return Plain(value["plain"], value["by"])
    if isinstance(value, dict):
        return Words(value["words"], {name: _unpacked(one) for name, one in value["with"].items()})
    return value


_ = Words
