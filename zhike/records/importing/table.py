"""Importing a table: every row judged by the doors, written in batches under one operation that can be undone."""

from __future__ import annotations

from pathlib import Path

from zhike.access.rights import require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import _
from zhike.records.importing.mapping import ColumnMap
from zhike.records.importing.run import ImportDone, ImportRun, Progress
from zhike.records.tabular.tables import write_table
from zhike.records.undo import undo
from zhike.schema.registry import registry

__all__ = ["ImportDone", "import_table"]


def import_table(
    actor: Actor,
    object_key: str,
    path: Path,
    mapping: ColumnMap | None = None,
    key: str = "",
    dry_run: bool = False,
    on_error: str = "stop",
    report: Path | None = None,
    progress: Progress | None = None,
) -> ImportDone:
    """Import a CSV or XLSX file.

    ``key``: a field (or ``external``) by which rows meet existing records; without one every row is a new record.
    ``on_error="stop"``: all rows are judged first and one bad row writes nothing. ``"skip"``: good rows are written.
    ``report``: where refused rows go, with their reasons, ready to be corrected and imported again.
    Raises Forbidden, Invalid (the map), TableError (the file)."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "import", spec)
    run = ImportRun(actor, spec, path, mapping, key, progress)
    judged = run.go(dry_run=True) if dry_run or on_error == "stop" else None
    done = judged if judged is not None and (dry_run or judged.refused) else run.go(dry_run=False)
    done.written = done is not judged
    if done.written and on_error == "stop" and done.refused and done.operation is not None:
        undo(SYSTEM, done.operation)
        done.written, done.operation = False, None
    if report is not None and run.bad:
        write_report(run, report)
    return done


def write_report(run: ImportRun, path: Path) -> None:
    """The refused rows as they came, each with its reasons in a last column."""
    told = str(_("What to mend"))
    lines = [
        [
            *(line.cells.get(heading) for heading in run.headings if heading != told),
            "; ".join(f"{p.column}: {p.text}" for p in problems),
        ]
        for line, problems in run.bad
    ]
    write_table([*(heading for heading in run.headings if heading != told), told], lines, path)
