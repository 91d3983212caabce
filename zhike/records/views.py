"""Which ready-made lists does somebody have of an object? Shipped views and those people saved, in the person's own order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can, has_shares
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.records.asking import question
from zhike.records.company.preferences import prefer, preference
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, ScopeKind, View
from zhike.store.ids import SHARES, renew, stamp

SAVED = "saved_view"
STAMP = "stamp:views"
MOST_SAVED = 60
ALL = "all"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is shown: ``columns`` as keys in order with a width after a colon (``name:240 status``), the figures in
    its foot (``sum:amount``), its row height. "" leaves a thing as it is otherwise."""

    columns: str = ""
    figures: str = ""
    density: str = ""

    def over(self, other: Layout) -> Layout:
        """This layout, with what it leaves open taken from another."""
        return Layout(self.columns or other.columns, self.figures or other.figures, self.density or other.density)


@dataclass(frozen=True, slots=True)
class Kept:
    """One ready-made list. ``key`` is a shipped view's key, or a saved one's id; ``record`` is that id, 0 for shipped ones."""

    key: str
    label: str
    where: str = ""
    sort: str = ""
    group: str = ""
    archived: str = "no"
    layout: Layout = Layout()
    record: int = 0
    mine: bool = False
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The ready-made lists one person has of one object, in order; ``first`` is the key of the one the list opens with,
    ``layouts`` how the person arranged them by key."""

    views: tuple[Kept, ...]
    first: str
    layouts: Mapping[str, Layout]
    chosen: bool = False  # the person said what opens first

    def layout(self, view: Kept) -> Layout:
        """How a list is shown: as the person arranged it, else as the view says."""
        return self.layouts.get(view.key, Layout()).over(view.layout)

    def get(self, key: str) -> Kept | None:
        """The list with this key, or None."""
        return next((one for one in self.views if one.key == key), None)

    @property
    def opening(self) -> Kept:
        """The list that opens first."""
        return self.get(self.first) or self.views[0]


def shelf_of(actor: Actor, spec: ObjectSpec) -> Shelf:
    """What the actor finds as tabs of the list."""
    own = preference(actor, _key(spec), {})
    saved = _saved(actor, spec)
    shipped = [_shipped(one) for one in views_for(actor, spec)]
    front = [one for one in shipped if one.archived == "no"]
    found = front + [_kept(actor, one) for one in saved] + [one for one in shipped if one.archived != "no"]
    order = {key: at for at, key in enumerate(own.get("order", ()))}
    found.sort(key=lambda one: order.get(one.key, len(order)))
    layouts = {key: Layout(**value) for key, value in own.get("layouts", {}).items()}
    first = _first(actor, spec, own, saved, found)
    return Shelf(tuple(found), first, layouts, own.get("first") == first)


def views_for(actor: Actor, spec: ObjectSpec) -> list[View]:
    """The shipped views the actor can ask: one whose filter names a field that is hidden from them does not exist."""
    offered = views_of(spec, trash=can(actor, "delete", spec))
    askable = people().once(
        ("views", actor.id, spec.key), lambda: {one.key for one in spec.views if _askable(actor, spec, one)}
    )
    return [one for one in offered if one.key in askable or one not in spec.views]


def _askable(actor: Actor, spec: ObjectSpec, view: View) -> bool:
    try:
        question(actor, spec, view.where)
    except BadQuery:
        return False
    return True


def views_of(spec: ObjectSpec, *, trash: bool = False) -> list[View]:
    """The shipped views of an object: those it declares, and what its fields allow: all, mine, changed lately, ownerless,
    archived, trash."""
    found = list(spec.views)
    known = {one.key for one in found}

    def offer(key: str, view: View) -> None:
        if key not in known:
            found.append(view)

    if ALL not in known:
        found.insert(0 if not any(one.first for one in found) else len(found), View(ALL, _("All")))
    if "owner" in spec.by_key and spec.scope.kind is not ScopeKind.OPEN:
        offer("mine", View("mine", _("Mine"), "owner = me"))
    elif "assignee" in spec.by_key:
        offer("mine", View("mine", _("Mine"), "assignee = me"))
    if "changed" in spec.by_key and not spec.views:
        offer("lately", View("lately", _("Changed this week"), "changed within last 7 days"))
    if "owner" in spec.by_key and spec.scope.kind is ScopeKind.OWNER:
        offer("nobody", View("nobody", _("Nobody’s"), "owner is empty"))
    if "archived" in spec.by_key:
        offer("archived", View("archived", _("Archived"), archived="only"))
    if trash:
        offer("trash", View("trash", _("Trash"), archived="trash"))
    return found


def open_with(actor: Actor, spec: ObjectSpec, key: str) -> None:
    """The list opens with this view for the actor from now on; "" leaves it to their roles and the declaration."""
    _change(actor, spec, first=key or None)


def put_in_order(actor: Actor, spec: ObjectSpec, keys: Sequence[str]) -> None:
    """The actor's own order of the tabs."""
    _change(actor, spec, order=list(keys)[: MOST_SAVED * 2])


