"""Merging: one record stays, the others' facts and everything linked to them move to it, all in one operation.

Each field comes from the record chosen for it; what nobody chose fills what the kept record lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.computing import ACCOUNT, PARENT, carries_account
from zhike.records.linking import values_of
from zhike.records.lives import pointing
from zhike.records.marks import move_marks
from zhike.records.read import sees
from zhike.records.secrets import sealer_of
from zhike.records.titles import refs_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import insert_many, marks, rows
from zhike.store.ids import shares_changed
from zhike.store.plan import RowPlan

MOST = 20


def merge_records(
    doors: Any, records: Sequence[Any], keep: int, choices: Mapping[str, Iterable[int]] | None = None
) -> Words:
    """Merge ``records`` into the one whose id is ``keep``. ``choices``: field key → id of the record whose value stays
    (several for fields that hold many, and for long texts, which are put one under the other).

    Raises Invalid when that record is not among them, or naming the fields whose choice cannot be."""
    winner = next((record for record in records if record.id == keep), None)
    losers = [record for record in records if record.id != keep]
    if winner is None or not losers or len(records) > MOST:
        raise Invalid(Problem(_("Choose two to {n} records, one of them the one to keep.").with_(n=MOST), "keep"))
    spec = registry.object(winner.object)
    ids = [winner.id, *(loser.id for loser in losers)]
    chosen = _checked(doors.actor, spec, ids, choices or {})
    if PARENT in chosen and goes_along(spec, ACCOUNT) and may_choose(doors.actor, spec, spec[ACCOUNT], keep):
        chosen.setdefault(ACCOUNT, chosen[PARENT])
    held = _held(spec, ids)
    picked = {key: picked_value(spec, key, some, held) for key, some in chosen.items()}
    picked = {key: value for key, value in picked.items() if value != held[keep].get(key)}
    if PARENT in picked and ACCOUNT in chosen:  # said even when it stays, or it would be taken from the new parent
        picked[ACCOUNT] = picked_value(spec, ACCOUNT, chosen[ACCOUNT], held)
    filled = {key: value for key, value in _filled(spec, ids, held).items() if key not in chosen}
    for source, link in links_to(spec):
        _repoint(doors, spec, source, link, ids[1:], winner.id)
    doors.many([Command("trash", spec.key, loser.id) for loser in losers])
    own = picked | {key: value for key, value in filled.items() if field_right(doors.actor, spec, spec[key]) == "write"}
    if own:
        doors.update(spec.key, winner.id, own)
    rest = {key: value for key, value in filled.items() if key not in own}
    if rest:  # what the actor cannot see or set is not lost with the loser
        doors.system_many([Command("update", spec.key, winner.id, values=rest)])
    _take_shares(doors, spec, winner.id, ids[1:])
    move_marks(ids[1:], winner.id)
    insert_many("store_redirect", ("id", "object", "to"), [(loser.id, spec.key, winner.id) for loser in losers])
    return _("{n} records became one: “{title}”").with_(n=len(records), title=winner.title)


def takes_several(field: FieldSpec) -> bool:
    """Whether a merge can keep the values of several records in this field."""
    return field.kind in ("choices", "links", "long_text")


def mergeable(field: FieldSpec) -> bool:
    """Whether a merge chooses this field's value at all: not what the system or a rule alone sets."""
    if field.key == "owner":
        return True
    free = not (field.system or field.readonly) and kind_of(field).writable
    return free and field.kind not in ("auto_number", "formula", "roll_up")


def goes_along(spec: ObjectSpec, key: str) -> bool:
    """Whether the field comes from the record whose parent stays, unless it is chosen by itself: the account of what was
    written about something."""
    return key == ACCOUNT and carries_account(spec)


def may_choose(actor: Actor, spec: ObjectSpec, field: FieldSpec, keep: int) -> bool:
    """Whether the actor may decide what stands in this field of the kept record."""
    if not mergeable(field) or field_right(actor, spec, field) != "write":
        return False
    return field.key != "owner" or actor.is_system or keep in sees(actor, spec, [keep], "transfer")


def _checked(
    actor: Actor, spec: ObjectSpec, ids: Sequence[int], choices: Mapping[str, Iterable[int]]
) -> dict[str, list[int]]:
    problems, found = [], {}
    for key, raw in choices.items():
        field = spec.field(str(key))
        some = list(raw) if isinstance(raw, list | tuple) else [raw]
        if field is None or field_right(actor, spec, field) == "hidden":
            problems.append(
                Problem(_("There is no field called “{name}”.").with_(name=str(key)[:60]), str(key)[:60], "unknown")
            )
        elif not may_choose(actor, spec, field, ids[0]):
            problems.append(
                Problem(
                    _("You cannot choose what stands in “{field}”.").with_(field=field.label), field.key, "forbidden"
                )
            )
        elif any(one not in ids for one in some) or (len(some) != 1 and not takes_several(field)):
            several = _("Choose among the merged records for “{field}”.")
            text = several if takes_several(field) else _("Choose one of the merged records for “{field}”.")
            problems.append(Problem(text.with_(field=field.label), field.key, "choice"))
        else:
            found[field.key] = [one for one in ids if one in some]
    if problems:
        raise Invalid(problems)
    return found


