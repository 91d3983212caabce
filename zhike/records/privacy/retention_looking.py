"""What a retention rule would take now, and what stays because something still holds it. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import Words, _
from zhike.query.tree import Compare, Node, Path
from zhike.records.asking import compiler, conditions, question, state
from zhike.records.lives import pointing
from zhike.records.privacy.erasing import fields_to_clear
from zhike.records.privacy.retention_terms import ANONYMISE, retention_tree
from zhike.records.titles import titles_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, Hold, ObjectSpec
from zhike.store.database import rows
from zhike.store.plan import part_sql

MOST = 10_000  # records one look finds; the others wait for the next day
PORTION = 500
MOST_POINTING = 100_000
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Looked:
    """Ids a rule would take, the oldest first; what it finds and has to leave, each with the reason; whether there are more
    than one look finds."""

    spec: ObjectSpec
    free: tuple[int, ...]
    held: Mapping[int, Words]
    more: bool

    @property
    def reasons(self) -> list[tuple[Words, int]]:
        """How many stay for which reason, the most frequent first."""
        counts = Counter(str(text) for text in self.held.values())
        by_text = {str(text): text for text in self.held.values()}
        return [(by_text[text], number) for text, number in counts.most_common()]

    def samples(self, actor: Actor) -> tuple[list[tuple[int, str]], list[tuple[int, str, Words]]]:
        """Some of what would be taken, and some of what stays with the reason; by name where the actor may know it."""
        free, held = self.free[:SAMPLES], list(islice(self.held.items(), SAMPLES))
        titles = titles_of(actor, {self.spec.key: {*free, *(one for one, _text in held)}})
        return (
            [(one, titles.get(one) or f"#{one}") for one in free],
            [(one, titles.get(one) or f"#{one}", text) for one, text in held],
        )


def look(spec: ObjectSpec, where: str, then: str, among: Sequence[int] | None = None) -> Looked:
    """What a rule finds now, or which of ``among``. Raises BadQuery for a filter that cannot be read."""
    registry.refresh()
    found = _found(spec, retention_tree(spec, where), then, among)
    ids, more = found[:MOST], len(found) > MOST
    held = _held(spec, ids, then)
    return Looked(spec, tuple(one for one in ids if one not in held), held, more)


def _found(spec: ObjectSpec, tree: Node, then: str, among: Sequence[int] | None) -> list[int]:
    nodes = [tree, state(spec, "all")]
    if among is not None:
        nodes.append(Compare(Path((spec,), (), spec["id"]), "in", tuple(among)))
    build = compiler(spec)
    where = conditions(build, spec, *nodes)
    if then == ANONYMISE:
        where += f" AND ({_anything_left(spec, then)})"
    sql = f'SELECT t."id" {build.source()} WHERE {where} ORDER BY t."id" LIMIT {MOST + 1}'
    return [int(line[0]) for line in rows(sql, build.params)]


def _anything_left(spec: ObjectSpec, then: str) -> str:
    """What was made anonymous before is not found again: nothing of the person is left in it."""
    parts = [
        f"{part_sql('t', one, part.suffix)} IS NOT NULL"
        for one in fields_to_clear(spec, then)
        for part in kind_of(one).parts
    ]
    return " OR ".join(parts) or "1 = 0"


def _held(spec: ObjectSpec, ids: Sequence[int], then: str) -> dict[int, Words]:
    held: dict[int, Words] = {}
    for start in range(0, len(ids), PORTION):
        some = ids[start : start + PORTION]
        for hold in registry.holds():
            for one in _held_by(spec, some, hold):
                held.setdefault(one, hold.text)
        if then != ANONYMISE:
            for one, text in _refused(spec, some):
                held.setdefault(one, text)
    return held


def _held_by(spec: ObjectSpec, ids: Sequence[int], hold: Hold) -> Iterator[int]:
    source = registry.find(hold.object)
    if source is None:
        return
    if source.key == spec.key:
        yield from _satisfying(source, ids, hold.where)
    for link in source.links:
        if link.to in (spec.key, "") and not link.system:
            pairs = pointing(spec, ids, source, link, MOST_POINTING)
            wanted = {one for one, _target in pairs}
            holding = set(_satisfying(source, sorted(wanted), hold.where))
            yield from (target for one, target in pairs if one in holding)


def _satisfying(spec: ObjectSpec, ids: Sequence[int], where: str) -> Iterator[int]:
    tree = question(SYSTEM, spec, where)
    for start in range(0, len(ids), PORTION):
        build = compiler(spec)
        chosen = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids[start : start + PORTION]))
        condition = conditions(build, spec, tree, state(spec, "all"), chosen)
        found = rows(f'SELECT t."id" {build.source()} WHERE {condition}', build.params)
        yield from (int(line[0]) for line in found)


def _refused(spec: ObjectSpec, ids: Sequence[int]) -> Iterator[tuple[int, Words]]:
    """Records others belong to, which do not let them go into the trash."""
    links: list[tuple[ObjectSpec, FieldSpec]] = registry.pointing_at(spec.key)
    for source, link in links:
        if link.on_delete == "refuse" and not link.system:
            text = _("{objects} still belong to it").with_(objects=source.plural_label)
            for one, target in pointing(spec, ids, source, link, MOST_POINTING):
                if not (source.key == spec.key and one in ids):
                    yield target, text
