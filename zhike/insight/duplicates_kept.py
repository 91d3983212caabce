"""Scans that are kept: run as a job, looked at as clusters under the reader's rights, brought up to date by the worker."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from zhike.access.rights import can, require
from zhike.automation.worker import CONSUMERS
from zhike.insight.duplicates import (
    LARGEST_BLOCK,
    LEAST_KEPT,
    Cluster,
    Pair,
    Scan,
    clusters,
    judged,
    prior,
    rarity_of,
    threshold_of,
    walk,
    worth_comparing,
)
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import _
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.likeness.comparisons import Rarity
from zhike.records.likeness.declared import keys_by_comparison, keys_of
from zhike.records.likeness.forms import Subject, keys_are_of, keys_kept, readable_compared, refresh_keys, subjects_of
from zhike.records.likeness.keys import holders, population
from zhike.records.likeness.pairs import keep_pairs, keep_scan, kept_pairs, scanned
from zhike.records.likeness.scratch import Scratch
from zhike.records.outbox import Event
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

KIND = "duplicates"
MOST_PAIRS = 2000
PORTION = 500
CLUSTERS_A_PAGE = 20
LARGEST_CLUSTER = 20


@dataclass(frozen=True, slots=True)
class Group:
    """A cluster as one reader may see it: the records by id, and the pairs with what was compared."""

    cluster: Cluster
    titles: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Groups:
    """One page of clusters; ``count`` of all there are, ``more``: there may be others beyond the pairs looked at."""

    shown: tuple[Group, ...]
    count: int
    more: bool


def may_scan(actor: Actor, spec: ObjectSpec) -> bool:
    """Whether the actor may have the object scanned: whoever may merge what is found."""
    return bool(spec.compared) and can(actor, "read", spec) and can(actor, "delete", spec)


def start_scan(actor: Actor, object_key: str) -> int:
    """Have a job look through all records of an object. Raises Forbidden; returns the job's id."""
    spec = registry.object(object_key)
    require(actor, "delete", spec)
    label = _("Looking for duplicates: {objects}").with_(objects=spec.plural_label)
    return start(actor, KIND, {"object": object_key}, label)


def _address(args: Mapping[str, Any]) -> str:
    spec = registry.find(str(args.get("object")))
    return f"/{spec.plural}/duplicates" if spec else ""


@job(KIND, address=_address)
def run_scan(running: JobRun) -> dict[str, Any]:
    """Look through all records, whoever may see them, and keep the pairs; readers are shown what they may see of them."""
    return scan_all(str(running.args["object"]), running.step)


def scan_all(object_key: str, progress: Any = lambda done, total=None: None) -> dict[str, Any]:
    """The work of the job: pairs and keys of an object written anew. Returns how much was looked at."""

    def step(done: int, total: int) -> None:
        progress(done, total or None)

    registry.refresh()
    found, pairs = Scan(registry.object(object_key)), 0
    with Scratch() as scratch:
        for pair in walk(SYSTEM, found, scratch, step):
            if pair.score >= LEAST_KEPT:
                scratch.keep(pair.one, pair.two, pair.score)
                pairs += 1
        if not keys_are_of(found.spec):
            refresh_keys(object_key, array("q", scratch.ids()))
            keys_kept(found.spec)
        keep_scan(found.spec, scratch.kept(), found.records)
    text = _("Records held against each other: {n}. Pairs that are perhaps the same: {pairs}.")
    return {
        "records": found.records,
        "compared": found.compared,
        "pairs": pairs,
        "text": str(text.with_(n=found.records, pairs=pairs)),
    }


def recheck(events: Sequence[Event]) -> None:
    """Records that changed are held against the others again, in objects that were scanned before."""
    by_object: dict[str, set[int]] = {}
    for event in events:
        spec = registry.find(event.object)
        if spec is None or not spec.compared or scanned(spec) is None:
            continue
        compared = {key for one in spec.compared for key in one.fields}
        if event.verb != "update" or not compared.isdisjoint(event.fields):
            by_object.setdefault(event.object, set()).add(event.record)
    for object_key, ids in by_object.items():
        listed = sorted(ids)
        for at in range(0, len(listed), PORTION):
            _recheck(registry.object(object_key), listed[at : at + PORTION])


def _recheck(spec: ObjectSpec, ids: Sequence[int]) -> None:
    mine = subjects_of(SYSTEM, spec.key, ids, archived="no")
    pairs = [(pair.one, pair.two, pair.score) for pair in _against_others(spec, mine) if pair.score >= LEAST_KEPT]
    keep_pairs(spec, ids, pairs)


