"""Finding records that are the same thing: candidates by shared keys, evidence added up, pairs, and clusters of pairs.

The score of a pair is the probability, in percent, that both are one, after Fellegi and Sunter (1969): the evidence of all
comparisons is added to the odds that two records taken at random are the same, here one in the number of records. The
order of records and of runs changes nothing; every score comes with its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import log2

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words
from zhike.records.likeness.comparisons import DIFFERS, RELATED, Found, Rarity
from zhike.records.likeness.declared import compare, keys_of
from zhike.records.likeness.duplicates import reason_of
from zhike.records.likeness.forms import Subject, subjects
from zhike.schema.registry import registry
from zhike.schema.spec import Compared, ObjectSpec

LARGEST_BLOCK = 100
"""A key more records share brings nobody together: those that belong together share a rarer one too."""
FEWEST = 200
"""Where there are fewer records, likelihoods are those among so many: a handful is no measure of how common a name is."""
LEAST_KEPT = 50.0
Progress = Callable[[int, int], None]


class Stopped(Exception):
    """Somebody stopped a scan."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, the smaller id first, with the score in percent and what every comparison gave."""

    one: int
    two: int
    score: float
    found: tuple[tuple[Compared, Found], ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records that belong together by one pair or a chain of pairs, with the pairs, the surest first."""

    ids: tuple[int, ...]
    pairs: tuple[Pair, ...]

    @property
    def score(self) -> float:
        """That of the surest pair."""
        return self.pairs[0].score


@dataclass
class Scan:
    """What a scan found: pairs by descending score, and how many records and pairs were looked at."""

    spec: ObjectSpec
    pairs: list[Pair] = field(default_factory=list)
    records: int = 0
    compared: int = 0
    subjects: dict[int, Subject] = field(default_factory=dict)
    keys: dict[int, list[str]] = field(default_factory=dict)


def threshold_of(spec: ObjectSpec) -> int:
    """From which score on a pair counts as found."""
    return spec.same.threshold if spec.same else 90


def scan(
    actor: Actor, object_key: str, least: float | None = None, progress: Progress = lambda done, total: None
) -> Scan:
    """Every pair of records in the actor's sight whose score is at least ``least`` (the object's own threshold), from
    fields the actor may read. Raises NotFound, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    least = float(threshold_of(spec)) if least is None else least
    done = Scan(spec)
    blocks: dict[str, list[int]] = {}
    for portion in subjects(actor, object_key):
        for subject in portion:
            done.subjects[subject.id] = subject
            done.keys[subject.id] = keys_of(spec, subject.forms)
            for key in done.keys[subject.id]:
                blocks.setdefault(key, []).append(subject.id)
        progress(len(done.subjects), 0)
    done.records = len(done.subjects)
    rarity = rarity_of({key: len(ids) for key, ids in blocks.items()}, done.records)
    candidates = sorted(_candidates(blocks.values()))
    done.compared = len(candidates)
    before = prior(done.records)
    for at, (one, two) in enumerate(candidates):
        if at % 2000 == 0:
            progress(at, len(candidates))
        pair = judged(spec, done.subjects[one], done.subjects[two], rarity, before)
        if pair.score >= least:
            done.pairs.append(pair)
    progress(len(candidates), len(candidates))
    done.pairs.sort(key=lambda pair: (-pair.score, pair.one, pair.two))
    return done


def judged(spec: ObjectSpec, one: Subject, two: Subject, rarity: Rarity, before: float) -> Pair:
    """Two records of an object held against each other."""
    if one.id > two.id:
        one, two = two, one
    found = compare(spec, one.forms, spec, two.forms, rarity)
    return Pair(one.id, two.id, score_of(before + sum(part.bits for _compared, part in found)), tuple(found))


def prior(records: int) -> float:
    """The odds, in bits, that two of so many records are the same before anything is known of them."""
    return -log2(max(records, FEWEST))


def score_of(total: float) -> float:
    """The percent of odds in bits, with two decimals."""
    return round(100.0 / (1.0 + 2.0 ** -max(min(total, 60.0), -60.0)), 2)


def shown_score(score: float) -> int:
    """A score as people see it: nothing but a person is ever quite sure."""
    return min(int(score), 99)


def rarity_of(counts: Mapping[str, int], records: int) -> Rarity:
    """How common each key is among so many records."""
    return Rarity(lambda key: counts.get(key, 0), max(records, FEWEST))


def _candidates(blocks: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for ids in blocks:
        if 1 < len(ids) <= LARGEST_BLOCK:
            found.update(combinations(sorted(ids), 2))
    return found


def clusters(pairs: Iterable[Pair]) -> list[Cluster]:
    """Pairs gathered into clusters: the surest first, then by their smallest id."""
    leader: dict[int, int] = {}

    def lead(one: int) -> int:
        while leader.setdefault(one, one) != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    listed = list(pairs)
    for pair in listed:
        a, b = sorted((lead(pair.one), lead(pair.two)))
        leader[b] = a
    gathered: dict[int, list[Pair]] = {}
    for pair in listed:
        gathered.setdefault(lead(pair.one), []).append(pair)
    found = [
        Cluster(
            tuple(sorted({one for pair in some for one in (pair.one, pair.two)})),
            tuple(sorted(some, key=lambda pair: (-pair.score, pair.one, pair.two))),
        )
        for some in gathered.values()
    ]
    return sorted(found, key=lambda one: (-one.score, one.ids))


def reasons(spec: ObjectSpec, pair: Pair, most: int = 4) -> list[tuple[bool, Words]]:
    """Why a pair has its score: what speaks for it, the weightiest first, then what speaks against it (False)."""
    speaking = sorted(pair.found, key=lambda one: -one[1].bits)
    against = [one for one in speaking if one[1].bits < 0 and one[1].level in (DIFFERS, RELATED)]
    for_it = [one for one in speaking if one[1].bits > 0 and one[1].level != DIFFERS]
    told: list[tuple[bool, Words]] = [(True, reason_of(spec, compared, found)) for compared, found in for_it[:most]]
    return told + [(False, reason_of(spec, compared, found)) for compared, found in reversed(against[-2:])]
