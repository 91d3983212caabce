"""The master key of the home: which one is in use, how secrets are sealed, and turning it, asked once more before."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import Words, _
from zhike.records.jobs.views import find
from zhike.records.master_key.rotation import backups_needing, keys_now, rotate, rotation_state, unfinished
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.visitor import actor_of

HERE = "/settings/key"
CIPHERS: tuple[tuple[str, str, Words], ...] = (
    ("aes", "AES-256-GCM", _("Known and trusted everywhere; the fastest on today’s machines.")),
    ("sm4", "SM4-GCM", _("For companies that have to use 国密. A little slower, which nobody will notice.")),
)


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The keys in the key file and the last turn."""
    masters, suite = keys_now()
    held = rotation_state()
    wrapped = held.get("wrapped")
    context = {
        "needing": len({name for names in backups_needing().values() for name in names}),
        "keys": [(one.id, one.made, one is masters[-1]) for one in reversed(masters)],
        "suite": suite,
        "ciphers": CIPHERS,
        "under_way": unfinished(),
        "job": _job(request, int(held.get("job") or 0)),
        "wrapped": datetime.fromisoformat(wrapped) if wrapped else None,
    }
    return settings_page(request, "key.html", context)


def _job(request: HttpRequest, number: int) -> int:
    """The job that turns the key, while it runs and the reader may follow it."""
    try:
        found = find(actor_of(request), number) if number else None
    except Refused:  # it belongs to somebody else, or was thrown away after its time
        return 0
    return number if found is not None and found.state in ("waiting", "running") else 0


@settings_place(HERE)
def turn(request: HttpRequest) -> HttpResponse:
    """Asks once more, then turns the key and follows the job."""
    cipher = request.POST.get("cipher") or request.GET.get("cipher", "")
    cipher = cipher if cipher in {name for name, _label, _about in CIPHERS} else keys_now()[1]
    refused: Invalid | None = None
    if request.method == "POST":
        try:
            return see_other(request, f"/jobs/{rotate(actor_of(request), cipher)}")
        except Invalid as error:
            refused = error
    context = {
        "cipher": cipher,
        "changes": cipher != keys_now()[1],
        "label": next(label for name, label, _about in CIPHERS if name == cipher),
        "problems": refused.problems if refused else (),
        "post_to": request.path,
        "ask_back": HERE,
    }
    return settings_page(
        request, "key_ask.html", context, title=_("Turn the master key"), part="dialog", status=422 if refused else 200
    )
