"""The watch list of customers that changed hands."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.handing.watching import QUIET, Watched, watched
from zhike.web.links import number_in, with_query
from zhike.web.respond import respond

TABS: tuple[tuple[str, Words, Callable[[Watched], bool]], ...] = (
    ("", _("All"), lambda _one: True),
    ("quiet", _("No contact"), lambda one: one.quiet),
    ("lost", _("A deal was lost"), lambda one: bool(one.lost)),
    ("well", _("Going well"), lambda one: not one.troubled),
)
PAGE = 100


def show(request: HttpRequest) -> HttpResponse:
    """Days since, last follow-up since, no contact for ``days``, deals lost since; of one ``handover`` or ``owner``."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET
    days = number_in(asked.get("days", "")) or QUIET
    handover, owner, find = (
        number_in(asked.get("handover", "")),
        number_in(asked.get("owner", "")),
        asked.get("find", ""),
    )
    lines = watched(actor, min(days, 365), handover)
    owners = sorted({(one.owner.title, one.owner.id) for one in lines if one.owner})
    find = find.strip()[:60]
    lines = [
        one
        for one in lines
        if (not owner or (one.owner and one.owner.id == owner)) and find.casefold() in one.account.title.casefold()
    ]
    kept = {"days": days if days != QUIET else "", "handover": handover or "", "owner": owner or "", "find": find}
    tab = next((one for one in TABS if one[0] == asked.get("tab", "")), TABS[0])
    start = number_in(asked.get("from", ""))
    shown = [one for one in lines if tab[2](one)]
    more = start + PAGE if len(shown) > start + PAGE else 0
    here = "/handovers/watch"
    context = {
        "tabs": [
            (name, label, sum(map(fits, lines)), with_query(here, {**kept, "tab": name}), name == tab[0])
            for name, label, fits in TABS
        ],
        "tab": tab[0],
        "lines": shown[start : start + PAGE],
        "next": with_query(here, {**kept, "tab": tab[0], "from": more}) if more else "",
        "owners": owners,
        "owner": owner,
        "handover": handover,
        "days": days,
        "find": find,
    }
    return respond(request, "handover/watch.html", context)
