"""How mail goes out: the server, and a try that says what happened."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.automation.letters import Letter, Line, message_of
from zhike.automation.mailing import present_server
from zhike.channels.mail import SECURITIES, NotSent, send
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.company.settings import company
from zhike.records.notices.mail_hold import mail_hold, release_mail
from zhike.records.notices.mail_settings import FACTS, is_address, mail_settings, set_mail
from zhike.records.notices.mails import again, counts, last_failure
from zhike.records.read import read_one
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/mail"
FILES = _("Written as a file into the folder {folder}: no server is named yet.")
HANDED = _("Handed to {host}. Look whether it arrives at {to}.")


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The settings as a form; a POST saves them and tries again what could not be sent."""
    if request.method != "POST":
        return _page(request)
    typed = {key: request.POST.get(key, "") for key in (*FACTS, "password")}
    try:
        set_mail(actor_of(request), typed)
    except Invalid as error:
        return _page(request, typed=typed, refused=error)
    again()
    return say(request, see_other(request, HERE), _("Saved"))


@settings_place(HERE)
def try_out(request: HttpRequest) -> HttpResponse:
    """Sends one mail to the address given, with the settings as they are kept, and says what happened."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    to = request.POST.get("to", "").strip()
    if not is_address(to):
        wrong = Invalid(Problem(_("Give a mail address, such as zhike@example.com."), "to"))
        return _page(request, refused=wrong, to=to)
    server = present_server()
    letter = Letter(
        str(_("{company}: a test").with_(company=company().name)),
        (("", (Line(str(_("Mail from Zhike arrives. Nothing else is to be done.")), "/settings/mail"),)),),
    )
    try:
        send(replace(server), message_of(letter, server.sender, to, f"{uuid4().hex}@zhike"))
    except NotSent as problem:
        return _page(request, outcome=problem.problems[0].text, good=False, to=to)
    text = HANDED.with_(host=server.host, to=to) if server.host else FILES.with_(folder="mail/")
    return _page(request, outcome=text, good=True, to=to)


@settings_place(HERE)
def release(request: HttpRequest) -> HttpResponse:
    """Lets out the mail that waits since a restore; with ``do=drop`` throws it away."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    drop = request.POST.get("do") == "drop"
    release_mail(actor_of(request), drop=drop)
    text = _("Thrown away. New mail goes out.") if drop else _("It goes out now.")
    return say(request, see_other(request, HERE), text)


def _page(
    request: HttpRequest,
    *,
    typed: dict[str, str] | None = None,
    refused: Invalid | None = None,
    outcome: Words | None = None,
    good: bool = True,
    to: str = "",
) -> HttpResponse:
    held = mail_settings()
    problems, _misplaced = by_field(refused)
    own = read_one(actor_of(request), "user", actor_of(request).id)["email"] if actor_of(request).id else ""
    shown = {key: str(held[key]) for key in FACTS} | (typed or {})
    if not shown["site"] and typed is None:
        shown["site"] = f"{request.scheme}://{request.get_host()}"
    context = {
        "typed": shown,
        "has_password": held["has_password"],
        "problems": problems,
        "refused": refused if typed is not None else None,
        "securities": list(SECURITIES.items()),
        "outcome": outcome,
        "good": good,
        "to": to or (own if isinstance(own, str) else ""),
        "hold": mail_hold(),
        "counts": counts(),
        "last_failure": last_failure(),
    }
    return settings_page(request, "mail.html", context, status=422 if refused else 200)
