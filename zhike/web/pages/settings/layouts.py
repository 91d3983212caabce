"""Layouts: the form, the columns and the highlights of an object, arranged for everybody or for one role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.layouts import arranged_roles, columns_of, layout, placeable, set_layout
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.links import number_in
from zhike.web.nav import listed, sales_first
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.pages.settings.labels import label_body, label_parts, texts_of
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/layouts"
SECTION, REST = "section", "rest"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form's list: a section with its two names, a field under it, or the line below which fields have no
    place (``kind`` rest)."""

    kind: str
    key: str = ""
    label: Any = ""
    chinese: str = ""
    english: str = ""
    needed: bool = False


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The objects, each with who has an arrangement of their own."""
    registry.refresh()
    names = _roles()
    objects = [
        (spec, bool(layout(spec.key)), [names[role] for role in sorted(arranged_roles(spec.key)) if role in names])
        for spec in sales_first(registry)
        if listed(spec)
    ]
    return settings_page(request, "layouts.html", {"objects": objects})


@settings_place(HERE)
def one(request: HttpRequest, object: str) -> HttpResponse:
    """One object for everybody or for the role in the address; a POST keeps the arrangement or lets it go."""
    registry.refresh()
    spec = registry.object(object)
    names = _roles()
    role = number_in(request.POST.get("role") or request.GET.get("role", "")) or None
    role = role if role in names else None
    here = f"{HERE}/{spec.key}" + (f"?role={role}" if role else "")
    problems: tuple[Problem, ...] = ()
    held = {**_declared(spec), **layout(spec.key), **(layout(spec.key, role) if role else {})}
    if request.method == "POST":
        wanted = None if "reset" in request.POST else _wanted(request.POST)
        try:
            set_layout(actor_of(request), spec.key, role, _apart(spec, wanted, role))
            return say(request, see_other(request, here), _("As declared again") if wanted is None else _("Saved"))
        except Invalid as refused:
            problems, held = refused.problems, wanted or held
    context = {
        "spec": spec,
        "roles": names,
        "role": role,
        "arranged": arranged_roles(spec.key),
        "own": bool(layout(spec.key, role)),
        "rows": _rows(spec, held["form"]),
        "columns": _chosen(columns_of(spec), held["columns"]),
        "highlights": _chosen(columns_of(spec), held["highlights"]),
        "problems": problems,
        "here": here,
    }
    return settings_page(request, "layout.html", context, title=spec.plural_label, status=422 if problems else 200)


def _roles() -> dict[int, str]:
    rows = read(SYSTEM, Query("role", sort="name", size=200, columns=("name",), count=False)).rows
    return {row.id: row.title for row in rows}


def _declared(spec: ObjectSpec) -> dict[str, Any]:
    sections = [
        {"label": dict(zip(("zh-hans", "en"), texts_of(tab.label), strict=True)), "fields": list(tab.fields)}
        for tab in spec.form
    ]
    return {"form": sections, "columns": list(spec.columns), "highlights": list(spec.highlights)}


def _apart(spec: ObjectSpec, wanted: dict[str, Any] | None, role: int | None) -> dict[str, Any] | None:
    """Only the parts that differ from what would hold without them."""
    if wanted is None:
        return None
    below = {**_declared(spec), **(layout(spec.key) if role else {})}
    return {part: value for part, value in wanted.items() if value != below[part]}


def _wanted(posted: QueryDict) -> dict[str, Any]:
    sections: list[dict[str, Any]] = []
    chinese, english = iter(posted.getlist("section.zh")), iter(posted.getlist("section.en"))
    placed = True
    for row in posted.getlist("row"):
        kind, _colon, key = row.partition(":")
        if kind == SECTION:
            label = label_body(next(chinese, ""), next(english, ""))
            if label or not key:
                sections.append({"label": label, "fields": []})
            placed = True
        elif kind == REST:
            placed = False
        elif placed:
            if not sections:
                sections.append({"label": None, "fields": []})
            sections[-1]["fields"].append(key)
    filled = [one for one in sections if one["fields"]]
    return {"form": filled, "columns": posted.getlist("column"), "highlights": posted.getlist("highlight")}


def _rows(spec: ObjectSpec, sections: Sequence[dict[str, Any]]) -> list[Row]:
    known = {field.key: field for field in placeable(spec)}
    rows: list[Row] = []
    for section in sections:
        rows.append(Row(SECTION, "known", "", *label_parts(section["label"])))
        rows += [_row(known.pop(key)) for key in section["fields"] if key in known]
    rows.append(Row(SECTION, "new"))
    rows.append(Row(REST))
    return rows + [_row(field) for field in known.values()]


def _row(field: FieldSpec) -> Row:
    return Row("field", field.key, field.label, needed=field.required)


def _chosen(fields: Sequence[FieldSpec], keys: Sequence[str]) -> list[tuple[FieldSpec, bool]]:
    known = {field.key: field for field in fields}
    chosen = [(known.pop(key), True) for key in keys if key in known]
    return chosen + [(field, False) for field in known.values()]
