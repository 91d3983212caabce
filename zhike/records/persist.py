"""Writing, the last part: rows, change log, links, search documents, keys of likeness, timeline and outbox, in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from zhike.kernel.errors import Problem, Stale
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.company.settings import setting_for
from zhike.records.documents import write_documents
from zhike.records.draft import Draft, same
from zhike.records.files import hold_files
from zhike.records.likeness.keys import keep_keys
from zhike.records.notices.reminders import keep_reminders
from zhike.records.shapes import shape_of
from zhike.records.stays import keep_stays
from zhike.records.titles import refs_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED, FileRef
from zhike.store.chain import CHANGE_COLUMNS, coded, cover
from zhike.store.database import insert_many, instant_text, run, run_many, to_db
from zhike.store.plan import line_plan, link_targets, stored
from zhike.store.search_text import fold, sort_key

TITLE_LENGTH = 500
NOT_LOGGED = frozenset({"changed", "changed_by", "version", "id"})


def persist(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], verb: str) -> None:
    """Write drafts that passed the judge. ``verb`` is the change log's word."""
    setting, at = setting_for(act.actor), to_db(act.at)
    for draft in drafts:
        draft.settle()
    new = [draft for draft in drafts if draft.created]
    old = [draft for draft in drafts if not draft.created]
    _insert(spec, new, setting)
    _update(spec, old, setting)
    _links(spec, drafts)
    files = shape_of(spec).files
    hold_files(
        one.id
        for field in files
        for draft in drafts
        if isinstance(one := draft[field.key], FileRef) and draft.changed(field.key)
    )
    _log(act, spec, drafts, verb)
    write_documents(spec, drafts, setting)
    keep_keys(spec, drafts)
    _timeline(spec, drafts)
    keep_reminders(spec, drafts)
    keep_stays(spec, drafts, act.at)
    keep_external(spec, drafts)
    alive, fields = to_db(False), cache(_coded_sorted)
    insert_many(
        "store_outboxrow",
        ("operation", "object", "record", "verb", "fields", "due", "tries", "depth", "dead"),
        [
            (act.id, spec.key, draft.id, verb, fields(tuple(draft.changes())), at, 0, act.depth, alive)
            for draft in drafts
        ],
    )


def _coded_sorted(keys: Iterable[str]) -> str:
    return json.dumps(sorted(keys))


