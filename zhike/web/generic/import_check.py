"""Importing in the browser, second half: the dry run with rows to mend in place, the import itself, what came of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import Words, _
from zhike.records.importing.choices import Choosable, choosable, nearest
from zhike.records.importing.job import leave_out, mend, replace_everywhere
from zhike.records.importing.report import came_in, refused_table, undo_state
from zhike.records.importing.uploads import HeldRow, Upload, count_rows, deciding, held_rows, upload
from zhike.records.jobs.views import Job, find
from zhike.records.tabular.writing import write_table
from zhike.records.undo_job import undo_later
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.exports import as_file
from zhike.web.generic.import_pages import address, opened
from zhike.web.links import number_in
from zhike.web.respond import respond, see_other
from zhike.web.say import say

PAGE = 30


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell of a refused row: its column, what stands there, why not, and what may stand there instead."""

    column: str
    at: int
    value: str
    text: str
    choices: tuple[Choosable, ...] = ()
    near: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A refused row: its number, what names it, and its faults; those without a column are about the whole row."""

    number: int
    title: str
    faults: tuple[Fault, ...]
    whole: tuple[str, ...]


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The dry run: its progress while it runs, then its counts and the rows to mend."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    job = find(actor, held.job) if held.job is not None else None
    if held.body.get("came_in"):
        return see_other(request, address(spec, held, "done"))
    return respond(request, "import/check.html", _context(request, spec, held, job), part="work")


def _context(request: HttpRequest, spec: ObjectSpec, held: Upload, job: Job | None) -> dict[str, Any]:
    after = number_in(request.GET.get("after", ""))
    running = job is not None and job.open
    found = [] if running else held_rows(held, "refused", after, PAGE + 1)
    warned = [] if running or after else held_rows(held, "warned", 0, PAGE)
    return {
        "spec": spec,
        "held": held,
        "job": job,
        "running": running,
        "counts": held.body.get("checked"),
        "bad_rows": [_bad_row(spec, held, one) for one in found[:PAGE]],
        "after": found[PAGE - 1].row if len(found) > PAGE else 0,
        "first_page": not after,
        "warned": warned,
        "warned_count": count_rows(held, "warned") if warned else 0,
        "left_out": len(held.body["left_out"]),
        "address": address(spec, held),
        "failed": job is not None and job.state == "failed",
    }


def _bad_row(spec: ObjectSpec, held: Upload, one: HeldRow) -> BadRow:
    headings = held.body["look"]["headings"]
    title = next((heading for heading, target in held.body["columns"].items() if target == spec.title), "")
    faults, whole = [], []
    for column, value, text in one.reasons:
        if column in headings:
            field = spec.field(held.body["columns"].get(column, ""))
            choices = choosable(field) if field is not None else ()
            cell = one.cells.get(column)
            shown = "" if cell is None else str(cell)
            near = nearest(shown, choices)[0] if choices and shown else ""
            faults.append(Fault(column, headings.index(column), shown or value, text, choices, near))
        else:
            whole.append(f"{_label(spec, column)}: {text}" if column else text)
    return BadRow(one.row, str(one.cells.get(title) or ""), tuple(faults), tuple(whole))


def _label(spec: ObjectSpec, column: str) -> str:
    field = spec.field(column)
    return str(field.label) if field is not None else column


def change(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Mend a row (its cells), leave it out, or let a value mean another everywhere; only by POST."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if held.body.get("came_in") or (held.job is not None and find(actor, held.job).open):
        return say(
            request,
            see_other(request, address(spec, held, "check")),
            _("This file is being worked on already."),
            bad=True,
        )
    with deciding(actor, spec, id) as held:
        text = _mended(request, actor, spec, held)
    job = find(actor, held.job) if held.job is not None else None
    answer = respond(request, "import/check.html", _context(request, spec, held, job), part="work")
    return say(request, answer, text) if text is not None else answer


def _mended(request: HttpRequest, actor: Actor, spec: ObjectSpec, held: Upload) -> Words | None:
    """Do what was asked for; a sentence to tell, or nothing when the row says itself what is still wrong."""
    posted, headings = request.POST, held.body["look"]["headings"]
    number = number_in(posted.get("row", ""))
    if "leave" in posted:
        leave_out(held, [number])
        return _("Row {n} is left out.").with_(n=number)
    if "everywhere" in posted:
        at = number_in(posted["everywhere"])
        if at >= len(headings):
            return None
        meant = posted.get(f"cell.{at}", "")
        mended = replace_everywhere(actor, spec, held, headings[at], posted.get(f"was.{at}", ""), meant)
        return _("{n} rows are good now.").with_(n=mended)
    cells = {heading: posted[f"cell.{at}"] for at, heading in enumerate(headings) if f"cell.{at}" in posted}
    return _("Row {n} is good now.").with_(n=number) if mend(actor, spec, held, number, cells) is None else None


def refused(request: HttpRequest, plural: str, id: int) -> HttpResponseBase:
    """The refused rows as they came, with their reasons in a last column: to be corrected and uploaded again."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    out = io.BytesIO()
    write_table(*refused_table(held), out, form)  # type: ignore[arg-type]
    name = _("{file} to mend").with_(file=held.name.rsplit(".", 1)[0])
    return as_file(f"{name}.{form}", out.getvalue())


def done(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The import: its progress, then what came in, what did not, and the way back."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    if held.job is None:
        return see_other(request, address(spec, held))
    job = find(actor, held.job)
    result = held.body.get("done") or {}
    operation = result.get("operation")
    after = number_in(request.GET.get("after", ""))
    records, next_after = came_in(actor, spec, operation, after) if operation and not job.open else ([], 0)
    context = {
        "spec": spec,
        "held": held,
        "job": job,
        "running": job.open,
        "result": result,
        "refused": count_rows(held, "refused") if not job.open else 0,
        "records": records,
        "after": next_after,
        "undone": undo_state(operation) if operation else "",
        "address": address(spec, held),
    }
    return respond(request, "import/done.html", context, part="work")


def take_back(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Undo the import as a job; only by POST."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    operation = (held.body.get("done") or {}).get("operation")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        if not operation or undo_state(operation):
            raise Invalid(_("This was undone already."))
        label = _("Undo: import of {objects} from {file}").with_(objects=spec.plural_label, file=held.name)
        job = undo_later(actor, operation, label=label, address=address(spec, held, "done"))
    except Refused as error:
        return say(request, see_other(request, address(spec, held, "done")), error.problems[0].text, bad=True)
    return see_other(request, f"/jobs/{job}")
