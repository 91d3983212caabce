"""The privacy desk: find a person, see where they are, give them their data, erase them or make them anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.clock import now
from zhike.kernel.downloads import disposition
from zhike.kernel.errors import Invalid, NotFound
from zhike.kernel.words import Words, _
from zhike.records.privacy.desk import cases, erase_person, kept_by_law
from zhike.records.privacy.erasing import ANONYMISE, FULL, MODES
from zhike.records.privacy.finding import MENTION, PERSON, WRITTEN, Place, find_person
from zhike.records.privacy.giving_out import GIVEN_OUT, person_archive
from zhike.records.privacy.subjects import about_people
from zhike.records.search import search
from zhike.schema.registry import registry
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

DESK = "/settings/privacy"
KINDS: Mapping[str, Words] = {ANONYMISE: _("Made anonymous"), FULL: _("Erased"), GIVEN_OUT: _("Data given out")}
GROUPS: tuple[tuple[str, Words], ...] = (
    (PERSON, _("The person")),
    (WRITTEN, _("Written about them")),
    (MENTION, _("Mentions to look at yourself")),
)


@settings_place(DESK)
def show(request: HttpRequest) -> HttpResponse:
    """A search for a person, and the newest cases. A POST searches: what is typed stands in no address."""
    actor = actor_of(request)
    typed = request.POST.get("q", "").strip()[:120]
    registry.refresh()
    specs = {spec.key: spec for spec in about_people()}
    hits = search(actor, typed, tuple(specs), size=20) if typed else []
    names = people().persons
    context = {
        "q": typed,
        "hits": [(hit, specs[hit.object], f"{DESK}/{specs[hit.object].plural}/{hit.id}") for hit in hits],
        "cases": [
            (one, KINDS.get(one.kind, one.kind), names[one.actor].name if one.actor in names else str(_("The system")))
            for one in cases(actor)
        ],
    }
    return settings_page(request, "privacy.html", context)


@settings_place(DESK)
def person(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Everything found of one person; a POST erases, makes anonymous or gives out what is ticked."""
    actor = actor_of(request)
    registry.refresh()
    spec = next((one for one in about_people() if one.plural == plural), None)
    if spec is None:
        raise NotFound
    act = request.POST.get("act", "")
    refused: Invalid | None = None
    if request.method == "POST" and act in ("give", "erase"):
        try:
            if act == "give":
                return _given(request, spec.key, id)
            if request.POST.get("sure") == "yes":
                done = erase_person(
                    actor, spec.key, id, request.POST.getlist("place"), request.POST.get("mode", ""),
                    request.POST.get("reason", ""), _kept(request),
                )  # fmt: skip
                text = _("{n} records and {m} files are empty for good.").with_(n=done.erased, m=done.files)
                return say(request, see_other(request, DESK), text)
        except Invalid as error:
            refused = error
    found = find_person(actor, spec.key, id)
    problems, _misplaced = by_field(refused)
    if request.method == "POST" and act == "erase" and request.POST.get("sure") != "yes":
        problems = {**problems, "sure": _("Tick the box, if you really mean it.")}
    posted = request.method == "POST"
    ticked = set(request.POST.getlist("place"))
    context = {
        "sections": [
            (role, label, [_line(request, one, ticked, posted=posted) for one in found.of(role)])
            for role, label in GROUPS
            if found.of(role)
        ],
        "here": request.path,
        "modes": MODES,
        "mode": request.POST.get("mode", ANONYMISE),
        "reason": request.POST.get("reason", ""),
        "problems": problems,
        "more": found.more,
    }
    title = found.places[0].title
    return settings_page(request, "privacy_person.html", context, title=title, status=422 if problems else 200)


def _line(request: HttpRequest, one: Place, ticked: set[str], *, posted: bool) -> dict[str, Any]:
    spec = registry.object(one.object)
    suggested = kept_by_law(one)
    first = one.role != MENTION and not suggested
    return {
        "place": one,
        "spec": spec,
        "address": f"/{spec.plural}/{one.id}",
        "fields": str(_(", ")).join(str(field.label) for field in one.fields if not field.hidden),
        "ticked": one.key in ticked if posted else first,
        "keep": request.POST.get(f"keep-{one.key}", "") if posted else suggested,
        "asks": one.role != MENTION,
    }


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name.removeprefix("keep-"): str(text) for name, text in request.POST.items() if name.startswith("keep-")}


def _given(request: HttpRequest, object_key: str, id: int) -> HttpResponse:
    actor = actor_of(request)
    data = person_archive(actor, object_key, id, request.POST.getlist("place"), request.POST.get("reason", ""))
    answer = HttpResponse(data, content_type="application/zip")
    name = _("Personal data")
    answer["Content-Disposition"] = disposition(f"{name} {object_key}-{number_in(str(id))} {now():%Y-%m-%d}.zip")
    return answer
