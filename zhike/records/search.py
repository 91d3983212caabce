"""One search box over every object: tokens find, then the text this actor may read decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words
from zhike.query.tree import Compare, Path
from zhike.records.documents import object_token, searched, secret_token
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.records.secrets import vault
from zhike.records.settings import setting_for
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Masked
from zhike.store.database import is_postgres, rows
from zhike.store.search_text import matches, query_tokens

CANDIDATES = 200
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A found record: what it is, its title, and one line that tells it apart."""

    object: str
    id: int
    title: str
    line: str
    icon: str
    label: Words


def search(actor: Actor, text: str, objects: Sequence[str] = (), size: int = 20) -> list[Hit]:
    """Records this actor can see that match every word of ``text``, newest first, at most ``size``.

    Finds one and two Chinese characters, pinyin initials, word beginnings, and phones by whole number or last four."""
    registry.refresh()
    text = text.replace("\x00", " ").strip()[:LONGEST]
    if not text:
        return []
    specs = [spec for spec in registry if (not objects or spec.key in objects) and can(actor, "read", spec) and _offered(spec, objects)]
    found: dict[str, list[int]] = {spec.key: [] for spec in specs}
    secret_ids: set[int] = set()
    for id_, key, by_secret in _candidates(text, [spec.key for spec in specs], bool(objects)):
        found[key].append(id_)
        if by_secret:
            secret_ids.add(id_)
    hits: list[tuple[int, Hit]] = []
    for spec in specs:
        if found[spec.key]:
            hits += [(record.id, _hit(spec, record, actor)) for record in _verified(actor, spec, found[spec.key], text, secret_ids)]
    hits.sort(key=lambda pair: (-_rank(pair[1].title, text), -pair[0]))
    return [hit for _id, hit in hits[:size]]


def _offered(spec: ObjectSpec, objects: Sequence[str]) -> bool:
    return bool(objects) or spec.group in ("day", "sales", "more", "service", "marketing")


def _rank(title: str, text: str) -> int:
    folded, wanted = title.casefold(), text.casefold()
    return 3 if folded == wanted else 2 if folded.startswith(wanted) else 1 if wanted in folded else 0


def _candidates(text: str, keys: Sequence[str], narrowed: bool) -> list[tuple[int, str, bool]]:
    wanted = set(keys)
    asked = query_tokens(text)
    found = [(id_, key, False) for id_, key in _match(asked, keys if narrowed else ()) if key in wanted] if asked else []
    for token in _secret_tokens(text):
        found += [(id_, key, True) for id_, key in _match([[token]], keys if narrowed else ()) if key in wanted]
    seen: set[int] = set()
    unique = []
    for id_, key, by_secret in found:
        if id_ not in seen:
            seen.add(id_)
            unique.append((id_, key, by_secret))
    return unique


def _match(asked: list[list[str]], keys: Sequence[str]) -> list[tuple[int, str]]:
    groups = [*asked, [object_token(key) for key in keys]] if keys else asked
    if is_postgres():
        query = " & ".join("(" + " | ".join("'" + token.replace("'", "''") + "'" for token in group) + ")" for group in groups)
        sql = 'SELECT "record", "object" FROM "store_searchrow" WHERE "words" @@ %s::tsquery ORDER BY "record" DESC LIMIT ' + str(CANDIDATES)
        return [(line[0], line[1]) for line in rows(sql, (query,))]
    query = " AND ".join("(" + " OR ".join('"' + token.replace('"', '""') + '"' for token in group) + ")" for group in groups)
    sql = (
        'SELECT r."record", r."object" FROM store_search_fts f JOIN "store_searchrow" r ON r."record" = f.rowid'
        " WHERE store_search_fts MATCH %s ORDER BY f.rowid DESC LIMIT " + str(CANDIDATES)
    )
    return [(line[0], line[1]) for line in rows(sql, (query,))]


def _secret_tokens(text: str) -> list[str]:
    """Tokens by which secrets are found: a whole number, its last four digits, a mail address or its domain."""
    tokens: list[str] = []
    keyed = vault().index
    digits = "".join(ch for ch in text if ch.isdigit())
    compact = text.replace(" ", "").replace("-", "").lstrip("+")
    if len(digits) >= 4 and compact == digits:
        tokens += [secret_token(keyed("phone.tail", digits[-4:]))] if len(digits) < 7 else []
        whole = _parsed("phone", text)
        tokens += [secret_token(keyed("phone.whole", whole))] if whole else []
        for format_ in ("id_number", "bank_account"):
            tokens.append(secret_token(keyed(f"secret_text.{format_}.whole", text.strip().upper())))
    if "@" in text:
        value = _parsed("email", text)
        tokens += [secret_token(keyed("email.whole", value))] if value else []
        tokens += [secret_token(keyed("email.domain", text.rpartition("@")[2].lower()))] if text.startswith("@") else []
    return tokens


def _parsed(kind: str, text: str) -> str | None:
    field = FieldSpec("asked", Words("asked"), kind)
    try:
        return str(kind_of(field).parse(text, field, setting_for(_NOBODY)))
    except ParseError:
        return None


_NOBODY = Actor(0)


def _verified(actor: Actor, spec: ObjectSpec, ids: Sequence[int], text: str, by_secret: set[int]) -> list[Record]:
    """Candidates the actor can see whose readable text really matches."""
    fields = [field for field in searched(spec) if field_right(actor, spec, field) != "hidden"]
    keys = {field.key for field in fields} | {key for key in spec.phone if (one := spec.field(key)) and field_right(actor, spec, one) != "hidden"}
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids[:CANDIDATES]))
    page = read(actor, Query(spec.key, columns=tuple(sorted(keys)), size=CANDIDATES, sort="-id", count=False, archived="all", node=node))
    setting = setting_for(actor)
    secret_readable = any(kind_of(field).secret for field in fields)
    kept = []
    for record in page.rows:
        texts = [_text(field, record.values.get(field.key), setting) for field in fields if not kind_of(field).secret]
        if (record.id in by_secret and secret_readable) or matches([one for one in texts if one], text):
            kept.append(record)
    return kept


def _text(field: FieldSpec, value: object, setting: object) -> str:
    if value is None or isinstance(value, Masked):
        return ""
    kind = kind_of(field)
    return kind.tokens(value, field) or kind.show(value, field, setting)  # type: ignore[arg-type]


def _hit(spec: ObjectSpec, record: Record, actor: Actor) -> Hit:
    setting = setting_for(actor)
    told = []
    for key in spec.phone:
        value = record.values.get(key)
        if key == spec.title or value is None:
            continue
        told.append(value.mask if isinstance(value, Masked) else kind_of(spec[key]).show(value, spec[key], setting))
    return Hit(spec.key, record.id, record.title, " · ".join(one for one in told if one), spec.icon, spec.label)

