"""Long work in the background: how far it is, what came of it, and stopping it."""

from __future__ import annotations

from typing import Any

from zhike.api.json_schema import ANY, COUNT, FLAG, ID, INSTANT, TEXT, WHOLE, named, nullable, shaped
from zhike.api.operation import Call, Operation, Reply
from zhike.api.shape import instant_json
from zhike.kernel.words import _
from zhike.records.jobs.views import Job, find, stop


def show_job(call: Call) -> Reply:
    """One job of one’s own (administrators: of anybody)."""
    return Reply(job_json(find(call.actor, call.record)))


def stop_job(call: Call) -> Reply:
    """Ask a job to stop; it ends at its next step."""
    stop(call.actor, call.record)
    return Reply(job_json(find(call.actor, call.record)), 202)


def job_json(job: Job) -> dict[str, Any]:
    """A job as data; ``done`` and ``total`` count what its kind counts, ``result`` is there once it has ended."""
    return {
        "id": job.id,
        "kind": job.kind,
        "label": job.label,
        "state": job.state,
        "stopping": job.stopping and job.open,
        "done": job.done,
        "total": job.total,
        "result": job.result,
        "error": job.error or None,
        "operation": job.operation,
        "created": instant_json(job.created),
        "started": instant_json(job.started),
        "ended": instant_json(job.ended),
    }


JOB = named(
    "Job",
    shaped(
        {
            "id": ID,
            "kind": TEXT,
            "label": TEXT,
            "state": {"enum": ["waiting", "running", "done", "failed", "stopped"]},
            "stopping": FLAG,
            "done": COUNT,
            "total": nullable(COUNT),
            "result": nullable(ANY),
            "error": nullable(TEXT),
            "operation": nullable(WHOLE),
            "created": INSTANT,
            "started": nullable(INSTANT),
            "ended": nullable(INSTANT),
        }
    ),
)
OPERATIONS = (
    Operation("job", "GET", "jobs/{id}", _("Show a job"), show_job, answer=JOB, refusals=(400, 401, 404)),
    Operation(
        "stop_job", "POST", "jobs/{id}/stop", _("Stop a job"), stop_job, answer=JOB, status=202,
        refusals=(400, 401, 404, 422),
    ),
)  # fmt: skip