def bring_in(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Write records as they were in another home, with their versions, and what is made from them: links, search documents,
    keys of likeness, timelines. Nothing is logged and nothing follows: their history comes with them."""
    _insert(spec, drafts, setting)
    _links(spec, drafts)
    write_documents(spec, drafts, setting)
    keep_keys(spec, drafts)
    _timeline(spec, drafts)


def _title(draft: Draft, setting: Setting) -> tuple[str, str, str]:
    field = draft.spec[draft.spec.title]
    value = draft.values.get(field.key)
    kind = kind_of(field)
    shown = (kind.show(value, field, setting) if value is not None and not kind.secret else "")[:TITLE_LENGTH]
    if not shown:
        shown = f"{draft.spec.label} #{draft.id}"[:TITLE_LENGTH]
    return shown, fold(shown)[:TITLE_LENGTH], sort_key(shown)


def _columns(spec: ObjectSpec, draft: Draft, fields: Sequence[FieldSpec]) -> tuple[dict[str, Any], dict[str, Any]]:
    columns: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    for field in fields:
        if field.key in ("id", "version"):
            continue
        some, more = stored(field, draft.values.get(field.key), draft.sealer)
        columns |= some
        slots |= more
    return columns, slots


def _insert(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    plan, lines = line_plan(spec), []
    for draft in drafts:
        facts = (draft.id, max(1, draft.version), *_title(draft, setting), draft.vault)
        lines.append(plan.line(facts, draft.values, draft.bag, draft.sealer))
    insert_many(spec.table, plan.names, lines)


def _update(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    batches: dict[tuple[str, ...], list[list[Any]]] = {}
    for draft in drafts:
        changing = [spec[key] for key in draft.changes() if key not in ("changed", "changed_by")]
        columns, slots = _columns(spec, draft, [*changing, spec["changed"], spec["changed_by"]])
        if slots:
            draft.bag = {path: value for path, value in {**draft.bag, **slots}.items() if value is not None}
            columns["custom"] = json.dumps(draft.bag, ensure_ascii=False)
        if spec.title in (field.key for field in changing):
            title = _title(draft, setting)
            columns |= {"title_shown": title[0], "title_folded": title[1], "title_sort": title[2]}
        columns["vault"] = draft.vault
        batches.setdefault(tuple(columns), []).append([*columns.values(), draft.id, draft.version])
    for names, lines in batches.items():
        sets = ", ".join(f'"{name}" = %s' for name in names)
        sql = f'UPDATE "{spec.table}" SET {sets}, "version" = "version" + 1 WHERE "id" = %s AND "version" = %s'
        if (run(sql, lines[0]) if len(lines) == 1 else run_many(sql, lines)) != len(lines):
            raise Stale(Problem(_("This record changed while it was being saved. Load it again."), code="stale"))
    for draft in drafts:
        draft.version += 1
    for draft in drafts:
        if draft.created:
            draft.version = 1


def _links(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    fields = shape_of(spec).tabled
    gone: list[tuple[int, str]] = []
    lines: list[tuple[Any, ...]] = []
    for draft in drafts:
        for field in fields:
            if not draft.changed(field.key):
                continue
            name = field.slot or field.key
            if not draft.created:
                gone.append((draft.id, name))
            for target, value in link_targets(field, draft.values.get(field.key)):
                lines.append((draft.id, spec.key, name, target, value))
    run_many('DELETE FROM "store_linkrow" WHERE "source" = %s AND "field" = %s', gone)
    insert_many("store_linkrow", ("source", "object", "field", "target", "value"), lines)


def logged(draft: Draft, field: FieldSpec, value: Any) -> Any:
    """A canonical value as the change log keeps it: personal and secret values sealed with the record's own key."""
    if value is None or value is DAMAGED:
        return None
    kind = kind_of(field)
    plain = kind.to_json(value, field)
    if (kind.secret or field.personal) and draft.sealer is not None:
        return {"sealed": draft.sealer.seal("log." + (field.slot or field.key), coded(plain))}
    return plain


def _log(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], verb: str) -> None:
    lines, moment, at = [], instant_text(act.at), to_db(act.at)
    for draft in drafts:
        body = {}
        for key in draft.changes():
            old, new = draft.old.get(key), draft.values.get(key)
            if key in NOT_LOGGED or (old is not None and same(new, old)):
                continue
            field = spec[key]
            body[field.slot or key] = [logged(draft, field, old), logged(draft, field, new)]
        version = 1 if draft.created else draft.version
        lines.append((act.id, spec.key, draft.id, version, verb, act.actor.id, moment, coded(body)))
    if lines:
        cover(act.id, act.actor.id, act.actor.via, lines)
    insert_many("store_changerow", CHANGE_COLUMNS, [(*line[:6], at, line[7]) for line in lines])


def _timeline(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Records with a moment of their own stand on the timelines of everything they link to, people excepted."""
    if not spec.timeline:
        return
    links = [field for field in spec.links if field.to != "user"]
    run_many(
        'DELETE FROM "store_timelinerow" WHERE "source" = %s', [(draft.id,) for draft in drafts if not draft.created]
    )
    lines = []
    for draft in drafts:
        at = draft.values.get(spec.timeline) or draft.values.get("created")
        subjects = {ref.id for field in links for ref in refs_of(draft.values.get(field.key))}
        if not isinstance(at, datetime) or draft.values.get("trashed") is not None:
            continue
        lines += [(subject, to_db(at), spec.key, draft.id) for subject in sorted(subjects)]
    insert_many("store_timelinerow", ("subject", "at", "object", "source"), lines)


def keep_external(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """The records' ids in other systems; one that is known already stays."""
    lines = [
        (spec.key, source[:60], value[:200], draft.id) for draft in drafts for source, value in draft.command.external
    ]
    if not lines:
        return
    for start in range(0, len(lines), 200):
        some = lines[start : start + 200]
        run_many(
            'DELETE FROM "store_externalid" WHERE "object" = %s AND "source" = %s AND "value" = %s AND "record" = %s',
            some,
        )
        insert_many("store_externalid", ("object", "source", "value", "record"), some)
