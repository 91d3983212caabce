"""The first steps in a new home: company, people, data, done. Each can be skipped, all can be left and taken up again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid
from zhike.kernel.words import Words, _, current_language
from zhike.records.company.company import FACTS, set_company
from zhike.records.company.first_steps import DONE, OVER, SKIPPED, STEPS, mark_step, steps
from zhike.records.company.settings import Company, company
from zhike.web.kinds.widgets import control
from zhike.web.pages.settings.company import company_fields
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

FIRST = "/settings/first-steps"
TITLES: dict[str, tuple[Words, Words, str]] = {
    "company": (_("Your company"), _("Name, currency, country, time zone and language"), "building-2"),
    "people": (_("Your people"), _("Invite those who work with you; each sets their own password"), "users-round"),
    "data": (_("Your data"), _("Bring customers in from a file, or look around with a demo company first"), "import"),
}


@settings_place(FIRST)
def show(request: HttpRequest) -> HttpResponse:
    """The steps with how far one is; a POST marks one done or skipped, or ends the first steps."""
    actor = actor_of(request)
    typed = {key: getattr(company(), key) for key in FACTS}
    if typed["name"] == Company().name:  # the product's own, until the company gives its name
        typed["name"] = ""
    refused = None
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step == OVER:
            mark_step(actor, OVER, DONE)
            return say(request, see_other(request, "/"), _("Ready. Everything else is in the settings."))
        try:
            if step == "company" and "skip" not in request.POST:
                typed = {key: request.POST.get(key, "") for key in FACTS}
                set_company(actor, typed)
            mark_step(actor, step, SKIPPED if "skip" in request.POST else DONE)
            return see_other(request, FIRST)
        except Invalid as error:
            refused = error
    problems, misplaced = by_field(refused, frozenset(FACTS))
    found = steps()
    now = next((one.name for one in found if not one.state), "")
    asked = request.GET.get("step", "")
    opened = "company" if refused else asked if asked in STEPS else now
    setting = reading()
    context = {
        "steps": [(one, *TITLES[one.name]) for one in found],
        "opened": opened,
        "made": sum(bool(one.state) for one in found),
        "controls": [
            control(one, {"": [typed[one.key]]}, setting, problem=problems.get(one.key, ""))
            for one in company_fields(current_language(), typed["currency"])
        ],
        "misplaced": misplaced,
    }
    return settings_page(request, "first_steps.html", context, status=422 if refused else 200)
