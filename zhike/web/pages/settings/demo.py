"""The demo company: brought into this home to look around, and taken away again exactly. Both are asked twice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.sample_data import (
    SIZES,
    demo_here,
    load_samples,
    remove_samples,
    sample_counts,
    taken_away,
)
from zhike.schema.registry import registry
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.visitor import actor_of

DEMO = "/settings/demo"


@settings_place(DEMO)
def show(request: HttpRequest) -> HttpResponse:
    """Whether the demo company is here, and what it brought."""
    context = {"loaded": demo_here(), "counts": _counts(), "away": 0 if demo_here() else taken_away()}
    return settings_page(request, "demo.html", context)


def _counts() -> list[tuple[str, int]]:
    found = sample_counts()
    return [(str(spec.plural_label), found[spec.key]) for spec in registry if found.get(spec.key)]


@settings_place(DEMO)
def load(request: HttpRequest) -> HttpResponse:
    """Asks, asks once more, then starts the job that brings the demo company."""
    return _asked(request, load=True)


@settings_place(DEMO)
def remove(request: HttpRequest) -> HttpResponse:
    """Asks, asks once more, then starts the job that takes the demo company away."""
    return _asked(request, load=False)


def _asked(request: HttpRequest, *, load: bool) -> HttpResponse:
    size = request.POST.get("size") or request.GET.get("size", "")
    size = size if size in SIZES else SIZES[0]
    problems: tuple[Problem, ...] = ()
    again = request.method == "POST"
    if request.method == "POST" and request.POST.get("sure") == "yes":
        try:
            actor = actor_of(request)
            job = load_samples(actor, size) if load else remove_samples(actor)
            return see_other(request, f"/jobs/{job}")
        except Invalid as refused:
            problems = refused.problems
    elif request.method == "POST" and "asked" in request.POST:
        problems = (Problem(_("Tick the box, if you really mean it."), "sure"),)
    context = {
        "load": load, "again": again, "size": size, "counts": _counts(), "problems": problems,
        "post_to": request.path, "ask_back": DEMO,
    }  # fmt: skip
    title = _("Load the demo company") if load else _("Take the demo company away")
    return settings_page(request, "demo_ask.html", context, title=title, part="dialog", status=422 if problems else 200)
