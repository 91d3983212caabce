"""Names on a disk: what was made or renamed is there after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """What was made or renamed within a folder is on disk when this returns."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_way(path: Path, top: Path) -> None:
    """The name of a file, and of every folder on the way to it from ``top``, is on disk when this returns."""
    for folder in path.parents:
        sync_folder(folder)
        if folder == top:
            break
