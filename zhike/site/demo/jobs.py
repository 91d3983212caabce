"""The demo company as a job: brought into a home that people already work in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.company.sample_data import LOAD
from zhike.records.jobs.jobs import JobRun, job

_demo: Any = LazyModule("zhike.site.demo")
STEPS = 20  # about as many kinds of things are made one after the other


@job(LOAD)
def run_load(run: JobRun) -> Mapping[str, Any]:
    """Make the demo company's records; stopped halfway, what is there can be taken away like the whole."""
    require_settings(run.actor)
    done = 0

    def say(_what: str) -> None:
        nonlocal done
        done += 1
        run.step(min(done, STEPS - 1), STEPS)

    _demo.load(progress=say, size=_demo.FULL if run.args["size"] == "full" else _demo.SMALL, apart=True)
    run.step(STEPS, STEPS)
    return {"text": str(_("The demo company is here. Its people cannot sign in."))}
