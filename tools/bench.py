"""``make bench``: what a page, an answer, a save costs, beside the raw SQL of the same work in the same run, and as growth.

``bench.py [--bench NAME[,NAME…]] [--size N] [--database sqlite|postgresql] [--home FOLDER]``. Each database and size runs in
a process of its own, on a home filled for it; ``--home`` (or ``ZHIKE_BENCH_HOME``) keeps the homes in a folder and finds them
there again. Ends with 1 when something costs more, or grew more, than its declaration allows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django.conf import settings  # noqa: E402 - the repository's root comes first

from zhike.site.home import Home, configure  # noqa: E402

if not settings.configured:  # benches name objects; in this process nothing is read or written
    configure(Home(Path(tempfile.gettempdir()) / "zhike-bench"))

from tests.postgres import Cluster  # noqa: E402
from tools.benching import people, weigh  # noqa: E402
from tools.benching.benches import BENCHES, asked_for  # noqa: E402
from tools.benching.measure import Figures  # noqa: E402

SIZES = (10_000, 100_000)
DATABASES = ("sqlite", "postgresql")
ALONE = {"people": people.main, "weight": weigh.main}  # measured on a running server; they take the options
KEPT = "ZHIKE_BENCH_HOME"
Measuring = Callable[[Path, str, int, list[str]], dict[str, Figures]]


def main(words: list[str], measuring: Measuring | None = None) -> int:
    """Run the benches asked for and print their table; 1 when one is beyond its limits, 2 for a name that is none."""
    options = {words[i]: words[i + 1] for i in range(0, len(words) - 1, 2) if words[i + 1]}
    if options.get("--bench") in ALONE:
        return ALONE[options["--bench"]](options)
    try:
        names = asked_for(options["--bench"]) if "--bench" in options else list(BENCHES)
    except KeyError:
        print(f"benches: {', '.join((*BENCHES, *ALONE))}", file=sys.stderr)
        return 2
    sizes = sorted(int(one) for one in options["--size"].split(",")) if "--size" in options else list(SIZES)
    databases = [options["--database"]] if "--database" in options else list(DATABASES)
    found: dict[tuple[str, int], dict[str, Figures]] = {}
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as passing:
        folder = Path(options.get("--home") or os.environ.get(KEPT) or passing).resolve()
        for database in databases:
            for size in sizes:
                print(f"{database}, {size:,} accounts …", file=sys.stderr)
                home = folder / f"{database}-{size}"
                found[(database, size)] = (measuring or _measured)(home, database, size, names)
    print("\n".join(_told(found, names, databases, sizes)))
    broken = [
        f"{database}: {words}"
        for database in databases
        for name in names
        for words in BENCHES[name].broken([found[(database, size)][name] for size in sizes])
    ]
    print("\n".join(broken), file=sys.stderr)
    return 1 if broken else 0


def _measured(home: Path, database: str, size: int, names: list[str]) -> dict[str, Figures]:
    """The figures of each bench, measured in a process that stands on the home."""
    found = said_by("tools.benching.run", home, database, size, names)
    return {name: Figures(**one) for name, one in found.items()}


def said_by(module: str, home: Path, database: str, size: int, names: list[str]) -> dict[str, Any]:
    """What a measuring module prints, run in a process of its own that stands on the home."""
    home.mkdir(parents=True, exist_ok=True)
    home.parent.chmod(0o711)  # for the user whom PostgreSQL runs as
    cluster = Cluster(kept=home.with_suffix(".cluster")) if database == "postgresql" else None
    try:
        if cluster:
            cluster.start()
        environment = {
            **os.environ,
            "ZHIKE_HOME": str(home),
            "ZHIKE_DATABASE": cluster.url if cluster else "",
            "ZHIKE_HOSTS": "testserver",
        }
        command = [sys.executable, "-m", module, str(size), *names]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    finally:
        if cluster:
            cluster.stop()
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _told(
    found: dict[tuple[str, int], dict[str, Figures]], names: list[str], databases: list[str], sizes: list[int]
) -> list[str]:
    """The table: processor milliseconds of ours and raw, their ratio, and how long ours took by the clock."""
    width = max(map(len, names)) + 1
    head = f"{'':<{width}} {'':<10}" + "".join(f" | {f'{size:,} accounts':>38}" for size in sizes)
    units = (
        f"{'bench':<{width}} {'database':<10}"
        + f" | {'ours':>7} {'raw':>7} {'ratio':>6} {'p50':>7} {'p95':>7}" * len(sizes)
    )
    lines = [head, units + (" | growth" if len(sizes) > 1 else "") + "  limits"]
    for name in names:
        for database in databases:
            figures = [found[(database, size)][name] for size in sizes]
            line = f"{name:<{width}} {database:<10}"
            for one in figures:
                raw = f"{one.raw:>7.2f} {one.ratio:>6.1f}" if one.raw else f"{'':>7} {'':>6}"
                line += f" | {one.ours:>7.2f} {raw} {one.p50:>7.1f} {one.p95:>7.1f}"
            line += f" | {figures[-1].ours / figures[0].ours:>6.2f}" if len(sizes) > 1 else ""
            lines.append((line + "  " + BENCHES[name].limits).rstrip())
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
