"""Commands run in this process, on the test's home."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from zhike.kernel import words
from zhike.site.cli import main
from zhike.site.home import Home


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A command speaks its own language and leaves the next test's alone."""
    with words.speaking(words.current_language()):
        yield


Zhike = Callable[..., Said]


@pytest.fixture
def zhike(home: Home, capsys: pytest.CaptureFixture[str]) -> Zhike:
    """``zhike("read", "account")`` runs a command in English on the test's home."""

    def run(*argv: str, code: int = 0, language: str = "en") -> Said:
        capsys.readouterr()
        answered = main([*argv, "--home", str(home.path), "--language", language])
        out, err = capsys.readouterr()
        assert answered == code, err or out
        return Said(answered, out, err)

    return run
