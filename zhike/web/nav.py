"""What the rail and the bottom bar lead to: every object the actor may read, by group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.company.company import is_administrator
from zhike.records.company.first_steps import STEPS, in_first_steps, steps
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.pages.settings.places import has_settings

GROUPS: tuple[tuple[str, Words, bool], ...] = (
    ("day", Words(""), False),
    ("sales", _("Customers and sales"), False),
    ("service", _("Service"), False),
    ("marketing", _("Marketing"), False),
    ("insight", _("Insight"), False),
    ("more", _("More"), False),
    ("setup", _("Company"), True),
)
SALES_FIRST = ("sales", "service", "marketing", "day", "more", "insight", "setup", "hidden")
LONG_GROUP = 9
FIRST_STEPS = "/settings/first-steps"
KEYS = {
    "account": "a",
    "contact": "c",
    "lead": "l",
    "opportunity": "o",
    "task": "t",
    "follow_up": "f",
    "contract": "k",
    "ticket": "i",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: where it leads, how it looks, the letter after ``g`` that goes there."""

    label: str
    url: str
    icon: str
    current: bool = False
    key: str = ""
    count: str = ""
    add: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading ("" for the first); ``folded`` groups open when one of their entries is current."""

    label: str
    entries: tuple[Place, ...]
    folded: bool = False
    current: bool = False


def places(actor: Actor, path: str) -> list[Group]:
    """The navigation for an actor standing at ``path``."""
    home = Place(str(_("Home")), "/", icon="house", current=path == "/", key="h")
    groups: list[Group] = []
    closed = has_settings(actor)  # who has the settings finds these objects there
    for name, label, folded in GROUPS:
        if name == "setup" and closed:
            continue
        entries = [
            _place(spec, path) for spec in registry if spec.group == name and listed(spec) and can(actor, "read", spec)
        ]
        if name == "day":
            entries.insert(0, home)
            if closed and in_first_steps() and is_administrator(actor):
                here = path == FIRST_STEPS
                made = sum(bool(one.state) for one in steps())
                entries.insert(1, Place(str(_("First steps")), FIRST_STEPS, "flag", here, count=f"{made}/{len(STEPS)}"))
            if any(spec.calendar and can(actor, "read", spec) for spec in registry):
                entries.append(Place(str(_("Calendar")), "/calendar", "calendar", path == "/calendar", "w"))
        dashboards = registry.find("dashboard")
        if name == "insight" and dashboards is not None and can(actor, "read", dashboards):
            here = path == "/dashboard" or path.startswith("/dashboards")
            entries.insert(0, Place(str(dashboards.plural_label), "/dashboard", dashboards.icon, here, key="d"))
        if name == "more" and entries:
            entries.append(Place(str(_("Trash")), "/trash", "trash-2", path == "/trash"))
        if entries:
            current = any(one.current for one in entries)
            groups.append(
                Group(str(label), tuple(entries), folded or (name == "more" and len(entries) > LONG_GROUP), current)
            )
    return groups


def bottom(actor: Actor, groups: list[Group], path: str) -> list[Place]:
    """The four places under a thumb: home, the first list of sales, a new note of the day, the first board."""
    everywhere = [entry for group in groups for entry in group.entries]
    sales = [spec for spec in registry if spec.group == "sales" and listed(spec) and can(actor, "read", spec)]
    found = [everywhere[0]] if everywhere else []
    if sales:
        found.append(_place(sales[0], path))
    notes = [spec for spec in registry if spec.group == "day" and spec.timeline and can(actor, "create", spec)]
    if notes:
        found.append(Place(str(_("Log")), "/log", icon="plus", add=True))
    boards = [spec for spec in sales[1:] if spec.board]
    if boards:
        place = _place(boards[0], path)
        found.append(replace(place, url=f"{place.url}/board"))
    return found


def go_keys(groups: list[Group]) -> list[tuple[tuple[str, ...], str]]:
    """What ``g`` followed by a letter opens, for the list of keys."""
    return [(("g", entry.key), entry.label) for group in groups for entry in group.entries if entry.key]


def listed(spec: ObjectSpec) -> bool:
    """Whether an object has a place of its own; lines and join objects live on their parents."""
    return bool(spec.extra.get("nav", True)) and spec.group in {name for name, _label, _folded in GROUPS}


def sales_first(specs: Iterable[ObjectSpec]) -> list[ObjectSpec]:
    """Objects as the settings list them: customers and deals on top, what serves the system at the end."""
    return sorted(specs, key=lambda spec: SALES_FIRST.index(spec.group) if spec.group in SALES_FIRST else 0)


def _place(spec: ObjectSpec, path: str) -> Place:
    here = f"/{spec.plural}"
    current = path == here or path.startswith(here + "/")
    return Place(str(spec.plural_label), here, spec.icon, current, KEYS.get(spec.key, ""))
