"""What roles may do, through the API: read and changed as one table, made from a preset or like another role.

Names of roles are records as all others (``/api/v1/roles``); this is the table behind each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.people import Rule
from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY
from zhike.api.operation import Call, Operation, Reply, as_object, only_keys
from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.read import read_one
from zhike.records.roles.presets import PRESETS, preset
from zhike.records.roles.simulating import Sample, Simulation, simulate_role, simulate_rule
from zhike.records.roles.table import RoleTable, change_role, new_role, role_table

ABOUT = ("name", "code", "about")


def show_rights(call: Call) -> Reply:
    """The whole table of one role: reaches by object (``*``: all others) and rights on fields; what is not named is
    ``write``."""
    require_settings(call.actor)
    return Reply(_json(call, call.record))


def change_rights(call: Call) -> Reply:
    """Change the cells sent: ``{"grants": {"account": {"read": "own"}, "lead": null}, "fields": {"account": {"phone":
    "masked"}}}``; null makes an object as all others. ``shown`` is the table you had read: where somebody changed the
    same cell since, the answer is 409 with both values and nothing is written."""
    body = call.json_object()
    only_keys(body, (*ABOUT, "grants", "fields", "shown"))
    shown = _table(as_object(body["shown"], "shown"), "shown.") if body.get("shown") is not None else None
    table = _table(body)
    about = {key: body[key] for key in ABOUT if key in body}
    done = change_role(call.actor, call.record, about=about, grants=_grants(body), fields=table.fields, shown=shown)
    return Reply({**_json(call, call.record), "changed": done.number, "operation": done.operation})


def make_role(call: Call) -> Reply:
    """Make a role: ``{"name": "Assistant", "like": 12}`` or ``{"name": "Auditor", "preset": "auditor"}``, with ``grants``
    and ``fields`` of its own."""
    body = call.json_object()
    only_keys(body, (*ABOUT, "like", "preset", "grants", "fields"))
    require_settings(call.actor)
    model = RoleTable()
    if body.get("preset") is not None:
        begun = preset(str(body["preset"]))
        if begun is None:
            known = ", ".join(one.name for one in PRESETS)
            raise BadRequest(_("There is no such preset; possible: {known}.").with_(known=known), "preset", "unknown")
        model = begun.table()
    elif body.get("like") is not None:
        like = body["like"]
        if isinstance(like, bool) or not isinstance(like, int):
            raise BadRequest(_("like is the id of a role."), "like", "type")
        model = role_table(call.actor, read_one(call.actor, "role", like).id)
    own = _table(body)
    whole = RoleTable({**model.grants, **own.grants}, {**model.fields, **own.fields})
    made = new_role(call.actor, {key: body[key] for key in ABOUT if key in body}, whole)
    return Reply(_json(call, made), 201, {"Location": f"/api/v1/roles/{made}/rights"})


def try_rights(call: Call) -> Reply:
    """What the reaches and rights on fields sent would open and close for everybody who has the role; nothing is written."""
    body = call.json_object()
    only_keys(body, ("grants", "fields"))
    fields = _table(body).fields
    return Reply(_effects(simulate_role(call.actor, call.record, _grants(body), fields)))


def try_rule(call: Call) -> Reply:
    """What a sharing rule would open and close; ``id`` is the one it takes the place of. Nothing is written."""
    body = call.json_object()
    only_keys(body, ("id", "object", "where", "right", "persons", "departments", "roles"))
    ids = {key: frozenset(_whole_numbers(body.get(key), key)) for key in ("persons", "departments", "roles")}
    (replaced,) = _whole_numbers([body.get("id") or 0], "id")
    right = "edit" if body.get("right") == "edit" else "read"
    rule = Rule(
        replaced, "", str(body.get("object") or ""), str(body.get("where") or ""), right,
        ids["persons"], ids["departments"], ids["roles"],
    )  # fmt: skip
    return Reply(_effects(simulate_rule(call.actor, rule)))


def _whole_numbers(value: Any, name: str) -> list[int]:
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
        raise BadRequest(_("Send a list of ids."), name, "type")
    return found


def _effects(found: Simulation) -> dict[str, Any]:
    def side(ids: set[int], who: set[int], samples: list[Sample]) -> dict[str, Any]:
        shown = [{"person": one.person, "id": one.record, "title": one.title} for one in samples]
        return {"records": len(ids), "people": len(who), "samples": shown}

    effects = [
        {
            "object": one.object,
            "right": one.right,
            "gained": side(one.gained, one.people_gaining, one.samples_gained),
            "lost": side(one.lost, one.people_losing, one.samples_lost),
            "capped": one.capped,
        }
        for one in found.effects
    ]
    fields = [
        {"object": one.object, "field": one.field, "before": one.before, "after": one.after, "people": len(one.people)}
        for one in found.fields
    ]
    return {
        "effects": effects, "fields": fields, "people": found.people, "more_people": found.more_people, "only_newest": found.only_newest,
    }  # fmt: skip


def show_presets(call: Call) -> Reply:
    """Roles one can begin with."""
    return Reply({"presets": [{"name": one.name, "label": str(one.label), "about": str(one.about)} for one in PRESETS]})


def _json(call: Call, role: int) -> dict[str, Any]:
    record = read_one(call.actor, "role", role)
    table = role_table(call.actor, record.id)
    fields: dict[str, dict[str, str]] = {}
    for (key, name), right in table.fields.items():
        fields.setdefault(key, {})[name] = right
    facts = {key: record.values.get(key) for key in ABOUT}
    return {"id": record.id, **facts, "grants": table.grants, "fields": fields}


def _grants(body: Mapping[str, Any]) -> dict[str, dict[str, str] | None]:
    table = _table(body)
    nothing = [key for key, rights in (body.get("grants") or {}).items() if rights is None]
    return {**table.grants, **dict.fromkeys(nothing)}


def _table(body: Mapping[str, Any], within: str = "") -> RoleTable:
    found = RoleTable()
    for key, rights in as_object(body.get("grants") or {}, within + "grants").items():
        if rights is not None:
            found.grants[key] = _words(as_object(rights, f"{within}grants.{key}"), f"{within}grants.{key}")
    for key, rights in as_object(body.get("fields") or {}, within + "fields").items():
        words = _words(as_object(rights, f"{within}fields.{key}"), f"{within}fields.{key}")
        found.fields.update({(key, name): right for name, right in words.items()})
    return found


def _words(body: Mapping[str, Any], where: str) -> dict[str, str]:
    for name, word in body.items():
        if not isinstance(word, str):
            raise BadRequest(_("A right is a word, such as own or hidden."), f"{where}.{name}", "type")
    return dict(body)


_SEND = (400, 401, 403, 404, 409, 413, 415, 422)
OPERATIONS = (
    Operation("role_presets", "GET", "role_presets", _("Roles to begin with"), show_presets, refusals=(400, 401)),
    Operation("make_role", "POST", "roles/new", _("Make a role with its rights"), make_role, body=ANY, status=201, refusals=_SEND),
    Operation("role_rights", "GET", "roles/{id}/rights", _("What a role may do"), show_rights, refusals=(400, 401, 403, 404)),
    Operation("change_role_rights", "PATCH", "roles/{id}/rights", _("Change what a role may do"), change_rights, body=ANY, refusals=_SEND),
    Operation(
        "try_role_rights", "POST", "roles/{id}/rights/try", _("What a change of a role would do"), try_rights, body=ANY,
        refusals=_SEND,
    ),
    Operation("try_sharing_rule", "POST", "sharing_rules/try", _("What a sharing rule would do"), try_rule, body=ANY, refusals=_SEND),
)  # fmt: skip
