"""Is this one here already? What is being typed or imported, held against the records there are, of every object in which
the same thing may stand. Candidates come from the index of keys, never from looking through a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import Words, _
from zhike.query.tree import Compare, Path
from zhike.records.company.settings import setting_for
from zhike.records.likeness.comparisons import CLOSE, DIFFERS, LIKENESSES, RELATED, SAME, Found, Rarity
from zhike.records.likeness.declared import Forms, compare, forms_of, keys_of, shared
from zhike.records.likeness.forms import Subject, subjects_of
from zhike.records.likeness.keys import holders, population
from zhike.records.likeness.outside import outside_answers
from zhike.records.read import Query, read
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import Compared, ObjectSpec
from zhike.schema.values import Lookup, Masked
from zhike.store.ids import steady

MOST_SHARING = 40  # a key more records have finds nobody
SMALLEST = 1000  # in a small company every name is rare; the world is not that small
ENOUGH = 5.0
TELLS = 2.5
STRONG = 8.0


@dataclass(frozen=True, slots=True)
class Alike:
    """A record that may be the one at hand: what it is, its title and a line that tells it apart, why, and how sure.

    ``bits`` is the evidence, ``related``: it belongs to the same company without being it (a branch). A record outside the
    actor's sight has no id and no title; ``owner`` is named if the administrator chose so."""

    object: str
    id: int
    title: str
    line: str
    icon: str
    label: Words
    reasons: tuple[Words, ...] = ()
    bits: float = 0.0
    related: bool = False
    owner: str = ""
    outside: bool = False


def find_same(
    actor: Actor, object_key: str, values: Mapping[str, Any], exclude_id: int | None = None, size: int = 5
) -> list[Alike]:
    """Records like ``values`` (raw or canonical, by field key), the likeliest first; [] when nothing tells."""
    return find_same_many(actor, object_key, [values], exclude_id, size)[0]


@steady()
def find_same_many(
    actor: Actor,
    object_key: str,
    many: Sequence[Mapping[str, Any]],
    exclude_id: int | None = None,
    size: int = 5,
    *,
    outside: bool = True,
) -> list[list[Alike]]:
    """The same for many sets of values at once, in a fixed number of statements for each 150 keys they have.

    ``outside=False``: nothing is said about records the actor cannot see, whatever the administrator chose."""
    registry.refresh()
    spec = registry.object(object_key)
    setting = setting_for(actor)
    forms = [forms_of(spec, _readable(actor, spec, _canonical(spec, values, setting))) for values in many]
    return _found(actor, spec, forms, exclude_id, size, outside=outside)


@steady()
def alike_to(actor: Actor, object_key: str, record_id: int, size: int = 8) -> list[Alike]:
    """Records like one that stands here already, in any object, from what the actor may read; nothing outside their sight."""
    registry.refresh()
    spec = registry.object(object_key)
    subject = subjects_of(actor, object_key, [record_id]).get(record_id)
    return _found(actor, spec, [subject.forms], record_id, size, outside=False)[0] if subject is not None else []


def _found(
    actor: Actor, spec: ObjectSpec, forms: Sequence[Forms], exclude_id: int | None, size: int, *, outside: bool
) -> list[list[Alike]]:
    objects = [one for one in _objects(spec) if can(actor, "read", one)]
    keys = [keys_of(spec, one) for one in forms]
    asked = list(dict.fromkeys(key for some in keys for key in some))
    held = holders([one.key for one in objects], asked, MOST_SHARING + 1) if asked else {}
    found: list[list[Alike]] = [[] for _form in forms]
    for other in objects:
        wanted = [_candidates(other, some, held, exclude_id if other is spec else None) for some in keys]
        everyone = {one for some in wanted for one in some}
        if not everyone:
            continue
        seen = subjects_of(actor, other.key, sorted(everyone))
        rarity = _rarity(other, held)
        for mine, candidates, answers in zip(forms, wanted, found, strict=True):
            judged = [_judged(spec, mine, other, seen[one], rarity) for one in candidates if one in seen]
            answers += [one for one in judged if one is not None]
        hidden = everyone - set(seen)
        if outside and hidden and not actor.is_system:
            told = subjects_of(SYSTEM, other.key, sorted(hidden)[:MOST_SHARING])
            for mine, candidates, answers in zip(forms, wanted, found, strict=True):
                strangers = [told[one] for one in candidates if one in told]
                answers += outside_answers(actor, other, _certain(spec, mine, other, strangers, rarity), _alike)
    return _with_lines(actor, [sorted(answers, key=_order)[:size] for answers in found])


def same_keys(spec: ObjectSpec) -> list[str]:
    """Keys of the fields that decide whether a record may already exist."""
    return list(dict.fromkeys(key for one in spec.compared for key in one.fields))


