"""What a change of rights would open and close, as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.rights import RIGHT_NAMES
from zhike.records.roles.simulating import MOST_COUNTED, NEWEST, Effect, Simulation
from zhike.schema.registry import registry
from zhike.web.kinds.figures import number_text


def effects_shown(found: Simulation) -> Mapping[str, Any]:
    """Lines by object and right, with what they say of how far was counted."""
    return {
        "lines": [_line(one) for one in found.effects],
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


def _number(number: int, *, capped: bool) -> str:
    if not number:
        return ""
    return number_text(number) + ("+" if capped and number >= MOST_COUNTED else "")
