"""Who read which personal data when, by person, record, act and period; and what follows when somebody reads a great deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.errors import Invalid
from zhike.kernel.words import _
from zhike.records.privacy.mass_reading import RESPONSES, limit, set_limit
from zhike.records.privacy.reading import ACTS, Reading, readings
from zhike.records.titles import titles_of
from zhike.schema.registry import registry
from zhike.web.links import with_query
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.log_question import log_question
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/access-log"
SHOWN = 50
ICONS: Mapping[str, str] = {
    "view": "eye", "reveal": "scan-eye", "export": "download", "card": "contact-round", "list": "blocks",
    "duplicate": "copy",
}  # fmt: skip


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The newest lines that match; ``before`` goes on with older ones. A POST sets the limit."""
    actor = actor_of(request)
    refused: Invalid | None = None
    held = limit()
    given = {key: request.POST.get(key, "") for key in ("records", "minutes", "response")}
    if request.method == "POST":
        try:
            set_limit(actor, given["records"], given["minutes"], given["response"])
            return say(request, see_other(request, HERE), _("Saved"))
        except Invalid as error:
            refused = error
    question = log_question(request, ("act",))
    typed = question.typed
    found = (
        readings(
            actor,
            who=question.who,
            act=typed["act"] if typed["act"] in ACTS else "",
            record=question.record,
            since=question.since,
            until=question.until,
            before=question.before,
            size=SHOWN + 1,
        )
        if question.problem is None
        else []
    )
    wanted: dict[str, set[int]] = {}
    for one in found:
        if one.record:
            wanted.setdefault(one.object, set()).add(one.record)
    titles = titles_of(actor, wanted)
    more = {key: value for key, value in typed.items() if value}
    problems, _misplaced = by_field(refused)
    context = {
        "lines": [_line(one, titles) for one in found[:SHOWN]],
        "older": with_query(HERE, {**more, "before": found[SHOWN - 1].id}) if len(found) > SHOWN else "",
        "typed": typed,
        "filtered": bool(more),
        "problem": question.problem,
        "acts": ACTS,
        "responses": RESPONSES,
        "limit": given if refused else {"records": held.records, "minutes": held.minutes, "response": held.response},
        "problems": problems,
    }
    return settings_page(request, "access_log.html", context, status=422 if refused else 200)


def _line(one: Reading, titles: Mapping[int, str]) -> dict[str, Any]:
    spec = registry.find(one.object)
    person = people().persons.get(one.actor)
    about, address = one.object, ""
    if spec is not None:
        about = (
            f"{spec.label} {titles.get(one.record) or '#' + str(one.record)}" if one.record else str(spec.plural_label)
        )
        address = f"/{spec.plural}/{one.record}" if one.record and spec.group != "hidden" else ""
    fields = [field for key in one.fields if spec is not None and (field := spec.field(key)) is not None]
    labels = [str(field.label) for field in fields if not field.hidden]
    parts = [str(_(", ")).join(labels), one.reason]
    if one.count > 1 or not one.record:
        parts.insert(0, str(_("{n} records").with_(n=f"{one.count:,}")))
    return {
        "icon": ICONS.get(one.act, "eye"),
        "act": ACTS.get(one.act, one.act),
        "about": about,
        "address": address,
        "more": " · ".join(part for part in parts if part),
        "who": person.name if person else str(_("The system") if not one.actor else _("Somebody who left")),
        "at": one.at,
        "leak": with_query("/settings/breach", {"export": one.id}) if one.act == "export" else "",
    }
