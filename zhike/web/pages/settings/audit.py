"""The audit: who signed in, looked at secrets, exported, changed rights and settings; found by person, kind, record, time
and words; and whether the chain holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.audit import KINDS
from zhike.records.audit_job import last_proof, prove_in_background
from zhike.records.audit_reading import Asked, Entry, entries
from zhike.records.titles import titles_of
from zhike.schema.registry import registry
from zhike.web.links import number_in, with_query
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.pages.settings.log import named_setting
from zhike.web.pages.settings.log_question import log_question
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

AUDIT = "/settings/audit"
SHOWN = 50
CHANGE = "change"
ICONS: Mapping[str, str] = {
    "sign_in": "log-in", "sign_in_failed": "shield-alert", "sign_out": "log-out", "mfa": "smartphone", "token": "key-round",
    "invitation": "user-plus", "reveal": "eye", "export": "download", "mass_reading": "eye", "duplicate": "copy",
    "card": "contact-round", "rights": "shield", "share": "share-2", "setting": "settings-2", "let_go": "user-round-x",
    "handover": "handshake", "undo": "undo-2", "purge": "trash-2", "erase": "eraser", "backup": "archive",
    "retention": "hourglass", "restore": "archive-restore", "key": "key-round", "begin": "link", CHANGE: "pencil",
}  # fmt: skip
ALARMING = frozenset({"sign_in_failed", "mass_reading"})
WAYS: Mapping[str, Words] = {
    "api": _("through the API"),
    "command": _("on the command line"),
    "worker": _("automatically"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page shows it."""

    entry: Entry
    icon: str
    what: str
    about: str
    address: str
    more: str
    who: str
    way: str
    alarming: bool


@settings_place(AUDIT)
def show(request: HttpRequest) -> HttpResponse:
    """The newest entries that match; ``before`` goes on with older ones."""
    actor = actor_of(request)
    question = log_question(request, ("kind", "text"))
    typed = question.typed
    asked = Asked(
        actor=question.who or None,
        kinds=(typed["kind"],) if typed["kind"] in KINDS else (),
        record=question.record,
        since=question.since,
        until=question.until,
        text=typed["text"],
        before=question.before,
    )
    found = entries(actor, asked, SHOWN + 1) if question.problem is None else []
    more = {key: value for key, value in typed.items() if value}
    context = {
        "lines": _lines(actor, found[:SHOWN]),
        "older": with_query(AUDIT, {**more, "before": found[SHOWN - 1].id}) if len(found) > SHOWN else "",
        "typed": typed,
        "filtered": bool(more),
        "problem": question.problem,
        "kinds": KINDS,
        "proof": last_proof(),
        "post_to": f"{AUDIT}/prove",
    }
    return settings_page(request, "audit.html", context)


@settings_place(AUDIT)
def prove(request: HttpRequest) -> HttpResponse:
    """Starts the check of the chain; only by POST."""
    if request.method != "POST":
        return see_other(request, AUDIT)
    prove_in_background(actor_of(request))
    return say(request, see_other(request, AUDIT), _("The chain is being checked. You will be told when it is done."))


def _lines(actor: Actor, found: Sequence[Entry]) -> list[Line]:
    wanted: dict[str, set[int]] = {}
    for entry in found:
        if entry.record:
            wanted.setdefault(entry.object, set()).add(entry.record)
    titles = titles_of(actor, wanted)
    return [_line(entry, titles) for entry in found]


def _line(entry: Entry, titles: Mapping[int, str]) -> Line:
    spec = registry.find(entry.object)
    about, address = "", ""
    if spec is not None and entry.record:
        about = f"{spec.label} {titles.get(entry.record) or '#' + str(entry.record)}"
        address = f"/{spec.plural}/{entry.record}" if spec.group != "hidden" else ""
    elif spec is not None:
        about = str(spec.plural_label)
    if entry.kind == "setting":
        about = named_setting(entry.text)
    person = people().persons.get(entry.actor)
    who = person.name if person else str(_("The system") if not entry.actor else _("Somebody who left"))
    own = spec is not None and spec.key == "user" and entry.record == entry.actor
    return Line(
        entry,
        ICONS.get(entry.kind, "circle-check"),
        str(KINDS.get(entry.kind, entry.kind)),
        "" if own and entry.kind.startswith("sign_") else about,
        address,
        _more(entry),
        who,
        str(WAYS.get(entry.via, "")),
        entry.kind in ALARMING,
    )


def _more(entry: Entry) -> str:
    """The small print: fields, counts, words."""
    detail: dict[str, Any] = entry.detail
    parts: list[str] = []
    spec = registry.find(entry.object)
    keys = detail.get("fields") or ([detail["field"]] if detail.get("field") else [])
    if keys and spec is not None:
        parts.append(", ".join(str(field.label) if (field := spec.field(key)) else str(key) for key in keys))
    if "rows" in detail:
        parts.append(str(_("{n} changes").with_(n=f"{detail['rows']:,}")))
    if entry.kind == "sign_in_failed" and "name" in detail:
        parts.append(str(_("a name nobody has, mark {mark}").with_(mark=detail["name"])))
    if entry.kind == "retention":
        parts.append(_retention(detail))
    if entry.kind == "share":
        parts.append(", ".join(_named(one) for one in detail.get("with", [])) or str(_("No longer shared")))
    if entry.kind == "restore":
        parts.append(str(_("entries {n} to {m} are not in it").with_(n=detail["entries"] + 1, m=detail["before"])))
    if entry.kind != "setting" and entry.text:
        parts.append(entry.text)
    return " · ".join(part for part in parts if part)


def _retention(detail: Mapping[str, Any]) -> str:
    if detail.get("stopped"):
        return str(_("Stopped: it asks again"))
    text = _("{n} records taken, {m} warned of, {held} kept.")
    return str(text.with_(n=detail["taken"], m=detail["warned"], held=detail["held"]))


def _named(reference: str) -> str:
    object_key, _space, number = reference.partition(" ")
    person = people().persons.get(number_in(number)) if object_key == "user" else None
    spec = registry.find(object_key)
    return person.name if person else f"{spec.label if spec else object_key} #{number}"
