"""What a list shows, as a file: the same filter and columns, under the export right, logged before the first row."""

from __future__ import annotations

import tempfile
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.exporting import export_rows
from zhike.records.tabular_write import write_table
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.kinds.figures import zone
from zhike.web.reading import reading

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
IN_MEMORY = 4 * 1024 * 1024


def download(request: HttpRequest, plural: str) -> HttpResponse | HttpResponseBase:
    """Everything that matches ``where`` with the columns named, as ``form`` csv or xlsx. Only by POST: it is logged."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    actor: Actor = request.actor  # type: ignore[attr-defined]
    registry.refresh()
    spec = registry.by_plural(plural)
    form = request.POST.get("form", "csv")
    form = form if form in TYPES else "csv"
    columns = tuple(key for key in request.POST.getlist("columns") if key in spec.by_key)
    heads, rows = export_rows(actor, spec.key, request.POST.get("where", ""), columns, request.POST.get("sort", ""))
    held = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    write_table([_heading(spec, head) for head in heads], rows, held, form)
    held.seek(0)
    answer = FileResponse(held, content_type=TYPES[form])
    name = f"{spec.plural_label} {now().astimezone(zone(reading().timezone)):%Y-%m-%d}.{form}"
    answer["Content-Disposition"] = f"attachment; filename=\"{spec.plural}.{form}\"; filename*=UTF-8''{quote(name)}"
    return answer


def _heading(spec: ObjectSpec, head: str) -> str:
    """The label of a column in the reader's language; a currency column carries its field's label."""
    field = spec.field(head)
    if field is not None:
        return str(field.label)
    amount = spec.field(head.removesuffix("_currency"))
    return f"{amount.label} ({_('currency')})" if amount is not None else head
