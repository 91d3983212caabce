"""Who changed which setting when, from what to what: the newest first, each in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.words import Words, _
from zhike.records.backups.choices import NAMES as BACKUP_NAMES
from zhike.records.company.settings_log import SettingChange, setting_changes
from zhike.schema.registry import registry
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import settings_page, settings_place

LOG = "/settings/log"
SHOWN = 50
LONGEST = 160
AREAS: dict[str, Words] = {
    "company": _("Company"), "field": _("Field"), "object": _("Object"), "option": _("Option"), "options": _("Options"),
    "number": _("Automatic number"), "rate": _("Exchange rate"), "rates": _("Exchange rates"), "mail": _("Mail"),
    "user": _("Link to sign in"), "first_steps": _("First steps"), "layout": _("Layout"), "layouts": _("Layout"),
    "calendar": _("Working calendar"), "duplicates": _("Duplicates"), "key": _("Encryption key"),
    "backups": _("Backups"), "privacy": _("Privacy desk"),
}  # fmt: skip
FACTS: dict[str, Words] = {
    "master": _("Master key"), "cipher": _("Cipher"),
    "name": _("Company name"), "currency": _("Base currency"), "country": _("Country"), "timezone": _("Time zone"),
    "language": _("Language"), "currencies": _("Currencies"), "demo": _("Demo company"), "company": _("Your company"),
    "people": _("Your people"), "data": _("Your data"), "over": _("Ready"),
}  # fmt: skip
VALUES: dict[Any, Words] = {"done": _("Done"), "skipped": _("Skipped"), True: _("Yes"), False: _("No")}
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S*")


@dataclass(frozen=True, slots=True)
class Line:
    """One change as the page shows it."""

    change: SettingChange
    area: str
    what: str
    who: str
    before: str
    after: str


@settings_place(LOG)
def show(request: HttpRequest) -> HttpResponse:
    """A page of changes; ``before`` goes on with older ones."""
    found = setting_changes(SHOWN + 1, number_in(request.GET.get("before", "")))
    context = {
        "lines": [_line(one) for one in found[:SHOWN]],
        "next": found[SHOWN - 1].id if len(found) > SHOWN else 0,
    }
    return settings_page(request, "log.html", context)


def _line(change: SettingChange) -> Line:
    area, _dot, rest = change.key.partition(".")
    person = people().persons.get(change.actor)
    who = person.name if person else str(_("The system"))
    return Line(change, str(AREAS.get(area, area)), _what(area, rest), who, _short(change.before), _short(change.after))


def named_setting(key: str) -> str:
    """A setting's key by the names people know, with its area."""
    area, _dot, rest = key.partition(".")
    what = _what(area, rest)
    return " · ".join(dict.fromkeys(one for one in (str(AREAS.get(area, area)), what) if one))


def _what(area: str, rest: str) -> str:
    """What was changed, by the names people know: the object and field behind keys, the person behind an id."""
    first, _dot, second = rest.partition(".")
    if area == "user":
        person = people().persons.get(number_in(first))
        return person.name if person else rest
    if area in ("company", "first_steps", "key") and rest in FACTS:
        return str(FACTS[rest])
    if area == "backups" and rest in BACKUP_NAMES:
        return str(BACKUP_NAMES[rest])
    spec = registry.find(first)
    if spec is None:
        return rest
    field = spec.field(second.partition(".")[0]) if second else None
    return f"{spec.label} · {field.label if field else second}" if second else str(spec.label)


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | str) and value in VALUES:
        return str(VALUES[value])
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return INSTANT.sub(r"\1 \2 UTC", value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
