"""Records as they were at an instant: what is there now, wound back by the change log, within the rights of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, NotFound, TooWide
from zhike.kernel.words import _
from zhike.query.predicate import REACHED, compile_predicate, paths, scalar_at
from zhike.query.tree import EVERYTHING, InSegment, InSet, Node, Path, SharedWithMe, SortKey, has_part
from zhike.records.asking import compiler, conditions, order, question, state, visible
from zhike.records.company.settings import setting_for
from zhike.records.formulas import inputs_of
from zhike.records.pricing import check_price
from zhike.records.read import Query, View, chosen_columns, read_one, rights_of_fields, seen_id
from zhike.records.record import Page, Record
from zhike.records.stays import steps_of
from zhike.records.titles import with_titles
from zhike.records.winding import Past, Wound, changes_in_window, in_sight_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import rows
from zhike.store.ids import steady
from zhike.store.search_text import sort_key

MOST_RECORDS = 5000  # records wound back for one question


def instant_in(text: str, timezone: str) -> datetime:
    """The instant a person means: a day is its end there, ``2026-03-01T10:00`` that minute. Raises BadQuery."""
    zone = ZoneInfo(timezone)
    try:
        if len(text) == 10:
            at = datetime.combine(date.fromisoformat(text), time(), zone) + timedelta(days=1, microseconds=-1)
            return min(at, now()) if at.date() == now().astimezone(zone).date() else at
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadQuery(_("Write an instant as 2026-03-01 or 2026-03-01T10:00.")) from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(UTC)


@steady()
def read_as_of(actor: Actor, query: Query, at: datetime) -> Page:
    """:func:`zhike.records.read.read` as it would have answered at an instant: values of then, rights of today. Words such
    as today mean the day of the instant. Linked records have the names of today.

    Raises TooWide when more than :data:`MOST_RECORDS` records would have to be wound back or too much changed since,
    BadQuery for what is not kept (roll-ups, shares) and for an instant ahead."""
    registry.refresh()
    spec = registry.object(query.object)
    require(actor, "read", spec)
    setting = _then(actor, at)
    tree = question(actor, spec, query.where, setting)
    _refuse_unkept(tree)
    fields = chosen_columns(actor, spec, query.columns)
    sort = _sort(actor, spec, query.sort)
    wanted = [
        *fields,
        *(key.field for key in sort),
        *(path.links[0] if path.links else path.field for path in paths(tree)),
    ]
    wanted += [spec[key] for key in ("archived", "trashed", "created", "owner", spec.title)]
    wanted += inputs_of(spec, fields, setting)
    past = Past(at, setting)
    changes = changes_in_window(spec, at)
    ids = _candidates(actor, spec, tree, changes)
    found = past.records(spec, list(dict.fromkeys(wanted)), ids, changes)
    matching = _matching(actor, past, spec, tree, query.archived, found)
    _sorted(matching, sort, setting)
    start, size = _place(query.after), max(1, min(query.size, 1000))
    view = View(spec, fields, rights_of_fields(actor, spec, fields), setting)
    records = [_shown(view, spec, one, setting) for one in matching[start : start + size]]
    following = str(start + size) if len(matching) > start + size else ""
    shown = with_titles(actor, spec, fields, records)
    return Page(spec, tuple(shown), tuple(one.key for one in fields), sort, tree, following, len(matching), False)


@steady()
def count_as_of(actor: Actor, object_key: str, where: str, at: datetime, archived: str = "no") -> int:
    """How many records matched at an instant. Raises as :func:`read_as_of`."""
    spec = registry.object(object_key)
    page = read_as_of(actor, Query(object_key, where, columns=(spec.title,), size=1, archived=archived), at)
    return page.count or 0


@steady()
def read_one_as_of(actor: Actor, object_key: str, record_id: int, at: datetime) -> Record:
    """One record at an instant, every field the actor may read today. Raises NotFound, also where it did not exist yet."""
    registry.refresh()
    spec = registry.object(object_key)
    record_id = seen_id(actor, object_key, record_id)
    setting = _then(actor, at)
    rights = rights_of_fields(actor, spec, spec.fields)
    fields = [field for field in spec.fields if rights[field.key] != "hidden"]
    wanted = dict.fromkeys(
        [*fields, *inputs_of(spec, fields, setting), spec[spec.title], spec["archived"], spec["trashed"]]
    )
    found = Past(at, setting).records(spec, list(wanted), [record_id])
    if record_id not in found:
        raise NotFound(_("This record did not exist yet."))
    reveal = read_one(actor, object_key, record_id)
    record = _shown(View(spec, fields, rights, setting), spec, found[record_id], setting, reveal=_plain(reveal))
    (shown,) = with_titles(actor, spec, fields, [record])
    return shown


def _plain(record: Record) -> bool:
    """Whether this reader sees the record's secrets in full now, as its owner does."""
    spec = registry.object(record.object)
    return any(kind_of(spec[key]).secret and isinstance(value, str) for key, value in record.values.items())


