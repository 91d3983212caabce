"""What the administrator decided about backups: when, how many are kept, where they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.company.company import require_settings
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.secrets import vault
from zhike.store.database import write_transaction

KEY = "backups"
FACTS = ("daily", "hour", "days", "weeks", "months", "to", "folder", "address", "bucket", "region", "prefix", "access")
USUAL: dict[str, Any] = {
    "daily": True, "hour": 3, "days": 7, "weeks": 4, "months": 12, "to": "", "folder": "", "address": "", "bucket": "",
    "region": "us-east-1", "prefix": "", "access": "",
}  # fmt: skip
PLACES: dict[str, Words] = {
    "": _("Nowhere else"),
    "folder": _("A folder of this machine"),
    "s3": _("An S3-compatible store"),
}
NAMES: dict[str, Words] = {
    "daily": _("Daily backup"), "hour": _("Hour"), "days": _("Days kept"), "weeks": _("Weeks kept"),
    "months": _("Months kept"), "to": _("Sent to"), "folder": _("Folder"), "address": _("Address of the store"),
    "bucket": _("Bucket"), "region": _("Region"), "prefix": _("Prefix"), "access": _("Access key"),
    "secret": _("Secret key"),
}  # fmt: skip
MOST = {"hour": 23, "days": 366, "weeks": 520, "months": 240}
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
SHORT = re.compile(r"[A-Za-z0-9_./=+@-]{0,200}")


def choices() -> dict[str, Any]:
    """The decisions without the store's secret; ``has_secret`` says whether there is one."""
    held = {**USUAL, **kept(KEY, {})}
    return {**{key: held[key] for key in FACTS}, "has_secret": bool(held.get("secret"))}


def store_secret() -> str:
    """The store's secret, unsealed; "" when there is none."""
    held = kept(KEY, {})
    return vault().sealer(0, held["key"]).open("backups", held["secret"]) if held.get("secret") else ""


def decide(actor: Actor, values: Mapping[str, str]) -> None:
    """Keep the decisions as a form gives them; an empty ``secret`` leaves the present one as long as the store stays.
    Raises Invalid naming each wrong one, Forbidden for who is no administrator."""
    require_settings(actor)
    taken, problems = _judged(values)
    held = {**USUAL, **kept(KEY, {})}
    same = all(taken[key] == held[key] for key in ("address", "bucket", "access"))
    secret: dict[str, Any] = {}
    if taken["to"] == "s3" and values.get("secret"):
        data_key = vault().new_data_key()
        secret = {"key": data_key, "secret": vault().sealer(0, data_key).seal("backups", values["secret"])}
    elif taken["to"] == "s3" and same and held.get("secret"):
        secret = {name: held[name] for name in ("key", "secret")}
    elif taken["to"] == "s3":
        problems.append(Problem(_("Fill in this field."), "secret", "required"))
    if problems:
        raise Invalid(problems)
    with write_transaction():
        for key, one in taken.items():
            note_setting(actor, f"backups.{key}", held[key], one)
        if values.get("secret") and secret:
            note_setting(actor, "backups.secret", None, "•••")
        keep(KEY, {**taken, **secret})


def _judged(values: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    taken: dict[str, Any] = {key: values.get(key, "").strip() for key in FACTS}
    problems: list[Problem] = []
    taken["daily"] = values.get("daily") == "yes"
    for key, most in MOST.items():
        text = taken[key]
        if not text.isascii() or not text.isdigit() or int(text[:6]) > most:
            problems.append(Problem(_("A whole number from 0 to {most}.").with_(most=most), key))
        else:
            taken[key] = int(text)
    if taken["to"] not in PLACES:
        problems.append(Problem(_("Choose one of these."), "to"))
    if taken["to"] == "folder":
        folder = Path(taken["folder"])
        if not folder.is_absolute() or not folder.is_dir():
            problems.append(Problem(_("Give a folder that is there, beginning with /."), "folder"))
    if taken["to"] == "s3":
        problems += _wrong_store(taken)
    return taken, problems


def _wrong_store(taken: Mapping[str, Any]) -> list[Problem]:
    problems = []
    parts = urlsplit(taken["address"]) if taken["address"].isprintable() else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or " " in taken["address"]:
        text = _("Give the store’s address, such as https://oss-cn-hangzhou.aliyuncs.com.")
        problems.append(Problem(text, "address"))
    if not BUCKET.fullmatch(taken["bucket"]):
        problems.append(Problem(_("Give the name of a bucket."), "bucket"))
    for key in ("region", "access"):
        if not taken[key] or not SHORT.fullmatch(taken[key]):
            problems.append(Problem(_("Fill in this field."), key, "required"))
    if not SHORT.fullmatch(taken["prefix"]):
        problems.append(Problem(_("Letters, digits, - _ . and / only."), "prefix"))
    return problems
