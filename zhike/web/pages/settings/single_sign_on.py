"""Signing in with a company account: which provider, who may come, whether there is another way."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Invalid
from zhike.kernel.words import Words, _
from zhike.records.signin.provider import KINDS, SingleSignOn, set_single_sign_on, single_sign_on
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.people import role_choices
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

HERE = "/settings/single-sign-on"
TEXTS = ("kind", "issuer", "client", "agent", "organisation", "domain", "except_login", "secret")
CLIENT: dict[str, Words] = {
    "oidc": _("Client ID"),
    "wecom": _("Corp ID"),
    "dingtalk": _("Client ID (AppKey)"),
    "lark": _("App ID"),
}


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """The settings as a form; choosing another kind shows its fields, a POST of ``save`` keeps them."""
    actor, held = actor_of(request), single_sign_on()
    typed: dict[str, Any] = {**asdict(held), "secret": ""}
    refused: Invalid | None = None
    kind = request.GET.get("kind")
    if kind is not None and kind in ("", *KINDS) and kind != held.kind:
        typed = {**asdict(SingleSignOn(kind=kind, domain=held.domain)), "secret": ""}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "").strip() for key in TEXTS}
        typed |= {"create": "create" in request.POST, "only": "only" in request.POST}
        typed["role"] = number_in(request.POST.get("role", ""))
        try:
            set_single_sign_on(actor, typed)
            return say(request, see_other(request, HERE), _("Saved"))
        except Invalid as error:
            refused = error
    context = {
        "typed": typed,
        "problems": by_field(refused)[0],
        "refused": refused,
        "kinds": [("", _("None: password and passkey")), *KINDS.items()],
        "client_label": CLIENT.get(typed["kind"], CLIENT["oidc"]),
        "roles": role_choices(actor, [str(typed["role"])]),
        "has_secret": held.has_secret and held.kind == typed["kind"],
        "back_address": f"{request.scheme}://{request.get_host()}/sign-in/back",
    }
    return settings_page(request, "single_sign_on.html", context, status=422 if refused else 200)
