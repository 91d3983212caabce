"""Pipelines and stages: in order by dragging or keys, each stage with its outcome, chance, resting days, what it asks for
and its advice; a stage goes only when its deals have a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.declaring.drafting import suggest_key
from zhike.records.moving_out import move_out, pointing_here
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Ref
from zhike.web.generic.form_state import changed_values, seal, typed_by_field, unseal, values_of
from zhike.web.kinds.widgets import Typed, control, typed_of_value
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.reading import reading
from zhike.web.respond import see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

PIPELINES = "/settings/pipelines"
DEAL, LINK = "opportunity", "stage"
FIELDS = ("name", "outcome", "probability", "resting_days", "guidance", "code")
SHOWN = (*FIELDS, "position", "pipeline", "required_fields")
MOST = 200
FIRST_STAGES = (("New", "新商机", "open", 10), ("Won", "赢单", "won", 100), ("Lost", "输单", "lost", 0))


@settings_place(PIPELINES)
def show(request: HttpRequest) -> HttpResponse:
    """Every pipeline with its stages in order."""
    actor = actor_of(request)
    stages = _stages(actor)
    pipelines = read(actor, Query("pipeline", sort="created", columns=("name", "code"), size=MOST, count=False)).rows
    context = {"pipelines": [(one, [x for x in stages if _of(x) == one.id]) for one in pipelines]}
    return settings_page(request, "pipelines.html", context)


@settings_place(PIPELINES)
def new(request: HttpRequest) -> HttpResponse:
    """A new pipeline, with the stages of another one or three to begin with."""
    actor = actor_of(request)
    typed, refused = {"name": request.POST.get("name", ""), "like": request.POST.get("like", "")}, None
    if request.method == "POST":
        try:
            made = _make(actor, typed["name"], number_in(typed["like"]))
            return say(request, see_other(request, f"{PIPELINES}/{made}"), _("Saved"))
        except Invalid as error:
            refused = error
    pipelines = read(actor, Query("pipeline", columns=("name",), size=MOST, count=False)).rows
    context = {"typed": typed, "problems": by_field(refused)[0], "pipelines": pipelines}
    return settings_page(request, "pipeline_new.html", context, title=_("New pipeline"), status=422 if refused else 200)


def _make(actor: Actor, name: str, like: int) -> int:
    """A pipeline and its first stages, as one operation."""
    stages = _stages(actor)
    codes = {str(one["code"]) for one in stages}
    keys = {str(one["code"]) for one in read(actor, Query("pipeline", columns=("code",), size=MOST)).rows}
    model = [one for one in stages if _of(one) == like]
    act = Act(actor, kind="pipeline.new")
    chinese = reading().language.startswith("zh")
    values: list[dict[str, Any]] = [
        {key: one[key] for key in ("name", "outcome", "probability", "resting_days", "required_fields", "guidance")}
        for one in model
    ] or [
        {"name": zh if chinese else en, "outcome": outcome, "probability": chance}
        for en, zh, outcome, chance in FIRST_STAGES
    ]
    code = suggest_key({"zh-hans": name}, keys, "pipeline")
    done = write(actor, Command("create", "pipeline", values={"name": name, "code": code}), act=act)
    for place, one in enumerate(values, start=1):
        code = suggest_key({"zh-hans": str(one["name"])}, codes, "stage")
        codes.add(code)
        filled = {key: value for key, value in one.items() if value is not None}
        write(
            actor,
            Command("create", "stage", values={**filled, "code": code, "pipeline": done.id, "position": place}),
            act=act,
        )
    return done.id


def _of(stage: Record) -> int:
    return stage["pipeline"].id if isinstance(stage["pipeline"], Ref) else 0


def _stages(actor: Actor) -> list[Record]:
    return list(read(actor, Query("stage", sort="position", columns=SHOWN, size=1000, count=False)).rows)


# -- one pipeline ------------------------------------------------------------------------------------------------------
@settings_place(PIPELINES)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """The stages of a pipeline in order; a POST renames it."""
    actor = actor_of(request)
    pipeline = read_one(actor, "pipeline", id)
    if request.method == "POST":
        try:
            done = write(actor, Command("update", "pipeline", id, {"name": request.POST.get("name", "")}))
            return say(request, see_other(request, f"{PIPELINES}/{id}"), _("Saved"), done.operation)
        except Invalid as refused:
            return _shown(request, pipeline, problems=by_field(refused)[0], status=422)
    return _shown(request, pipeline)


def _shown(
    request: HttpRequest,
    pipeline: Record,
    panel: Mapping[str, Any] | None = None,
    problems: Mapping[str, Words] | None = None,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    stages = [one for one in _stages(actor) if _of(one) == pipeline.id]
    outcomes = {one["outcome"] for one in stages}
    context = {
        "pipeline": pipeline,
        "stages": stages,
        "outcomes": {option.key: option for option in registry.object("stage")["outcome"].options},
        "asked": {one.id: _labels(one["required_fields"]) for one in stages},
        "missing": [one for one in registry.object("stage")["outcome"].options if one.key not in outcomes],
        "panel": panel,
        "problems": problems or {},
    }
    return settings_page(request, "pipeline.html", context, title=pipeline.title, part=part, status=status)


def _labels(keys: str | None) -> list[str]:
    spec = registry.object(DEAL)
    return [str(spec[key].label) for key in (keys or "").split() if key in spec.by_key]


@settings_place(PIPELINES)
def order(request: HttpRequest, id: int) -> HttpResponse:
    """A POST of ``stage`` ids in their new order."""
    actor = actor_of(request)
    pipeline = read_one(actor, "pipeline", id)
    if request.method != "POST":
        return see_other(request, f"{PIPELINES}/{id}")
    known = {one.id for one in _stages(actor) if _of(one) == id}
    wanted = [number_in(one) for one in request.POST.getlist("stage")]
    wanted = [one for one in dict.fromkeys(wanted) if one in known]
    commands = [Command("update", "stage", one, {"position": place}) for place, one in enumerate(wanted, start=1)]
    done = write_many(actor, commands)
    answer = (
        _shown(request, pipeline, part="stages") if wants_part(request) else see_other(request, f"{PIPELINES}/{id}")
    )
    return say(request, answer, _("New order saved"), done.operation)


@settings_place(PIPELINES)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks; a POST puts a pipeline without deals into the trash with its stages."""
    actor = actor_of(request)
    pipeline = read_one(actor, "pipeline", id)
    number, more = pointing_here(actor, "pipeline", id, DEAL, "pipeline")
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        act = Act(actor, kind="pipeline.remove")
        try:
            stages = [one.id for one in _stages(actor) if _of(one) == id]
            commands = [Command("trash", "stage", one) for one in stages]
            write_many(actor, [*commands, Command("trash", "pipeline", id)], act=act)
            return say(request, see_other(request, PIPELINES), _("In the trash"), act.started)
        except Invalid as refused:
            problems = refused.problems
    context = {
        "pipeline": pipeline, "count": number, "more": more, "problems": problems, "post_to": request.path,
        "ask_back": f"{PIPELINES}/{id}",
    }  # fmt: skip
    return settings_page(
        request, "pipeline_remove.html", context, title=pipeline.title, part="dialog", status=422 if problems else 200
    )


