"""What every way in uses: tokens are kept as hashes only, and a person becomes an actor."""

from __future__ import annotations

import hashlib

from zhike.access.people import Person
from zhike.kernel.actor import Actor


def hashed(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def actor_for(person: Person, via: str) -> Actor:
    """The person as who acts."""
    return Actor(person.id, person.name, via, person.language, person.timezone)
