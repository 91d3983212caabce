"""Segment 客群: records of one object that a filter finds, kept as members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.read import read_one
from zhike.records.segments.keeping import by_hand
from zhike.records.segments.kept import SEGMENT, segment_of
from zhike.schema.declare import action, asks
from zhike.schema.registry import registry
from zhike.schema.spec import Option, Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

SHARED = (
    Option("private", _("Only me")),
    Option("some", _("Some roles and departments"), "blue"),
    Option("everybody", _("Everybody"), "green"),
)


@declare
class Segment(BusinessObject):
    """A named group of records: whatever its conditions find, with what was added and without what was left out by hand.
    Who is in it is kept and changes with the records; lists, exports and figures ask for it as ``segment = key``."""

    name = c.Text(_("Name"), max=120, required=True, search=5)
    code = c.Text(_("Key"), max=40, unique=True, hint=_("Filters use it: segment = vip_east"))
    object = c.Text(_("Object"), max=60, required=True, index=True, hint=_("The key of an object, such as account"))
    where = c.LongText(_("Conditions"), max=2000, hint=_("A filter, such as industry = manufacturing"))
    about = c.Text(_("What it is for"), max=300)
    shared = c.Choice(_("Who sees it"), SHARED, default="private", required=True, index=True)
    roles = c.Links(_("Roles"), to="role")
    departments = c.Links(_("Departments"), to="department")

    class About:
        key, plural, icon, title, code = "segment", "segments", "users", "name", "code"
        label, plural_label = _("Segment"), _("Segments")
        help = _("A group of records that conditions find, such as quiet customers; it changes with them.")
        columns = "name object where shared owner"
        highlights = "object shared owner"
        form = (
            Tab.of(_("Segment"), "name code object where about"),
            Tab.of(_("Who sees it"), "shared roles departments owner"),
        )
        phone = "name object about"
        sort = "name"
        scope = Scope.audience_of()
        group = "marketing"


_WHICH = asks("segment", _("Segment"), "link", to=SEGMENT, required=True)


def _put(doors: Any, record: Any, values: Mapping[str, Any], *, added: bool | None) -> str:
    chosen = read_one(doors.actor, SEGMENT, values["segment"].id, right="edit")
    segment = segment_of(chosen.id)
    if segment is None or segment.object != record.object:
        text = _("“{segment}” is no segment of {objects}.")
        told = text.with_(segment=chosen.title, objects=registry.object(record.object).plural_label)
        raise Invalid(Problem(told, "segment", "object"))
    by_hand(segment, [record.id], doors.act.id, added=added)
    return chosen.title


@action("*", "segment_add", _("Add to a segment"), icon="users", inputs=(_WHICH,))
def segment_add(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Put the record into a segment, whatever its conditions find."""
    return _("Added to “{segment}”").with_(segment=_put(doors, record, values, added=True))


@action("*", "segment_leave_out", _("Leave out of a segment"), icon="user-round-x", inputs=(_WHICH,))
def segment_leave_out(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Keep the record out of a segment, whatever its conditions find."""
    return _("Left out of “{segment}”").with_(segment=_put(doors, record, values, added=False))


@action("*", "segment_as_found", _("In a segment as its conditions find"), icon="rotate-ccw", inputs=(_WHICH,))
def segment_as_found(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Forget that the record was added to a segment or left out of it by hand."""
    return _("“{segment}” decides by its conditions").with_(segment=_put(doors, record, values, added=None))
