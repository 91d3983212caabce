"""What processes use: CPU seconds and memory of a process with all it started, read from /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """One process: its command line, CPU seconds so far, and memory in kB. Shared pages count by their share (PSS)."""

    pid: int
    command: str
    cpu: float
    memory: int


def used_by(root: int) -> list[Used]:
    """The process and its descendants, parents first. One that has just ended is left out."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop(0)
        waiting += children.get(pid, [])
        with suppress(OSError):
            found.append(_used(pid))
    return found


def cpu_of(root: int) -> float:
    """CPU seconds of the process and its descendants so far."""
    return sum(one.cpu for one in used_by(root))


def _used(pid: int) -> Used:
    stat = _stat(pid)
    command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    memory = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace").splitlines():
        if line.startswith("Pss:"):
            memory = int(line.split()[1])
    return Used(pid, command, (int(stat[11]) + int(stat[12])) / TICKS, memory)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/pid/stat behind the name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
