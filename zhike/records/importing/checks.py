"""Columns of a table judged before anything is tried: which cells cannot be what they are mapped to, and what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.company.settings import setting_for
from zhike.records.importing.choices import Choosable, choosable, nearest
from zhike.records.importing.decisions import columns_of, map_of
from zhike.records.importing.mapping import EXTERNAL, importable
from zhike.records.importing.rows import RowReader, plain
from zhike.records.importing.uploads import Upload
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec

MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way something is written in the file: how often, what it was decided to mean (None: nothing yet), what is
    offered and why."""

    raw: str
    count: int
    meant: str | None
    near: str
    reason: Words


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a column. ``state``: good, warn, bad, or "" when it is left out."""

    state: str
    text: Words
    meanings: tuple[Meaning, ...] = ()
    choices: tuple[Choosable, ...] = ()


def judge_columns(actor: Actor, spec: ObjectSpec, held: Upload) -> dict[str, Judged]:
    """Every column of the file's beginning, by heading."""
    setting, mapping = setting_for(actor), map_of(held)
    reader = RowReader(spec, mapping, setting)
    allowed = {one.key for one in importable(actor, spec, mapping.historic)}
    found: dict[str, Judged] = {}
    for heading, cells in columns_of(held).items():
        target = mapping.columns.get(heading, "")
        if not target:
            found[heading] = Judged("", _("Left out"))
        elif target.startswith(EXTERNAL):
            found[heading] = Judged("good", _("An id in another system"))
        elif target in allowed:
            found[heading] = _judged(reader, spec[target], heading, cells, setting)
    return found


def _judged(reader: RowReader, one: FieldSpec, heading: str, cells: Sequence[Any], setting: Setting) -> Judged:
    values = [cell for cell in map(plain, cells) if cell not in (None, "")]
    if not values:
        return Judged("warn", _("Nothing in it so far")) if not one.required else Judged("bad", _("Empty, but needed"))
    meant = reader.map.values.get(one.key, {})
    choices = choosable(one)
    if choices:
        return _words(one, values, meant, choices, setting)
    wrong, first = 0, None
    for cell in values:
        try:
            taken = reader.cell(one, heading, meant.get(str(cell), cell))
            if not (isinstance(taken, str) and one.kind in ("link", "links")):
                kind_of(one).parse(taken, one, setting)
        except ParseError as error:
            wrong += 1
            first = first or (cell, error.text)
    if first is not None:
        text = _("{n} do not fit, such as “{value}”: {reason}")
        return Judged("bad", text.with_(n=wrong, value=str(first[0])[:40], reason=first[1]))
    blank = len(cells) - len(values)
    if one.required and blank:
        return Judged("warn", _("{n} are empty, but needed").with_(n=blank))
    return Judged("good", _("All of it fits"))


def _words(
    one: FieldSpec, values: Sequence[Any], meant: Mapping[str, Any], choices: Sequence[Choosable], setting: Setting
) -> Judged:
    counted = Counter(str(cell) for cell in values)
    told: list[Meaning] = []
    unknown = 0
    names = {choice.label for choice in choices}
    for raw, count in counted.most_common():
        if raw in meant:
            told.append(Meaning(raw, count, str(meant[raw] or ""), "", _("Decided")))
        elif not (raw in names or _fits(one, raw, setting)):
            unknown += 1
            near, reason = nearest(raw, choices)
            told.append(Meaning(raw, count, None, near, reason))
    told = told[:MOST_WORDS]
    if unknown:
        text = _("{n} ways of writing are unknown") if unknown > 1 else _("“{value}” is unknown")
        first = next(meaning.raw for meaning in told if meaning.meant is None)
        return Judged("warn", text.with_(n=unknown, value=first[:40]), tuple(told), tuple(choices))
    return Judged("good", _("All of it fits"), tuple(told), tuple(choices))


def _fits(one: FieldSpec, raw: str, setting: Setting) -> bool:
    if one.kind == "link":
        known = people().persons.values()
        return raw.isdigit() or any(person.active and raw == person.login for person in known)
    try:
        kind_of(one).parse(raw, one, setting)
    except ParseError:
        return False
    return True
