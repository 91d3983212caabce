"""Backups: which there are and whether they are good, one more now, when and where they are made, sent and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase

from zhike.automation.backing_up import MAKE, ask_for_backup, ask_for_trial
from zhike.kernel.clock import now
from zhike.kernel.downloads import disposition
from zhike.kernel.errors import Invalid
from zhike.kernel.words import _
from zhike.records.backups.choices import FACTS, NAMES, PLACES, choices, decide
from zhike.records.backups.making import note_download
from zhike.records.backups.shelf import backup_named, backups, last_good
from zhike.records.jobs.views import waiting_or_running
from zhike.records.log_archive.making import YEARS, decide_years, log_years
from zhike.records.log_archive.parts import parts
from zhike.records.open_format.handing_out import KIND, NAME, PAGE, ask_for_everything, fetch, to_fetch
from zhike.web.pages.security import confirm_first
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/backups"
OLD = timedelta(days=2)
PIECE = 256 * 1024


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The backups and the decisions; a POST keeps the decisions."""
    if request.method != "POST":
        return _page(request)
    typed = {key: request.POST.get(key, "") for key in (*FACTS, "secret")}
    try:
        decide(actor_of(request), typed)
    except Invalid as error:
        return _page(request, typed, error)
    return say(request, see_other(request, HERE), _("Saved"))


@settings_place(HERE)
def log_years_kept(request: HttpRequest) -> HttpResponse:
    """Keeps how many years of changes stay in the database."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        decide_years(actor_of(request), request.POST.get(YEARS, "").strip())
    except Invalid as error:
        return _page(request, refused=error, years=request.POST.get(YEARS, ""))
    return say(request, see_other(request, f"{HERE}#log"), _("Saved"))


@settings_place(HERE)
def make(request: HttpRequest) -> HttpResponse:
    """Starts a backup as a job."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return see_other(request, f"/jobs/{ask_for_backup(actor_of(request))}")


@settings_place(HERE)
def try_again(request: HttpRequest, name: str) -> HttpResponse:
    """Starts the trial of one backup as a job."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return see_other(request, f"/jobs/{ask_for_trial(actor_of(request), name)}")


@settings_place(HERE)
def download(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file itself, sealed as it lies there; noted in the audit before the first byte."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    backup = backup_named(name)
    note_download(actor_of(request), backup)
    answer = StreamingHttpResponse(_pieces(backup.path), content_type="application/zip")
    answer["Content-Length"] = str(backup.size)
    answer["Content-Disposition"] = disposition(backup.name)
    return answer


@settings_place(HERE)
def everything(request: HttpRequest) -> HttpResponse:
    """Starts giving out everything as a job, after the administrator showed once more who they are."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = confirm_first(request, PAGE)
    return asked or see_other(request, f"/jobs/{ask_for_everything(actor_of(request))}")


@settings_place(HERE)
def fetch_everything(request: HttpRequest, id: int) -> HttpResponseBase:
    """The file a job made, for who asked for it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = confirm_first(request, PAGE)
    if asked is not None:
        return asked
    size, content = fetch(actor_of(request), id)
    answer = StreamingHttpResponse(content, content_type="application/zip")
    answer["Content-Length"] = str(size)
    answer["Content-Disposition"] = disposition(NAME)
    return answer


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as source:
        while chunk := source.read(PIECE):
            yield chunk


def _page(
    request: HttpRequest, typed: dict[str, str] | None = None, refused: Invalid | None = None, years: str | None = None
) -> HttpResponse:
    held, good = choices(), last_good()
    problems, _misplaced = by_field(refused)
    shown = {key: "yes" if held[key] is True else "" if held[key] is False else str(held[key]) for key in FACTS}
    context = {
        "backups": backups(),
        "good": good,
        "old": good is not None and now() - good.made > OLD,
        "to_fetch": to_fetch(actor_of(request)),
        "giving": waiting_or_running(KIND),
        "running": waiting_or_running(MAKE),
        "typed": typed or shown,
        "names": NAMES,
        "places": list(PLACES.items()),
        "has_secret": held["has_secret"],
        "problems": problems,
        "refused": refused if years is None else None,
        "years": log_years() if years is None else years,
        "archive": parts(),
        "archive_size": sum(one.path.stat().st_size for one in parts() if one.path.is_file()),
    }
    return settings_page(request, "backups.html", context, status=422 if refused else 200)
