"""``zhike import``: a CSV or XLSX file into one object, rehearsed or for good."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.importing.mapping import load_mapping
from zhike.records.importing.rows import RowProblem
from zhike.records.importing.table import ImportDone, import_table
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json, clipped
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for, object_for

MOST_SHOWN = 50


def run(given: Given, home: Path) -> int:
    """Import and tell what happened; 1 when rows were refused and nothing was written."""
    path = Path(given.word("FILE"))
    if not path.is_file():
        raise Invalid(Problem(_("There is no file {file}.").with_(file=path), "FILE", "missing"))
    mapping = load_mapping(Path(given.text("map"))) if given.has("map") else None
    actor = actor_for(given, home)
    spec = object_for(given)
    report = Path(given.text("report")) if given.has("report") else None
    with Bar(path.name) as bar:
        done = import_table(
            actor,
            spec.key,
            path,
            mapping,
            key=given.text("key"),
            dry_run=given.has("dry-run"),
            on_error=given.text("on-error", "stop"),
            report=report,
            progress=lambda count, total: bar(count, total or 0),
        )
    _tell(given, done)
    if report is not None and done.refused:
        print(_("The refused rows are in {file}.").with_(file=report), file=sys.stderr)
    stopped = bool(done.refused) and given.text("on-error", "stop") == "stop"
    return 1 if stopped else 0


def _tell(given: Given, done: ImportDone) -> None:
    """Figures on standard output, each refused row and warning on the error stream."""
    for problem in done.problems[:MOST_SHOWN]:
        print(_line(problem), file=sys.stderr)
    if len(done.problems) > MOST_SHOWN:
        print(_("… and {n} more.").with_(n=f"{len(done.problems) - MOST_SHOWN:,}"), file=sys.stderr)
    for problem in done.warnings[:MOST_SHOWN]:
        print(_("warning: {line}").with_(line=_line(problem)), file=sys.stderr)
    if len(done.warnings) > MOST_SHOWN:
        print(_("… and {n} more warnings.").with_(n=f"{len(done.warnings) - MOST_SHOWN:,}"), file=sys.stderr)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json(asdict(done)))
        return
    stopped = bool(done.refused) and given.text("on-error", "stop") == "stop"
    if given.has("dry-run"):
        text = _(
            "Nothing was written. It would create {created}, change {updated}, leave {unchanged} as they are, refuse {refused}."
        )
    elif stopped:
        text = _(
            "Nothing was written: {refused} rows are refused. Correct them, or import the good ones with --on-error skip."
        )
    else:
        text = _("Created {created}, changed {updated}, {unchanged} were so already, refused {refused}.")
    figures = {name: f"{getattr(done, name):,}" for name in ("created", "updated", "unchanged", "refused")}
    print(text.with_(**figures), file=sys.stderr if stopped else sys.stdout)
    if done.operation:
        print(_("Operation {operation}.").with_(operation=done.operation), file=sys.stderr)


def _line(problem: RowProblem) -> str:
    """Sheet, row, column, value, reason: as much of it as there is."""
    place = [problem.sheet] if problem.sheet else []
    place.append(str(_("row {n}").with_(n=problem.row)))
    if problem.column:
        place.append(problem.column)
    value = f" “{clipped(problem.value, 60)}”" if problem.value else ""
    return f"{' · '.join(place)}{value}: {problem.text}"
