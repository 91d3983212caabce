"""Where mail goes out, set by an administrator: judged, kept with the password sealed, logged without it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.secrets import vault
from zhike.store.database import write_transaction

KEY = "mail"
FACTS = ("host", "port", "security", "user", "sender", "site")
SECURITIES = ("starttls", "tls", "none")
USUAL = {"host": "", "port": 587, "security": "starttls", "user": "", "sender": "", "site": ""}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]")


def mail_settings() -> dict[str, Any]:
    """The settings without the password; ``has_password`` says whether there is one."""
    held = {**USUAL, **kept(KEY, {})}
    return {**{key: held[key] for key in FACTS}, "has_password": bool(held.get("password"))}


def mail_password() -> str:
    """The password, unsealed; "" when there is none."""
    held = kept(KEY, {})
    return vault().sealer(0, held["key"]).open("mail", held["password"]) if held.get("password") else ""


def mail_folder() -> Path:
    """Where mails lie as files while no server is named."""
    return Path(settings.ZHIKE_HOME) / "mail"


def set_mail(actor: Actor, values: Mapping[str, str]) -> None:
    """Keep the settings as a form gives them; an empty ``password`` leaves the present one as long as the user stays.
    Raises Invalid naming each wrong one, Forbidden for who is no administrator."""
    require_settings(actor)
    taken, problems = _judged(values)
    if problems:
        raise Invalid(problems)
    held = {**USUAL, **kept(KEY, {})}
    secret: dict[str, Any] = {}
    password = values.get("password", "")
    if taken["user"] and password:
        data_key = vault().new_data_key()
        secret = {"key": data_key, "password": vault().sealer(0, data_key).seal("mail", password)}
    elif taken["user"] and taken["user"] == held["user"] and taken["host"] == held["host"]:
        secret = {name: held[name] for name in ("key", "password") if name in held}
    with write_transaction():
        for key, one in taken.items():
            note_setting(actor, f"mail.{key}", held[key], one)
        if password:
            note_setting(actor, "mail.password", None, "•••")
        keep(KEY, {**taken, **secret})


def _judged(values: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    taken: dict[str, Any] = {key: values.get(key, "").strip() for key in FACTS}
    problems: list[Problem] = []
    if taken["host"] and not HOST.fullmatch(taken["host"]):
        problems.append(Problem(_("Give the name of a server, such as smtp.example.com."), "host"))
    if not taken["port"].isascii() or not taken["port"].isdigit() or not 0 < int(taken["port"][:6]) < 65536:
        problems.append(Problem(_("A port is a number from 1 to 65535."), "port"))
    else:
        taken["port"] = int(taken["port"])
    if taken["security"] not in SECURITIES:
        problems.append(Problem(_("Choose one of these."), "security"))
    if len(taken["user"]) > 200 or not taken["user"].isprintable():
        problems.append(Problem(_("This cannot be a user name."), "user"))
    if taken["host"] and not taken["sender"]:
        problems.append(Problem(_("Say from which address mails come."), "sender", "required"))
    elif taken["sender"] and not is_address(taken["sender"]):
        problems.append(Problem(_("Give a mail address, such as zhike@example.com."), "sender"))
    parts = urlsplit(taken["site"]) if taken["site"].isprintable() else urlsplit("")
    if taken["site"] and (parts.scheme not in ("http", "https") or not parts.netloc or " " in taken["site"]):
        problems.append(Problem(_("Give the address people type, such as https://crm.example.com."), "site"))
    taken["site"] = taken["site"].rstrip("/")
    return taken, problems


def is_address(text: str) -> bool:
    """Whether a text can stand in a mail's From or To line: an address, perhaps with a name before it."""
    name, address = parseaddr(text)
    local, _at, domain = address.rpartition("@")
    return (
        bool(local and domain)
        and text.isprintable()
        and len(text) <= 254
        and " " not in address
        and (not name or "<" in text)
    )
