"""Who would get what of a package: worked out from the rules, told before it happens. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import Words, _
from zhike.records.aggregate import aggregate_raw
from zhike.records.handing.finding import ACCOUNT, Held, Item, find_held
from zhike.records.handing.rules import ALL, Rule, rules_in
from zhike.records.picking import matching_ids
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

SAMPLES = 3
LOAD = ("opportunity", "task")
"""What somebody has on their hands is counted in these: open deals and open tasks."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a package shall be split. ``rest`` gets what no rule catches, ``settings_to`` the places where the leaver is named
    and the views others see (0: as ``rest``). ``together``: what belongs to an account of the package goes with it."""

    leaver: int
    rules: str = ""
    rest: int = 0
    settings_to: int = 0
    together: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """What one person gets of one object: how many, their amount, and the names of the first ones."""

    held: Held
    count: int
    amount: Decimal
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What one person gets, and how many open deals and tasks they have before and after."""

    person: int
    parts: tuple[Part, ...]
    before: int
    after: int

    @property
    def count(self) -> int:
        """How many records in all."""
        return sum(one.count for one in self.parts)


@dataclass(frozen=True, slots=True)
class Hitch:
    """Why the package cannot go over like this; ``record`` is 0 when it is about many."""

    text: Words
    object: str = ""
    record: int = 0


@dataclass
class Split:
    """A package split. ``to``: (object, field) → record → person."""

    held: list[Held]
    to: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    hitches: list[Hitch] = field(default_factory=list)
    uncaught: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many records go over."""
        return sum(len(one.items) for one in self.held)

    @property
    def ready(self) -> bool:
        """Whether it can be done: somebody for everything, and nothing in the way."""
        return not self.hitches and not self.uncaught


def split(actor: Actor, wanted: Wanted) -> Split:
    """Everything of the leaver split by the rules. Raises Invalid for rules that cannot be read."""
    rules = rules_in(wanted.rules, actor)
    held = find_held(actor, wanted.leaver)
    found = Split(held)
    turns = _Turns(wanted.leaver, held)
    for one in reversed(held):  # accounts first: what belongs to them follows
        if one.items:
            _give(found, turns, one, rules, wanted)
    found.shares = _shares(found, turns)
    _look_for_hitches(found, wanted)
    return found


def _give(found: Split, turns: _Turns, held: Held, rules: Sequence[Rule], wanted: Wanted) -> None:
    given = found.to.setdefault((held.spec.key, held.field.key), {})
    if not held.owned or held.spec.group in ("hidden", "setup"):
        person = wanted.settings_to or wanted.rest
        given.update({one.id: person for one in held.items if person})
    else:
        accounts = found.to.get((ACCOUNT, "owner"), {}) if wanted.together and held.spec.key != ACCOUNT else {}
        given.update({one.id: accounts[one.account] for one in held.items if one.account in accounts})
        left = [one for one in held.items if one.id not in given]
        for rule in rules:
            if rule.object not in (ALL, held.spec.key) or not left:
                continue
            hits = matching_ids(held.spec, rule.where, [one.id for one in left])
            hit = [one for one in left if one.id in hits]
            for one in hit:
                person = rule.to.person or turns.next(rule.to.department, held.spec)
                if person:
                    given[one.id] = person
                    turns.takes(person, held.spec, one)
            left = [one for one in left if one.id not in given]
        for one in left if wanted.rest else ():
            given[one.id] = wanted.rest
            turns.takes(wanted.rest, held.spec, one)
    missing = len(held.items) - len(given)
    if missing:
        found.uncaught[held.spec.key] = found.uncaught.get(held.spec.key, 0) + missing


class _Turns:
    """Whose turn it is in a department: the one with the least load, open deals and tasks of the package counted in."""

    def __init__(self, leaver: int, held: Sequence[Held]) -> None:
        self.leaver = leaver
        self.before = loads(leaver)
        self.now = defaultdict(int, self.before)
        self._with: dict[int, int] = defaultdict(int)  # account → open deals and tasks that go with it
        self._members: dict[tuple[int, str], tuple[int, ...]] = {}
        for one in held:
            if one.spec.key in LOAD and one.owned:
                for item in one.items:
                    self._with[item.account] += 1

    def next(self, department: int, spec: ObjectSpec) -> int:
        """Who of the department and those below gets the next record of the object; 0 when nobody there may have it."""
        key = (department, spec.key)
        if key not in self._members:
            snapshot = people()
            below = snapshot.departments_below(department)
            self._members[key] = tuple(
                one.id
                for one in sorted(snapshot.persons.values(), key=lambda one: one.id)
                if one.department in below and not unfit(one.id, self.leaver, spec)
            )
        return min(self._members[key], key=lambda one: self.now[one], default=0)

    def takes(self, person: int, spec: ObjectSpec, item: Item) -> None:
        """The person gets a record, with what goes with it; an account without open work weighs a little all the same."""
        if spec.key == ACCOUNT:
            self.now[person] += max(self._with.get(item.id, 0), 1)
        elif spec.key in LOAD:
            self.now[person] += 1


def loads(leaver: int = 0) -> dict[int, int]:
    """How many open deals and open tasks each person has; the leaver's own are left out."""
    found: dict[int, int] = defaultdict(int)
    for key in LOAD:
        spec = registry.find(key)
        if spec is not None:
            for group in aggregate_raw(SYSTEM, key, ("owner",), ("count",), spec.handed_where or "", size=5000):
                if group.keys[0] not in (None, leaver):
                    found[int(group.keys[0])] += int(group.values[0])
    return found


