"""A person's own ways in: password, second step, devices that are signed in, tokens for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.signin import SHORTEST_PASSWORD
from zhike.access.signin.sessions import Session, end_session, end_sessions, note_proved, sessions_of
from zhike.access.signin.tokens import create_token, end_token, tokens_of
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.signin.identities import linked_since
from zhike.records.signin.own import change_password, has_password, prove
from zhike.records.signin.passkeys import passkeys_of, remove_passkey, user_answering
from zhike.records.signin.provider import KINDS, single_sign_on
from zhike.records.signin.second_step import factors_of, new_codes, remove_authenticator
from zhike.web.links import local, number_in, with_query
from zhike.web.middleware import open_to_confined
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import SESSION_COOKIE, actor_of, carry, session_token, site_of

HERE = "/security"
CONFIRM = "/security/confirm"


def session_here(request: HttpRequest) -> Session:
    """The session this request came with."""
    session: Session = request.visit.session  # type: ignore[attr-defined]
    return session


def confirm_first(request: HttpRequest, back: str) -> HttpResponse | None:
    """Where to go when it is a while since the person showed who they are; None when they just did."""
    return None if session_here(request).fresh else see_other(request, with_query(CONFIRM, {"next": back}))


def show(request: HttpRequest) -> HttpResponse:
    """All of it; a POST says with ``do`` what to change."""
    if request.method != "POST":
        return _page(request)
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        return see_other(request, HERE)
    try:
        return act(request)
    except Invalid as error:
        return _page(request, error.problems)


@open_to_confined
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks once more who it is, by password, code or passkey, before ways in are changed."""
    actor, token = actor_of(request), session_token(request)
    back = local(request.POST.get("next") or request.GET.get("next", ""), HERE)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            if request.POST.get("passkey"):
                if user_answering(site_of(request), request.POST["passkey"]) != actor.id:
                    raise Invalid(Problem(_("This passkey is somebody else's."), "passkey"))
                note_proved(token)
            else:
                prove(actor, token, request.POST.get("password", ""))
            return see_other(request, back)
        except Invalid as error:
            problem = error.problems[0]
    context = {
        "next": back,
        "problem": problem.text if problem else "",
        "has_password": has_password(actor),
        "factors": factors_of(actor.id),
    }
    return respond(request, "security/confirm.html", context, status=422 if problem else 200)


# -- what can be done ----------------------------------------------------------------------------------------------------
def _password(request: HttpRequest) -> HttpResponse:
    token = change_password(
        actor_of(request), session_token(request), request.POST.get("current", ""), request.POST.get("password", "")
    )
    response = see_other(request, HERE)
    carry(request, response, token)
    return say(request, response, _("Password changed. Other devices were signed out."))


def _end(request: HttpRequest) -> HttpResponse:
    actor, id = actor_of(request), request.POST.get("id", "")
    end_session(actor.id, id)
    if id == session_here(request).id:
        response = see_other(request, "/sign-in")
        response.delete_cookie(SESSION_COOKIE, samesite="Lax")
        return response
    return say(request, see_other(request, f"{HERE}#devices"), _("Signed out there"))


def _end_others(request: HttpRequest) -> HttpResponse:
    end_sessions(actor_of(request).id, but=session_token(request))
    return say(request, see_other(request, f"{HERE}#devices"), _("All other devices were signed out."))


def _remove_app(request: HttpRequest) -> HttpResponse:
    remove_authenticator(actor_of(request))
    return say(request, see_other(request, f"{HERE}#second-step"), _("The app is not asked for any more."))


def _remove_passkey(request: HttpRequest) -> HttpResponse:
    remove_passkey(actor_of(request), number_in(request.POST.get("id", "")))
    return say(request, see_other(request, f"{HERE}#second-step"), _("Passkey removed"))


def _codes(request: HttpRequest) -> HttpResponse:
    return codes_page(request, new_codes(actor_of(request)), HERE)


def _new_token(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    made = create_token(actor, actor.id, request.POST.get("name", "").strip())
    return _page(request, made=made)


def _end_token(request: HttpRequest) -> HttpResponse:
    end_token(actor_of(request).id, request.POST.get("id", ""))
    return say(request, see_other(request, f"{HERE}#tokens"), _("The token no longer works."))


def _after_confirming(act: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: confirm_first(request, HERE) or act(request)


ACTS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "password": _password,
    "end": _end,
    "end-others": _end_others,
    "remove-app": _after_confirming(_remove_app),
    "remove-passkey": _after_confirming(_remove_passkey),
    "codes": _after_confirming(_codes),
    "new-token": _after_confirming(_new_token),
    "end-token": _end_token,
}


def codes_page(request: HttpRequest, codes: tuple[str, ...], onward: str) -> HttpResponse:
    """The recovery codes, this once."""
    return respond(request, "security/codes.html", {"codes": codes, "onward": onward})


def _page(request: HttpRequest, problems: tuple[Problem, ...] = (), made: str = "") -> HttpResponse:
    actor = actor_of(request)
    found: dict[str, Any] = {one.field: one.text for one in problems}
    context = {
        "problems": found,
        "has_password": has_password(actor),
        "least": SHORTEST_PASSWORD,
        "factors": factors_of(actor.id),
        "passkeys": passkeys_of(actor.id),
        "sessions": sessions_of(actor.id),
        "here_now": session_here(request).id,
        "tokens": tokens_of(actor.id),
        "made": made,
        "kinds": KINDS,
        "sso": single_sign_on(),
        "linked": linked_since(actor.id, single_sign_on().kind),
    }
    return respond(request, "security/show.html", context, status=422 if problems else 200)
