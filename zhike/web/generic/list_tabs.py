"""The tabs of a list: its views, which of them is open, whether it was changed, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.rights import can, reach_of
from zhike.kernel.actor import Actor
from zhike.records.segments.checks import segmentable
from zhike.records.segments.kept import SEGMENT
from zhike.records.views import SAVED, shelf_of
from zhike.schema.registry import registry
from zhike.web.generic.list_state import State


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab."""

    key: str
    label: str
    url: str
    current: bool
    shared: str


@dataclass(frozen=True, slots=True)
class Tabs:
    """The tabs of a page and what the menu of the open one offers."""

    shown: tuple[Tab, ...]
    changed: bool
    may_keep: bool  # views can be saved at all
    may_segment: bool  # the filter can become a segment
    may_change: bool  # this one can be changed
    may_decide: bool  # for everybody: with what a role's lists open
    opens: bool  # the actor's list opens with this one
    chosen: bool  # because they said so
    arranged: bool  # the actor has columns of their own here
    at: int


def tabs(actor: Actor, state: State) -> Tabs:
    """The tabs of the list in this state."""
    shelf = state.shelf or shelf_of(actor, state.spec)
    view = state.view
    shown = tuple(Tab(one.key, one.label, state.as_view(one), one.key == view.key, one.shared) for one in shelf.views)
    saved = registry.find(SAVED)
    all_reach = saved is not None and reach_of(actor, "edit", saved) == "all"
    may_keep = saved is not None and can(actor, "create", saved) and state.archived != "trash"
    return Tabs(
        shown,
        state.changed and state.archived == view.archived,
        may_keep,
        may_keep and segmentable(state.spec) and can(actor, "create", registry.object(SEGMENT)),
        bool(view.record) and (view.mine or (all_reach and view.shared != "private")),
        bool(view.record) and all_reach and view.shared != "private",
        shelf.opening.key == view.key,
        shelf.chosen and shelf.first == view.key,
        view.key in shelf.layouts,
        next((at for at, one in enumerate(shown) if one.current), 0),
    )