# -- one stage ---------------------------------------------------------------------------------------------------------
@settings_place(PIPELINES)
def stage(request: HttpRequest, id: int, stage: int) -> HttpResponse:
    """One stage beside the list (0: a new one); a POST saves it."""
    actor = actor_of(request)
    pipeline = read_one(actor, "pipeline", id)
    record = read_one(actor, "stage", stage) if stage else None
    spec = registry.object("stage")
    fields = [spec[key] for key in FIELDS]
    setting = reading()
    refused: Refused | None = None
    asked = (str(record["required_fields"] or "") if record else "").split()
    if request.method == "POST":
        typed = typed_by_field(request, fields)
        asked = [key for key in request.POST.getlist("asks") if key in {one.key for one in _askable()}]
        values = values_of(fields, typed, {}) | {"required_fields": " ".join(asked) or None}
        try:
            _save(actor, pipeline, record, values, request.POST.get("_seen", ""))
            return say(request, see_other(request, f"{PIPELINES}/{id}"), _("Saved"))
        except Refused as error:
            if error.status not in (409, 422):
                raise
            refused = error
    elif record is not None:
        typed = {field.key: typed_of_value(record.values.get(field.key), field, setting) for field in fields}
    else:
        typed = {"outcome": {"": ["open"]}}
    panel = _panel(actor, record, typed, asked, refused)
    return _shown(request, pipeline, panel, part="side", status=refused.status if refused else 200)


