"""``/welcome/…``: where an invited person writes their name and password, once; also after forgetting the password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.access.signin import INVITED, SHORTEST_PASSWORD, invitation
from zhike.kernel.errors import Invalid
from zhike.records.company.first_steps import in_first_steps
from zhike.records.company.invitations import welcomed
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.signin.entry import enter
from zhike.web.middleware import public
from zhike.web.respond import respond, see_other
from zhike.web.visitor import address_of, carry, device_of


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
            try:
                entered = enter(login, password, address_of(request), device_of(request))
            except Invalid:  # the password is set; from here they may not come in
                return see_other(request, "/sign-in")
            begins = rules_over_roles(found.user) and in_first_steps()
            onward = "/settings/first-steps" if begins else "/"
            response = see_other(request, "/sign-in/second" if entered.half else onward)
            carry(request, response, entered.token)
            return response
    context = {
        "person": person,
        "name": name,
        "fresh": found.kind == INVITED,
        "least": SHORTEST_PASSWORD,
        "problems": problems,
    }
    return respond(request, "welcome.html", context, status=422 if problems else 200)
