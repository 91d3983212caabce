"""What a page of figures is narrowed to, as its address says it: period, person or department, pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

from zhike.access.people import people
from zhike.access.rights import can
from zhike.insight.periods import KNOWN
from zhike.insight.tiles import Narrowed
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.web.links import number_in
from zhike.web.pages.home_people import whose

PERIODS: dict[str, Words] = {
    "all": _("All time"),
    "year": _("This year"),
    "quarter": _("This quarter"),
    "month": _("This month"),
    "months": _("Last 12 months"),
    "days": _("Last 30 days"),
    "week": _("Last 7 days"),
    "last_year": _("Last year"),
    "last_quarter": _("Last quarter"),
    "last_month": _("Last month"),
}
AT_HAND = ("all", "year", "quarter", "month", "months")  # those that stand side by side; the others are in a menu
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a menu: its label, its address, and whether it is the present one."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page is narrowed to and what the address said of it."""

    narrowed: Narrowed
    said: Mapping[str, str]

    def url(self, **changed: str) -> str:
        """The page narrowed otherwise; what is not named stays."""
        query = {name: value for name, value in {**self.said, **changed}.items() if value}
        return "?" + urlencode(query)


def filters_of(request: HttpRequest, dashboard: Record) -> Filters:
    """What the address asks for; where it says nothing, what the dashboard opens with. ``0`` means nobody in particular."""
    asked = {name: request.GET.get(name, "") for name in ("period", "person", "department", "pipeline")}
    said = {
        name: value
        for name, value in asked.items()
        if value and (name == "period" or (value.isascii() and value.isdigit()))
    }
    period = (
        said.get("period", "") if said.get("period", "") in PERIODS else str(dashboard.values.get("period") or "all")
    )
    chosen: dict[str, int] = {}
    for name in ("person", "department", "pipeline"):
        own = dashboard.values.get(name)
        chosen[name] = number_in(said[name]) if name in said else own.id if isinstance(own, Ref) else 0
    return Filters(Narrowed(period if period in KNOWN else "all", **chosen), said)


def choices(actor: Actor, filters: Filters) -> dict[str, list[Choice]]:
    """The menus of the page: people, departments, pipelines, as far as there is more than one to choose from."""
    now = filters.narrowed
    persons = [Choice(_text(_("Everybody")), filters.url(person="0"), not now.person)]
    persons += [
        Choice(one.name, filters.url(person=str(one.id)), one.id == now.person)
        for one in whose(actor, "").team[:MOST_CHOICES]
    ]
    departments = [Choice(_text(_("All departments")), filters.url(department="0"), not now.department)]
    departments += [
        Choice(one.title, filters.url(department=str(one.id)), one.id == now.department)
        for one in _records(actor, "department")
    ]
    pipelines = [Choice(_text(_("All pipelines")), filters.url(pipeline="0"), not now.pipeline)]
    pipelines += [
        Choice(one.title, filters.url(pipeline=str(one.id)), one.id == now.pipeline)
        for one in _records(actor, "pipeline")
    ]
    found = {"person": persons, "department": departments, "pipeline": pipelines}
    return {name: listed for name, listed in found.items() if len(listed) > 2 or not listed[0].current}


def person_named(person: int) -> str:
    """A person's name; "" for none."""
    known = people().persons.get(person)
    return known.name if known else ""


def _records(actor: Actor, object_key: str) -> tuple[Record, ...]:
    spec = registry.find(object_key)
    if spec is None or not can(actor, "read", spec):
        return ()
    return read(actor, Query(object_key, columns=(spec.title,), size=MOST_CHOICES, count=False)).rows


def _text(words: Words) -> str:
    return str(words)
