"""Two servers on homes of their own, as on two machines, and the one PostgreSQL they share."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.company import Company
from tests.conftest import DATABASE, _home, _restore, forget
from tools.prove.homes import Served
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM

SHARED = ("zhike.key", "secret")
"""The files that all machines of one installation have in common."""


@dataclass
class Pair:
    """Two servers, the administrator's and a seller's token, and a folder for what is needed besides."""

    first: Served
    second: Served
    seller: str
    folder: Path

    @property
    def more(self) -> dict[str, str]:
        """Surroundings of a further process of the second machine."""
        return self.second.surroundings()


@contextmanager
def worker(surroundings: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process beside the servers; told to stop at the end if it still runs."""
    process = subprocess.Popen([sys.executable, *words], env=surroundings, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def servers(prepared: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both answer; neither has a worker: a test that needs some starts them."""
    if DATABASE != "postgresql":
        pytest.skip("several machines share a PostgreSQL")
    forget()
    folder = tmp_path_factory.mktemp("machines")
    seller = create_token(SYSTEM, prepared.li.id, "test")
    administrator = create_token(SYSTEM, prepared.admin.id, "test")
    _home.secret_text()
    made = []
    for name in ("first", "second"):
        home = folder / name
        home.mkdir(mode=0o700)
        for shared in SHARED:
            shutil.copy(_home.path / shared, home / shared)
        made.append(Served(home, administrator, options=("--without-worker",)))
        made[-1].more = {"ZHIKE_DATABASE": _home.database_url}
    pair = Pair(made[0], made[1], seller, folder)
    try:
        for one in made:
            one.start()
        yield pair
    finally:
        for one in made:
            one.stop()
        _restore()
