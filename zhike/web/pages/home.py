"""``/``, the home page 工作台: what is due today and how one's deals stand, in blocks each person arranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused, StillComputing
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.company.preferences import prefer, preference
from zhike.records.long_answers import patience
from zhike.records.one_state import one_state
from zhike.web.kinds.figures import is_chinese, weekday_text, zone
from zhike.web.links import number_in, with_query
from zhike.web.pages import home_day, home_deals
from zhike.web.pages.home_blocks import BLOCKS, Block, Desk, Lines
from zhike.web.pages.home_layout import COLUMNS, arrange, layout, layout_of
from zhike.web.pages.home_people import MINE, TEAM, Whose, sells, whose
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

__all__ = ["arranged", "complete", "home_day", "home_deals", "show"]
KEPT_WHO = "home_who"
GREETINGS = (
    (5, _("Good night")),
    (11, _("Good morning")),
    (13, _("Hello")),
    (18, _("Good afternoon")),
    (24, _("Good evening")),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block with its answer; ``problem`` when it could not be answered, ``waiting``: the job that computes it."""

    block: Block
    data: Any = None
    problem: str = ""
    waiting: int = 0


def show(request: HttpRequest) -> HttpResponse:
    """The page of one's own day; ``?who=people`` or a person's number shows theirs until ``?who=me``, ``?arrange=1`` lets
    blocks be moved."""
    actor = actor_of(request)
    with one_state(), patience():
        desk = _desk(actor, _asked(request, actor))
        chosen = layout(actor)
        known = {one.name: one for one in BLOCKS}
        columns = {
            column: [drawn for name in getattr(chosen, column) if (drawn := _fill(desk, known[name])) is not None]
            for column in COLUMNS
        }
    context = {
        **_common(request, desk),
        "columns": columns,
        "hidden": [known[name] for name in chosen.hidden],
        "arranging": "arrange" in request.GET,
        "heading": _day(),
        "greeting": _greeting(actor, desk.whose),
        "summary": _summary(columns),
    }
    return respond(request, "home.html", context, part="blocks")


def arranged(request: HttpRequest) -> HttpResponse:
    """A POST moves one block (``block`` and ``act``), or keeps the order a script sends (``main`` and ``side``)."""
    actor = actor_of(request)
    back = with_query("/", {"arrange": "1", "who": request.POST.get("who", "")})
    if request.method != "POST":
        return see_other(request, back)
    if "main" in request.POST or "side" in request.POST:
        sent = {column: request.POST.get(column, "").split() for column in COLUMNS}
        arrange(actor, layout_of({**sent, "hidden": layout(actor).hidden}))
        return HttpResponse(status=204)
    act = request.POST.get("act", "")
    arrange(actor, None if act == "reset" else layout(actor).moved(request.POST.get("block", ""), act))
    return see_other(request, back)


def complete(request: HttpRequest) -> HttpResponse:
    """A POST of ``task`` ticks it off and answers its block anew."""
    actor = actor_of(request)
    who, name = request.POST.get("who", ""), request.POST.get("block", "")
    back = with_query("/", {"who": who})
    if request.method != "POST":
        return see_other(request, back)
    block = next((one for one in BLOCKS if one.name == name), None)
    if block is None:
        raise NotFound
    done = run_action(actor, "task", "complete", [number_in(request.POST.get("task", ""))])
    if not wants_part(request):
        return say(request, see_other(request, back), done.message or _("Done"), undo=done.operation)
    with one_state(), patience():
        desk = _desk(actor, who)
        context = {**_common(request, desk), "drawn": _fill(desk, block), "arranging": False}
    answer = respond(request, "home.html", context, part="one")
    return say(request, answer, done.message or _("Done"), undo=done.operation)


def _asked(request: HttpRequest, actor: Actor) -> str:
    """Whose day was asked for, else whose was looked at last; whoever leads people and sells nothing begins with theirs."""
    kept = preference(actor, KEPT_WHO)
    asked = request.GET.get("who")
    if asked is None:
        return str(kept) if kept else TEAM if not sells(actor) else ""
    chosen = whose(actor, asked).choice or MINE
    if chosen != kept:
        prefer(actor, **{KEPT_WHO: chosen})
    return asked


# -- what the page is made of --------------------------------------------------------------------------------------------
def _desk(actor: Actor, who: str) -> Desk:
    return Desk(actor, whose(actor, who), reading().today or now().date())


def _fill(desk: Desk, block: Block) -> Drawn | None:
    try:
        data = block.fill(desk)
    except StillComputing as computing:
        return Drawn(block, waiting=computing.job)
    except Refused as refused:
        return Drawn(block, problem=str(refused.problems[0].text))
    return None if data is None else Drawn(block, data)


def _common(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    return {
        "desk": desk,
        "whose": desk.whose,
        "back": with_query("/", {"who": desk.whose.choice}),
        "with_who": lambda **more: with_query("/", {"who": desk.whose.choice, **more}),
    }


def _day() -> str:
    """``11月24日 周二``, or ``Tue 24 Nov``."""
    setting = reading()
    today = setting.today or now().date()
    if is_chinese(setting):
        return f"{today.month}月{today.day}日 {weekday_text(today, setting)}"
    return f"{weekday_text(today, setting)} {today.day} {today:%b}"


def _greeting(actor: Actor, shown: Whose) -> Words:
    if shown.many:
        return _("Everybody’s day")
    if shown.name:
        return _("The day of {name}").with_(name=shown.name)
    hour = now().astimezone(zone(reading().timezone)).hour
    said = next(words for until, words in GREETINGS if hour < until)
    return _("{greeting}, {name}").with_(greeting=said, name=actor.name)


def _summary(columns: dict[str, list[Drawn]]) -> Words | str:
    """How much is due, in one line."""
    data = {drawn.block.name: drawn.data for held in columns.values() for drawn in held if drawn.data is not None}
    follow_ups, tasks = data.get("follow_ups"), data.get("tasks")
    counts = {
        "due": follow_ups.count if isinstance(follow_ups, Lines) else 0,
        "tasks": tasks.count if isinstance(tasks, Lines) else 0,
    }
    late = sum(1 for one in follow_ups.rows if one.late > 0) if isinstance(follow_ups, Lines) else 0
    if not any(counts.values()):
        return _("Nothing is due today")
    if late:
        return _("{due} follow-ups due, {late} of them late · {tasks} tasks this week").with_(late=late, **counts)
    return _("{due} follow-ups due · {tasks} tasks this week").with_(**counts)
