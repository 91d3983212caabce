"""One search box over every object: tokens find, then the text this actor may read decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice, product

from zhike.access.rights import beyond_owners, can, field_right, owners_within, reach_of
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words
from zhike.query.tree import Compare, Path
from zhike.records.company.settings import setting_for
from zhike.records.documents import object_token, owner_token, secret_token
from zhike.records.hits import Hit, hit_of
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.records.secrets import sealer_of, vault
from zhike.records.shapes import shape_of
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.kinds.phones import EXTENSION
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.schema.values import Masked
from zhike.store.database import is_postgres, marks, rows
from zhike.store.ids import steady
from zhike.store.pinyin import Reading, readings
from zhike.store.plan import RowPlan
from zhike.store.replicas import late
from zhike.store.search_text import fts5_match, matches, query_tokens, tsquery

CANDIDATES = 200
ROUNDS = 5  # times candidates are fetched while most of them turn out to be out of sight
MOST_OWNERS = 100  # a scope of more owners is checked row by row
LONGEST = 200
MOST_WAYS = 8  # in which a short text is read


@steady()
def search(actor: Actor, text: str, objects: Sequence[str] = (), size: int = 20) -> list[Hit]:
    """Records this actor can see that match every word of ``text``, newest first, at most ``size``.

    Finds one and two Chinese characters, pinyin initials, word beginnings, and phones by whole number or last four."""
    registry.refresh()
    text = text.replace("\x00", " ").encode("utf-8", "replace").decode().strip()[:LONGEST]
    ways = _ways(text)
    if not ways:
        return []
    specs = [
        spec
        for spec in registry
        if (not objects or spec.key in objects) and can(actor, "read", spec) and _offered(spec, objects)
    ]
    hits: list[tuple[int, Hit]] = []
    for owners, some in _by_owners(actor, specs).items():
        keys = [spec.key for spec in some]
        within = [[owner_token(one) for one in owners]] if owners else []
        if owners or objects:
            within.append([object_token(key) for key in keys])
        for way in ways:
            hits += _found(actor, {spec.key: spec for spec in some}, [*way, *within], text, size)
    unique = {(hit.object, hit.id): (id_, hit) for id_, hit in hits}
    best = sorted(unique.values(), key=lambda pair: (-_rank(pair[1].title, text), -pair[0]))
    return [hit for _id, hit in best[:size]]


def says(text: str, asked: str) -> bool:
    """Whether a text holds every word that is asked for, in characters, pinyin or first letters, as search finds them."""
    return matches((text,), asked)


def place_of(text: str, asked: str) -> tuple[int, int]:
    """Where a text holds what is asked for, ``(start, end)``: as it is written, or Chinese characters by their first
    letters; ``(0, 0)`` when it is found in neither way."""
    folded, wanted = text.casefold(), asked.casefold().strip()
    if not wanted or len(folded) != len(text):
        return 0, 0
    at = folded.find(wanted)
    if at >= 0:
        return at, at + len(wanted)
    if wanted.isascii() and wanted.isalpha():
        known = [readings().get(sign) for sign in text] if any(ord(sign) > 0x2E7F for sign in text) else []
        for start in range(len(known) - len(wanted) + 1):
            some = known[start : start + len(wanted)]
            if all(one is not None and letter in one.initials for one, letter in zip(some, wanted, strict=True)):
                return start, start + len(wanted)
    return 0, 0


def _offered(spec: ObjectSpec, objects: Sequence[str]) -> bool:
    return bool(objects) or spec.group in ("day", "sales", "more", "service", "marketing")


def _rank(title: str, text: str) -> int:
    folded, wanted = title.casefold(), text.casefold()
    return 3 if folded == wanted else 2 if folded.startswith(wanted) else 1 if wanted in folded else 0


def _by_owners(actor: Actor, specs: Iterable[ObjectSpec]) -> dict[tuple[int, ...], list[ObjectSpec]]:
    """Objects by the owners whose records the actor sees, where owners alone decide; () for all others."""
    shared: bool | None = None
    grouped: dict[tuple[int, ...], list[ObjectSpec]] = {}
    for spec in specs:
        owners: tuple[int, ...] | None = None
        if spec.scope.kind is ScopeKind.OWNER and not spec.scope.people and not spec.scope.common:
            owners = owners_within(actor, reach_of(actor, "read", spec))
        if owners:
            shared = beyond_owners(actor) if shared is None else shared
        alone = owners is not None and not shared and len(owners) <= MOST_OWNERS
        grouped.setdefault(owners if alone and owners else (), []).append(spec)
    return grouped


def _found(
    actor: Actor, specs: dict[str, ObjectSpec], way: list[list[str]], text: str, size: int
) -> list[tuple[int, Hit]]:
    """Hits of one group of objects, newest first; asks for older candidates while too few are in the actor's sight."""
    hits: list[tuple[int, Hit]] = []
    before = 2**53
    for _round in range(ROUNDS):
        candidates = _match(way, before)
        by_object: dict[str, list[int]] = {}
        for id_, key in candidates:
            if key in specs:
                by_object.setdefault(key, []).append(id_)
        for key, ids in by_object.items():
            hits += [
                (record.id, hit_of(actor, specs[key], record)) for record in _verified(actor, specs[key], ids, text)
            ]
        if len(candidates) < CANDIDATES or len(hits) >= size:
            break
        before = candidates[-1][0]
    return hits


