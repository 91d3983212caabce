"""Jobs announced by a broker: a Redis of the test's own, and workers that are killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from tests.servers.conftest import worker
from tests.servers.test_several import soon
from zhike.channels.broker import CeleryBackend
from zhike.records.jobs.tasks import hand_over, run_job
from zhike.site.home import Home, WrongHome, tasks_settings
from zhike.store.database import row, rows

COUNTING = ("-m", "tests.servers.counting_worker")
Lines = list[tuple[int, int, int]]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The address of an empty Redis that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: sh tools/system.sh test")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path))
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        assert soon(lambda: _answers(port), 10)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Counting:
    """Jobs that count, in processes that know the broker."""

    def __init__(self, broker: str, file: Path) -> None:
        self.surroundings = {**os.environ, "ZHIKE_BROKER": broker}
        self.file = file

    def start(self, jobs: int, steps: int, times: int = 1) -> list[int]:
        """Start jobs; their ids."""
        words = (sys.executable, *COUNTING, str(self.file), "start", str(jobs), str(steps), str(times))
        said = subprocess.run(words, env=self.surroundings, check=True, capture_output=True, text=True).stdout
        return [int(one) for one in said.split()]

    def worker(self, within: ExitStack) -> subprocess.Popen[bytes]:
        """A worker that runs until it is killed or the block ends."""
        return within.enter_context(worker(self.surroundings, *COUNTING, str(self.file), "work"))

    def steps(self) -> Lines:
        """Which job, which process, which step: in order."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(int(job), int(process), int(step)) for job, process, step in (line.split() for line in lines)]


def all_done(ids: list[int]) -> bool:
    states = dict(rows('SELECT "id", "state" FROM "store_job"'))
    return all(states[one] == "done" for one in ids)


@pytest.mark.slow
def test_two_workers_share_jobs_and_what_a_killed_one_was_at_goes_on_elsewhere(
    fresh_home: Home, broker: str, tmp_path: Path
) -> None:
    counting = Counting(broker, tmp_path / "steps")
    with ExitStack() as within:
        counting.worker(within), counting.worker(within)
        assert soon(lambda: row('SELECT count(*) FROM "store_worker"') == (2,), 30)
        ids = counting.start(4, 10, times=2)
        assert soon(lambda: all_done(ids), 60)
        assert Counter((job, step) for job, _process, step in counting.steps()) == {
            (one, step): 1 for one in ids for step in range(10)
        }
        assert len({process for _job, process, _step in counting.steps()}) == 2
        (long,) = counting.start(1, 30)
        assert soon(lambda: _runner(counting, long) > 0, 20)
        killed = _runner(counting, long)
        os.kill(killed, 9)
        assert soon(lambda: all_done([long]), 60)
    took_part = {process for job, process, _step in counting.steps() if job == long}
    assert len(took_part) == 2
    assert {step for job, _process, step in counting.steps() if job == long} == set(range(30))
    assert row('SELECT "tries" FROM "store_job" WHERE "id" = %s', (long,)) == (2,)


@pytest.mark.slow
def test_a_message_the_broker_lost_is_sent_again_and_a_job_given_back_goes_on(
    fresh_home: Home, broker: str, tmp_path: Path
) -> None:
    counting = Counting(broker, tmp_path / "steps")
    (lost,) = counting.start(1, 30)
    port = int(broker.rsplit(":", maxsplit=1)[-1].split("/", maxsplit=1)[0])
    with closing(socket.create_connection(("127.0.0.1", port))) as link:
        link.sendall(b"FLUSHALL\r\n")
        assert link.recv(100) == b"+OK\r\n"
    with ExitStack() as within:
        counting.worker(within)
        assert soon(lambda: _runner(counting, lost) > 0, 20)
        began = time.monotonic()
    assert time.monotonic() - began < 15  # it ended in order, in the middle of the job
    assert row('SELECT "state", "tries" FROM "store_job" WHERE "id" = %s', (lost,)) == ("waiting", 0)
    with ExitStack() as within:
        counting.worker(within)
        assert soon(lambda: all_done([lost]), 30)
    assert [step for _job, _process, step in counting.steps()] == list(range(30))


def test_a_broker_that_is_away_stops_nobody_from_starting_a_job(home: Home) -> None:
    options = {"BACKEND": "zhike.channels.broker.CeleryBackend", "OPTIONS": {"broker": "redis://127.0.0.1:1/0"}}
    backend = CeleryBackend("default", options)
    with override_settings(TASKS={"default": options}), pytest.raises(Exception, match="refused"):
        backend.enqueue(run_job, (1,), {})
    with transaction.atomic():
        hand_over(1)
        for _ids, what, robust in transaction.get_connection().run_on_commit[-1:]:
            assert callable(what)
            assert robust


def test_another_kind_of_broker_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIKE_BROKER", "kafka://x")
    with pytest.raises(WrongHome, match="redis://"):
        tasks_settings(Home(tmp_path))
    monkeypatch.setenv("ZHIKE_BROKER", "amqp://a@b/c")
    assert tasks_settings(Home(tmp_path))["OPTIONS"] == {"broker": "amqp://a@b/c"}
    monkeypatch.setattr("zhike.site.home.find_spec", lambda _name: None)
    with pytest.raises(WrongHome, match="pip install"):
        tasks_settings(Home(tmp_path))


def _runner(counting: Counting, job: int) -> int:
    return next((process for one, process, step in counting.steps() if one == job and step > 2), 0)
