"""Jobs: the list, and one of them with its progress, which may be left and come back to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from zhike.access.people import people
from zhike.kernel.errors import Invalid
from zhike.kernel.words import _
from zhike.records.company.company import is_administrator
from zhike.records.company.settings import company
from zhike.records.export_job import kept_file, open_kept
from zhike.records.jobs.views import find, listed, stop
from zhike.web.generic.exports import as_file
from zhike.web.links import number_in
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of


def show_all(request: HttpRequest) -> HttpResponse:
    """The actor's own jobs, or everybody's for an administrator who asks with ``who=all``."""
    actor = actor_of(request)
    oversees = is_administrator(actor)
    everybody = oversees and request.GET.get("who") == "all"
    jobs, after = listed(actor, everybody, number_in(request.GET.get("before", "")))
    context = {
        "jobs": jobs,
        "after": after,
        "everybody": everybody,
        "oversees": oversees,
        "names": {one.actor: _name(one.actor) for one in jobs},
    }
    return respond(request, "jobs.html", context)


def show(request: HttpRequest, id: int) -> HttpResponse:
    """One job; the part ``progress`` is asked for again while it runs."""
    actor = actor_of(request)
    job = find(actor, id)
    return respond(
        request, "job.html", {"job": job, "name": _name(job.actor), "file": kept_file(actor, job)}, part="progress"
    )


def fetch(request: HttpRequest, id: int) -> HttpResponseBase:
    """The file an export made, for the one who asked for it."""
    actor = actor_of(request)
    kept, pieces = open_kept(actor, id)
    return as_file(kept.name, pieces)


def sign(request: HttpRequest, id: int) -> HttpResponse:
    """The sign in the rail, as it is now."""
    actor = actor_of(request)
    return respond(request, "job_sign.html", {"job": find(actor, id)}, part="sign")


def end(request: HttpRequest, id: int) -> HttpResponse:
    """Ask a job to stop; only by POST."""
    actor = actor_of(request)
    answer = see_other(request, f"/jobs/{id}")
    if request.method != "POST":
        return answer
    try:
        stop(actor, id)
    except Invalid as error:
        return say(request, answer, error.problems[0].text, bad=True)
    return answer


def _name(person: int) -> str:
    known = people().persons.get(person)
    return known.name if known else company().name if not person else str(_("Somebody who left"))
