"""``/calendar/{token}.ics``: a person's calendar for their phone, opened by its secret address alone."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import http_date

from zhike.channels.ics import calendar_file
from zhike.kernel.clock import today
from zhike.kernel.downloads import disposition
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _, speaking
from zhike.records.agenda import agenda, kinds
from zhike.records.company.settings import company
from zhike.records.feeds import home_name, reader_of_feed
from zhike.web.middleware import public

_FULL = _("“{kind}”: only the first {n} stand in this calendar")
BACK, AHEAD = timedelta(days=31), timedelta(days=366)
MOST = 10_000  # entries of one kind


@public
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The file, as far as the person may see today; 304 when nothing in it changed."""
    try:
        actor = reader_of_feed(token)
    except NotFound:
        return HttpResponse("", status=404, content_type="text/plain")
    day = today(actor.timezone)
    ahead = [one.key for one in kinds(actor) if one.entry.field != one.spec.timeline]  # what happened is no plan
    found = agenda(actor, day - BACK, day + AHEAD, (actor.id,), ahead, most=MOST)
    with speaking(actor.language):
        name = str(_("{company}: {person}").with_(company=company().name, person=actor.name))
        notes = [str(_FULL.with_(n=f"{MOST:,}", kind=one.entry.label)) for one in found.cut]
        body = calendar_file(name, home_name(), found.items, [(day, note) for note in notes])
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    newest = max((one.changed for one in found.items if one.changed), default=None)
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = disposition("zhike.ics", inline=True)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    if newest is not None:
        response["Last-Modified"] = http_date(newest.timestamp())
    return response