def unfit(person: int, leaver: int, spec: ObjectSpec | None) -> Words | None:
    """Why somebody cannot become the owner of records of an object (None: take the leaver's place where people are named);
    None when they can."""
    known = people().persons.get(person)
    if known is None:
        return _("This person is not there any more.")
    if person == leaver:
        return _("{name} is the one who hands over.").with_(name=known.name)
    if not known.active or not known.login:
        return _("{name} has no access, so nothing can be handed to them.").with_(name=known.name)
    actor = Actor(known.id, known.name)
    if spec is not None and not (can(actor, "read", spec) and can(actor, "edit", spec)):
        text = _("{name} may not work on {objects}: their roles do not allow it.")
        return text.with_(name=known.name, objects=spec.plural_label)
    return None


def _look_for_hitches(found: Split, wanted: Wanted) -> None:
    for object_key, number in found.uncaught.items():
        text = _("{n} {objects} are caught by no rule. Add a rule, or name who gets the rest.")
        found.hitches.append(Hitch(text.with_(n=number, objects=registry.object(object_key).plural_label), object_key))
    told: set[Words] = set()
    for held in found.held:
        given = found.to.get((held.spec.key, held.field.key), {})
        for person in dict.fromkeys(given.values()):
            why = unfit(person, wanted.leaver, held.spec if held.owned else None)
            if why is not None and why not in told:
                told.add(why)
                found.hitches.append(Hitch(why, held.spec.key))


def _shares(found: Split, turns: _Turns) -> list[Share]:
    parts: dict[int, list[Part]] = defaultdict(list)
    gained: dict[int, int] = defaultdict(int)
    for held in found.held:
        given = found.to.get((held.spec.key, held.field.key), {})
        by_person: dict[int, list[Item]] = defaultdict(list)
        for item in held.items:
            if item.id in given:
                by_person[given[item.id]].append(item)
        for person, items in by_person.items():
            amount = sum((one.amount for one in items), Decimal(0))
            parts[person].append(Part(held, len(items), amount, tuple(one.title for one in items[:SAMPLES])))
            if held.owned and held.spec.key in LOAD:
                gained[person] += len(items)
    before = turns.before
    shares = [
        Share(person, tuple(reversed(some)), before.get(person, 0), before.get(person, 0) + gained[person])
        for person, some in parts.items()
    ]
    return sorted(shares, key=lambda one: (-one.count, one.person))


def lines_of(found: Split) -> Iterable[Mapping[str, object]]:
    """The preview as plain values: one line for each person and object, for programs and the command line."""
    persons = people().persons
    for share in found.shares:
        known = persons.get(share.person)
        for one in share.parts:
            yield {
                "to": known.login if known else "", "name": known.name if known else "", "object": one.held.spec.key,
                "field": one.held.field.key, "count": one.count, "amount": str(one.amount),
                "samples": list(one.samples), "load_before": share.before, "load_after": share.after,
            }  # fmt: skip