def arrange(actor: Actor, spec: ObjectSpec, key: str, layout: Layout | None) -> None:
    """How the actor wants one of the lists shown; None goes back to what the view says."""
    layouts = dict(preference(actor, _key(spec), {}).get("layouts", {}))
    chosen = {name: getattr(layout, name) for name in Layout.__dataclass_fields__ if layout and getattr(layout, name)}
    layouts.pop(key, None)
    if chosen:
        layouts[key] = chosen
    _change(actor, spec, layouts=dict(list(layouts.items())[-MOST_SAVED:]) or None)


def _change(actor: Actor, spec: ObjectSpec, **values: Any) -> None:
    held = {**preference(actor, _key(spec), {}), **values}
    prefer(actor, **{_key(spec): {name: one for name, one in held.items() if one is not None} or None})


def _key(spec: ObjectSpec) -> str:
    return f"list.{spec.key}"


def views_changed() -> None:
    """Called inside the transaction that changes a saved view."""
    renew(STAMP)


def _saved(actor: Actor, spec: ObjectSpec) -> tuple[Record, ...]:
    """The saved views of the object the actor may see, in the order of their positions; read again when one of them, or
    what somebody may see, has changed."""
    saved = registry.find(SAVED)
    if saved is None or not can(actor, "read", saved) or spec.key == SAVED:
        return ()
    columns = tuple(key for key in (*COLUMNS, "owner") if key in saved.by_key)
    asked = Query(SAVED, f"object = {spec.key}", "position", columns, MOST_SAVED, count=False)
    known = ("saved_views", actor.id, spec.key, stamp(STAMP), has_shares(actor) and stamp(SHARES))
    return people().once(known, lambda: read(actor, asked).rows)


COLUMNS = ("name", "filter", "sort", "columns", "grouped", "figures", "density", "shared", "opens_for")


def _shipped(view: View) -> Kept:
    return Kept(view.key, str(view.label), view.where, view.sort, view.group, view.archived, Layout(view.columns))


def _kept(actor: Actor, record: Record) -> Kept:
    said = {key: record.values.get(key) or "" for key in COLUMNS}
    layout = Layout(said["columns"], said["figures"], said["density"])
    owner = record.values.get("owner")
    mine = owner is not None and owner.id == actor.id
    return Kept(
        str(record.id), record.title, said["filter"], said["sort"], said["grouped"], layout=layout, record=record.id,
        mine=mine, shared=said["shared"] or "private",
    )  # fmt: skip


def _first(
    actor: Actor, spec: ObjectSpec, own: Mapping[str, Any], saved: Sequence[Record], found: Sequence[Kept]
) -> str:
    known = {one.key for one in found}
    if own.get("first") in known:
        return str(own["first"])
    person = people().persons.get(actor.id)
    roles = set(person.roles if person else ())
    for record in saved:
        if roles & {one.id for one in record.values.get("opens_for") or ()}:
            return str(record.id)
    return next((one.key for one in spec.views if one.first and one.key in known), ALL)
