"""Many people at once: ``zhike serve`` on a filled home, and Locust beside it on the same machine, with ever more people.

``make bench BENCH=people``; for a quick look ``SIZE=`` accounts and ``STEPS=20,40 SECONDS=20``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import Cluster
from tools.benching.processes import cpu_of, used_by
from tools.serving import ROOT, served

SIZE = 100_000
DATABASES = ("sqlite", "postgresql")
STEPS = (50, 100, 200, 300, 400, 500, 600, 800, 1000)
SECONDS = 60.0
HELD, GOAL = 200, 200.0  # people, and milliseconds at the 95th percentile
LIMIT = 500.0  # where the ramp ends
COLUMNS = f"{'answers':>8} {'errors':>7} {'p50':>6} {'p95':>6} {'p99':>6}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one number of people showed: figures by act, CPU as part of one core, memory of the server in MB."""

    people: int
    whole: dict[str, float]
    acts: dict[str, dict[str, float]]
    told: list[str]
    cpu: dict[str, float]
    memory: float


def main(options: dict[str, str]) -> int:
    """Print a table for each database; 1 when 200 people (or the most asked for, if fewer) are not held within the goal."""
    steps = [int(one) for one in os.environ.get("STEPS", "").split(",") if one] or list(STEPS)
    seconds = float(os.environ.get("SECONDS") or SECONDS)
    size = int(options.get("--size", SIZE))
    databases = [options["--database"]] if "--database" in options else list(DATABASES)
    good = True
    for database in databases:
        print(f"{database}: {size:,} accounts, {max(steps)} people …", file=sys.stderr)
        found = _measured(database, size, steps, seconds)
        _print(database, found)
        held = [one for one in found if one.people >= min(HELD, max(steps))]
        good &= bool(held) and held[0].whole["p95"] <= GOAL and not held[0].whole["errors"]
    return 0 if good else 1


def _measured(database: str, size: int, steps: list[int], seconds: float) -> list[Step]:
    cluster = Cluster() if database == "postgresql" else None
    with tempfile.TemporaryDirectory(prefix="zhike-people-") as folder:
        home = Path(folder) / "home"
        try:
            if cluster:
                cluster.start()
            url = cluster.url if cluster else ""
            environment = {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_DATABASE": url}
            command = [sys.executable, "-m", "tools.benching.people_home", str(size)]
            filled = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
            known = filled.stdout.splitlines()[-1]
            with served(home, database=url) as server:
                watched = {"server": server.pid, "database": cluster.process.pid if cluster and cluster.process else 0}
                return _played(server.base, known, watched, steps, seconds)
        finally:
            if cluster:
                cluster.stop()


def _played(base: str, known: str, watched: dict[str, int], steps: list[int], seconds: float) -> list[Step]:
    words = [base, ",".join(map(str, steps)), str(seconds), str(LIMIT)]
    command = [sys.executable, "-m", "tools.benching.people_acts", *words]
    found: list[Step] = []
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=nothing, text=True) as crowd:
        assert crowd.stdin
        assert crowd.stdout
        crowd.stdin.write(known)
        crowd.stdin.close()
        roots = {**{name: pid for name, pid in watched.items() if pid}, "people": crowd.pid}
        before: dict[str, float] = {}
        began = 0.0
        for text in crowd.stdout:
            line: dict[str, Any] = json.loads(text)
            now = {name: cpu_of(pid) for name, pid in roots.items()}
            if line.get("begins"):
                before, began = now, time.monotonic()
                continue
            took = time.monotonic() - began
            cpu = {name: (now[name] - before[name]) / took for name in roots}
            memory = sum(one.memory for one in used_by(watched["server"])) / 1024
            found.append(Step(line["people"], line["all"], line["acts"], line["told"], cpu, memory))
            _tell(found[-1])
    return found


def _tell(step: Step) -> None:
    line = step.whole
    print(f"  {step.people} people: p95 {line['p95']:.0f} ms, {line['errors']:.0f} errors", file=sys.stderr)


def _print(database: str, steps: list[Step]) -> None:
    print(f"\n{database}\n{'people':<14} {COLUMNS}  CPU: {' '.join(f'{name:>8}' for name in steps[0].cpu)} {'MB':>6}")
    for one in steps:
        cpu = " ".join(f"{100 * part:>7.0f}%" for part in one.cpu.values())
        print(f"{one.people:<14} {_line(one.whole)}       {cpu} {one.memory:>6.0f}")
    within = [one for one in steps if one.whole["p95"] <= LIMIT and not one.whole["errors"]]
    print(f"held before p95 passes {LIMIT:.0f} ms: {within[-1].people if within else 0} people")
    shown = next((one for one in steps if one.people >= HELD), steps[-1])
    print(f"\n{f'at {shown.people} people':<14} {COLUMNS}")
    for name, line in shown.acts.items():
        print(f"{name:<14} {_line(line)}")
    for one in steps:
        for text in one.told:
            print(f"error at {one.people} people: {text}")


def _line(one: dict[str, float]) -> str:
    return f"{one['times']:>8.0f} {one['errors']:>7.0f} {one['p50']:>6.0f} {one['p95']:>6.0f} {one['p99']:>6.0f}"