def _then(actor: Actor, at: datetime) -> Setting:
    if at > now() + timedelta(seconds=1):
        raise BadQuery(_("This instant lies ahead."))
    setting = setting_for(actor)
    return replace(setting, today=at.astimezone(ZoneInfo(setting.timezone)).date())


def _refuse_unkept(tree: Node) -> None:
    if has_part(tree, (SharedWithMe, InSet)):
        raise BadQuery(_("Shares of the past are not kept; leave “shared with me” out."))
    if has_part(tree, InSegment):
        raise BadQuery(_("Who was in a segment is not kept for every moment of the past; leave “segment” out."))
    for path in paths(tree):
        if path.field.kind == "roll_up":
            text = _("“{field}” is worked out from other records and not kept for the past.")
            raise BadQuery(text.with_(field=path.field.label))
        if path.part == REACHED and path.links:
            raise BadQuery(
                _("What other records had reached is not kept for the past; ask for their own list at that time.")
            )


def _sort(actor: Actor, spec: ObjectSpec, text: str) -> tuple[SortKey, ...]:
    keys = order(actor, spec, text)
    kept = tuple(key for key in keys if key.field.kind != "roll_up")
    if text.strip() and len(kept) != len(keys):
        raise BadQuery(_("Records of the past cannot be sorted by what is worked out from other records."))
    return kept or (SortKey(spec["id"], True),)


def _candidates(actor: Actor, spec: ObjectSpec, tree: Node, changes: dict[int, Any]) -> list[int]:
    """Ids of what matches now and of what changed since, as far as the actor sees it today. A filter over links says
    nothing about then, so with one every record in sight is a candidate."""
    asked = EVERYTHING if any(path.links for path in paths(tree)) else tree
    scope = visible(actor, spec)
    check_price(actor, spec, asked, scope, ())
    build = compiler(spec)
    where = conditions(build, spec, asked, state(spec, "all"), scope)
    found = rows(f'SELECT t."id" {build.source()} WHERE {where} LIMIT {MOST_RECORDS + 1}', build.params)
    ids = {line[0] for line in found}
    if len(ids) <= MOST_RECORDS:
        ids |= in_sight_of(actor, spec, sorted(changes.keys() - ids))
    if len(ids) > MOST_RECORDS:
        text = _("More than {n} records would have to be wound back. Add a condition that leaves fewer.")
        raise TooWide(text.with_(n=f"{MOST_RECORDS:,}"))
    return sorted(ids)


def _matching(
    actor: Actor, past: Past, spec: ObjectSpec, tree: Node, archived: str, found: dict[int, Wound]
) -> list[Wound]:
    holds = compile_predicate(tree)
    asked = paths(tree)
    linked = {path: past.linked(actor, path, found.values()) for path in asked if path.links}
    been = {path: steps_of(path.field, list(found), past.at) for path in asked if path.part == REACHED}
    kept = []
    for one in found.values():
        if one.values.get("trashed") is not None:
            continue
        if archived != "all" and (one.values.get("archived") is None) != (archived == "no"):
            continue

        def look(path: Path, one: Wound = one) -> Any:
            if path.part == REACHED:
                return been[path].get(one.id, ())
            return linked[path].get(one.id) if path.links else scalar_at(path, one.values.get(path.field.key))

        if holds(look):
            kept.append(one)
    return kept


def _sorted(found: list[Wound], sort: Sequence[SortKey], setting: Setting) -> None:
    """Empties come last in both directions; the id decides between equals, as everywhere."""
    found.sort(key=lambda one: one.id, reverse=sort[0].descending)
    for key in reversed(sort):

        def value(one: Wound, field: FieldSpec = key.field) -> Any:
            if field.key == one.spec.title:
                return sort_key(one.title(setting))
            return one.id if field.key == "id" else scalar_at(Path((one.spec,), (), field), one.values.get(field.key))

        known = [one for one in found if value(one) not in (None, ())]
        empty = [one for one in found if value(one) in (None, ())]
        known.sort(key=value, reverse=key.descending)
        found[:] = known + empty


def _place(after: str) -> int:
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and int(after[:9]) <= MOST_RECORDS):
        raise BadQuery(_("This page marker does not belong to this list. Start again from the first page."))
    return int(after[:9])


def _shown(view: View, spec: ObjectSpec, one: Wound, setting: Setting, *, reveal: bool = False) -> Record:
    values = {key: one.values.get(key) for key in view.known}
    return view.shown(
        one.id, one.version, one.title(setting), values, reveal=reveal,
        archived=one.values.get("archived") is not None, trashed=one.values.get("trashed") is not None,
    )  # fmt: skip
