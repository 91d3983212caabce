"""What a change of rights would open and close, as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.people import people
from zhike.access.rights import RIGHT_NAMES
from zhike.kernel.words import Words, _
from zhike.records.roles.field_effects import FieldEffect
from zhike.records.roles.simulating import MOST_COUNTED, NEWEST, SAMPLES, Effect, Simulation
from zhike.schema.registry import registry
from zhike.web.kinds.figures import number_text

SIGHT: Mapping[str, Words] = {
    "write": _("can change it"),
    "read": _("sees it"),
    "masked": _("sees it masked"),
    "hidden": _("does not see it"),
}


def effects_shown(found: Simulation) -> Mapping[str, Any]:
    """Lines by object and right, with what they say of how far was counted."""
    return {
        "lines": [_line(one) for one in found.effects],
        "fields": [_field(one) for one in found.fields],
        "people": found.people,
        "more_people": found.more_people,
        "only_newest": number_text(NEWEST) if found.only_newest else "",
    }


def _line(one: Effect) -> Mapping[str, Any]:
    spec = registry.object(one.object)
    return {
        "spec": spec,
        "right": RIGHT_NAMES[one.right],
        "gained": _number(len(one.gained), capped=one.capped),
        "lost": _number(len(one.lost), capped=one.capped),
        "gaining": len(one.people_gaining),
        "losing": len(one.people_losing),
        "samples_gained": one.samples_gained,
        "samples_lost": one.samples_lost,
    }


def _field(one: FieldEffect) -> Mapping[str, Any]:
    spec = registry.object(one.object)
    persons = people().persons
    names = sorted(persons[person].name for person in one.people)
    return {
        "spec": spec, "field": spec[one.field], "before": SIGHT[one.before], "after": SIGHT[one.after],
        "gains": one.gains, "number": len(names), "names": names[:SAMPLES],
    }  # fmt: skip


def _number(number: int, *, capped: bool) -> str:
    if not number:
        return ""
    return number_text(number) + ("+" if capped and number >= MOST_COUNTED else "")
