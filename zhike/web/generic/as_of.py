"""The list and the record page of a past day: read only, with what is different now beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, Refused, TooWide
from zhike.kernel.words import Words
from zhike.records.as_of import instant_in, read_as_of, read_one_as_of
from zhike.records.company.layouts import laid_out
from zhike.records.draft import same
from zhike.records.read import Query, read_one
from zhike.records.record import Page, Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.form_layout import shown_fields
from zhike.web.generic.list_columns import own_columns
from zhike.web.kinds.cells import cell, draw
from zhike.web.kinds.figures import local_day
from zhike.web.links import with_query
from zhike.web.reading import reading
from zhike.web.respond import respond
from zhike.web.visitor import actor_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Fact:
    """A field as it was; ``now`` is drawn where something else stands there today, ``changed`` says so."""

    field: FieldSpec
    then: Markup
    now: Markup
    changed: bool


def list_page(request: HttpRequest, spec: ObjectSpec) -> HttpResponse:
    """``/{plural}?as_of=2026-03-01``: the list of that day, with ``where``, ``sort``, ``archived`` and ``after``."""
    actor = actor_of(request)
    asked = {key: request.GET.get(key, "").strip() for key in ("as_of", "where", "sort", "after")}
    page: Page | None = None
    problem: Words | str = ""
    at: datetime | None = None
    try:
        at = instant_in(asked["as_of"], reading().timezone)
        columns = tuple(dict.fromkeys((spec.title, *(key for key in own_columns(spec) if spec[key].kind != "roll_up"))))
        query = Query(spec.key, asked["where"], asked["sort"], columns, PAGE, asked["after"], _archived(request))
        page = read_as_of(actor, query, at)
    except (BadQuery, TooWide) as refused:
        problem = refused.problems[0].text if refused.problems else refused.title
    context = {
        "spec": spec,
        "asked": asked,
        "at": at,
        "page": page,
        "heads": [spec[key] for key in page.columns if key != spec.title] if page else [],
        "cell": cell,
        "problem": problem,
        "today": _today(),
        "more": with_query(f"/{spec.plural}", {**asked, "after": page.next}) if page and page.next else "",
        "address": f"/{spec.plural}",
    }
    return respond(request, "as_of_list.html", context, status=422 if problem else 200)


def record_page(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """``/{plural}/{id}/as-of?at=2026-03-01``: the record of that day (today's without one), and which of its fields are
    different now."""
    actor = actor_of(request)
    spec = laid_out(actor, registry.by_plural(plural))
    present = read_one(actor, spec.key, id)
    text = request.GET.get("at", "").strip() or _today()
    past: Record | None = None
    problem: Words | str = ""
    at: datetime | None = None
    try:
        at = instant_in(text, reading().timezone)
        past = read_one_as_of(actor, spec.key, present.id, at)
    except Refused as refused:
        if refused.status == 403:
            raise
        problem = refused.problems[0].text if refused.problems else refused.title
    context = {
        "spec": spec,
        "record": present,
        "past": past,
        "at": at,
        "typed": text,
        "today": _today(),
        "problem": problem,
        "sections": _sections(actor, spec, past, present) if past else [],
    }
    return respond(request, "record/as_of.html", context, status=422 if problem else 200)


def _sections(actor: Actor, spec: ObjectSpec, past: Record, present: Record) -> list[tuple[str, list[Fact]]]:
    found = []
    for label, fields in [*shown_fields(actor, spec)]:
        facts = [_fact(one, past, present) for one in fields if one.kind != "roll_up"]
        facts = [one for one in facts if one.then or one.changed]
        if facts:
            found.append((str(label), facts))
    return found


def _fact(field: FieldSpec, past: Record, present: Record) -> Fact:
    then, stands = past.values.get(field.key), present.values.get(field.key)
    changed = not same(then, stands)
    return Fact(field, draw(then, field, "list"), draw(stands, field, "list") if changed else Markup(""), changed)


def _archived(request: HttpRequest) -> str:
    asked = request.GET.get("archived", "no")
    return asked if asked in ("no", "only", "all") else "no"


def _today() -> str:
    return local_day(now(), reading()).isoformat()
