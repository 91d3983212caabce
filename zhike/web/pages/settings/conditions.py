"""The conditions of a rule while they are being made: what the form says now, drawn again. Nothing is written."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Forbidden, NotFound
from zhike.kernel.words import _
from zhike.records.assigning.rules import assignable
from zhike.records.company.company import is_administrator
from zhike.records.privacy.retention_terms import retainable
from zhike.records.roles.checks import shareable
from zhike.schema.registry import registry
from zhike.web.generic.rule_conditions import conditions_of
from zhike.web.pages.settings.places import may_edit
from zhike.web.respond import respond
from zhike.web.visitor import actor_of


def show(request: HttpRequest) -> HttpResponse:
    """The rows and the text for what the form sent."""
    actor = actor_of(request)
    if not (is_administrator(actor) or any(may_edit(key)(actor) for key in ("sharing_rule", "assignment_rule"))):
        raise Forbidden(_("Your roles do not open this page. Ask an administrator."))
    registry.refresh()
    spec = registry.find(request.GET.get("object", ""))
    if spec is None or not (shareable(spec) or retainable(spec) or assignable(spec)):
        raise NotFound
    found = conditions_of(actor, spec, request.GET, "")
    return respond(request, "settings/conditions.html", found.around)
