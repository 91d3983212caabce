"""The master key turned while people write, killed at ROUNDS (20) random moments, every third time with the server: each turn is
taken up again, and at no moment is a secret unreadable. The control throws the older master key away before the turn is through."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.prove import Figure
from tools.prove.homes import ZHIKE, Served, served
from zhike.site.home import Home, configure
from zhike.store.keyfile import drop_master_key, read_key_file

PORTION = 250


@dataclass
class Written:
    """The phone of every contact that was acknowledged, by id; while somebody is about to change one it is not here."""

    phones: dict[int, str] = field(default_factory=dict)
    number: int = 0

    def fresh(self) -> str:
        """A phone nobody has."""
        self.number += 1
        return f"+861380{self.number:07d}"


def prove(control: bool) -> Figure:
    """Counts secrets that cannot be read, or read as something else, after each kill and at the end."""
    rounds, contacts = int(os.environ.get("ROUNDS") or (2 if control else 20)), int(os.environ.get("CONTACTS") or 2000)
    chance = random.Random()
    written, stop = Written(), threading.Event()
    halves = unreadable = 0
    with served() as here:
        for _portion in range(0, contacts, PORTION):
            _make(here, written)
        writer = threading.Thread(target=_go_on_writing, args=(here, written, stop))
        writer.start()
        took = _turn(here)
        for turn in range(rounds):
            _turn(here, chance.random() ** 3 * took)
            halves += _unfinished(here)
            if turn % 3 == 2:
                here.kill()
                here.start()
            if control:
                for old in read_key_file(here.home / "zhike.key").masters[:-1]:
                    drop_master_key(here.home / "zhike.key", old.id)
            unreadable += _wrong(here, written)
        stop.set()
        writer.join()
        if not control:
            _turn(here)
        here.kill()
        here.run("key", "retire", "--at-once", code=None)
        unreadable += _wrong(here, written)
        left = len(read_key_file(here.home / "zhike.key").masters)
    said = f"{rounds} kills, {halves} in the middle, {len(written.phones)} secrets, {unreadable} unreadable, {left} key left"
    return Figure("key turned and killed", said, not unreadable and (control or (left == 1 and halves > 0)))


def _make(here: Served, written: Written) -> None:
    phones = [written.fresh() for _one in range(PORTION)]
    items = [{"verb": "create", "values": {"name": f"K{phone}", "mobile": phone}} for phone in phones]
    status, made = here.ask("POST", "/api/v1/contacts/batch", {"items": items})
    assert status == 200, made
    written.phones |= {one["id"]: phone for one, phone in zip(made["results"], phones, strict=True)}


def _go_on_writing(here: Served, written: Written, stop: threading.Event) -> None:
    while not stop.is_set():
        phone = written.fresh()
        known = random.choice(list(written.phones)) if written.number % 2 else 0
        before = written.phones.pop(known, "")
        try:
            if known:
                status, _told = here.ask("PATCH", f"/api/v1/contacts/{known}", {"mobile": phone}, If_Match="*")
                written.phones[known] = phone if status == 200 else before
            else:
                status, made = here.ask("POST", "/api/v1/contacts", {"name": f"K{phone}", "mobile": phone})
                if status == 201:
                    written.phones[made["id"]] = phone
        except OSError:
            time.sleep(0.1)  # the server is being killed: what became of this one is not known


def _turn(here: Served, seconds: float | None = None) -> float:
    """Turn the key; killed so many seconds after it began to wrap. Answers how long the wrapping took."""
    key = here.home / "zhike.key"
    before, again = key.read_bytes(), _unfinished(here)
    going = subprocess.Popen(
        [*ZHIKE, "key", "rotate"], env=here.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not again and key.read_bytes() == before and going.poll() is None:
        time.sleep(0.005)
    began = time.monotonic()
    try:
        going.wait(seconds)
    except subprocess.TimeoutExpired:
        going.kill()
        going.wait()
    assert seconds is not None or going.returncode == 0, "the key was not turned"
    return time.monotonic() - began


def _unfinished(here: Served) -> bool:
    return any(one["turning"] for one in json.loads(here.run("key", "list", "--format", "json")))


def _wrong(here: Served, written: Written) -> int:
    known = dict(written.phones)
    done = subprocess.run(
        [sys.executable, "-m", "tools.prove.key_rotation", str(here.home)],
        input=json.dumps(known), env=here.surroundings(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = {int(id): phone for id, phone in json.loads(done.stdout).items()}
    # A phone that was changed while the others were read is no fault.
    return sum(found[id] != phone for id, phone in known.items() if written.phones.get(id) == phone)


def _read(home: Path, ids: list[int]) -> dict[int, str]:
    configure(Home(home))
    from zhike.records.reveal import plain_secret  # Django is set up by now

    return {id: str(plain_secret("contact", id, "mobile")) for id in ids}


if __name__ == "__main__":
    print(json.dumps(_read(Path(sys.argv[1]), [int(id) for id in json.load(sys.stdin)])))
