"""Writing, links: words become ids, and every new target must exist and be readable to the actor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import _
from zhike.records.asking import PEOPLE, ids_by_many_words
from zhike.records.draft import Draft, same
from zhike.records.read import Query, read, sees
from zhike.records.redirects import winners
from zhike.records.titles import refs_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Lookup, Ref
from zhike.store.database import is_postgres, marks, row, rows
from zhike.store.pinyin import read_alike
from zhike.store.plan import RowPlan, own_rows

MOST_COMPARED = 1000


def find_words(drafts: Iterable[Draft], actor: Actor = SYSTEM) -> None:
    """Replace every Lookup by the record it names; words that name none, or several, are problems. Records the actor
    cannot see are not among them, so that a hidden one answers like a missing one."""
    named = [
        (draft.spec[key].to, one.text)
        for draft in drafts
        for key, value in draft.given.items()
        for one in (value if isinstance(value, tuple) else (value,))
        if isinstance(one, Lookup)
    ]
    if not named:
        return
    known = _named(named, actor)
    nears: dict[tuple[str, str], str] = {}
    for draft in drafts:
        for key, value in list(draft.given.items()):
            field = draft.spec[key]
            if isinstance(value, Lookup):
                draft.given[key] = _found(draft, field, value, known, nears, actor)
            elif isinstance(value, tuple) and any(isinstance(one, Lookup) for one in value):
                found = tuple(
                    _found(draft, field, one, known, nears, actor) if isinstance(one, Lookup) else one for one in value
                )
                draft.given[key] = tuple(one for one in found if one is not None) or None


def _named(words: Iterable[tuple[str, str]], actor: Actor) -> dict[tuple[str, str], list[int]]:
    """What all words of a batch name, by object and text, asked for together: nothing, one record, or several."""
    texts: dict[str, set[str]] = {}
    for object_key, text in words:
        texts.setdefault(object_key, set()).add(text)
    known: dict[tuple[str, str], list[int]] = {}
    for object_key, some in texts.items():
        target = registry.object(object_key)
        named = ids_by_many_words(target, some, actor)
        known |= {(target.key, text): named.get(text) or by_external(target, text, actor) for text in some}
    return known


def _found(
    draft: Draft,
    field: FieldSpec,
    words: Lookup,
    known: dict[tuple[str, str], list[int]],
    nears: dict[tuple[str, str], str],
    actor: Actor,
) -> Ref | None:
    target = registry.object(field.to)
    where = (target.key, words.text)
    ids = known[where]
    if len(ids) == 1:
        return Ref(target.key, ids[0])
    if ids:
        text = _("Several {objects} are called “{name}”. Give the id instead.")
    else:
        text = _("There is no {object} called “{name}”.")
        if where not in nears:
            nears[where] = near_title(actor, target, words.text)
        if nears[where]:
            text = _("There is no {object} called “{name}”. Did you mean “{near}”?").with_(near=nears[where])
    draft.refuse(
        text.with_(object=target.label, objects=target.plural_label, name=words.text[:80]),
        field.key,
        "link",
        words.text[:80],
    )
    return None


def near_title(actor: Actor, target: ObjectSpec, words: str) -> str:
    """The title that is read aloud like these words, or else is written most like them, among those the actor can see;
    "" when none is near or there are too many to compare."""
    if not can(actor, "read", target):
        return ""
    page = read(actor, Query(target.key, columns=(), size=MOST_COMPARED, sort="id"))
    if page.capped or page.next:
        return ""
    titles = [one.title for one in page.rows]
    found = [one for one in titles if read_alike(one, words)] or difflib.get_close_matches(
        words, titles, 1, cutoff=0.75
    )
    return found[0] if found else ""


def by_external(target: ObjectSpec, text: str, actor: Actor) -> list[int]:
    """The record with this id in another system; one that was merged leads to the winner."""
    source, colon, value = text.partition(":")
    if not colon:
        return []
    found = row(
        'SELECT "record" FROM "store_externalid" WHERE "object" = %s AND "source" = %s AND "value" = %s',
        (target.key, source[:60], value[:200]),
    )
    return sorted(_live(actor, target, {winners(target, found).get(found[0], found[0])})) if found else []


def check_targets(actor: Actor, drafts: Sequence[Draft], *, trusted: bool = False) -> None:
    """Refuse links to records that are missing, in the trash, or hidden from the actor (all look the same), and files
    that somebody else uploaded (``trusted``: the values come from the record's own past). A link to a record that was
    merged leads to the one it was merged into."""
    if not trusted:
        _check_files(actor, drafts)
    wanted: dict[str, set[int]] = {}
    linking = [
        (draft, key, refs)
        for draft in drafts
        for key, value in draft.given.items()
        if (refs := refs_of(value)) and not same(value, draft.old.get(key))
    ]
    for _draft, _key, refs in linking:
        for ref in refs:
            wanted.setdefault(ref.object, set()).add(ref.id)
    fine: dict[str, set[int]] = {}
    merged: dict[tuple[str, int], int] = {}
    for object_key, ids in wanted.items():
        target = registry.find(object_key)
        fine[object_key] = _live(actor, target, ids) if target else set()
        if target and ids - fine[object_key] and not trusted:
            moved = winners(target, ids - fine[object_key])
            fine[object_key] |= _live(actor, target, set(moved.values())) if moved else set()
            merged |= {(object_key, old): to for old, to in moved.items()}
    for draft, key, refs in linking:
        if merged:
            draft.given[key] = _followed(draft.given[key], merged)
            refs = refs_of(draft.given[key])
        for ref in refs:
            if ref.id not in fine.get(ref.object, set()):
                draft.refuse(_("There is no such record to link to, or you cannot see it."), key, "link", ref.id)


def _followed(value: Any, merged: Mapping[tuple[str, int], int]) -> Any:
    refs = [Ref(one.object, merged.get((one.object, one.id), one.id)) for one in refs_of(value)]
    return tuple(dict.fromkeys(refs)) if isinstance(value, tuple) else refs[0] if refs else value


def _live(actor: Actor, target: ObjectSpec, ids: set[int]) -> set[int]:
    listed = [one for one in ids if 0 < one < 2**53]
    found: set[int] = set()
    for start in range(0, len(listed), 500):
        some = listed[start : start + 500]
        only = own_rows(target)
        where = f't."trashed" IS NULL AND t."id" IN ({marks(some)})' + (f" AND {only}" if only else "")
        found |= {line[0] for line in rows(f'SELECT t."id" FROM "{target.table}" t WHERE {where}', some)}
    if actor.is_system or target.key == PEOPLE or not found:
        return found
    return sees(actor, target, sorted(found))


def _check_files(actor: Actor, drafts: Sequence[Draft]) -> None:
    """A file belongs to whoever uploaded it until it stands in a record: its number alone opens nothing."""
    given = [
        (draft, key, value.id)
        for draft in drafts
        for key, value in draft.given.items()
        if isinstance(value, FileRef) and not same(value, draft.old.get(key))
    ]
    if not given:
        return
    ids = sorted({file_id for _draft, _key, file_id in given if 0 < file_id < 2**53})
    sql = f'SELECT "id", "created_by" FROM "store_blob" WHERE "id" IN ({marks(ids)})'
    held = (
        dict(rows(sql + (" FOR UPDATE" if is_postgres() else ""), ids)) if ids else {}
    )  # nobody tidies them meanwhile
    for draft, key, file_id in given:
        if file_id not in held or not (actor.is_system or held[file_id] == actor.id):
            draft.refuse(_("There is no such file. Upload it first."), key, "file", file_id)


def load_linked(drafts: Sequence[Draft], paths: Iterable[str]) -> None:
    """Fill ``draft.linked`` for paths such as ``stage.outcome`` or ``account.parent.name`` from the after-image."""
    for path in sorted(set(paths), key=lambda text: text.count(".")):
        head, _dot, key = path.rpartition(".")
        wanted: dict[str, set[int]] = {}
        for draft in drafts:
            for ref in refs_of(draft[head]):
                wanted.setdefault(ref.object, set()).add(ref.id)
        values = {object_key: values_of(registry.object(object_key), (key,), ids) for object_key, ids in wanted.items()}
        for draft in drafts:
            refs = refs_of(draft[head])
            draft.linked[path] = values[refs[0].object].get(refs[0].id, {}).get(key) if refs else None


def values_of(spec: ObjectSpec, keys: Sequence[str], ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Canonical values of some fields by record id; secrets are left out."""
    fields = [field for key in keys if (field := spec.field(key)) is not None and not kind_of(field).secret]
    listed = sorted(ids)
    plan = RowPlan(spec, fields)
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(listed), 500):
        some = listed[start : start + 500]
        for line in rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(some)})', some):
            found[line[0]] = plan.decode(line, lambda _id, _vault: None)[4]
    return found