def _against_others(spec: ObjectSpec, mine: Mapping[int, Subject]) -> list[Pair]:
    """These records held against all that share a key with them, each pair once."""
    keys = {one: keys_by_comparison(spec, subject.forms) for one, subject in mine.items()}
    held = _held(spec, [key for some in keys.values() for key in some])
    shared: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for one, some in keys.items():
        for key, at in some.items():
            for other in held.get(key, ()):
                if other != one:
                    shared.setdefault((min(one, other), max(one, other)), []).append((at, len(held[key])))
    wanted = [pair for pair, some in shared.items() if worth_comparing(some)]
    others = subjects_of(SYSTEM, spec.key, sorted({one for pair in wanted for one in pair} - set(mine)), archived="no")
    known = {**others, **mine}
    rarity, before = _rarity(spec, held)
    return [
        judged(spec, known[one], known[two], rarity, before)
        for one, two in sorted(wanted)
        if one in known and two in known
    ]


def _held(spec: ObjectSpec, keys: Sequence[str]) -> dict[str, list[int]]:
    found = holders([spec.key], list(dict.fromkeys(keys)), LARGEST_BLOCK + 1)
    return {key: some for (_object, key), some in found.items()}


def _rarity(spec: ObjectSpec, held: Mapping[str, Sequence[int]]) -> tuple[Rarity, float]:
    at = scanned(spec)
    size = max(at[1] if at else 0, population(spec))
    return rarity_of({key: len(some) for key, some in held.items()}, size), prior(size)


CONSUMERS.append(recheck)


def pairs_among(actor: Actor, object_key: str, ids: Sequence[int]) -> list[Pair]:
    """All pairs among a few records the actor can see, the surest first, from what the actor may read."""
    spec = registry.object(object_key)
    seen = subjects_of(actor, object_key, ids)
    return _judged_all(spec, [(one, two) for one, two in combinations(sorted(seen), 2)], seen)


def _judged_all(spec: ObjectSpec, wanted: Sequence[tuple[int, int]], seen: Mapping[int, Subject]) -> list[Pair]:
    if not wanted:
        return []
    ids = {one for pair in wanted for one in pair}
    held = _held(spec, [key for one in sorted(ids) for key in keys_of(spec, seen[one].forms)])
    rarity, before = _rarity(spec, held)
    pairs = [judged(spec, seen[one], seen[two], rarity, before) for one, two in wanted]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.two))


def groups(actor: Actor, object_key: str, least: float | None = None, skip: int = 0) -> Groups:
    """Clusters of the kept pairs, both records of which the actor can see, by descending score.

    Whoever may not read everything that was compared gets scores from what they may read. Raises NotFound, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    least = float(threshold_of(spec)) if least is None else least
    kept = kept_pairs(spec, least, MOST_PAIRS)
    everything = len(readable_compared(actor, spec)) == len({key for one in spec.compared for key in one.fields})
    seen = subjects_of(actor, object_key, [one for pair in kept for one in pair[:2]], archived="no")
    pairs = [Pair(one, two, score) for one, two, score in kept if one in seen and two in seen]
    if not everything:
        again = _judged_all(spec, [(pair.one, pair.two) for pair in pairs], seen)
        pairs = [pair for pair in again if pair.score >= least]
    found = _cut(clusters(pairs))
    page = found[skip : skip + CLUSTERS_A_PAGE]
    told = {
        (pair.one, pair.two): pair
        for pair in _judged_all(spec, [(pair.one, pair.two) for one in page for pair in one.pairs], seen)
    }
    shown = []
    for cluster in page:
        whole = tuple(replace(told[pair.one, pair.two], score=pair.score) for pair in cluster.pairs)
        shown.append(Group(Cluster(cluster.ids, whole), {one: seen[one].title for one in cluster.ids}))
    return Groups(tuple(shown), len(found), len(kept) == MOST_PAIRS)


def _cut(found: Sequence[Cluster]) -> list[Cluster]:
    """Clusters no larger than can be merged at once: of a longer chain the surest pairs are shown first."""
    cut: list[Cluster] = []
    for cluster in found:
        if len(cluster.ids) <= LARGEST_CLUSTER:
            cut.append(cluster)
            continue
        members: dict[int, None] = {}
        for pair in cluster.pairs:
            if len(members.keys() | {pair.one, pair.two}) <= LARGEST_CLUSTER:
                members.update({pair.one: None, pair.two: None})
        pairs = tuple(pair for pair in cluster.pairs if pair.one in members and pair.two in members)
        cut.append(Cluster(tuple(sorted(members)), pairs))
    return cut
