"""An upload judged, and brought in, as jobs: they may be left, stopped, and taken up again after a crash; never half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from zhike.access.rights import require
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.scrubbing import scrubbed
from zhike.kernel.words import Words, _
from zhike.records.importing.decisions import map_of, remember_decisions
from zhike.records.importing.rows import Line, RowProblem, plain
from zhike.records.importing.run import ImportDone, ImportRun
from zhike.records.importing.uploads import (
    HeldRow,
    Upload,
    drop_rows,
    held_row,
    held_rows,
    hold_rows,
    opened_file,
    save,
    upload,
)
from zhike.records.jobs.jobs import Halted, JobRun, Lost, job, start
from zhike.records.jobs.views import find
from zhike.records.tabular.tables import Row
from zhike.records.undo import undo
from zhike.records.undo_job import in_portions
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import write_transaction

COUNTS = ("created", "updated", "unchanged", "refused", "warned", "read")
MOST_HELD = 20_000  # rows of a kind that are kept for mending


def begin(actor: Actor, spec: ObjectSpec, held: Upload, kind: str, address: str) -> int:
    """Start the job ``import-check`` (judge, write nothing) or ``import``; the upload then follows it. Raises Invalid
    while another job works on it, or once it came in."""
    require(actor, "import", spec)
    if held.job is not None and find(actor, held.job).open:
        raise Invalid(Problem(_("This file is being worked on already."), code="running"))
    if held.body.get("came_in"):
        raise Invalid(Problem(_("This file came in already. Undo that first, or upload it anew."), code="done"))
    text = _("Dry run: {objects} from {file}") if kind == "import-check" else _("Import: {objects} from {file}")
    args = {"upload": held.id, "object": spec.key, "address": address}
    with write_transaction():
        drop_rows(held)
        held.body.update(checked=None, done=None)
        held.job = start(actor, kind, args, text.with_(objects=spec.plural_label, file=scrubbed(held.name)))
        remember_decisions(spec, held)
        save(held)
    return held.job


def _address(args: Mapping[str, Any]) -> str:
    return str(args.get("address", ""))


@job("import-check", resumes=True, address=_address)
def check(work: JobRun) -> dict[str, Any]:
    """Judge every row and keep those that need a look."""
    spec, held = _opened(work)
    drop_rows(held)
    with opened_file(held) as path:
        run = _run(work, spec, held, path)

        def after(_row: int, _done: ImportDone, bad: list[Any], warned: list[Any]) -> None:
            _hold(held, bad, warned)

        run.after = after
        done = run.go(dry_run=True)
    counts = _counts(done)
    held.body["checked"] = {**counts, "encoding": done.encoding, "at": now().isoformat()}
    save(held)
    text = _("{created} new, {updated} changed, {unchanged} unchanged, {refused} refused; nothing was written.")
    return {**counts, "text": str(text.with_(**{name: f"{n:,}" for name, n in counts.items()}))}


@job("import", resumes=True, address=_address)
def bring_in(work: JobRun) -> dict[str, Any]:
    """Write the good rows. A stop or a fault takes back what was written; a crash goes on behind the last row."""
    spec, held = _opened(work)
    try:
        if work.stopped:  # asked for while nobody ran it
            return _take_back(work, held)
        return _bring_in(work, spec, held)
    except Lost:
        raise
    except Halted as halt:
        if halt.stopped:
            return _take_back(work, held)
        raise
    except Refused:
        _take_back(work, held)
        raise
    except Exception:
        _take_back(work, held)
        raise


def _bring_in(work: JobRun, spec: ObjectSpec, held: Upload) -> dict[str, Any]:
    with opened_file(held) as path:
        run = _run(work, spec, held, path)
        done, behind = ImportDone(operation=work.operation, **work.place.get("counts", {})), work.place.get("row", 0)
        if behind and _points_at_itself(spec, held):
            undo(SYSTEM, work.operation or 0)  # links that wait for the end of the file are only known to one run
            work.place, work.operation, done, behind = {}, None, ImportDone(), 0
        if not behind:
            drop_rows(held)

        def after(row: int, so_far: ImportDone, bad: list[Any], warned: list[Any]) -> None:
            _hold(held, bad, warned)
            if row:
                work.keep({"row": row, "counts": _counts(so_far)}, so_far.operation)

        run.after = after
        done = run.go(dry_run=False, done=done, behind=behind)
    counts = _counts(done)
    held.body["done"] = {**counts, "operation": done.operation, "at": now().isoformat()}
    held.body["came_in"] = True
    with write_transaction():
        save(held)
        work.keep({**work.place, "row": 2**53}, done.operation)
    text = _("{created} new, {updated} changed, {unchanged} unchanged, {refused} left out.")
    return {
        **counts,
        "operation": done.operation,
        "text": str(text.with_(**{name: f"{n:,}" for name, n in counts.items()})),
    }


def _take_back(work: JobRun, held: Upload) -> dict[str, Any]:
    """Undo what was written so far, so that nothing is half there."""
    work.minded = True
    if work.operation is not None:
        with suppress(Refused):  # nothing was written under it, or it was taken back before
            in_portions(SYSTEM, work.operation, (), {}, lambda *_place: None, lambda _done, _total: None)
        with write_transaction():
            work.keep({}, work.operation)
    drop_rows(held)
    held.body["done"] = None
    save(held)
    return {"stopped": True, "text": str(_("Stopped. What was written so far was taken back."))}


def _opened(work: JobRun) -> tuple[ObjectSpec, Upload]:
    registry.refresh()
    spec = registry.object(work.args["object"])
    return spec, upload(work.actor, spec, int(work.args["upload"]))


def _run(work: JobRun | None, spec: ObjectSpec, held: Upload, path: Any, actor: Actor | None = None) -> ImportRun:
    by = work.actor if work is not None else actor
    assert by is not None
    progress = (lambda count, total: work.step(count, total or None)) if work is not None else None
    run = ImportRun(by, spec, path, map_of(held), progress=progress, name=scrubbed(held.name))
    run.fixes = {int(row): cells for row, cells in held.body["fixes"].items()}
    run.left_out = frozenset(held.body["left_out"])
    return run


def _points_at_itself(spec: ObjectSpec, held: Upload) -> bool:
    mapped = set(held.body["columns"].values())
    return any(one.kind == "link" and one.to == spec.key and one.key in mapped for one in spec.links)


def _counts(done: ImportDone) -> dict[str, int]:
    whole = asdict(done)
    return {name: whole[name] for name in COUNTS}


def _hold(
    held: Upload, bad: Sequence[tuple[Line, list[RowProblem]]], warned: Sequence[tuple[Line, list[RowProblem]]]
) -> None:
    kept = [held_of(line, problems, "refused") for line, problems in bad]
    kept += [held_of(line, problems, "warned") for line, problems in warned]
    if kept:
        hold_rows(held, kept)


def held_of(line: Line, problems: Sequence[RowProblem], kind: str) -> HeldRow:
    """A line as it is kept for mending."""
    return HeldRow(
        line.row.number,
        kind,
        line.row.sheet or "",
        {heading: plain(cell) for heading, cell in line.cells.items()},
        tuple((one.column, one.value, one.text) for one in problems),
        tuple(
            (one.field, one.code, plain(one.value), str(one.text.params.get("reason", one.text)))
            for one in line.row.problems
        ),
    )


# -- mending -----------------------------------------------------------------------------------------------------------
def mend(actor: Actor, spec: ObjectSpec, held: Upload, number: int, cells: Mapping[str, str]) -> HeldRow | None:
    """Change cells of a refused row and judge it anew; what is still wrong with it, or None when it is good now."""
    row = held_row(held, number)
    if row is None:
        return None
    changed = {
        heading: cell
        for heading, cell in cells.items()
        if heading in row.cells and str(row.cells[heading] or "") != cell
    }
    held.body["fixes"].setdefault(str(number), {}).update(changed)
    return _judged(actor, spec, held, [row]).get(number)


def replace_everywhere(actor: Actor, spec: ObjectSpec, held: Upload, heading: str, raw: str, meant: str) -> int:
    """Let a value of a column mean another one in every row; judges the refused rows with it anew and returns how many
    of them are good now."""
    target = held.body["columns"].get(heading, "")
    if not target:
        return 0
    held.body["values"].setdefault(target, {})[raw] = meant
    touched: list[HeldRow] = []
    after = 0
    while len(touched) < MOST_HELD and (page := held_rows(held, "refused", after, 500)):
        touched += [
            one for one in page if str(one.cells.get(heading) if one.cells.get(heading) is not None else "") == raw
        ]
        after = page[-1].row
    still = _judged(actor, spec, held, touched)
    return len(touched) - len(still)


def leave_out(held: Upload, numbers: Sequence[int]) -> None:
    """Leave rows out of the import."""
    held.body["left_out"] = sorted({*held.body["left_out"], *numbers})
    known = [number for number in numbers if held_row(held, number) is not None]
    with write_transaction():
        drop_rows(held, numbers)
        _recount(held, refused=-len(known))
        save(held)


def _judged(actor: Actor, spec: ObjectSpec, held: Upload, some: Sequence[HeldRow]) -> dict[int, HeldRow]:
    """Judge rows anew with what was decided meanwhile; the bad ones are kept again, the counts follow."""
    headings = held.body["look"]["headings"]
    lines = []
    for one in some:
        fixed = held.body["fixes"].get(str(one.row), {})
        cells = {**one.cells, **fixed}
        problems = tuple(Problem(Words(text), column, code, value) for column, code, value, text in one.codes)
        row = Row(one.row, one.sheet, [cells.get(heading) for heading in headings], problems)
        lines.append(Line(row, cells, fixed=frozenset(fixed)))
    with opened_file(held) as path:
        run = _run(None, spec, held, path, actor)
        done = run.judge(lines, headings)
    still = {line.row.number: held_of(line, problems, "refused") for line, problems in run.bad}
    with write_transaction():
        drop_rows(held, [one.row for one in some])
        _hold(held, run.bad, run.warned)
        _recount(
            held, created=done.created, updated=done.updated, unchanged=done.unchanged, refused=len(still) - len(some)
        )
        save(held)
    return still


def _recount(held: Upload, **more: int) -> None:
    counts = held.body.get("checked")
    if counts:
        for name, n in more.items():
            counts[name] = max(0, counts[name] + n)
