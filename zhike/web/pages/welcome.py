"""``/welcome/…``: where an invited person writes their name and password, once; also after forgetting the password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.access.signin import INVITED, SESSION_DAYS, invitation, sign_in
from zhike.kernel.errors import Invalid
from zhike.records.company.first_steps import in_first_steps
from zhike.records.company.invitations import welcomed
from zhike.records.company.people_lives import rules_over_roles
from zhike.web.middleware import SESSION_COOKIE, public
from zhike.web.respond import respond, see_other

DAY = 24 * 3600


@public
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The form; a POST sets name and password, uses the link up and signs in."""
    found = invitation(token)
    if found is None:
        return respond(request, "welcome_over.html", {}, status=410)
    person = people().persons[found.user]
    name = request.POST.get("name", person.name)
    problems = {}
    if request.method == "POST":
        password = request.POST.get("password", "")
        try:
            login = welcomed(token, name, password)
        except Invalid as refused:
            problems = {one.field: one.text for one in refused.problems}
        else:
            session = sign_in(login, password, str(request.META.get("REMOTE_ADDR", "")))
            begins = rules_over_roles(found.user) and in_first_steps()
            response = see_other(request, "/settings/first-steps" if begins else "/")
            response.set_cookie(
                SESSION_COOKIE,
                session,
                max_age=SESSION_DAYS * DAY,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
            return response
    context = {"person": person, "name": name, "fresh": found.kind == INVITED, "problems": problems}
    return respond(request, "welcome.html", context, status=422 if problems else 200)
