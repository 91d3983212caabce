"""What one role may do, as one table; changed as one operation, and never over what somebody else changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.access.people import REACHES, RIGHTS
from zhike.access.rights import FIELD_RIGHTS
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Invalid, Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.company import require_settings
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.store.database import write_transaction

OTHERS = "*"
AUDIT = "audit"  # no object: whoever may read it reads the audit log; all others never gives it
PAGE = 500

Grants = Mapping[str, Mapping[str, str] | None]
"""By object, the rights to change with their reach; None: the object is to be as all others."""
Fields = Mapping[tuple[str, str], str]
"""By object and field, the right; ``write`` is what holds without a word."""


@dataclass(frozen=True, slots=True)
class RoleTable:
    """What one role may do: reaches by object (``*``: every object not named), rights by (object, field), and the records
    that say so."""

    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    grant_ids: dict[str, int] = field(default_factory=dict)
    field_ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def reaches(self, object_key: str) -> dict[str, str]:
        """How far the role reaches on an object, right by right; as all others where it says nothing of its own."""
        common = {} if object_key == AUDIT else self.grants.get(OTHERS, {})
        held = self.grants.get(object_key) or common
        return {right: held.get(right, "none") for right in RIGHTS}

    def field_right(self, object_key: str, key: str) -> str:
        """The right on a field."""
        return self.fields.get((object_key, key), "write")


def role_table(actor: Actor, role: int) -> RoleTable:
    """Everything one role may do."""
    found = RoleTable()
    for one in _all(actor, "grant", role, ("object", *RIGHTS)):
        key = str(one["object"] or OTHERS)
        found.grants[key] = {right: str(one[right] or "none") for right in RIGHTS}
        found.grant_ids[key] = one.id
    for one in _all(actor, "field_right", role, ("object", "field", "right")):
        where = (str(one["object"]), str(one["field"]))
        found.fields[where] = str(one["right"] or "write")
        found.field_ids[where] = one.id
    return found


def _all(actor: Actor, object_key: str, role: int, columns: tuple[str, ...]) -> Iterator[Record]:
    after = ""
    while True:
        query = Query(
            object_key, f"role = {role}", columns=columns, size=PAGE, after=after, count=False, archived="all"
        )
        page = read(actor, query)
        yield from page.rows
        if not page.next:
            return
        after = page.next


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """The operation (None: nothing changed) and how many single rights differ now."""

    operation: int | None
    number: int


def change_role(
    actor: Actor,
    role: int,
    *,
    about: Mapping[str, Any] | None = None,
    grants: Grants | None = None,
    fields: Fields | None = None,
    shown: RoleTable | None = None,
) -> RoleChanged:
    """Change a role's facts, reaches and rights on fields as one operation.

    ``shown``: what the caller had before their eyes; where somebody else changed the same cell since, and to something
    else, Conflict holds both values by ``object.right`` or ``object.field`` and nothing is written. Raises Invalid for
    unknown words."""
    require_settings(actor)
    read_one(actor, "role", role)
    grants, fields = grants or {}, fields or {}
    known_words(grants, fields)
    act = Act(actor, kind="role.change")
    with write_transaction():
        held = role_table(actor, role)
        _meet(held, shown or held, grants, fields)
        commands = [Command("update", "role", role, dict(about))] if about else []
        rights, number = _grant_commands(role, held, grants)
        kept = _field_commands(role, held, fields)
        commands += [*rights, *kept]
        if commands:
            write_many(actor, commands, act=act)
    return RoleChanged(act.started, number + len(kept))


def new_role(actor: Actor, about: Mapping[str, Any], model: RoleTable | None = None) -> int:
    """A new role with everything ``model`` says, as one operation; answers the role."""
    require_settings(actor)
    model = model or RoleTable()
    known_words(model.grants, model.fields)
    act = Act(actor, kind="role.new")
    with write_transaction():
        made = write(actor, Command("create", "role", values=dict(about)), act=act).id
        commands = [
            *_grant_commands(made, RoleTable(), model.grants, whole=True)[0],
            *_field_commands(made, RoleTable(), model.fields),
        ]
        if commands:
            write_many(actor, commands, act=act)
    return made


def _meet(held: RoleTable, shown: RoleTable, grants: Grants, fields: Fields) -> None:
    """Raise Conflict where a cell that is to change is no longer what was shown, nor what is wanted."""
    theirs: dict[str, Any] = {}
    yours: dict[str, Any] = {}
    for key, wanted in grants.items():
        now, then = held.grants.get(key), shown.grants.get(key)
        if wanted is None:
            if now is not None and now != then:
                theirs[key], yours[key] = now, None
            continue
        own, before = held.reaches(key), shown.reaches(key)
        crossed = [right for right, reach in wanted.items() if own[right] not in (before[right], reach)]
        theirs |= {f"{key}.{right}": own[right] for right in crossed}
        yours |= {f"{key}.{right}": wanted[right] for right in crossed}
    for (key, name), right in fields.items():
        now_right = held.field_right(key, name)
        if now_right not in (shown.field_right(key, name), right):
            theirs[f"{key}.{name}"], yours[f"{key}.{name}"] = now_right, right
    if theirs:
        raise Conflict([Problem(_conflict_text(one), one, "conflict") for one in theirs], theirs, yours, 0)


def _conflict_text(where: str) -> Any:
    spec = registry.find(where.partition(".")[0])
    text = _("Somebody changed “{object}” of this role after you opened it. Look at both values, then save again.")
    return text.with_(object=spec.plural_label if spec else _("All others"))


def _grant_commands(role: int, held: RoleTable, grants: Grants, *, whole: bool = False) -> tuple[list[Command], int]:
    """The commands, and how many single rights they change (an object that is as all others again counts as one).
    ``whole``: each object gets its own word, even where that is nothing."""
    found: list[Command] = []
    number = 0
    for key, wanted in grants.items():
        known = held.grant_ids.get(key)
        if wanted is None:
            if known is not None:
                found.append(Command("trash", "grant", known))
                number += 1
            continue
        reaches = held.reaches(key)
        changed = {right: reach for right, reach in wanted.items() if reach != reaches[right]}
        number += len(changed)
        if known is None and (changed or whole):
            found.append(Command("create", "grant", values={"role": role, "object": key, **reaches, **wanted}))
        elif known is not None and changed:
            found.append(Command("update", "grant", known, changed))
    return found, number


def _field_commands(role: int, held: RoleTable, fields: Fields) -> list[Command]:
    found: list[Command] = []
    for (key, name), right in fields.items():
        known = held.field_ids.get((key, name))
        if right == held.field_right(key, name):
            continue
        if right == "write" and known is not None:
            found.append(Command("trash", "field_right", known))
        elif known is not None:
            found.append(Command("update", "field_right", known, {"right": right}))
        else:
            values = {"role": role, "object": key, "field": name, "right": right}
            found.append(Command("create", "field_right", values=values))
    return found


def known_words(grants: Grants, fields: Fields) -> None:
    """Raise Invalid naming each object, field, right and reach that is none."""
    problems: list[Problem] = []
    for key, wanted in grants.items():
        if key not in (OTHERS, AUDIT) and registry.find(key) is None:
            problems.append(Problem(_("There is no object “{name}”.").with_(name=key[:60]), key[:60], "unknown"))
        for right, reach in (wanted or {}).items():
            if right not in RIGHTS or reach not in REACHES:
                problems.append(_unknown(f"{key}.{right}", f"{right} {reach}"))
    for (key, name), right in fields.items():
        spec = registry.find(key)
        if spec is None or spec.field(name) is None or right not in FIELD_RIGHTS:
            problems.append(_unknown(f"{key}.{name}", f"{key}.{name} {right}"))
    if problems:
        raise Invalid(problems)


def _unknown(where: str, value: str) -> Problem:
    return Problem(_("“{value}” is not known here.").with_(value=value[:60]), where[:120], "unknown")
