"""Importing in the browser, first half: the file is taken in, shown, and its columns are given a meaning."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from zhike.access.people import people
from zhike.access.rights import field_right, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.company.company import is_administrator
from zhike.records.company.settings import setting_for
from zhike.records.importing.checks import Judged, judge_columns
from zhike.records.importing.decisions import columns_of, decide, keys, look, map_of, mean
from zhike.records.importing.job import begin
from zhike.records.importing.mapping import EXTERNAL, importable
from zhike.records.importing.rows import RowReader, plain
from zhike.records.importing.uploads import (
    LARGEST,
    MEGABYTE,
    Upload,
    deciding,
    drop,
    keep_upload,
    save,
    upload,
    uploads,
)
from zhike.records.options import add_option
from zhike.records.tabular.tables import TableError
from zhike.records.tabular.writing import write_table
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.exports import as_file
from zhike.web.generic.import_example import example_of
from zhike.web.links import number_in
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

PREVIEWED = 3
PREVIEW_COLUMNS = 5
SHOWN_CELL = 80
ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("gb18030", "GB18030 (GBK)"),
    ("utf-16", "UTF-16"),
    ("big5", "Big5"),
    ("cp1252", "Windows-1252"),
)
SEPARATORS: tuple[tuple[str, Words], ...] = (
    (",", _("Comma")),
    (";", _("Semicolon")),
    ("tab", _("Tab")),
    ("|", _("Vertical line")),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file as the page shows it."""

    at: int
    heading: str
    sample: str
    target: str
    external: bool
    reason: str
    judged: Judged
    times: int
    may_scale: bool


def opened(request: HttpRequest, plural: str) -> tuple[Actor, ObjectSpec]:
    """Who asks, and the object they import; Forbidden without the right."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    require(actor, "import", spec)
    return actor, spec


def address(spec: ObjectSpec, held: Upload, step: str = "") -> str:
    """Where a step of an import is."""
    return f"/{spec.plural}/import/{held.id}" + (f"/{step}" if step else "")


# -- taking the file in ------------------------------------------------------------------------------------------------
def start(request: HttpRequest, plural: str) -> HttpResponse:
    """The page that asks for a file; a POST takes it in and goes on to its columns."""
    actor, spec = opened(request, plural)
    problem: Words | str = ""
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise Invalid(Problem(_("Choose a file first."), "file", "required"))
            held = keep_upload(actor, spec.key, file.name or "", file.chunks())
            try:
                look(actor, spec, held)
            except TableError as error:
                if error.reason is None or "encoding" not in held.body:
                    drop(held)
                raise
            return see_other(request, address(spec, held))
        except (Invalid, TableError) as error:
            problem = error.problems[0].text
    context = {
        "spec": spec,
        "problem": problem,
        "recent": [one for one in uploads(actor, spec) if one.body.get("look")],
        "address": address,
        "most": LARGEST // MEGABYTE,
        "fields": importable(actor, spec),
    }
    return respond(request, "import/start.html", context, status=422 if problem else 200)


def template(request: HttpRequest, plural: str) -> HttpResponseBase:
    """An empty table with the headings in the reader's language and one example row, as ``form`` csv or xlsx."""
    actor, spec = opened(request, plural)
    fields = importable(actor, spec)
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    held = io.BytesIO()
    write_table([str(one.label) for one in fields], [[example_of(actor, one) for one in fields]], held, form)  # type: ignore[arg-type]
    name = _("{objects} template").with_(objects=spec.plural_label)
    return as_file(f"{name}.{form}", held.getvalue())