def _objects(spec: ObjectSpec) -> list[ObjectSpec]:
    """The object itself and those in which the same thing may stand."""
    others = [one for key in (spec.same.others if spec.same else ()) if (one := registry.find(key)) is not None]
    return [one for one in (spec, *others) if shared(spec, one)]


def _canonical(spec: ObjectSpec, values: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Values by kind; what cannot be read, or still has to be looked up, does not count."""
    found = {}
    for key, raw in values.items():
        field = spec.field(key)
        if field is None or raw in (None, "", ()):
            continue
        try:
            value = kind_of(field).parse(raw, field, setting)
        except ParseError:
            continue
        if value is not None and not isinstance(value, Lookup | Masked):
            found[key] = value
    return found


def _readable(actor: Actor, spec: ObjectSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of fields the actor may read: asking for another would tell what stands in it."""
    return {key: one for key, one in values.items() if field_right(actor, spec, spec[key]) in ("read", "write")}


def _candidates(
    other: ObjectSpec, keys: Sequence[str], held: Mapping[tuple[str, str], list[int]], exclude_id: int | None
) -> list[int]:
    found: dict[int, None] = {}
    for key in keys:
        some = held.get((other.key, key), ())
        if len(some) <= MOST_SHARING:
            found.update(dict.fromkeys(one for one in some if one != exclude_id))
    return list(found)


def _rarity(other: ObjectSpec, held: Mapping[tuple[str, str], list[int]]) -> Rarity:
    return Rarity(lambda key: len(held.get((other.key, key), ())), max(population(other), SMALLEST))


def _judged(spec: ObjectSpec, mine: Forms, other: ObjectSpec, subject: Subject, rarity: Rarity) -> Alike | None:
    found = compare(spec, mine, other, subject.forms, rarity)
    strength = sum(one.bits for _compared, one in found)
    related = any(one.level == RELATED for _compared, one in found)
    if not related and (strength < ENOUGH or not any(_tells(compared, one) for compared, one in found)):
        return None
    agreeing = [pair for pair in found if pair[1].level != DIFFERS and (pair[1].bits > 0 or related)]
    agreeing.sort(key=lambda pair: -pair[1].bits)
    return replace(
        _alike(other), id=subject.id, title=subject.title, bits=strength, related=related,
        reasons=tuple(reason_of(spec, compared, one) for compared, one in agreeing[:3]),
    )  # fmt: skip


def _tells(compared: Compared, found: Found) -> bool:
    """Whether an agreement is one to tell somebody who types: on what identifies, and not merely alike."""
    return LIKENESSES[compared.by].identifies and found.level in (SAME, CLOSE) and found.bits >= TELLS


def _certain(
    spec: ObjectSpec, mine: Forms, other: ObjectSpec, strangers: Sequence[Subject], rarity: Rarity
) -> list[Subject]:
    """Those that agree exactly in something that identifies: guesses about what one cannot see are not answered."""
    certain = []
    for subject in strangers:
        found = compare(spec, mine, other, subject.forms, rarity)
        exact = any(
            one.level == SAME and one.bits >= STRONG and LIKENESSES[compared.by].identifies and compared.by != "person"
            for compared, one in found
        )
        if exact:
            certain.append(subject)
    return certain


def reason_of(spec: ObjectSpec, compared: Compared, found: Found) -> Words:
    """A reason with the name of what was compared in it."""
    field = spec.field(compared.fields[0])
    return found.reason.with_(field=field.label if field is not None else _("It"))


def _alike(spec: ObjectSpec) -> Alike:
    return Alike(spec.key, 0, "", "", spec.icon, spec.label)


def _order(alike: Alike) -> tuple[bool, bool, float, int]:
    return (alike.outside, alike.related, -alike.bits, alike.id)


def _with_lines(actor: Actor, listed: list[list[Alike]]) -> list[list[Alike]]:
    """The line under each title: what the object's list shows first, secrets masked."""
    wanted: dict[str, set[int]] = {}
    for some in listed:
        for one in some:
            if one.id:
                wanted.setdefault(one.object, set()).add(one.id)
    lines: dict[int, str] = {}
    setting = setting_for(actor)
    for object_key, ids in wanted.items():
        spec = registry.object(object_key)
        node = Compare(Path((spec,), (), spec["id"]), "in", tuple(sorted(ids)))
        page = read(actor, Query(object_key, size=len(ids), count=False, archived="all", node=node))
        for record in page.rows:
            told = [
                value.mask if isinstance(value, Masked) else kind_of(spec[key]).show(value, spec[key], setting)
                for key in page.columns
                if key != spec.title and (value := record.values.get(key)) is not None
            ]
            lines[record.id] = " · ".join(told[:3])
    return [[replace(one, line=lines.get(one.id, "")) for one in some] for some in listed]
