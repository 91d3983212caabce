"""A server on a home of one's own, and a browser signed in to it: what pictures and weights are taken from."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PASSWORD = "zhike-demo"


def zhike(home: Path, *words: str) -> None:
    """Run one command on the home, in silence. Raises CalledProcessError."""
    subprocess.run(_command(*words), env=_environment(home), check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, and the process that watches over it."""

    base: str
    pid: int


@contextmanager
def served(home: Path, database: str = "") -> Iterator[Server]:
    """A server on the home, once it answers; it ends with the block. ``database`` is the address of a PostgreSQL one."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    command, environment = _command("serve", "--port", str(port)), _environment(home, database)
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        for _try in range(120):
            try:
                urllib.request.urlopen(base + "/sign-in", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        yield Server(base, server.pid)
    finally:
        server.terminate()
        server.wait(30)


def browser_of(playwright: Playwright) -> Browser:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


def sign_in(page: Page, base: str, who: str) -> None:
    """Sign in as a person of the demo company."""
    page.goto(base + "/sign-in")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "zhike.site.cli", *words]


def _environment(home: Path, database: str = "") -> dict[str, str]:
    return {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_DATABASE": database, "ZHIKE_LANGUAGE": ""}
