"""Breaking a guard in the processes of a server, for controls: Python runs ``sitecustomize`` before anything else."""

from __future__ import annotations

from pathlib import Path


def broken(folder: Path, code: str) -> dict[str, str]:
    """Surroundings in which every process of Zhike runs ``code`` first. The folder is made for it."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": f"{folder}:{Path.cwd()}"}
