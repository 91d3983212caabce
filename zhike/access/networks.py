"""From which networks people may work: a role can name some; whoever has several such roles must be inside each of them."""

from __future__ import annotations

from contextvars import ContextVar

from zhike.access.people import Person, people
from zhike.kernel.networks import inside

asking_from: ContextVar[str] = ContextVar("asking_from", default="")
"""The network address the request under way came from; "" for the command line and the worker."""


def may_come_from(person: Person, address: str) -> bool:
    """Whether this person's roles let them work from an address; an unreadable address is outside of every network."""
    demands = people().demands
    lists = [demands[role].networks for role in person.roles if role in demands and demands[role].networks]
    return not lists or all(inside(address, networks) for networks in lists)
