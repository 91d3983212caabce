"""An export too long to wait for: written by a job, sealed in the home, fetched for a day by whoever asked for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.kernel.words import _
from zhike.records.exporting import export_rows, file_name, heading, write_down
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.jobs.views import Job, find
from zhike.records.read import count
from zhike.records.secrets import vault
from zhike.records.tabular.tables import write_table
from zhike.schema.registry import registry
from zhike.store.database import from_db, row
from zhike.store.replicas import may_lag
from zhike.store.sealed_file import SealedWriter

KIND = "export"
AT_ONCE = 5_000  # more rows than these go into a job
KEEP = timedelta(days=1)
FORMS = ("csv", "xlsx")
PART = ".part"
ERASED_MEANWHILE = _(
    "Somebody’s personal data was erased while this file was written, and it may have held some of it. Export again."
)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that can be fetched: its name, its form and its size in bytes."""

    name: str
    form: str
    size: int


def is_long(actor: Actor, object_key: str, where: str = "", archived: str = "no") -> bool:
    """Whether an export has more than :data:`AT_ONCE` rows."""
    return count(actor, object_key, where, archived)[0] > AT_ONCE


def begin_export(
    actor: Actor,
    object_key: str,
    form: str = "csv",
    *,
    where: str = "",
    columns: tuple[str, ...] = (),
    sort: str = "",
    labels: bool = True,
    archived: str = "no",
) -> int:
    """Log an export and start the job that writes it; returns the job's id. Raises Forbidden, BadQuery."""
    write_down(actor, object_key, where, columns, sort, archived)
    spec = registry.object(object_key)
    asked = {"where": where, "columns": columns, "sort": sort, "labels": labels, "archived": archived}
    args = {"object": spec.key, "form": form, "name": file_name(actor, spec, form), "asked": asked}
    return start(actor, KIND, args, _("Export: {objects}").with_(objects=spec.plural_label))


@job(KIND, resumes=True)
def run_export(run: JobRun) -> Mapping[str, Any]:
    """The job: write everything that matches into one sealed file; whole or not at all."""
    asked, form = dict(run.args["asked"]), run.args["form"]
    asked["columns"] = tuple(asked["columns"])
    spec = registry.object(run.args["object"])
    keys, lines = export_rows(run.actor, spec.key, **asked, written_down=True)
    total, capped = count(run.actor, spec.key, asked["where"], asked["archived"])
    with sealed_file(run) as sealed, may_lag(run.actor.id):
        heads = [heading(spec, key) for key in keys]
        rows = _counted(run, lines, None if capped else total)
        made = write_table(heads, rows, cast(BinaryIO, sealed), form, run.actor.name)
    text = _("{n} rows are in the file. Only you can fetch it, for one day.").with_(n=f"{made.rows:,}")
    return {"text": str(text), "object": spec.key, "rows": made.rows, "file": run.args["name"], "size": sealed.size}


@contextmanager
def sealed_file(run: JobRun) -> Iterator[SealedWriter]:
    """What is written becomes the job's file, sealed with the job's own key; whole or not at all. Raises Refused when
    somebody was erased meanwhile: what was read before may tell of them."""
    path = _path(run.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        with open(beside, "xb") as out:
            sealed = vault().file_writer(run.vault_key, out)
            yield sealed
            sealed.finish()
        try:
            beside.replace(path)
        except FileNotFoundError:
            raise Refused(ERASED_MEANWHILE) from None
    finally:
        beside.unlink(missing_ok=True)


def is_kept(held: Job) -> bool:
    """Whether the file a job made can still be fetched."""
    return held.state == "done" and held.ended is not None and now() - held.ended <= KEEP and _path(held.id).is_file()


def content_of(held: Job) -> Iterator[bytes]:
    """The bytes of the file a job made; whoever calls has asked whether the actor may have them."""
    found = row('SELECT "vault" FROM "store_job" WHERE "id" = %s', (held.id,))
    assert found is not None
    return _read(found[0], _path(held.id))


def kept_file(actor: Actor, held: Job) -> KeptFile | None:
    """The file an export job of the actor's own made, while it is kept."""
    if held.kind != KIND or held.actor != actor.id or not held.result or not is_kept(held):
        return None
    name = held.result["file"]
    return KeptFile(name, name.rpartition(".")[2], held.result["size"])


def open_kept(actor: Actor, job_id: int) -> tuple[KeptFile, Iterator[bytes]]:
    """The file of an export job and its bytes. Raises NotFound when it is somebody else's or gone, Forbidden once the
    actor may no longer export."""
    held = find(actor, job_id)
    kept = kept_file(actor, held)
    if kept is None or not held.result:
        raise NotFound(_("There is no file here: it is kept for one day, for the person who asked. Export again."))
    require(actor, "export", registry.object(held.result["object"]))
    return kept, content_of(held)


def drop_exports() -> None:
    """Throw away all files: an erasure does so once it is committed, for they may tell of the person. Those being written
    go first: one that is finished just then stands among the others."""
    for being_written in (True, False):
        for path in _files(being_written=being_written):
            path.unlink(missing_ok=True)


def tidy_exports() -> None:
    """Throw away files whose day is over."""
    for path in _files():
        found = row('SELECT "ended" FROM "store_job" WHERE "id" = %s', (int(path.name),))
        ended = from_db(found[0], "instant") if found and found[0] else None
        if ended is None or now() - ended > KEEP:
            path.unlink(missing_ok=True)


def _counted(run: JobRun, lines: Iterable[Sequence[Any]], total: int | None) -> Iterator[Sequence[Any]]:
    for number, line in enumerate(lines, start=1):
        yield line
        run.step(number, total)


def _files(*, being_written: bool = False) -> list[Path]:
    found = list(_folder().iterdir()) if _folder().is_dir() else []
    return [one for one in found if one.name.endswith(PART) == being_written]


def _read(data_key: str, path: Path) -> Iterator[bytes]:
    with open(path, "rb") as source:
        yield from vault().decrypt_file(data_key, source)


def _folder() -> Path:
    return Path(settings.ZHIKE_HOME) / "exports"


def _path(job_id: int) -> Path:
    return _folder() / str(job_id)