def _held(spec: ObjectSpec, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """All values of the records, secrets in full, to be sealed anew."""
    plan = RowPlan(spec, spec.fields)
    found = rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', list(ids))
    return {line[0]: plan.decode(line, sealer_of)[4] for line in found}


def picked_value(spec: ObjectSpec, key: str, chosen: Sequence[int], held: Mapping[int, Mapping[str, Any]]) -> Any:
    """What stands in a field when the values of these records are chosen for it; links to merged records drop out."""
    field = spec[key]
    if not takes_several(field):
        value = held[chosen[0]].get(key)
        return None if isinstance(value, Ref) and value.object == spec.key and value.id in held else value
    values = [value for one in chosen if (value := held[one].get(key)) is not None]
    if field.kind == "long_text":
        return "\n\n".join(dict.fromkeys(values)) or None
    found: dict[Any, None] = {}
    for value in values:
        found.update(
            dict.fromkeys(
                one for one in value if not (isinstance(one, Ref) and field.to == spec.key and one.id in held)
            )
        )
    return tuple(found) or None


def _take_shares(doors: Any, spec: ObjectSpec, winner: int, losers: Sequence[int]) -> None:
    """Whoever the others were shared with has the kept one shared with them, in the same operation."""
    columns = ("person", "department", "right", "until", "part")
    listed = ", ".join(f'"{one}"' for one in columns)
    have = {line[:2] for line in rows(f'SELECT {listed} FROM "store_share" WHERE "record" = %s', (winner,))}
    found = rows(f'SELECT {listed} FROM "store_share" WHERE "record" IN ({marks(losers)}) ORDER BY "id"', list(losers))
    lines = {line[:2]: line for line in reversed(found) if line[:2] not in have}
    insert_many(
        "store_share", ("object", "record", *columns, "operation"),
        [(spec.key, winner, *line, doors.act.id) for line in lines.values()],
    )  # fmt: skip
    if lines:
        shares_changed()


def _filled(spec: ObjectSpec, ids: Sequence[int], held: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """What the first record lacks and another one has; many-fields take both."""
    winner, losers = ids[0], ids[1:]
    values: dict[str, Any] = {}
    for field in spec.fields:
        if field.system or not mergeable(field):
            continue
        have = held[winner].get(field.key)
        for loser in losers:
            theirs = held[loser].get(field.key)
            if theirs is None:
                continue
            if isinstance(theirs, Ref) and theirs.id in ids:
                continue
            if field.kind in ("choices", "links"):
                known = {ref.id for ref in refs_of(have)} if field.kind == "links" else set(have or ())
                known |= set(ids) if field.to == spec.key else set()
                more = tuple(one for one in theirs if (one.id if isinstance(one, Ref) else one) not in known)
                if more:
                    have = values[field.key] = (*(have or ()), *more)
            elif have is None:
                have = values[field.key] = theirs
    return values


def links_to(spec: ObjectSpec) -> list[tuple[ObjectSpec, FieldSpec]]:
    any_links = [(source, link) for source in registry for link in source.links if link.kind == "any_link"]
    return registry.pointing_at(spec.key) + any_links


def _repoint(
    doors: Any, spec: ObjectSpec, source: ObjectSpec, link: FieldSpec, losers: Sequence[int], winner: int
) -> None:
    ids = sorted(
        {source_id for source_id, _target in pointing(spec, losers, source, link, limit=100_000)} - set(losers)
    )
    if link.kind == "any_link":
        ids = [one for one in ids if one in of_object(source, link, spec.key, ids)]
    held = values_of(source, (link.key,), ids)
    commands = []
    for source_id in ids:
        value = held[source_id][link.key]
        if link.kind == "links":
            kept: list[Ref] = []
            for ref in refs_of(value):
                ref = Ref(spec.key, winner) if ref.id in losers else ref
                if ref not in kept and ref.id != source_id:
                    kept.append(ref)
            commands.append(Command("update", source.key, source_id, values={link.key: tuple(kept)}))
        else:
            to = Ref(spec.key, winner) if source_id != winner else None
            commands.append(Command("update", source.key, source_id, values={link.key: to}))
    doors.system_many(commands)


def of_object(source: ObjectSpec, link: FieldSpec, target_key: str, ids: Sequence[int]) -> set[int]:
    held = values_of(source, (link.key,), ids)
    return {
        one for one, values in held.items() if (value := values[link.key]) is not None and value.object == target_key
    }