def _match(way: list[list[str]], before: int) -> list[tuple[int, str]]:
    """``(record, object)`` of the newest documents that have one token of every group, older than a record."""
    if is_postgres():
        sql = (
            'SELECT "record", "object" FROM "store_searchrow" WHERE "words" @@ %s::tsquery AND "record" < %s'
            f' ORDER BY "record" DESC LIMIT {CANDIDATES}'
        )
        return [(line[0], line[1]) for line in late(lambda: rows(sql, (tsquery(way), before)))]
    sql = (
        'SELECT r."record", r."object" FROM store_search_fts f JOIN "store_searchrow" r ON r."record" = f.rowid'
        f" WHERE store_search_fts MATCH %s AND f.rowid < %s ORDER BY f.rowid DESC LIMIT {CANDIDATES}"
    )
    return [(line[0], line[1]) for line in rows(sql, (fts5_match(way), before))]


def _ways(text: str) -> list[list[list[str]]]:
    """The token groups a document must meet, one way or another: word by word, or all of it one number with spaces."""
    asked = query_tokens(text, _secret_tokens)
    ways = [asked] if asked else []
    if len(text.split()) > 1:
        whole = _secret_tokens(text)
        ways += [[whole]] if whole else []
    return ways


def _secret_tokens(text: str) -> list[str]:
    """Tokens by which secrets are found: a whole number, its last four digits, a mail address or its domain."""
    tokens: list[str] = []
    keyed = vault().index
    tight = _tight(text)
    if len(tight) >= 4 and tight.removesuffix("x").isdecimal() and tight.isascii():
        tokens.append(secret_token(keyed("phone.tail", tight[-4:])))
        whole = _parsed("phone", text)
        tokens += [secret_token(keyed("phone.whole", whole))] if whole else []
        for format_ in ("id_number", "bank_account"):
            tokens.append(secret_token(keyed(f"secret_text.{format_}.whole", tight.upper())))
    if "@" in text:
        value = _parsed("email", text)
        tokens += [secret_token(keyed("email.whole", value))] if value else []
        tokens += [secret_token(keyed("email.domain", text.rpartition("@")[2].lower()))] if text.startswith("@") else []
    return tokens


def _tight(text: str) -> str:
    return "".join(sign for sign in text if sign not in " -()+").lower()


def _parsed(kind: str, text: str) -> str | None:
    field = FieldSpec("asked", Words("asked"), kind)
    try:
        return str(kind_of(field).parse(text, field, setting_for(_NOBODY)))
    except ParseError:
        return None


_NOBODY = Actor(0)


def _verified(actor: Actor, spec: ObjectSpec, ids: Sequence[int], text: str) -> list[Record]:
    """Candidates the actor can see whose text, in fields open to this actor, really matches. A field that is hidden or
    masked tells nothing, not even that it holds what was asked for."""
    rights = {field.key: field_right(actor, spec, field) for field in spec.fields}
    fields = [field for field in shape_of(spec).searched if rights[field.key] in ("read", "write")]
    keys = {field.key for field in fields} | {key for key in spec.phone if rights.get(key, "hidden") != "hidden"}
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids))
    page = read(
        actor,
        Query(spec.key, columns=tuple(sorted(keys)), size=len(ids), sort="-id", count=False, archived="all", node=node),
    )
    setting = setting_for(actor)
    texts = {
        record.id: [
            _text(field, record.values.get(field.key), setting) for field in fields if not kind_of(field).secret
        ]
        for record in page.rows
    }
    found = {id_ for id_, some in texts.items() if matches(some, text)}
    secret = [field for field in fields if kind_of(field).secret]
    rest = [id_ for id_ in texts if id_ not in found]
    if rest and secret and _secret_tokens(text) + [one for word in text.split() for one in _secret_tokens(word)]:
        whole = {_parsed("phone", text), _parsed("email", text)} - {None}
        for id_, plain in _plain(spec, secret, rest).items():
            if whole.intersection(plain) or matches(texts[id_], text, plain) or matches((), _tight(text), plain):
                found.add(id_)
    return [record for record in page.rows if record.id in found]


def _plain(spec: ObjectSpec, fields: Sequence[FieldSpec], ids: Sequence[int]) -> dict[int, list[str]]:
    """The secrets themselves, to be compared and not shown."""
    plan = RowPlan(spec, fields)
    held: dict[int, list[str]] = {}
    for line in rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', list(ids)):
        values = plan.decode(line, sealer_of)[4]
        held[line[0]] = [value.partition(EXTENSION)[0] for value in values.values() if isinstance(value, str)]
    return held


def _text(field: FieldSpec, value: object, setting: object) -> str:
    if value is None or isinstance(value, Masked):
        return ""
    kind = kind_of(field)
    return kind.tokens(value, field) or kind.show(value, field, setting)  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def spelled(text: str) -> tuple[str, ...]:
    """First letters and syllables of a short text, for each usual way of reading it, at most :data:`MOST_WAYS`: ``行业`` is
    ``hy``, ``xy``, ``hangye``, ``xingye``. Characters that are not Chinese stay as they are."""
    table = readings()
    known = [table.get(one, Reading((one.lower(),), (one.lower(),), one)) for one in text if not one.isspace()]
    if not any(one in table for one in text):
        return ()
    letters = islice(product(*(one.initials for one in known)), MOST_WAYS)
    whole = islice(product(*(one.syllables for one in known)), MOST_WAYS)
    return tuple(dict.fromkeys("".join(one) for one in (*letters, *whole)))
