"""What a list shows, as a file: the same filter and columns, under the export right, logged before the first row."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.downloads import disposition
from zhike.records.export_job import begin_export, is_long
from zhike.records.exporting import export_rows, file_name, heading
from zhike.records.tabular.writing import write_table
from zhike.records.views import shelf_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.list_columns import own_columns
from zhike.web.generic.list_state import State
from zhike.web.links import list_url, local, number_in
from zhike.web.respond import respond, see_other
from zhike.web.visitor import actor_of

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AT_ONCE = 500
MOST_CHOSEN = 1000
LINE_END = b"\r\n"


def download(request: HttpRequest, plural: str) -> HttpResponseBase:
    """Everything that matches ``where``, or the records chosen by ``ids``, with the columns named, as ``form`` csv or xlsx.
    A GET asks which; only a POST gives the file: it is logged. A long one is written by a job, whose page has the file.

    The file's name says who took it and when, a workbook in its properties too.
    Nothing of a short one lies on disk: CSV is sent while it is read, a workbook is made in memory."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    require(actor, "export", spec)
    if request.method != "POST":
        return _ask(request, actor, spec)
    columns = tuple(key for key in request.POST.getlist("columns") if key in spec.by_key)
    archived = request.POST.get("archived", "no")
    archived = archived if archived in ("no", "only", "all") else "no"
    where, sort, labels = _where(request), request.POST.get("sort", ""), "keys" not in request.POST
    form = "xlsx" if request.POST.get("form") == "xlsx" else "csv"
    if is_long(actor, spec.key, where, archived):
        job = begin_export(
            actor, spec.key, form, where=where, columns=columns, sort=sort, labels=labels, archived=archived
        )
        return see_other(request, f"/jobs/{job}")
    keys, rows = export_rows(actor, spec.key, where, columns, sort, labels=labels, archived=archived)
    heads = [heading(spec, key) for key in keys]
    if form == "csv":
        return as_file(file_name(actor, spec, form), _csv(heads, rows))
    held = io.BytesIO()
    write_table(heads, rows, held, "xlsx", actor.name)
    return as_file(file_name(actor, spec, form), held.getvalue())


def as_file(name: str, content: bytes | Iterator[bytes]) -> HttpResponse | StreamingHttpResponse:
    """A table to be kept under this name, in one go or piece by piece."""
    form = name.rpartition(".")[2]
    answer = StreamingHttpResponse(content) if isinstance(content, Iterator) else HttpResponse(content)
    answer["Content-Type"] = TYPES[form]
    answer["Content-Disposition"] = disposition(name)
    return answer


def _where(request: HttpRequest) -> str:
    ids = [one for text in request.POST.getlist("ids") for one in text.split(",") if number_in(one)]
    return f"id in ({', '.join(ids[:MOST_CHOSEN])})" if ids else request.POST.get("where", "")


def _ask(request: HttpRequest, actor: Actor, spec: ObjectSpec) -> HttpResponse:
    """The dialog that asks in which form the chosen records, or with ``all`` what matches, shall be written."""
    ids = [] if request.GET.get("all") else [one for one in request.GET.getlist("ids") if number_in(one)]
    shelf = shelf_of(actor, spec)
    state = State.of(request, spec, actor, shelf, request.GET)
    context = {
        "spec": spec,
        "ids": ids,
        "count": len(ids),
        "where": request.GET.get("where", ""),
        "archived": request.GET.get("archived", "no"),
        "columns": state.columns or own_columns(spec),
        "back": local(request.GET.get("next", ""), list_url(spec)),
    }
    return respond(request, "export.html", context, part="dialog")


def _csv(heads: Sequence[str], rows: Iterator[list[Any]]) -> Iterator[bytes]:
    """The file in pieces; only the first keeps its mark and heading."""
    yield _piece(heads, list(islice(rows, AT_ONCE)))
    while batch := list(islice(rows, AT_ONCE)):
        yield _piece(heads, batch).split(LINE_END, 1)[1]


def _piece(heads: Sequence[str], rows: list[list[Any]]) -> bytes:
    held = io.BytesIO()
    write_table(heads, rows, held)
    return held.getvalue()
