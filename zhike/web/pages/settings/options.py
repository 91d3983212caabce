"""Options: every choice of every object with its options; one list to name, colour, put in order, retire and merge."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.declaring.option_lists import (
    can_merge,
    choice,
    choice_fields,
    fixed_options,
    merge_option,
    set_options,
    used,
)
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, Option
from zhike.web.nav import sales_first
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.pages.settings.labels import texts_of
from zhike.web.pages.settings.option_rows import HUES, Row, options_of
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

OPTIONS = "/settings/options"


@settings_place(OPTIONS)
def show(request: HttpRequest) -> HttpResponse:
    """Every choice, by object."""
    registry.refresh()
    fields = {spec.key: found for spec, found in choice_fields()}
    objects = [(spec, fields[spec.key]) for spec in sales_first(registry) if spec.key in fields]
    return settings_page(request, "options.html", {"objects": objects})


@settings_place(OPTIONS)
def one(request: HttpRequest, object: str, field: str) -> HttpResponse:
    """The options of one choice; a POST keeps them."""
    spec, held = choice(object, field)
    problems: tuple[Problem, ...] = ()
    rows = [_row(option) for option in held.options]
    if request.method == "POST":
        wanted = options_of(request.POST)
        try:
            set_options(actor_of(request), spec.key, held.key, [_kept(held, one) for one in wanted])
            return say(request, see_other(request, f"{OPTIONS}/{spec.key}/{held.key}"), _("Saved"))
        except Invalid as refused:
            problems = refused.problems
            rows = [Row(one["key"], *_texts(one["label"]), one["hue"], one["active"]) for one in wanted]
    context = {
        "spec": spec,
        "field": held,
        "rows": [*rows, Row()],
        "hues": HUES,
        "fixed": fixed_options(spec, held),
        "mergeable": {option.key for option in held.options if can_merge(spec, held, option.key)},
        "problems": problems,
    }
    title = _("{object}: {field}").with_(object=spec.label, field=held.label)
    return settings_page(request, "options_one.html", context, title=title, status=422 if problems else 200)


def _row(option: Option) -> Row:
    return Row(option.key, *texts_of(option.label), option.hue, option.active)


def _texts(label: Any) -> tuple[str, str]:
    return (label.get("zh-hans", ""), label.get("en", "")) if isinstance(label, dict) else ("", "")


def _kept(field: FieldSpec, typed: dict[str, Any]) -> dict[str, Any]:
    """An option as typed; a label that says what it said before stays as it came, so that it stays translated."""
    option = field.option(typed["key"])
    if option is not None and (not typed["label"] or _texts(typed["label"]) == texts_of(option.label)):
        return {**typed, "label": _as_it_is(option)}
    return typed


def _as_it_is(option: Option) -> Any:
    by_language = getattr(option.label, "by_language", None)
    if by_language is None:
        return None
    return dict(by_language) or option.label.msgid


@settings_place(OPTIONS)
def merge(request: HttpRequest, object: str, field: str, key: str) -> HttpResponse:
    """Asks into which option, with the count of records; a POST does it."""
    actor = actor_of(request)
    spec, held = choice(object, field)
    option = held.option(key)
    if option is None:
        raise NotFound()
    back = f"{OPTIONS}/{spec.key}/{held.key}"
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            merged = merge_option(actor, spec.key, held.key, key, request.POST.get("into", ""))
        except Invalid as refused:
            problems = refused.problems
        else:
            if merged.done is None:
                return see_other(request, f"/jobs/{merged.job}")
            return say(request, see_other(request, back), merged.done.said(spec), merged.done.operation)
    number, more = used(actor, spec, held, key)
    context = {
        "spec": spec, "field": held, "option": option, "count": number, "more": more, "problems": problems,
        "others": [one for one in held.options if one.active and one.key != key],
        "post_to": request.path, "ask_back": back,
    }  # fmt: skip
    return settings_page(
        request, "option_merge.html", context, title=option.label, part="dialog", status=422 if problems else 200
    )
