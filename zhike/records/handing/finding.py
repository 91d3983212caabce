"""What a person leaves behind: everything they own and every place where they are named, found by the declarations of all
objects, shipped and custom. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from zhike.access.people import PEOPLE_OBJECTS
from zhike.access.rights import field_right, reach_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import Words
from zhike.records.asking import compiler, conditions, question, state
from zhike.records.read import Query, read, sees
from zhike.records.record import Record
from zhike.records.titles import refs_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.schema.values import Money, Ref
from zhike.store.database import row

PAGE = 1000
OWNER = "owner"
ACCOUNT = "account"
SEEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Item:
    """One record of the package: its account (0: none; an account is its own), and its amount in the company's currency."""

    id: int
    title: str
    account: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """What goes over of one object: the records whose link ``field`` points at the leaver. ``stays``: how many of the
    leaver's records are history and stay under their name. ``closed``: records the one who hands over may not touch."""

    spec: ObjectSpec
    field: FieldSpec
    items: tuple[Item, ...]
    stays: int
    closed: int

    @property
    def owned(self) -> bool:
        """Whether the records belong to the leaver; else they only name them."""
        return self.field.key == OWNER

    @property
    def amount(self) -> Decimal:
        """The amounts together."""
        return sum((one.amount for one in self.items), Decimal(0))

    @property
    def label(self) -> Words:
        """What it is called: the objects, or the field in which somebody is named."""
        return self.spec.plural_label if self.owned else self.field.label


def find_held(actor: Actor, leaver: int) -> list[Held]:
    """Everything of the leaver by object and field, accounts last, without what is empty. ``actor``: who hands over."""
    registry.refresh()
    found = []
    for spec in sorted(registry, key=lambda one: one.key == ACCOUNT):
        for field in _fields(spec):
            held = _held(actor, spec, field, leaver)
            if held.items or held.stays or held.closed:
                found.append(held)
    return found


def _fields(spec: ObjectSpec) -> Iterator[FieldSpec]:
    """The links of an object that may point at the leaver: whose it is, then where people are named."""
    if (spec.scope.kind is not ScopeKind.OPEN and spec.group != "hidden") or spec.scope.kind is ScopeKind.AUDIENCE:
        yield spec[OWNER]
    if _moves(spec) is not None:
        yield from (one for one in spec.links if one.to == "user" and not (one.system or one.readonly or one.stays))


def _moves(spec: ObjectSpec) -> str | None:
    if spec.scope.kind is ScopeKind.OPEN:
        return spec.handed
    return spec.handed_where


def _held(actor: Actor, spec: ObjectSpec, field: FieldSpec, leaver: int) -> Held:
    own = f"{field.key} {'has' if field.kind == 'links' else '='} {leaver}"
    where = _moves(spec)
    whole = _count(spec, own) if field.key == OWNER else 0
    if where is None:
        return Held(spec, field, (), whole, 0)
    items = tuple(_items(actor, spec, f"{own} and ({where})" if where else own))
    open_ = may_move(actor, spec, field, leaver, [one.id for one in items])
    kept = tuple(one for one in items if one.id in open_)
    return Held(spec, field, kept, max(whole - len(items), 0), len(items) - len(kept))


def may_move(actor: Actor, spec: ObjectSpec, field: FieldSpec, leaver: int, ids: list[int]) -> set[int]:
    """Which of these records the actor may give to somebody else: by the transfer right over them; where people are named
    by the right to edit. Views and dashboards others see go along with the person."""
    if actor.is_system or (spec.scope.kind is ScopeKind.AUDIENCE and field.key == OWNER):
        return set(ids)
    right = "transfer" if field.key == OWNER and spec.key not in PEOPLE_OBJECTS else "edit"
    if reach_of(actor, right, spec) == "all":
        return set(ids)
    found: set[int] = set()
    for start in range(0, len(ids), SEEN_AT_ONCE):
        found |= sees(actor, spec, ids[start : start + SEEN_AT_ONCE], right)
    return found


def records_of(spec: ObjectSpec, where: str, columns: tuple[str, ...]) -> Iterator[Record]:
    """Every record outside the trash that matches, archived ones too, in pages."""
    after = ""
    while True:
        asked = Query(spec.key, where, "id", columns, PAGE, after, archived="all", count=False)
        page = read(SYSTEM, asked)
        yield from page.rows
        after = page.next
        if not after:
            return


def _items(actor: Actor, spec: ObjectSpec, where: str) -> Iterator[Item]:
    named = field_right(actor, spec, spec[spec.title]) in ("read", "write")
    link, amount = account_link(spec), amount_field(spec)
    columns = tuple(one.key for one in (link, amount) if one is not None) or (spec.title,)
    for record in records_of(spec, where, columns):
        account = record.id if spec.key == ACCOUNT else _account(record, link)
        yield Item(
            record.id,
            record.title if named else f"#{record.id}",
            account,
            _amount(record.values.get(amount.key) if amount else None),
        )


def _account(record: Record, link: FieldSpec | None) -> int:
    refs: tuple[Ref, ...] = tuple(refs_of(record.values.get(link.key))) if link else ()
    return refs[0].id if refs else 0


def account_link(spec: ObjectSpec) -> FieldSpec | None:
    """The link by which records of an object belong to an account."""
    links = [one for one in spec.links if one.to == ACCOUNT and one.kind == "link" and not one.tree]
    return next((one for one in links if one.key == ACCOUNT), links[0] if links else None)


def amount_field(spec: ObjectSpec) -> FieldSpec | None:
    """The money by which records of an object are weighed: what its board adds up, else what is derived, else its first."""
    if spec.board and spec.board.total:
        return spec.field(spec.board.total)
    monies = [one for one in spec.fields if "money" in (one.kind, one.result)]
    return next((one for one in monies if one.rollup), monies[0] if monies else None)


def _amount(value: object) -> Decimal:
    if isinstance(value, Money):
        return value.base if value.base is not None else value.amount
    return Decimal(0)


def _count(spec: ObjectSpec, where: str) -> int:
    build = compiler(spec)
    wanted = conditions(build, spec, question(SYSTEM, spec, where), state(spec, "all"))
    found = row(f"SELECT count(*) {build.source()} WHERE {wanted}", build.params)
    return int(found[0]) if found else 0
