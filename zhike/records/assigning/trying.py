"""What a rule would have done with the records that came in lately. Nothing is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.words import Words, _
from zhike.records.assigning.assigning import choose
from zhike.records.assigning.rules import RULE, Rule, rule_of
from zhike.records.read import Query, read, read_one
from zhike.schema.registry import registry

DAYS = 90
MOST = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """Of ``seen`` records that came in, who would have got how many: (name, number), most first."""

    seen: int
    shares: tuple[tuple[str, int], ...]

    @property
    def taken(self) -> int:
        """How many the rule would have given to somebody."""
        return sum(number for _name, number in self.shares)

    @property
    def said(self) -> Words:
        """In one sentence."""
        if not self.taken:
            return _("Of {n} records of the last {days} days it would have given none to anybody.").with_(
                n=self.seen, days=DAYS
            )
        told = ", ".join(f"{name} {number}" for name, number in self.shares)
        text = _("Of {n} records of the last {days} days it would have given {taken}: {shares}.")
        return text.with_(n=self.seen, days=DAYS, taken=self.taken, shares=told)


def tried(actor: Actor, rule_id: int) -> Tried:
    """A kept rule on the newest records of the last 90 days, at most 1,000. Raises NotFound."""
    held = read_one(actor, RULE, rule_id)
    return trial(rule_of(held))


def trial(rule: Rule) -> Tried:
    """A rule on the newest records of the last 90 days, as if each had come in today; what people hold now is left aside."""
    spec = registry.object(rule.object)
    since = (now() - timedelta(days=DAYS)).date().isoformat()
    columns = ("owner", *(("region",) if spec.field("region") else ()))
    page = read(SYSTEM, Query(spec.key, f"created >= {since}", "-created", columns, MOST, count=False))
    open_ended = replace(rule, most=0, at_work=False)
    chosen = choose(spec, page.rows[::-1], [open_ended])
    counted = Counter(person for _rule, person in chosen.values())
    known = people().persons
    shares = [(known[person].name, number) for person, number in counted.most_common()]
    return Tried(len(page.rows), tuple(shares))
