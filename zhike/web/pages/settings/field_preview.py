"""How a field that is being declared will look: in a form, in a list, on a record, with values of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now, today
from zhike.kernel.words import _
from zhike.records.company.settings import company
from zhike.records.declaring.drafting import Draft
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Address, FileRef, Masked, Money, Ref
from zhike.web.kinds.cells import draw, is_right
from zhike.web.kinds.widgets import Control, control
from zhike.web.reading import reading


@dataclass(frozen=True, slots=True)
class Shown:
    """The field in the three places people meet it. ``titles`` name the records of ``cells``."""

    field: FieldSpec
    control: Control
    titles: tuple[str, ...]
    cells: tuple[Markup, ...]
    fact: Markup
    right: bool


def shown(actor: Actor, draft: Draft) -> Shown | None:
    """The draft drawn; None while it has no kind."""
    field = draft.field
    if field is None:
        return None
    if draft.samples:
        values = [one.value for one in draft.samples]
        titles = tuple(one.title for one in draft.samples)
    else:
        values = samples(actor, field)
        titles = tuple(str(_("Example {n}").with_(n=n + 1)) for n in range(len(values)))
    typed = (
        {"": [str(field.default)]}
        if isinstance(field.default, str | int) and not isinstance(field.default, bool)
        else {}
    )
    if field.default is True:
        typed = {"": ["yes"]}
    drawn = tuple(draw(value, field, "list") for value in values)
    return Shown(
        field,
        control(field, typed, reading(), id_prefix="preview-", prefix="preview."),
        titles,
        drawn,
        draw(values[0], field) if values else Markup(""),
        is_right(field),
    )


def samples(actor: Actor, field: FieldSpec) -> list[Any]:
    """Two or three values such as people enter."""
    kind = field.result if field.kind in ("formula", "roll_up") else field.kind
    if kind in ("choice", "choices"):
        keys = [one.key for one in field.options if one.active][:3]
        return [(*keys[:2],), (*keys[2:],)] if kind == "choices" else list(keys)
    if kind in ("link", "links", "any_link"):
        found = _records(actor, field.to or "account")
        return [tuple(found[:2]), tuple(found[2:])] if kind == "links" else found
    day, firm = today(reading().timezone), company()
    delivered = str(_("Delivered with two spare parts."))
    step = Decimal(1).scaleb(-field.decimals)
    ready: Mapping[str, list[Any]] = {
        "text": ["A-2041", "B-77"],
        "long_text": [delivered, str(_("Asks for an offer in spring."))],
        "rich_text": [f"<p>{delivered}</p>"],
        "url": ["https://example.com/"],
        "number": [Decimal(1280).quantize(step), Decimal("36.5").quantize(step)],
        "money": [Money(Decimal("860000.00"), firm.currency, Decimal(860000)), Money(Decimal("12500.00"), "USD")],
        "percent": [Decimal("12.5").quantize(step), Decimal(80).quantize(step)],
        "duration": [90, 480],
        "auto_number": [next_number(field)],
        "date": [day, day + timedelta(days=40)],
        "instant": [now(), now() + timedelta(days=2)],
        "yes_no": [True, False],
        "phone": [Masked("138****1234")],
        "email": [Masked("l***@example.com")],
        "secret_text": [Masked("••••••1234")],
        "file": [FileRef(0, "contract.pdf", 184_320, "application/pdf")],
        "address": [Address("CN", "320000", "320500", "320506")],
    }
    return list(ready.get(str(kind), []))


def next_number(field: FieldSpec, counter: int = 1) -> str:
    """What an automatic number looks like at a counter."""
    rule = field.number
    if rule is None:
        return f"{counter:05d}"
    dated = today(reading().timezone).strftime(rule.dated) if rule.dated else ""
    return f"{rule.prefix}{dated}{counter:0{rule.digits}d}"


def _records(actor: Actor, key: str) -> list[Ref]:
    target = registry.find(key)
    if target is None or not can(actor, "read", target):
        return []
    page = read(actor, Query(key, columns=(target.title,), size=3, count=False))
    return [Ref(key, record.id, record.title) for record in page.rows]
