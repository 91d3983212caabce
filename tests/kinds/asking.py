"""Short ways to ask a kind, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zhike.kernel import words
from zhike.kernel.words import Words
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec, Option

CHINA = Setting()
AMERICA = Setting(currency="USD", timezone="America/New_York", language="en", country="US")
OPTIONS = (
    Option("new", Words("New")),
    Option("won", Words("Won, signed")),
    Option("old", Words("Former"), active=False),
)


def field(kind: str, **facts: Any) -> FieldSpec:
    """A field of a kind, called x."""
    return FieldSpec("x", Words("X"), kind, **facts)


def parse(kind: str, raw: Any, setting: Setting = CHINA, **facts: Any) -> Any:
    """The canonical value."""
    one = field(kind, **facts)
    return kind_of(one).parse(raw, one, setting)


def refusal(kind: str, raw: Any, setting: Setting = CHINA, **facts: Any) -> str:
    """The message with which a raw value is refused; "" when it is taken."""
    try:
        parse(kind, raw, setting, **facts)
    except ParseError as problem:
        return str(problem.text)
    return ""


def shown(kind: str, raw: Any, setting: Setting = CHINA, **facts: Any) -> str:
    """What a reader sees of a raw value."""
    one = field(kind, **facts)
    return kind_of(one).show(kind_of(one).parse(raw, one, setting), one, setting)


@contextmanager
def speaking(translate: Callable[[str], str]) -> Iterator[None]:
    """Within the block, texts are translated like this."""
    with words.speaking(words.current_language(), translate):
        yield


class OpenSealer:
    """A sealer whose envelopes and indexes can be read by eye."""

    def seal(self, field: str, text: str) -> str:
        return f"sealed:{field}:{text.encode().hex()}"

    def open(self, field: str, envelope: str) -> str:
        head, name, code = envelope.split(":")
        assert (head, name) == ("sealed", field)
        return bytes.fromhex(code).decode()

    def index(self, purpose: str, text: str) -> str:
        return f"{purpose}={text}"[:64]
