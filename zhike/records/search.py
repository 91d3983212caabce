"""One search box over every object: tokens find, then the text this actor may read decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from zhike.store.database import marks, rows
from zhike.store.ids import steady
from zhike.store.pinyin import Reading, readings
from zhike.store.plan import RowPlan
from zhike.store.search_newest import newest
from zhike.store.search_text import matches, query_tokens

CANDIDATES = (100, 300, 300, 300)  # fetched in so many rounds while most of them turn out to be out of sight
MOST_OWNERS = 100  # a scope of more owners is checked row by row
FEW_OWNERS = 3  # have few enough documents to be found by these alone
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
    found: dict[int, Record] = {}
    for some, within, wide in _passes(actor, specs, narrow=bool(objects)):
        for way in ways:
            if len(found) < size:
                found |= _found(actor, some, [*way, *within], text, size - len(found), wide=wide)
    best = sorted(found.values(), key=lambda one: (-_rank(one.title, text), -one.id))
    return [hit_of(actor, registry.object(one.object), one) for one in best[:size]]


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


def _passes(
    actor: Actor, specs: Sequence[ObjectSpec], *, narrow: bool
) -> Iterator[tuple[dict[str, ObjectSpec], list[list[str]], bool]]:
    """The objects of each pass, the tokens of which their documents have one, and whether many do. Most of what somebody sees is theirs or
    their people's: found among few, and first. What is seen for other reasons (shares, public records) comes on top."""
    by_owners: dict[tuple[int, ...], list[ObjectSpec]] = {}
    others: list[ObjectSpec] = []
    besides: list[ObjectSpec] = []
    for spec in specs:
        scope = spec.scope
        owners: tuple[int, ...] | None = None
        if scope.kind in (ScopeKind.OWNER, ScopeKind.FOLLOWS):
            owners = owners_within(actor, reach_of(actor, "read", spec))
        if not owners or len(owners) > MOST_OWNERS:
            others.append(spec)
            continue
        by_owners.setdefault(owners, []).append(spec)
        if scope.kind is ScopeKind.FOLLOWS or scope.people or scope.common or beyond_owners(actor):
            besides.append(spec)
    for owners, some in sorted(by_owners.items(), reverse=True):
        yield {one.key: one for one in some}, [[owner_token(one) for one in owners]], len(owners) > FEW_OWNERS
    rest = [*others, *besides]
    if rest:
        all_of_them = not narrow and len(rest) == len(specs)
        yield {one.key: one for one in rest}, [] if all_of_them else [[object_token(one.key) for one in rest]], True


def _found(
    actor: Actor, specs: dict[str, ObjectSpec], way: list[list[str]], text: str, size: int, *, wide: bool
) -> dict[int, Record]:
    """Records of one group of objects by id, the newest; asks for older candidates while too few are in the actor's
    sight. ``wide``: many documents may match."""
    found: dict[int, Record] = {}
    for candidates in newest(way, CANDIDATES, [one.table for one in specs.values()] if wide else []):
        by_object: dict[str, list[int]] = {}
        for id_, key in candidates:
            if key in specs:
                by_object.setdefault(key, []).append(id_)
        for key, ids in by_object.items():
            found |= {record.id: record for record in _verified(actor, specs[key], ids, text)}
        if len(found) >= size:
            break
    return found


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
