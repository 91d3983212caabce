"""The provider a company signs in with: judged, kept with its secret sealed, logged without it; and who may do without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from zhike.access.people import Person, people
from zhike.access.signin.standing import access_of
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.company.company import require_settings
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.secrets import vault
from zhike.store.database import write_transaction

KEY = "single_sign_on"
KINDS: Mapping[str, Words] = {
    "oidc": _("OpenID Connect"),
    "wecom": _("WeCom"),
    "dingtalk": _("DingTalk"),
    "lark": _("Lark"),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "": (),
    "oidc": ("issuer", "client"),
    "wecom": ("client", "agent"),
    "dingtalk": ("client", "organisation"),
    "lark": ("client", "organisation"),
}
MOST = 300


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """How people sign in with a company account; an empty ``kind``: they do not. ``domain``: only mail addresses there are
    taken for known people or new ones. ``create``: somebody unknown becomes a user with ``role`` (an id). ``only``: there is no
    other way in, but for the administrator ``except_login``."""

    kind: str = ""
    issuer: str = ""
    client: str = ""
    agent: str = ""
    organisation: str = ""
    domain: str = ""
    create: bool = False
    role: int = 0
    only: bool = False
    except_login: str = ""
    has_secret: bool = False


def single_sign_on() -> SingleSignOn:
    """The settings without the secret."""
    held = kept(KEY, {})
    known = {one.name: held[one.name] for one in fields(SingleSignOn) if one.name in held}
    return SingleSignOn(**{**known, "has_secret": bool(held.get("secret"))})


def provider_secret() -> str:
    """The secret, unsealed; "" when there is none."""
    held = kept(KEY, {})
    return vault().sealer(0, held["key"]).open(KEY, held["secret"]) if held.get("secret") else ""


def may_without_provider(person: Person) -> bool:
    """Whether this person may come in by password or passkey."""
    held = kept(KEY, {})
    return not held.get("only") or not held.get("kind") or person.login.casefold() == held["except_login"].casefold()


def set_single_sign_on(actor: Actor, values: Mapping[str, Any]) -> None:
    """Keep the settings as a form gives them; an empty ``secret`` leaves the present one while provider and client stay.
    Raises Invalid naming each wrong one, Forbidden for who is no administrator."""
    require_settings(actor)
    held = kept(KEY, {})
    before = single_sign_on()
    taken, problems = _judged(values)
    secret, same = str(values.get("secret") or "").strip(), (before.kind, before.issuer, before.client)
    keeps = before.has_secret and same == (taken["kind"], taken["issuer"], taken["client"])
    if taken["kind"] and not secret and not keeps:
        problems.append(Problem(_("Give the secret of the app."), "secret", "required"))
    if problems:
        raise Invalid(problems)
    sealed: dict[str, Any] = {name: held[name] for name in ("key", "secret") if keeps and name in held}
    if secret:
        data_key = vault().new_data_key()
        sealed = {"key": data_key, "secret": vault().sealer(0, data_key).seal(KEY, secret)}
    with write_transaction():
        for key, one in taken.items():
            note_setting(actor, f"{KEY}.{key}", getattr(before, key), one)
        if secret:
            note_setting(actor, f"{KEY}.secret", None, "•••")
        keep(KEY, {**taken, **sealed} if taken["kind"] else None)


def _judged(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    texts = ("kind", "issuer", "client", "agent", "organisation", "domain", "except_login")
    taken: dict[str, Any] = {key: str(values.get(key) or "").strip()[:MOST] for key in texts}
    taken |= {key: bool(values.get(key)) for key in ("create", "only")}
    taken["role"] = int(values.get("role") or 0)
    problems: list[Problem] = []
    if taken["kind"] and taken["kind"] not in KINDS:
        problems.append(Problem(_("Choose one of these."), "kind"))
        return taken, problems
    for key in NEEDED[taken["kind"]]:
        if not taken[key]:
            problems.append(Problem(_("Fill in this field."), key, "required"))
    parts = urlsplit(taken["issuer"]) if taken["issuer"].isprintable() else urlsplit("")
    if taken["issuer"] and (parts.scheme not in ("https", "http") or not parts.netloc or " " in taken["issuer"]):
        problems.append(Problem(_("Give the issuer's address, such as https://login.example.com."), "issuer"))
    taken["domain"] = taken["domain"].removeprefix("@").casefold()
    if taken["create"] and taken["kind"] == "oidc" and not taken["domain"]:
        problems.append(
            Problem(_("Say whose mail addresses make new people, or the whole world could come in."), "domain")
        )
    if taken["create"] and (not taken["role"] or not any(role == taken["role"] for role, _object in people().grants)):
        problems.append(Problem(_("Choose the role new people get."), "role", "required"))
    if taken["only"]:
        person = people().by_login(taken["except_login"])
        good = (
            person is not None
            and person.active
            and rules_over_roles(person.id)
            and access_of([person.id])[person.id].password
        )
        if not good:
            text = _("Name an administrator with a password: the way in on the day the provider fails.")
            problems.append(Problem(text, "except_login", "required"))
    return taken, problems
