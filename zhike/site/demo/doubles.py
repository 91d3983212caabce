"""People the demo company has twice: written down by two colleagues, or asking again through another door.

Chance of its own: whom it meets changes nothing else of the company."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

from zhike.schema.values import Ref
from zhike.site.demo.making import SEED, Values

PART = 0.005  # of the people are a double of somebody
FEWEST = 3


def double_contacts(planned: Sequence[tuple[int, Values]]) -> None:
    """Make some contacts of ``(place of the account, values)`` the same person as a colleague of theirs."""
    together = [(one, other) for (place, one), (next_place, other) in pairwise(planned) if place == next_place]
    for number, (one, other) in enumerate(_chosen(together, len(planned))):
        other["name"] = one["name"]
        if number % 3:
            other["mobile"] = one["mobile"]
            other["job"] = one["job"]
        else:
            other["email"] = one["email"] = one["email"] or f"lianxi{number + 1}@163.com"


def double_leads(some: Sequence[Values]) -> None:
    """Make some leads that are still open the same person as another one."""
    open_ones = [one for one in some if not isinstance(one.get("contact"), Ref)]
    for number, (one, other) in enumerate(_chosen(list(pairwise(open_ones))[::2], len(some))):
        other["name"], other["company"] = one["name"], f"{one['company']}有限公司"
        if number % 3:
            other["phone"] = one["phone"]


def _chosen(pairs: Sequence[tuple[Values, Values]], among: int) -> Iterator[tuple[Values, Values]]:
    """Pairs that have nobody in common."""
    met: set[int] = set()
    chance = random.Random(SEED)
    for one, other in chance.sample(pairs, min(len(pairs), max(FEWEST, int(among * PART)))):
        if not met & {id(one), id(other)}:
            met |= {id(one), id(other)}
            yield one, other
