"""``make bench``: what a page, an answer, a save costs, beside the raw SQL of the same work in the same run, and as growth.

``bench.py [--bench NAME] [--size N] [--database sqlite|postgresql]``. Each database and size runs in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.postgres import Cluster  # noqa: E402 - the repository's root comes first
from tools.benching import weigh  # noqa: E402

SIZES = (10_000, 100_000)
DATABASES = ("sqlite", "postgresql")
NAMES = (
    "list", "list_api", "deep", "panel", "record", "search", "palette", "inline", "create", "import", "home", "dashboard", "board",
    "scope", "seal",
)  # fmt: skip
WEIGHT = "weight"  # of a list page, fetched cold by a browser: measured alone, once


def main(words: list[str]) -> int:
    """Run the benches asked for and print their table; 0 unless one could not run."""
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--")}
    if options.get("--bench") == WEIGHT:
        return weigh.main()
    names = [options["--bench"]] if options.get("--bench") else list(NAMES)
    sizes = [int(options["--size"])] if options.get("--size") else list(SIZES)
    databases = [options["--database"]] if options.get("--database") else list(DATABASES)
    if any(name not in NAMES for name in names):
        print(f"benches: {', '.join((*NAMES, WEIGHT))}", file=sys.stderr)
        return 2
    found: dict[tuple[str, int], dict[str, tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="zhike-bench-") as folder:
        for database in databases:
            for size in sizes:
                print(f"{database}, {size:,} accounts …", file=sys.stderr)
                found[(database, size)] = _measure(Path(folder) / f"{database}-{size}", database, size, names)
    _print(found, names, databases, sizes)
    return 0


def _measure(home: Path, database: str, size: int, names: list[str]) -> dict[str, tuple[float, float]]:
    """Medians in milliseconds, ours and raw, by bench."""
    cluster = Cluster() if database == "postgresql" else None
    try:
        if cluster:
            cluster.start()
        environment = {
            **os.environ,
            "ZHIKE_HOME": str(home),
            "ZHIKE_DATABASE": cluster.url if cluster else "",
            "ZHIKE_HOSTS": "testserver",
        }
        command = [sys.executable, "-m", "tools.benching.run", str(size), *names]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    finally:
        if cluster:
            cluster.stop()
    return {name: (ours, raw) for name, (ours, raw) in json.loads(done.stdout.splitlines()[-1]).items()}


def _print(
    found: dict[tuple[str, int], dict[str, tuple[float, float]]],
    names: list[str],
    databases: list[str],
    sizes: list[int],
) -> None:
    head = f"{'bench':<10} {'database':<11}" + "".join(f" {f'{size:,}':>9} {'raw':>9} {'ratio':>7}" for size in sizes)
    print(head + (f" {'growth':>7}" if len(sizes) > 1 else ""))
    print(f"{'':<10} {'':<11}" + "".join(f" {'ms':>9} {'ms':>9} {'×':>7}" for _size in sizes))
    for name in names:
        for database in databases:
            figures = [found[(database, size)][name] for size in sizes]
            line = f"{name:<10} {database:<11}" + "".join(
                f" {ours:>9.2f} {raw:>9.3f} {ours / raw:>7.1f}" for ours, raw in figures
            )
            print(line + (f" {figures[-1][0] / figures[0][0]:>7.2f}" if len(sizes) > 1 else ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
