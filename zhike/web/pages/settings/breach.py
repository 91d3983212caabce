"""After a leak: whose data was read and which of it, as a list to take along, and drafts of the reports that are due."""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.access.signin.tokens import every_token
from zhike.kernel.clock import now
from zhike.kernel.downloads import disposition
from zhike.kernel.errors import Invalid, NotFound
from zhike.kernel.words import Words, _
from zhike.records.privacy.breach import Breach, Question, as_table, breach, take_out
from zhike.records.privacy.breach_reports import LANGUAGES, REPORTS, report
from zhike.records.privacy.reading import write_opened
from zhike.records.privacy.subjects import may_hold
from zhike.records.tabular.tables import write_table
from zhike.schema.registry import registry
from zhike.web.links import number_in, with_query
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.log_question import LogQuestion, log_question
from zhike.web.visitor import actor_of

BREACH = "/settings/breach"
SHOWN = 50
ASKED = ("object", "fields", "token", "export")
TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@settings_place(BREACH)
def show(request: HttpRequest) -> HttpResponse:
    """The form, and with anything asked what came of it: numbers, fields, the first records, and what can be made of it."""
    actor = actor_of(request)
    registry.refresh()
    asked = log_question(request, ASKED)
    found: Breach | None = None
    problems: dict[str, Words] = {}
    if asked.problem is None and any(asked.typed.values()):
        try:
            found = _found(request, asked)
        except Invalid as refused:
            problems = by_field(refused)[0]
    persons = people().persons
    query = {key: value for key, value in asked.typed.items() if value}
    context = {
        "typed": asked.typed,
        "problem": asked.problem,
        "problems": problems,
        "objects": [spec for spec in registry if may_hold(spec)],
        "tokens": [
            (id, f"{name} · {persons[user].name}") for id, name, user in every_token() if user in persons
        ],
        "found": found,
        "lines": list(islice(as_table(actor, found)[1], SHOWN)) if found else [],
        "by": [persons[one].name for one in found.by if one in persons] if found else [],
        "names": {spec.key: spec.plural_label for spec in registry},
        "query": query,
        "reports": [
            (label, language, with_query(f"{BREACH}/report", {**query, "kind": kind, "language": language}))
            for kind, label in REPORTS.items()
            for language in LANGUAGES
        ],
    }  # fmt: skip
    return settings_page(request, "breach.html", context, status=422 if problems else 200)


@settings_place(BREACH)
def download(request: HttpRequest) -> HttpResponse:
    """The whole list as CSV or a workbook; only by POST, noted in the audit."""
    form = request.POST.get("form", "csv")
    if request.method != "POST" or form not in TYPES:
        raise NotFound
    request.GET = request.POST
    actor = actor_of(request)
    heads, rows = take_out(actor, _found(request, log_question(request, ASKED)))
    held = io.BytesIO()
    write_table(heads, rows, held, "xlsx" if form == "xlsx" else "csv", actor.name)
    answer = HttpResponse(held.getvalue(), content_type=TYPES[form])
    name = _("After a leak")
    answer["Content-Disposition"] = disposition(f"{name} {now():%Y-%m-%d %H%M} {actor.name}.{form}")
    return answer


@settings_place(BREACH)
def draft(request: HttpRequest) -> HttpResponse:
    """A report filled with the figures, to be written on; a POST shows it for printing, or gives it as a text file."""
    kind, language = request.GET.get("kind", ""), request.GET.get("language", "")
    if kind not in REPORTS or language not in LANGUAGES:
        raise NotFound
    text = request.POST.get("text", "")[:100_000]
    if request.POST.get("act") == "file":
        answer = HttpResponse(text.encode("utf-8"), content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = disposition(f"{REPORTS[kind]} {now():%Y-%m-%d %H%M}.txt")
        return answer
    if request.method != "POST":
        text = report(_found(request, log_question(request, ASKED)), kind, language)
    paper = request.method == "POST" and request.POST.get("act") == "print"
    context = {"text": text, "here": request.get_full_path(), "paper": paper}
    return settings_page(request, "breach_report.html", context, title=REPORTS[kind])


def _found(request: HttpRequest, asked: LogQuestion) -> Breach:
    typed = asked.typed
    write_opened()  # what was opened in the last seconds counts too
    fields = typed["fields"].replace("，", ",").replace("、", ",").split(",")
    question = Question(
        asked.since, asked.until, (typed["object"],) if typed["object"] else (),
        tuple(dict.fromkeys(key for one in fields if one.strip() for key in _keys(one.strip(), typed["object"]))),
        (asked.who,) if asked.who else (), typed["token"], number_in(typed["export"]),
    )  # fmt: skip
    return breach(actor_of(request), question)


def _keys(text: str, object_key: str) -> list[Any]:
    """The fields a word means: a key, or the label people know it by."""
    specs = [spec for spec in registry if may_hold(spec) and object_key in ("", spec.key)]
    return [one.key for spec in specs for one in spec.fields if str(one.label) == text] or [text]
