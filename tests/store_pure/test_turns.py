"""Turns are taken in the order in which they were asked for, by threads and by processes."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from zhike.store.turns import Turns, file_turn


def _until(done: Any) -> None:
    for _look in range(2000):
        if done():
            return
        time.sleep(0.001)
    raise AssertionError("it never came to that")


def test_threads_take_turns_in_the_order_in_which_they_came() -> None:
    turns, order = Turns(), []

    def wants(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=wants, args=(number,)) for number in range(6)]
    with turns:
        for number, one in enumerate(threads):
            one.start()
            _until(lambda: len(turns._waiting) == number + 1)  # noqa: B023
    with turns:  # who has just been at it comes after those who waited
        order.append(99)
    for one in threads:
        one.join()
    assert order == [0, 1, 2, 3, 4, 5, 99]


def test_who_is_interrupted_while_waiting_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()

    class Interrupted:
        def acquire(self) -> None:
            if turns._waiting:
                raise KeyboardInterrupt

        def release(self) -> None:
            raise AssertionError("nobody waits here")

    with turns:
        monkeypatch.setattr(threading, "Lock", Interrupted)
        with pytest.raises(KeyboardInterrupt), turns:
            pass
        monkeypatch.undo()
    with turns:
        pass


def _take(path: str, told: Any, mine: str) -> None:
    told.put("asks")
    with file_turn(path):
        told.put(mine)


def test_a_process_that_waits_comes_before_the_one_that_was_just_at_it(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    spawn = multiprocessing.get_context("spawn")
    told: Any = spawn.Queue()
    other = spawn.Process(target=_take, args=(path, told, "other"))
    with file_turn(path):
        other.start()
        assert told.get(timeout=30) == "asks"
        _until(lambda: len(_waiting_for(path)) == 1)
    with file_turn(path):
        told.put("again")
    assert [told.get(timeout=30), told.get(timeout=30)] == ["other", "again"]
    other.join()


def _waiting_for(path: str) -> list[str]:
    """Those the kernel lets wait for the file."""
    inode = f":{Path(path).stat().st_ino} "
    return [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line and inode in line]
