"""Finding records that are the same thing: candidates by shared keys, evidence added up, pairs, and clusters of pairs.

The score of a pair is the probability, in percent, that both are one, after Fellegi and Sunter (1969): the evidence of all
comparisons is added to the odds that two records taken at random are the same, here one in the number of records. The
order of records and of runs changes nothing; every score comes with its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import log2

from zhike.kernel.actor import Actor
from zhike.kernel.words import Words
from zhike.records.likeness.comparisons import DIFFERS, RELATED, Found, Rarity
from zhike.records.likeness.declared import Forms, compare, keys_by_comparison
from zhike.records.likeness.duplicates import reason_of
from zhike.records.likeness.forms import Subject, subjects
from zhike.records.likeness.scratch import Scratch
from zhike.schema.registry import registry
from zhike.schema.spec import Compared, ObjectSpec

LARGEST_BLOCK = 100
"""A key more records share brings nobody together: those that belong together share a rarer one too."""
FEW = 10
"""A key that at most so many share brings them together by itself; of the others two that share them must share two, of
different comparisons (G. Papadakis et al., "Meta-Blocking", 2014, in its simplest form)."""
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


def threshold_of(spec: ObjectSpec) -> int:
    """From which score on a pair counts as found."""
    return spec.same.threshold if spec.same else 90


def scan(
    actor: Actor, object_key: str, least: float | None = None, progress: Progress = lambda done, total: None
) -> Scan:
    """Every pair of records in the actor's sight whose score is at least ``least`` (the object's own threshold), from
    fields the actor may read. Raises NotFound, Forbidden."""
    registry.refresh()
    done = Scan(registry.object(object_key))
    least = float(threshold_of(done.spec)) if least is None else least
    with Scratch() as scratch:
        done.pairs = [pair for pair in walk(actor, done, scratch, progress) if pair.score >= least]
    done.pairs.sort(key=lambda pair: (-pair.score, pair.one, pair.two))
    return done


def walk(actor: Actor, done: Scan, scratch: Scratch, progress: Progress) -> Iterator[Pair]:
    """Every pair that is worth holding against each other, by ids, whatever its score; counts in ``done``. What has to be
    remembered stands in ``scratch``: a scan takes no more memory for more records."""
    spec = done.spec
    for portion in subjects(actor, spec.key):
        scratch.add([(one.id, one.forms, keys_by_comparison(spec, one.forms)) for one in portion])
        done.records += len(portion)
        progress(done.records, 0)
    done.compared = scratch.gather(LARGEST_BLOCK, FEW)
    rarity, before = Rarity(scratch.many, max(done.records, FEWEST)), prior(done.records)
    for at, (one, two) in enumerate(scratch.pairs()):
        if at % 2000 == 0:
            progress(at, done.compared)
        yield _weighed(spec, one, scratch.forms(one), two, scratch.forms(two), rarity, before)
    progress(done.compared, done.compared)


def worth_comparing(shared: Iterable[tuple[int, int]]) -> bool:
    """Whether two records need to be held against each other that share keys: (comparison, how many records have it) of
    each. One that many have says little alone, and what is to be found agrees in more than one."""
    some = [(at, many) for at, many in shared if many <= LARGEST_BLOCK]
    return any(many <= FEW for _at, many in some) or len({at for at, _many in some}) > 1


def judged(spec: ObjectSpec, one: Subject, two: Subject, rarity: Rarity, before: float) -> Pair:
    """Two records of an object held against each other."""
    if one.id > two.id:
        one, two = two, one
    return _weighed(spec, one.id, one.forms, two.id, two.forms, rarity, before)


def _weighed(spec: ObjectSpec, one: int, mine: Forms, two: int, theirs: Forms, rarity: Rarity, before: float) -> Pair:
    found = compare(spec, mine, spec, theirs, rarity)
    return Pair(one, two, score_of(before + sum(part.bits for _compared, part in found)), tuple(found))


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