def _save(actor: Actor, pipeline: Record, record: Record | None, values: dict[str, Any], sealed: str) -> None:
    spec = registry.object("stage")
    if record is None:
        stages = _stages(actor)
        if not values.get("code"):
            codes = {str(one["code"]) for one in stages}
            values["code"] = suggest_key({"zh-hans": str(values.get("name") or "")}, codes, "stage")
        mine = [one for one in stages if _of(one) == pipeline.id]
        # A step under way goes before those that end the deal.
        ends = [one for one in mine if one["outcome"] != "open"]
        place = len(mine) + 1 if values.get("outcome") != "open" or not ends else mine.index(ends[0]) + 1
        act = Act(actor, kind="stage.new")
        done = write(actor, Command("create", "stage", values={**values, "pipeline": pipeline.id}), act=act)
        line = [one.id for one in mine]
        line.insert(place - 1, done.id)
        write_many(actor, [Command("update", "stage", one, {"position": n}) for n, one in enumerate(line, 1)], act=act)
        return
    seen = unseal(sealed, spec)
    changed = changed_values(spec, values, seen) if seen else values
    based = (seen.version, seen.values) if seen else None
    write(actor, Command("update", "stage", record.id, changed, based_on=based))


def _askable() -> list[FieldSpec]:
    """Fields of a deal that a stage can ask for."""
    return [
        one
        for one in registry.object(DEAL).fields
        if not (one.system or one.readonly or one.required) and kind_of(one).writable and one.key != LINK
    ]


def _panel(
    actor: Actor, record: Record | None, typed: Mapping[str, Typed], asked: list[str], refused: Refused | None
) -> dict[str, Any]:
    spec, setting = registry.object("stage"), reading()
    problems, misplaced = by_field(refused, frozenset(FIELDS))
    sealed = [spec[key] for key in (*FIELDS, "required_fields")]
    return {
        "record": record,
        "controls": {
            key: control(spec[key], typed.get(key, {}), setting, problem=problems.get(key, ""), id_prefix="s-")
            for key in FIELDS
        },
        "misplaced": misplaced,
        "seen": seal(record, sealed) if record else "",
        "asks": [(one, one.key in asked) for one in _askable()],
        "count": pointing_here(actor, "stage", record.id, DEAL, LINK)[0] if record else 0,
    }


@settings_place(PIPELINES)
def remove_stage(request: HttpRequest, id: int, stage: int) -> HttpResponse:
    """Asks where the deals go; a POST moves them and takes the stage away."""
    actor = actor_of(request)
    require(actor, "delete", registry.object("stage"))
    record = read_one(actor, "stage", stage)
    number, more = pointing_here(actor, "stage", stage, DEAL, LINK)
    back = f"{PIPELINES}/{id}"
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            done = move_out(actor, "stage", stage, DEAL, LINK, number_in(request.POST.get("to", "")) or None)
            if done.job:
                return see_other(request, f"/jobs/{done.job}")
            return say(request, see_other(request, back), _("Removed"), done.operation)
        except Invalid as refused:
            problems = refused.problems
    others = [one for one in _stages(actor) if one.id != stage]
    context = {
        "record": record, "count": number, "more": more, "problems": problems, "post_to": request.path,
        "ask_back": back, "others": sorted(others, key=lambda one: _of(one) != id), "pipeline_id": id,
    }  # fmt: skip
    return settings_page(
        request, "stage_remove.html", context, title=record.title, part="dialog", status=422 if problems else 200
    )
