"""The privacy desk: one person's data found, given out and erased; who read what. For administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY
from zhike.api.operation import Call, Operation, Param, Reply, only_keys
from zhike.kernel.words import _
from zhike.records.as_of import instant_in
from zhike.records.privacy.breach import Question, breach
from zhike.records.privacy.breach_reports import LANGUAGES, REPORTS, report
from zhike.records.privacy.desk import erase_person
from zhike.records.privacy.finding import find_person
from zhike.records.privacy.may_send import CHANNELS, PURPOSES, may_send
from zhike.records.privacy.reading import ACTS, readings, write_opened
from zhike.records.privacy.retention import preview
from zhike.records.privacy.retention_terms import THEN
from zhike.records.privacy.subjects import require_desk

OBJECT = Param("object", _("The object’s key, such as contact."), required=True, most=60, example="contact")
RECORD = Param("record", _("The record’s id."), "whole", required=True, least=1, most=2**53, example=1)
WHO = Param("who", _("Only what this user read (id)."), "whole", least=0, most=2**53, default=0)
OF = Param("record", _("Only about this record (id)."), "whole", least=0, most=2**53, default=0)
ACT = Param("act", _("Only this way of reading."), "choice", choices=("", *ACTS), default="")
BEFORE = Param("before", _("Only lines older than this id."), "whole", least=0, most=2**53, default=0)
SIZE = Param("size", _("How many."), "whole", least=1, most=200, default=50)
PURPOSE = Param("purpose", _("What for."), "choice", required=True, choices=tuple(PURPOSES), example="marketing")
CHANNEL = Param("channel", _("Over which channel."), "choice", required=True, choices=tuple(CHANNELS), example="mail")

LEAK = (
    Param("objects", _("Only these objects."), "list", default=()),
    Param("fields", _("Only these fields, such as phone or contact.phone."), "list", default=()),
    Param("since", _("From this instant or day on."), most=40, default=""),
    Param("until", _("Until this instant, or the end of this day."), most=40, default=""),
    WHO,
    Param("token", _("Only what came with this token (its id)."), most=20, default=""),
    Param("line", _("Only this line of the readings (its id)."), "whole", least=0, most=2**53, default=0),
    Param("size", _("How many."), "whole", least=1, most=100_000, default=1000),
    Param("report", _("A draft of this report with it."), "choice", choices=("", *REPORTS), default=""),
    Param("language", _("The language of the draft."), "choice", choices=LANGUAGES, default="en"),
)


def find(call: Call) -> Reply:
    """Every record in which the person of a record was found, and why."""
    found = find_person(call.actor, call.params["object"], call.params["record"])
    return Reply({"places": [_place(one) for one in found.places], "more": found.more})


def _place(one: Any) -> dict[str, Any]:
    return {
        "object": one.object, "id": one.id, "title": one.title, "role": one.role, "why": str(one.why),
        "fields": [field.key for field in one.fields], "trashed": one.trashed,
    }  # fmt: skip


def erase(call: Call) -> Reply:
    """Erase a person for good: ``{"object", "record", "mode": "anonymise" | "erase", "places": ["contact:12"], "reason",
    "kept": {"consent:7": "why"}}``. Whatever was found of them and is not among the places needs a reason."""
    body = call.json_object()
    only_keys(body, ("object", "record", "mode", "places", "reason", "kept"))
    places, kept = body.get("places"), body.get("kept") or {}
    number = body.get("record")
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadRequest(_("Send the record’s id as a number."), "record", "type")
    if not isinstance(places, list) or not all(isinstance(one, str) for one in places):
        raise BadRequest(_("Places are sent as a list of texts such as contact:12."), "places", "type")
    if not isinstance(kept, dict) or not all(isinstance(one, str) for one in kept.values()):
        raise BadRequest(_("What is kept is sent as an object: record → reason."), "kept", "type")
    texts = [str(body.get(key, "")) for key in ("object", "mode", "reason")]
    done = erase_person(call.actor, texts[0], number, places, texts[1], texts[2], kept)
    return Reply({"erased": done.erased, "files": done.files, "operation": done.operation})


def reading(call: Call) -> Reply:
    """Who read which personal data when, the newest first."""
    asked = call.params
    lines = readings(call.actor, who=asked["who"], record=asked["record"], act=asked["act"], before=asked["before"],
                     size=asked["size"])  # fmt: skip
    return Reply({"readings": [{**asdict(one), "at": one.at.isoformat(), "fields": list(one.fields)} for one in lines]})


def leak(call: Call) -> Reply:
    """Whose data was read, given what is known: objects, fields (``phone`` or ``contact.phone``), a period, a user, a token,
    one line of the readings. With ``report`` the answer has a draft of it, in the language asked for."""
    asked = call.params
    period = [instant_in(asked[key], call.actor.timezone) if asked[key] else None for key in ("since", "until")]
    write_opened()
    question = Question(
        period[0], period[1], tuple(asked["objects"]), tuple(asked["fields"]), (asked["who"],) if asked["who"] else (),
        asked["token"] or "", asked["line"],
    )  # fmt: skip
    found = breach(call.actor, question)
    subjects = [
        {"object": one.object, "id": one.id, "fields": sorted(one.fields), "ways": sorted(one.acts), "by": sorted(one.by),
         "first": one.first.isoformat(), "last": one.last.isoformat()}
        for one in found.subjects[: asked["size"]]
    ]  # fmt: skip
    body: dict[str, Any] = {
        "persons": found.persons, "records": len(found.subjects), "unknown": found.unknown,
        "fields": [{"object": key, "field": field.key, "records": number} for key, field, number in found.fields],
        "subjects": subjects,
    }  # fmt: skip
    if asked["report"]:
        body["draft"] = report(found, asked["report"], asked["language"])
    return Reply(body)


def allowed(call: Call) -> Reply:
    """Whether something may be sent to a person now: for programs that send by themselves."""
    require_desk(call.actor)
    asked = call.params
    answer = may_send(asked["object"], asked["record"], asked["purpose"], asked["channel"])
    return Reply({"may": answer.may, "why": str(answer.why), "consent": answer.consent or None})


def try_retention(call: Call) -> Reply:
    """What a retention rule with these terms would take now, and what something still holds: ``{"object": "lead", "where":
    "status = disqualified", "then": "trash" | "anonymise" | "erase"}``. Nothing is written."""
    body = call.json_object()
    only_keys(body, ("object", "where", "then"))
    terms = [str(body.get(key) or "") for key in ("object", "where", "then")]
    if terms[2] not in THEN:
        raise BadRequest(_("Choose one of these."), "then", "unknown")
    found = preview(call.actor, terms[0], terms[1], terms[2])
    free, held = found.samples(call.actor)
    return Reply({
        "taken": len(found.free), "more": found.more, "samples": [{"id": one, "title": title} for one, title in free],
        "kept": [{"why": str(text), "records": number} for text, number in found.reasons],
        "kept_samples": [{"id": one, "title": title, "why": str(text)} for one, title, text in held],
    })  # fmt: skip


_READ = (400, 401, 403, 404)
OPERATIONS = (
    Operation("find_person", "GET", "privacy/person", _("Where a person is in our data"), find,
              params=(OBJECT, RECORD), refusals=_READ),
    Operation("erase_person", "POST", "privacy/erase", _("Erase a person or make them anonymous"), erase,
              body=ANY, refusals=(400, 401, 403, 404, 413, 415, 422)),
    Operation("try_retention_rule", "POST", "retention_rules/try", _("What a retention rule would take"), try_retention,
              body=ANY, refusals=(400, 401, 403, 413, 415, 422)),
    Operation("readings", "GET", "privacy/readings", _("Who read which personal data"), reading,
              params=(WHO, OF, ACT, BEFORE, SIZE), refusals=(400, 401, 403)),
    Operation("leak", "GET", "privacy/leak", _("Whose data was read, and which of it"), leak, params=LEAK,
              refusals=(400, 401, 403, 422)),
    Operation("may_send", "GET", "privacy/may_send", _("Whether a person may be sent something"), allowed,
              params=(OBJECT, RECORD, PURPOSE, CHANNEL), refusals=(400, 401, 403)),
)  # fmt: skip
