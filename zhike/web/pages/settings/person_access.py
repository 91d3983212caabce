"""What an administrator does about somebody's ways in, from their panel."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.signin.office import end_for, take_second_step_away, unlock
from zhike.web.pages.settings.frame import settings_place
from zhike.web.pages.settings.people import PEOPLE
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

ACTS: dict[str, tuple[Callable[[Actor, int], None], Words]] = {
    "unlock": (unlock, _("They can try again at once.")),
    "second-step": (take_second_step_away, _("They sign in with the password alone, and are signed out everywhere.")),
    "sessions": (end_for, _("Signed out everywhere")),
}


@settings_place(PEOPLE)
def change(request: HttpRequest, id: int) -> HttpResponse:
    """One of :data:`ACTS`, or the end of one session, by POST; a link does nothing."""
    back = see_other(request, f"{PEOPLE}/{id}")
    if request.method == "POST" and request.POST.get("do") == "session" and request.POST.get("session"):
        end_for(actor_of(request), id, request.POST["session"])
        return say(request, back, _("Signed out there"))
    act = ACTS.get(request.POST.get("do", ""))
    if request.method != "POST" or act is None:
        return back
    act[0](actor_of(request), id)
    return say(request, back, act[1])