def discard(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Throw an upload away; only by POST."""
    actor, spec = opened(request, plural)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    drop(upload(actor, spec, id))
    return say(request, see_other(request, f"/{spec.plural}/import"), _("Thrown away; nothing was imported."))


# -- columns -----------------------------------------------------------------------------------------------------------
def columns(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The columns of the file and what they mean; a POST takes decisions and shows the page again."""
    actor, spec = opened(request, plural)
    problem: Words | str = ""
    posted: Mapping[str, Any] = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            with deciding(actor, spec, id) as held:
                problem = _decided(request, actor, spec, held)
            spec = registry.by_plural(plural)  # an option may have been added
        except (Invalid, TableError) as error:
            problem = error.problems[0].text
    held = upload(actor, spec, id)
    if "look" not in held.body:
        raise NotFound(_("This import is no longer there. Begin anew with the file."))
    judged = judge_columns(actor, spec, held)
    shown = _columns(spec, held, judged)
    at = number_in(str(posted.get("at", "")))
    open_column = next((one for one in shown if one.at == at and one.judged.meanings), None)
    if open_column is None:
        open_column = next((one for one in shown if one.judged.state == "warn" and one.judged.meanings), None)
    owner = spec.field("owner")
    mapped = set(held.body["columns"].values())
    context = {
        "spec": spec,
        "held": held,
        "seen": held.body["look"],
        "columns": shown,
        "open": open_column,
        "fields": importable(actor, spec, held.body["historic"]),
        "keys": [(key, _key_label(spec, key)) for key in keys(spec, mapped)],
        "required": [one for one in importable(actor, spec) if one.required and not one.default and one.key not in mapped],
        "people": _people() if owner is not None and field_right(actor, spec, owner) == "write" else [],
        "preview": _preview(actor, spec, held),
        "problem": problem,
        "encodings": ENCODINGS,
        "separators": SEPARATORS,
        "bad": sum(one.judged.state == "bad" for one in shown),
        "warn": sum(one.judged.state == "warn" for one in shown),
        "may_add": is_administrator(actor),
        "address": address(spec, held),
    }  # fmt: skip
    return respond(request, "import/columns.html", context, part="work")


def _decided(request: HttpRequest, actor: Actor, spec: ObjectSpec, held: Upload) -> Words | str:
    """Take over what was posted. Raises TableError when the file cannot be read as asked, Invalid."""
    posted, body = request.POST, held.body
    wanted = {name: posted[name] for name in ("encoding", "separator", "sheet") if name in posted}
    found = {name: body["look"].get(name, "") for name in wanted}
    if any(wanted[name] != _as_chosen(name, found[name]) for name in wanted):
        before = {name: body.get(name) for name in wanted}
        body.update(wanted)
        try:
            look(actor, spec, held)
        except TableError:
            body.update(before)
            raise
        return ""
    headings = body["look"]["headings"]
    given: dict[str, Any] = {name: posted[name] for name in ("key", "mode", "dates", "blank") if name in posted}
    given["columns"] = {
        heading: posted[f"column.{at}"] for at, heading in enumerate(headings) if f"column.{at}" in posted
    }
    if "settings" in posted:
        given["historic"] = posted.get("historic") == "yes"
    if "owner" in posted:
        given["owner"] = number_in(posted["owner"])
    given["scale"] = [heading for at, heading in enumerate(headings) if posted.get(f"scale.{at}") == "yes"]
    unknown = decide(actor, spec, held, given)
    _meant(actor, spec, held, posted)
    save(held)
    if unknown:
        return _("{object} has no such field for you to fill.").with_(object=spec.label)
    return ""


def _as_chosen(name: str, found: str) -> str:
    return "tab" if name == "separator" and found == "\t" else found


def _meant(actor: Actor, spec: ObjectSpec, held: Upload, posted: Any) -> None:
    """What the ways of writing in one column mean, and an option made of one of them."""
    headings = held.body["look"]["headings"]
    at = number_in(posted.get("mean_at", ""))
    if "mean_at" not in posted or at >= len(headings):
        return
    target = held.body["columns"].get(headings[at], "")
    if target and posted.get("mean_of") == target:
        for number, raw in enumerate(posted.getlist("raw")):
            chosen = posted.get(f"mean.{number}", "")
            if posted.get("add_option") == str(number):
                chosen = add_option(actor, spec.key, target, raw).key
            if chosen == "-":
                mean(spec, held, target, raw, "")
            elif chosen:
                mean(spec, held, target, raw, chosen)
            else:
                held.body["values"].get(target, {}).pop(raw, None)


def _columns(spec: ObjectSpec, held: Upload, judged: Mapping[str, Judged]) -> list[Column]:
    cells = columns_of(held)
    shown = []
    for at, heading in enumerate(held.body["look"]["headings"]):
        target = held.body["columns"].get(heading, "")
        one = spec.field(target)
        first = next((plain(cell) for cell in cells[heading] if plain(cell) not in (None, "")), "")
        shown.append(
            Column(
                at,
                heading,
                str(first)[:SHOWN_CELL],
                target,
                target.startswith(EXTERNAL),
                held.body["reasons"].get(heading, ""),
                judged[heading],
                held.body["scale"].get(heading, 1),
                one is not None and one.kind in ("money", "number"),
            )
        )
    return shown


def _key_label(spec: ObjectSpec, key: str) -> str:
    return str(_("Id in another system")) if key == "external" else str(spec[key].label)


def _people() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in people().persons.values() if one.active]


def _preview(actor: Actor, spec: ObjectSpec, held: Upload) -> tuple[list[FieldSpec], list[list[tuple[str, bool]]]]:
    """The first rows as they would come in: the text of each value, and whether it cannot be."""
    setting, mapping = setting_for(actor), map_of(held)
    reader = RowReader(spec, mapping, setting)
    mapped = [(heading, spec[key]) for heading, key in mapping.columns.items() if spec.field(key) is not None]
    mapped.sort(key=lambda pair: (pair[1].key != spec.title, not pair[1].required))
    mapped = mapped[:PREVIEW_COLUMNS]
    cells = columns_of(held)
    names = {str(one.id): one.name for one in people().persons.values()}
    lines = []
    for at in range(min(PREVIEWED, len(held.body["look"]["sample"]))):
        line = []
        for heading, one in mapped:
            cell = plain(cells[heading][at])
            meant = mapping.values.get(one.key, {}).get(str(cell), cell)
            line.append(_shown(reader, one, heading, meant, names))
        lines.append(line)
    return [one for _heading, one in mapped], lines


def _shown(reader: RowReader, one: FieldSpec, heading: str, cell: Any, names: Mapping[str, str]) -> tuple[str, bool]:
    if cell in (None, ""):
        return "", False
    if one.kind in ("link", "links", "any_link"):
        return names.get(str(cell), str(cell)) if one.to == "user" else str(cell), False
    try:
        value = kind_of(one).parse(reader.cell(one, heading, cell), one, reader.setting)
        return kind_of(one).show(value, one, reader.setting), False
    except ParseError as error:
        return str(error.text), True


# -- trying ------------------------------------------------------------------------------------------------------------
def attempt(request: HttpRequest, plural: str, id: int, kind: str, step: str) -> HttpResponse:
    """Start the dry run or the import as a job and go to its page; only by POST."""
    actor, spec = opened(request, plural)
    held = upload(actor, spec, id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not held.body.get("columns"):
        text = _("Say for at least one column what it means.")
        return say(request, see_other(request, address(spec, held)), text, bad=True)
    try:
        begin(actor, spec, held, kind, address(spec, held, step))
    except Refused as error:
        return say(request, see_other(request, address(spec, held, step)), error.problems[0].text, bad=True)
    return see_other(request, address(spec, held, step))
