"""The primary PostgreSQL is killed under load and its standby takes over: what was acknowledged is there.

ROUNDS (5) times: four clients write through HTTP; for half a second the primary sends nothing more to its standby, as a slow line
does; then every process of it is killed and the standby is promoted. A new standby follows before the next round. The server is
never started anew: its address names both machines. The control replicates asynchronously."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count

import psycopg

from tests.postgres import NAME, PORT, Cluster
from tools.prove import Figure
from tools.prove.crash import BATCH, CLIENTS, names_of, sound_rows, write_until_killed
from tools.prove.homes import Served, served

SLOW = 0.5  # seconds that the line is slow before the end
ENOUGH = 60  # writes acknowledged before the primary is killed, and again afterwards
PATIENCE = 60.0
LIMIT = 10.0  # seconds until writes are acknowledged again
DURABLE = ("synchronous_commit=on", "wal_keep_size=512MB")
Noted = tuple[float, str, int]
"""When a write was acknowledged, the name, and how many accounts have it."""


class _Pair:
    """A primary and the standby that follows it, which change places."""

    def __init__(self, *, synchronous: bool) -> None:
        self.synchronous = synchronous
        self.primary, self.standby = Cluster(*DURABLE), Cluster(*DURABLE)

    @property
    def url(self) -> str:
        hosts = ",".join(sorted(str(one.folder) for one in (self.primary, self.standby)))
        return f"postgresql:///{NAME}?host={hosts}&port={PORT},{PORT}&user=postgres"

    def follow(self) -> None:
        """Make the standby of what is the primary now; commits wait for it from here on."""
        shutil.rmtree(self.standby.data, ignore_errors=True)
        self.standby.start(follows=self.primary)
        if self.synchronous:
            self.primary.run("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.run("SELECT pg_reload_conf()")
        until = time.monotonic() + PATIENCE
        wanted = "sync" if self.synchronous else "async"
        while self._senders() != [wanted]:
            if time.monotonic() > until:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.05)

    def take_over(self) -> float:
        """The primary dies with what it has not sent; the standby becomes the primary. Answers when it died."""
        for one in self._ask("SELECT pid FROM pg_stat_replication"):
            os.kill(int(one), signal.SIGSTOP)
        time.sleep(SLOW)
        self.primary.kill()
        died = time.monotonic()
        if self.synchronous:  # nobody follows yet
            self.standby.run("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        return died

    def stop(self) -> None:
        """End both."""
        for one in (self.primary, self.standby):
            one.stop()

    def _senders(self) -> list[str]:
        return [str(one) for one in self._ask("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'")]

    def _ask(self, sql: str) -> list[object]:
        with psycopg.connect(f"host={self.primary.folder} port={PORT} user=postgres dbname=postgres") as link:
            return [line[0] for line in link.execute(sql.encode()).fetchall()]


def prove(control: bool) -> Figure:
    """Counts acknowledged writes that are gone after a takeover, batches that are there in part, and how long nobody could write."""
    rounds = int(os.environ.get("ROUNDS") or (2 if control else 5))
    acknowledged = lost = half = damaged = 0
    slowest = 0.0
    with _served(synchronous=not control) as (here, pair):
        for number in range(rounds):
            pair.follow()
            noted: list[Noted] = []
            ending = threading.Event()
            with _clients(here, number, noted, ending):
                _wait(partial(_enough, noted, 0.0))
                died = pair.take_over()
                _wait(partial(_enough, noted, died))
            slowest = max(slowest, min((at for at, _name, _many in noted if at > died), default=died + PATIENCE) - died)
            found = names_of(here.rows, f"R{number}")
            acknowledged += sum(many for _at, _name, many in noted)
            lost += sum(found.get(name, 0) < many for _at, name, many in noted)
            half += sum("B" in name and many not in (0, BATCH) for name, many in found.items())
            damaged += not sound_rows(here.rows, checked=False)
    numbers = f"{acknowledged} acknowledged, {lost} lost, {half} half, {damaged} damaged"
    said = f"{rounds} takeovers, {numbers}, writing again after {slowest:.1f} s"
    return Figure(
        "PostgreSQL's primary killed", said, not (lost or half or damaged) and acknowledged > 0 and slowest < LIMIT
    )


@contextmanager
def _served(*, synchronous: bool) -> Iterator[tuple[Served, _Pair]]:
    with ExitStack() as within:
        pair = _Pair(synchronous=synchronous)
        within.callback(pair.stop)
        pair.primary.start()
        yield within.enter_context(served(database=pair.url)), pair


@contextmanager
def _clients(here: Served, number: int, noted: list[Noted], ending: threading.Event) -> Iterator[None]:
    """Clients that write within the block, whether they are answered well or not."""

    def write(client: int) -> None:
        for turn in count():
            if ending.is_set():
                return
            write_until_killed(
                here, f"R{number}C{client}T{turn}", BATCH, lambda one: noted.append((time.monotonic(), *one))
            )

    clients = [threading.Thread(target=write, args=(client,)) for client in range(CLIENTS)]
    for one in clients:
        one.start()
    try:
        yield
    finally:
        ending.set()
        for one in clients:
            one.join()


def _enough(noted: list[Noted], since: float) -> bool:
    return sum(at > since for at, _name, _many in list(noted)) >= ENOUGH


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
