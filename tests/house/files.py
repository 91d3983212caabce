"""Rules for every file of the project, whatever it holds."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 600
MEASURED = {".py", ".ts", ".html", ".mjs"}
BINARY = {".bin", ".gz", ".woff2", ".png", ".jpg", ".webp", ".ico", ".xlsx", ".db"}

# Put together here, so that this file does not name them itself.
HOSTS = [
    "registry." + "npmjs",
    "npm" + "mirror",
    "python" + "hosted.org",
    "pypi" + ".org",
    "deb." + "debian.org",
    "mirrors" + ".",
]
PLACES = ["/" + "work/", "/" + "root/", "/" + "Users/", "/opt/" + "pypi", "/opt/" + "wheels", "/home/" + "runner"]
FORBIDDEN = re.compile("|".join(re.escape(one) for one in HOSTS + PLACES))


@cache
def project_files() -> tuple[Path, ...]:
    """What is, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return tuple(path for name in sorted(set(listed.stdout.split("\0"))) if name and (path := ROOT / name).is_file())


def short_name(path: Path) -> str:
    """The path inside the project, with slashes."""
    return path.relative_to(ROOT).as_posix()


def too_long(name: str, text: str) -> Iterator[str]:
    """A file answers one question; past 600 lines it answers several."""
    lines = text.count("\n")
    if Path(name).suffix in MEASURED and lines > LONGEST and "/migrations/" not in name:
        yield f"{name} has {lines} lines"


def names_a_machine(name: str, text: str) -> Iterator[str]:
    """A path of one machine, or the address of a package registry, helps nobody elsewhere."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in FORBIDDEN.findall(line):
            yield f"{name}:{number} names {found}"
