"""Exporting what matches: streamed page by page, under row scope and field rights, logged before the first row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.query.predicate import paths
from zhike.query.tree import Node
from zhike.records.asking import compiler, conditions, state, visible
from zhike.records.privacy.mass_reading import locks
from zhike.records.read import Query, read
from zhike.records.record import Page
from zhike.records.reveal import log_reading
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Masked, Money, Ref
from zhike.store.database import rows

PAGE = 500


def export_rows(
    actor: Actor,
    object_key: str,
    where: str = "",
    columns: tuple[str, ...] = (),
    sort: str = "",
    *,
    labels: bool = True,
    archived: str = "no",
    written_down: bool = False,
) -> tuple[list[str], Iterator[list[Any]]]:
    """``(keys, rows)`` of everything that matches and the actor may export; secrets come masked. Options are told by
    their labels in the reader's language, without ``labels`` by their keys. ``written_down``: :func:`write_down` was
    called when it was asked for.

    Money is given as ``12.50`` with a column of its own for the currency. Raises Forbidden, BadQuery."""
    first = _first(actor, object_key, where, columns, sort, archived)
    if not written_down:
        _log(actor, first, where, archived)
    spec = first.spec
    keys = ["id"]
    for key in first.columns:
        keys += [key, f"{key}_currency"] if _is_money(spec[key]) else [key]
    named = {key: _labels(spec[key]) for key in first.columns if labels and spec[key].kind in ("choice", "choices")}
    return keys, _lines(actor, object_key, where, columns, sort, named, archived)


def write_down(
    actor: Actor, object_key: str, where: str = "", columns: tuple[str, ...] = (), sort: str = "", archived: str = "no"
) -> None:
    """Judge an export that will be made later as :func:`export_rows` would, and log it now. Raises Forbidden, BadQuery."""
    _log(actor, _first(actor, object_key, where, columns, sort, archived), where, archived)


def heading(spec: ObjectSpec, key: str) -> str:
    """The label of a column in the reader's language; a currency column carries its amount's label."""
    field = spec.field(key)
    if field is not None:
        return str(field.label)
    amount = spec.field(key.removesuffix("_currency"))
    currency = _("currency")
    return f"{amount.label} ({currency})" if amount is not None else key


def file_name(actor: Actor, spec: ObjectSpec, form: str) -> str:
    """What the file is called: what it holds, when it was asked for and by whom."""
    return f"{spec.plural_label} {now().astimezone(ZoneInfo(actor.timezone)):%Y-%m-%d %H%M} {actor.name}.{form}"


def _first(actor: Actor, object_key: str, where: str, columns: tuple[str, ...], sort: str, archived: str) -> Page:
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "export", spec)
    node = visible(actor, spec, "export")
    return read(actor, Query(object_key, where, sort, columns, size=1, count=False, archived=archived, node=node))


def _log(actor: Actor, first: Page, where: str, archived: str) -> None:
    spec = first.spec
    private = [key for key in first.columns if spec[key].personal or kind_of(spec[key]).secret]
    ids = _which(spec, actor, first.tree, archived) if private else []
    told = _told(where, first.tree)
    if (
        log_reading(actor, "export", spec.key, None, None, told, fields=private, count=len(ids), records=ids)
        and locks()
    ):
        raise Forbidden(_("That is a great deal of personal data at once. You were signed out; ask an administrator."))


def _which(spec: ObjectSpec, actor: Actor, tree: Node, archived: str) -> list[int]:
    """The records that go out, for the log."""
    build = compiler(spec)
    reached = (visible(actor, spec), visible(actor, spec, "export"))
    where = conditions(build, spec, tree, state(spec, archived), *reached)
    return [int(line[0]) for line in rows(f'SELECT t."id" {build.source()} WHERE {where}', build.params)]


def _told(where: str, tree: Node) -> str:
    """The filter as the log keeps it: by its fields only when it may hold somebody's number, address or name."""
    asked = paths(tree)
    if any(kind_of(path.field).secret or path.field.personal for path in asked):
        return "(" + ", ".join(dict.fromkeys(path.text for path in asked)) + ")"
    return where[:400]


def _lines(
    actor: Actor,
    object_key: str,
    where: str,
    columns: tuple[str, ...],
    sort: str,
    labels: Mapping[str, Mapping[str, str]],
    archived: str,
) -> Iterator[list[Any]]:
    spec = registry.object(object_key)
    after = ""
    while True:
        asked = Query(
            object_key,
            where,
            sort,
            columns,
            size=PAGE,
            after=after,
            archived=archived,
            count=False,
            node=visible(actor, spec, "export"),
        )
        page = read(actor, asked)
        for record in page.rows:
            line: list[Any] = [record.id]
            for key in page.columns:
                value = record.values.get(key)
                if _is_money(spec[key]):
                    line += [str(value.amount), value.currency] if isinstance(value, Money) else [None, None]
                else:
                    line.append(_cell(spec[key], value, labels.get(key)))
            yield line
        after = page.next
        if not after:
            return


def _labels(field: FieldSpec) -> dict[str, str]:
    """The options' labels as the reader calls them now: the rows may be written after the request is over."""
    return {option.key: str(option.label) for option in field.options}


def _is_money(field: FieldSpec) -> bool:
    return (field.result or field.kind) == "money"


def _cell(field: FieldSpec, value: Any, labels: Mapping[str, str] | None) -> Any:
    if labels is not None and isinstance(value, str):
        return labels.get(value, value)
    if labels is not None and isinstance(value, tuple):
        return ", ".join(labels.get(one, one) for one in value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Masked):
        return value.mask
    if isinstance(value, Ref):
        return value.title or str(value.id)
    if isinstance(value, FileRef):
        return value.name
    if isinstance(value, tuple):
        return ", ".join(one.title or str(one.id) if isinstance(one, Ref) else str(one) for one in value)
    coded = kind_of(field).to_json(value, field)
    return coded if isinstance(coded, str | int | float) else json.dumps(coded, ensure_ascii=False)
