"""Automatic numbers: how each looks, what the next one is, seen before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Plain, Words, _
from zhike.records.company.number_rules import next_number, numbered, numbered_field, read_rule, set_rule
from zhike.schema.spec import FieldSpec, ObjectSpec, Option
from zhike.web.kinds.widgets import control
from zhike.web.links import number_in
from zhike.web.pages.settings.field_facts import DATED, number_rule
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

NUMBERS = "/settings/numbers"
DATES: Mapping[str, Words] = {
    "": _("None"), "%Y": _("Year"), "%Y%m": _("Year and month"), "%y%m": _("Short year and month"),
    "%Y%m%d": _("Whole date"), "%Y-": _("Year and a dash"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered field and the number its next record gets."""

    spec: ObjectSpec
    field: FieldSpec
    next: str


@settings_place(NUMBERS)
def show(request: HttpRequest) -> HttpResponse:
    """Every numbered field."""
    return _listed(request)


def _listed(
    request: HttpRequest, panel: Mapping[str, Any] | None = None, part: str = "", status: int = 200
) -> HttpResponse:
    lines = [Line(spec, field, next_number(spec, field)) for spec, field in numbered()]
    return settings_page(request, "numbers.html", {"lines": lines, "panel": panel}, part=part, status=status)


@settings_place(NUMBERS)
def one(request: HttpRequest, object: str, field: str) -> HttpResponse:
    """The rule of one field beside the list; a POST keeps it, or with ``act=look`` only shows the next number."""
    spec, held = numbered_field(object, field)
    assert held.number is not None
    if request.method != "POST":
        return _listed(request, _panel(spec, held, asdict(held.number), ""), part="side")
    raw, typed = number_rule(request.POST), request.POST.get("next", "").strip()
    raw["digits"] = request.POST.get("number_digits", "")
    if raw["digits"].isdigit() and len(raw["digits"]) < 4:
        raw["digits"] = int(raw["digits"])
    looking = "look" in request.POST.getlist("act")
    try:
        rule, from_ = read_rule(raw), number_in(typed)
        if typed and not from_:
            raise Invalid(
                Problem(_("The number to go on with is a whole number, not “{text}”.").with_(text=typed), "next")
            )
        if looking:
            panel = _panel(spec, held, raw, typed, shown=next_number(spec, held, rule, from_=from_))
            return settings_page(request, "numbers.html", {"lines": (), "panel": panel}, part="look")
        set_rule(actor_of(request), spec.key, held.key, raw, from_ or None)
        return say(request, see_other(request, NUMBERS), _("Saved"))
    except Invalid as refused:
        panel = _panel(spec, held, raw, typed, refused)
        if looking:
            return settings_page(request, "numbers.html", {"lines": (), "panel": panel}, part="look")
        return _listed(request, panel, part="side", status=422)


def _panel(
    spec: ObjectSpec,
    field: FieldSpec,
    raw: Mapping[str, Any],
    typed: str,
    refused: Invalid | None = None,
    shown: str = "",
) -> dict[str, Any]:
    problems, misplaced = by_field(refused, frozenset({"number", "yearly", "next", "prefix", "dated", "digits"}))
    options = tuple(
        Option(key, DATES.get(key, Plain(key))) for key in dict.fromkeys((*DATED, str(raw.get("dated") or "")))
    )
    setting = reading()
    asked = (
        (FieldSpec("number_prefix", _("Begins with"), "text", max=20), raw.get("prefix", "")),
        (FieldSpec("number_dated", _("Then the date"), "choice", options=options), raw.get("dated", "")),
        (FieldSpec("number_digits", _("Digits"), "text", max=3), str(raw.get("digits", 5))),
        (FieldSpec("next", _("Go on with"), "text", max=13, hint=_("Empty: the number after the last one")), typed),
    )
    wrong = {"number_prefix": "number", "number_digits": "digits", "next": "next"}
    return {
        "spec": spec,
        "field": field,
        "controls": [
            control(one, {"": [str(value)]}, setting, problem=problems.get(wrong.get(one.key, ""), ""), id_prefix="n-")
            for one, value in asked
        ],
        "yearly": bool(raw.get("yearly")),
        "yearly_problem": problems.get("yearly", ""),
        "misplaced": misplaced,
        "next": shown or ("" if refused else next_number(spec, field)),
        "wrong": refused.problems[0].text if refused else "",
    }
