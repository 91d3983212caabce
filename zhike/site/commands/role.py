"""``zhike role``: what roles may do, shown, changed, made, and what a change would do."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhike.access.people import RIGHTS, people
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.records.asking import ids_by_words
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.roles.presets import preset
from zhike.records.roles.simulating import simulate_role
from zhike.records.roles.table import RoleTable, change_role, new_role, role_table
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, json_values


def run(given: Given, home: Path) -> int:
    """Run one of list, show, create, change and simulate."""
    actor = actor_for(given, home)
    work = {"role list": _list, "role show": _show, "role create": _create, "role change": _change,
            "role simulate": _simulate}  # fmt: skip
    return work[given.shape.name](given, actor)


def _list(given: Given, actor: Actor) -> int:
    registry.refresh()
    snapshot = people()
    rows = []
    for role in sorted({one for one, _object in snapshot.grants}):
        record = read_one(actor, "role", role)
        number = sum(role in one.roles and one.active for one in snapshot.persons.values())
        rows.append({"id": role, "code": record["code"], "name": record["name"], "people": number})
    print_rows(sys.stdout, given.text("format", "table"), ("id", "code", "name", "people"), rows)
    return 0


def _role(given: Given, actor: Actor) -> Record:
    """The role a word means: its id, its key or its name."""
    registry.refresh()
    word = given.word("ROLE")
    found = (
        [int(word)] if word.isascii() and word.isdigit() else ids_by_words(registry.object("role"), word, actor=actor)
    )
    if len(found) != 1:
        raise WrongUsage(_("There is no role “{name}”.").with_(name=word[:60]))
    return read_one(actor, "role", found[0])


def _show(given: Given, actor: Actor) -> int:
    role = _role(given, actor)
    table = role_table(actor, role.id)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json({"id": role.id, "name": role["name"], **_plain(table)}))
        return 0
    rows = [{"object": key, **reaches} for key, reaches in sorted(table.grants.items())]
    print_rows(sys.stdout, given.text("format", "table"), ("object", *RIGHTS), rows)
    if table.fields:
        kept = [{"field": f"{key}.{name}", "right": right} for (key, name), right in sorted(table.fields.items())]
        print_rows(sys.stdout, given.text("format", "table"), ("field", "right"), kept)
    return 0


def _plain(table: RoleTable) -> dict[str, Any]:
    fields: dict[str, dict[str, str]] = {}
    for (key, name), right in table.fields.items():
        fields.setdefault(key, {})[name] = right
    return {"grants": table.grants, "fields": fields}


def _create(given: Given, actor: Actor) -> int:
    model = RoleTable()
    if given.has("preset"):
        begun = preset(given.text("preset"))
        model = begun.table() if begun else model
    made = new_role(actor, {"name": given.word("NAME"), "about": given.text("about") or None}, model)
    print(_("Made the role {name} (id {id}).").with_(name=given.word("NAME"), id=made))
    return 0


def _change(given: Given, actor: Actor) -> int:
    role = _role(given, actor)
    wanted, flat = _rights_given(given)
    done = change_role(actor, role.id, grants=wanted, fields=flat)
    print(_("{n} rights changed").with_(n=done.number))
    return 0


def _simulate(given: Given, actor: Actor) -> int:
    """Say what a change would do; nothing is written."""
    role = _role(given, actor)
    wanted, flat = _rights_given(given)
    found = simulate_role(actor, role.id, wanted, flat)
    rows: list[dict[str, Any]] = []
    for one in found.effects:
        for sign, ids, who, samples in (
            ("+", one.gained, one.people_gaining, one.samples_gained),
            ("-", one.lost, one.people_losing, one.samples_lost),
        ):
            if ids:
                number = f"{sign}{len(ids)}" + ("+" if one.capped else "")
                titles = ", ".join(sample.title for sample in samples)
                rows.append(
                    {"what": one.object, "right": one.right, "records": number, "people": len(who), "such as": titles}
                )
    for each in found.fields:
        right = f"{each.before} → {each.after}"
        rows.append({"what": f"{each.object}.{each.field}", "right": right, "people": len(each.people)})
    print_rows(sys.stdout, given.text("format", "table"), ("what", "right", "records", "people", "such as"), rows)
    return 0


def _rights_given(given: Given) -> tuple[dict[str, dict[str, str] | None], dict[tuple[str, str], str]]:
    """Reaches by object and rights by (object, field), as the command was given them."""
    body = json_values(given)
    for key in body:
        if key not in ("grants", "fields"):
            raise WrongUsage(
                _("“{name}” means nothing here; possible: {known}.").with_(name=key[:60], known="grants, fields")
            )
    grants, fields = _mapping(body.get("grants")), _mapping(body.get("fields"))
    flat = {(key, name): str(right) for key, some in fields.items() for name, right in _mapping(some).items()}
    wanted = {
        key: None if some is None else {right: str(reach) for right, reach in _mapping(some).items()}
        for key, some in grants.items()
    }
    return wanted, flat


def _mapping(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongUsage(_('Rights are sent as {"grants": {"account": {"read": "own"}}}.'))
    return value
