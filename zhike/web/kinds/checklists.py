"""A checklist: n of m in a list, and items that are ticked where they stand."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from zhike.kernel.words import _
from zhike.schema.checklist import items_of, progress
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.web.built import icon_svg
from zhike.web.links import action_url
from zhike.web.markup import html, together

TICK = "tick"


def checklist(value: str, field: FieldSpec, place: str, record: Any) -> Markup:
    """How a checklist is drawn: how far it is, or its items. The boxes post the object's own action for it, if it has one."""
    items = items_of(value)
    if place == "list":
        done, of = progress(items)
        bar = html(
            '<svg viewBox="0 0 36 5" preserveAspectRatio="none" aria-hidden="true"><rect width="36" height="5" class="ground"/>'
            '<rect width="%s" height="5" class="part"/></svg>',
            round(36 * done / of, 1) if of else 0,
        )
        said = _("{done} of {of} done").with_(done=done, of=of)
        return html('<span class="steps-done" title="%s">%s%s/%s</span>', said, bar, done, of)
    can_tick = record is not None and "edit" in record.rights and not record.trashed
    can_tick = can_tick and any(one.name == TICK for one in registry.actions(record.object))
    url = action_url(record, TICK) if can_tick else ""
    lines = []
    for number, item in enumerate(items, start=1):
        label = _("Put “{item}” back") if item.done else _("Tick off “{item}”")
        sent = json.dumps({"item": number, "done": "no" if item.done else "yes", "_here": "1"})
        pressed = "true" if item.done else "false"
        facts = (url, sent, pressed, label.with_(item=item.text), icon_svg("check", True))
        box = (
            html(
                '<button class="tick is-box" type="button" data-tick-item hx-post="%s" hx-vals="%s" hx-swap="none"'
                ' aria-pressed="%s" aria-label="%s">%s</button>',
                *facts,
            )
            if url
            else html(
                '<span class="tick is-box" aria-hidden="true">%s</span>', icon_svg("check", True) if item.done else ""
            )
        )
        lines.append(html("<li%s>%s<span>%s</span></li>", Markup(" data-done") if item.done else "", box, item.text))
    return html('<ul class="checklist">%s</ul>', together(lines, ""))
