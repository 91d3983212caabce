"""A home of its own, a server process on it that can be killed, and a client that speaks to its API."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from pysqlite3 import dbapi2

from tests.postgres import Cluster

ZHIKE = (sys.executable, "-m", "zhike.site.cli")


@dataclass
class Served:
    """A home and the server on it."""

    home: Path
    token: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    more: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def run(self, *words: str, code: int | None = 0) -> str:
        """One command on the home; answers what it printed."""
        done = subprocess.run([*ZHIKE, *words], env=self.surroundings(), capture_output=True, text=True, check=False)
        if code is not None and done.returncode != code:
            raise RuntimeError(f"zhike {' '.join(words)}: {done.returncode} {done.stderr[-2000:]}")
        return done.stdout + done.stderr

    def start(self, *under: str) -> float:
        """Start the server, run by the program ``under`` if one is named; answers how many seconds until it answered."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*under, *ZHIKE, "serve", "--port", str(self.port), "--no-backup", *self.options],
            env=self.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        while True:
            try:
                status, _body = self.ask("GET", "/api/v1/accounts?size=1")
                if status == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() - began > 90:
                raise RuntimeError("the server did not come up")
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to every process of the server at once, as a power cut does."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it in order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request on a line of its own. Raises OSError when the server is not there or dies meanwhile."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            link.request(method, path, json.dumps(body) if body is not None else None, sent)
            answer = link.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            link.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database holds, asked past the server."""
        url = self.more.get("ZHIKE_DATABASE", "")
        with closing(psycopg.connect(url) if url else dbapi2.connect(self.home / "zhike.db")) as link:
            return list(link.execute(sql).fetchall())

    def surroundings(self) -> dict[str, str]:
        """What the processes are started with."""
        return {**os.environ, "ZHIKE_HOME": str(self.home), "ZHIKE_DATABASE": "", "ZHIKE_LANGUAGE": "en", **self.more}


@contextmanager
def served(*, start: bool = True, postgresql: bool = False, database: str = "") -> Iterator[Served]:
    """A new home with an administrator's token, served; gone afterwards. ``postgresql``: on a cluster of its own;
    ``database``: on an empty one that is there."""
    folder = Path(tempfile.mkdtemp(prefix="zhike-prove-"))
    here = Served(folder / "home")
    cluster = Cluster() if postgresql else None
    try:
        if cluster:
            cluster.start()
        here.more["ZHIKE_DATABASE"] = cluster.url if cluster else database
        here.run("migrate")
        here.run("user", "create", "prover", "--role", "administrator", "--password", "Proof-of-the-pudding-9")
        here.token = json.loads(here.run("token", "create", "prover", "--format", "json").split("\n}")[0] + "\n}")[
            "token"
        ]
        if start:
            here.start()
        yield here
    finally:
        if here.process and here.process.poll() is None:
            here.kill()
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
