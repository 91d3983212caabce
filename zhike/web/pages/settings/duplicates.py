"""What people are told of a duplicate they cannot see, and how each object was last looked through."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can
from zhike.kernel.errors import Invalid
from zhike.kernel.words import Words, _
from zhike.records.likeness.outside import EXISTS, NOTHING, OWNER, choose_outside, outside_choice
from zhike.records.likeness.pairs import scanned
from zhike.schema.registry import registry
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/duplicates"
WAYS: tuple[tuple[str, Words, Words], ...] = (
    (NOTHING, _("Nothing"), _("As if it were not there. Two people may work on the same customer without knowing.")),
    (EXISTS, _("That it is there"), _("No name, no field: only that somebody has it already.")),
    (OWNER, _("Who has it"), _("The owner’s name too, so that people can talk to each other.")),
)


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The choice as a form; a POST saves it."""
    actor = actor_of(request)
    refused = None
    if request.method == "POST":
        try:
            choose_outside(actor, request.POST.get("outside", ""))
            return say(request, see_other(request, HERE), _("Saved"))
        except Invalid as error:
            refused = error
    looked = [(spec, scanned(spec)) for spec in registry if spec.compared and can(actor, "read", spec)]
    context = {"ways": WAYS, "chosen": outside_choice(), "looked": looked, "refused": refused}
    return settings_page(request, "duplicates.html", context, status=422 if refused else 200)
