"""A private PostgreSQL for one test process: own folder, unix socket only, gone with the process."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

PORT = 5432  # only names the socket file: nothing listens on the network
NAME = "zhike"
TEMPLATE = "zhike_template"
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Cluster:
    """Not started until :meth:`start`; the address is known before, so that Django can be set up early. ``kept``: a folder
    whose database is used again and stays."""

    def __init__(self, *settings: str, kept: Path | None = None) -> None:
        self.settings = settings  # besides the usual ones, "name=value"
        self.kept = kept is not None
        self.folder = kept or Path(tempfile.mkdtemp(prefix="zhike-pg-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for ``ZHIKE_DATABASE``."""
        return f"postgresql:///{NAME}?host={self.folder}&port={PORT}&user=postgres"

    def start(self, follows: Cluster | None = None) -> None:
        """Make and start the cluster, then an empty database, unless they are there: about two seconds. Or a standby that
        ``follows`` another one."""
        programs = _programs()
        owner = server_user()
        self.folder.mkdir(parents=True, exist_ok=True)
        if owner:
            shutil.chown(self.folder, owner, owner)
        made = not self.data.exists()
        if made:
            # Sorting by ICU, not by byte: who forgets COLLATE "C" shall notice.
            make = (
                [programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
                 "--no-instructions", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
                if follows is None
                else [programs / "pg_basebackup", "-D", self.data, "-d", f"{follows._service('postgres')} application_name=standby",
                      "-R", "-c", "fast", "--no-sync"]
            )  # fmt: skip
            subprocess.run(
                make, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.folder, **as_user(owner)
            )
        self.resume()
        if made and follows is None:
            self.run(f"CREATE DATABASE {NAME}")

    @property
    def data(self) -> Path:
        """Where PostgreSQL keeps everything."""
        return self.folder / "data"

    def resume(self) -> None:
        """Start the server on what is there."""
        programs, owner, data = _programs(), server_user(), self.data
        fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=",
                f"shared_buffers={512 if self.kept else 64}MB", "max_connections=60", "autovacuum=off", "timezone=UTC",
                f"unix_socket_directories={self.folder}", *self.settings]  # fmt: skip
        options = [part for one in fast for part in ("-c", one)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(PORT), *options],
                stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread runs yet
                **as_user(owner),
            )  # fmt: skip
        self._wait()

    def kill(self) -> None:
        """SIGKILL to every process of the server, as a power cut does."""
        assert self.process
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], check=False, capture_output=True, text=True
        )
        self.process.kill()
        for one in children.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(one), signal.SIGKILL)
        self.process.wait()

    def promote(self) -> None:
        """Make a primary of a standby; comes back when it takes writes."""
        self.run("SELECT pg_promote(true, 30)")

    def keep_as_template(self) -> None:
        """Remember the database as it is now, for :meth:`restore`. Nobody may be connected to it."""
        self.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE {NAME}")

    def restore(self) -> None:
        """Make the database again from the template."""
        self.run(f"DROP DATABASE {NAME} WITH (FORCE)")
        self.run(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}")

    def run(self, sql: str) -> None:
        """One statement outside the database under test."""
        with psycopg.connect(self._service("postgres"), autocommit=True) as link:
            link.execute(sql)

    def stop(self) -> None:
        """End the server, and remove its folder unless it is kept."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _service(self, name: str) -> str:
        return f"host={self.folder} port={PORT} user=postgres dbname={name}"

    def _wait(self) -> None:
        assert self.process
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._service("postgres")).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "log").read_text("utf-8", "replace")
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from error
                time.sleep(0.05)
            else:
                return


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL is not installed: sh tools/system.sh test")
    return Path(on_path).parent


def server_user() -> str:
    """PostgreSQL refuses to run as root; then it runs as the user its package made."""
    if os.geteuid() != 0:
        return ""
    pwd.getpwnam("postgres")
    return "postgres"


def as_user(user: str) -> dict[str, Any]:
    """What starts a process as this user; "" for one's own."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGINT)
