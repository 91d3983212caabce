"""Everything given out as a job, for an administrator at the browser: sealed in the home like any long export, fetched by
who asked for it, gone after a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.company import require_settings
from zhike.records.export_job import content_of, is_kept, sealed_file
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.jobs.views import Job, find
from zhike.records.open_format.giving import EVERYTHING, give_everything, note_giving
from zhike.records.open_format.package import zipped_to
from zhike.store.database import rows, write_transaction

KIND = "open.export"
PAGE = "/settings/backups#everything"
NAME = "zhike-everything.zip"


def ask_for_everything(actor: Actor) -> int:
    """Note who takes everything out and start the job; returns its id. Raises Forbidden."""
    note_giving(actor, NAME)
    return start(actor, KIND, {}, EVERYTHING)


@job(KIND, address=lambda _args: PAGE)
def run_giving(run: JobRun) -> Mapping[str, Any]:
    """The job: a .zip, sealed with the job's own key while it is written."""
    require_settings(run.actor)
    with sealed_file(run) as sealed, zipped_to(cast(BinaryIO, sealed)) as packing:
        lines = give_everything(packing, run.actor.name, run.step)
    records = sum(number for part, number in lines.items() if part.startswith("objects/"))
    text = _("{n} records, with all that belongs to them. Fetch the file within a day.")
    return {"text": str(text.with_(n=f"{records:,}")), "size": sealed.size}


def to_fetch(actor: Actor) -> list[Job]:
    """What the actor asked for and can still fetch, newest first."""
    sql = 'SELECT "id" FROM "store_job" WHERE "kind" = %s AND "actor" = %s AND "state" = %s ORDER BY "id" DESC LIMIT 5'
    found = [find(actor, int(one[0])) for one in rows(sql, (KIND, actor.id, "done"))]
    return [one for one in found if one.result and is_kept(one)]


def fetch(actor: Actor, job_id: int) -> tuple[int, Iterator[bytes]]:
    """Size and bytes of the file, for the administrator who asked for it and nobody else; noted before the first byte.
    Raises NotFound, Forbidden."""
    require_settings(actor)
    wanted = next((one for one in to_fetch(actor) if one.id == job_id), None)
    if wanted is None or wanted.result is None:
        raise NotFound(_("There is no such file any more, or somebody else asked for it."))
    with write_transaction():
        note("export", actor, text=NAME, detail={"everything": True, "downloaded": True, "job": job_id})
    return int(wanted.result["size"]), content_of(wanted)
