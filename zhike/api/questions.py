"""Questions that change nothing: figures, history, search over everything."""

from __future__ import annotations

from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.jobs import JOB, job_json
from zhike.api.json_schema import ANY, FLAG, ID, INSTANT, LINK, TEXT, WHOLE, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Param, Reply
from zhike.api.records import AS_OF, WHERE, instant_of
from zhike.api.shape import logged_json, ref_json
from zhike.kernel.errors import StillComputing
from zhike.kernel.words import _
from zhike.records.aggregate import aggregate
from zhike.records.as_of import count_as_of
from zhike.records.history import Entry, history
from zhike.records.jobs.views import find
from zhike.records.search import search
from zhike.schema.registry import registry

BY = Param("by", _("Fields to group by, such as stage or close_on:quarter; without it one row for all."), "list")
MEASURES = Param(
    "measures",
    _("What to compute: count, or sum, avg, min, max of a field, such as sum:amount."),
    "list",
    default="count",
)
GROUPS = Param("size", _("How many groups at most."), "whole", least=1, most=5000, default=1000)
ENTRIES = Param("size", _("How many entries at most, newest first."), "whole", least=1, most=500, default=100)
WORDS = Param("q", _("What to look for: names, pinyin, initials, phone numbers."), required=True, most=200)
OBJECTS = Param("objects", _("Only these objects (keys, separated by commas)."), "list")
HITS = Param("size", _("How many hits at most."), "whole", least=1, most=100, default=20)


def show_figures(call: Call) -> Reply:
    """Groups with their measures; keys are the entries of ``by`` and ``measures`` as typed. What takes longer than two seconds
    is computed by a job: 202 with the job, and when that is done the same question has its answer, for ten minutes."""
    asked = call.params
    measures = asked["measures"] if isinstance(asked["measures"], tuple) else ("count",)
    if asked["as_of"]:
        if asked["by"] or measures != ("count",):
            raise BadRequest(
                _("Of the past only the whole count is known: leave by and measures out."), "as_of", "parameter"
            )
        number = count_as_of(call.actor, call.object.key, asked["where"] or "", instant_of(call), archived="all")
        return Reply({"items": [{"count": number}]})
    question = {"by": asked["by"], "measures": measures, "where": asked["where"] or "", "size": asked["size"]}
    try:
        rows = aggregate(call.actor, call.object.key, **question, beside=True)
    except StillComputing as computing:
        return Reply(job_json(find(call.actor, computing.job)), 202)
    return Reply({"items": [dict(row) for row in rows]})


def show_history(call: Call) -> Reply:
    """Who changed what when, newest first, as far as the caller may read the fields."""
    entries = history(call.actor, call.object.key, call.record, size=call.params["size"])
    return Reply({"items": [_entry(entry) for entry in entries]})


def search_everything(call: Call) -> Reply:
    """Records of all objects that match, best first."""
    for key in call.params["objects"]:
        if key not in registry:
            raise BadRequest(_("There is no object called “{name}”.").with_(name=key[:60]), "objects", "unknown")
    hits = search(call.actor, call.params["q"], objects=call.params["objects"], size=call.params["size"])
    items = [{"object": hit.object, "id": hit.id, "title": str(hit.title), "line": str(hit.line)} for hit in hits]
    return Reply({"items": items})


def _entry(entry: Entry) -> dict[str, Any]:
    changes = [
        {"field": field.key, "before": logged_json(before, field), "after": logged_json(after, field)}
        for field, before, after in entry.changes
    ]
    return {
        "at": entry.at.isoformat().replace("+00:00", "Z"),
        "actor": ref_json(entry.actor) if entry.actor and entry.actor.id else None,
        "verb": entry.verb,
        "operation": entry.operation,
        "why": entry.why,
        "archived": entry.archived,
        "changes": changes,
    }


FIGURES = named("Figures", shaped({"items": listed(ANY)}))
HISTORY = named(
    "History",
    shaped(
        {
            "items": listed(
                shaped(
                    {
                        "at": INSTANT,
                        "actor": nullable(LINK),
                        "verb": TEXT,
                        "archived": FLAG,
                        "operation": nullable(WHOLE),
                        "why": TEXT,
                        "changes": listed(shaped({"field": TEXT, "before": {}, "after": {}})),
                    }
                )
            )
        }
    ),
)
FOUND = named("SearchHits", shaped({"items": listed(shaped({"object": TEXT, "id": ID, "title": TEXT, "line": TEXT}))}))
_READ = (400, 401, 403, 404)
OPERATIONS = (
    Operation(
        "aggregate", "GET", "{plural}/aggregate", _("Figures over {objects}"), show_figures,
        params=(BY, MEASURES, WHERE, GROUPS, AS_OF), answer=FIGURES, later=JOB, refusals=_READ,
    ),
    Operation(
        "history", "GET", "{plural}/{id}/history", _("History of one record: {object}"), show_history,
        params=(ENTRIES,), answer=HISTORY, refusals=_READ,
    ),
    Operation(
        "search", "GET", "search", _("Search over everything"), search_everything, params=(WORDS, OBJECTS, HITS),
        answer=FOUND, refusals=_READ,
    ),
)  # fmt: skip
