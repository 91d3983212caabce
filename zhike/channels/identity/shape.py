"""What every provider is asked, and what it answers."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from zhike.kernel.errors import Refused
from zhike.kernel.words import _


class NotSignedIn(Refused):
    """The provider's answer is none we believe; the text says why."""

    status = 403
    code = "not-signed-in"
    title = _("Not signed in")


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask: the company's registration with its provider. ``organisation`` is its id there, ``agent`` that of the
    app where the provider wants one."""

    kind: str
    client: str
    secret: str
    issuer: str = ""
    organisation: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Trip:
    """One way to the provider and back: where it ends, and what only this browser and we know."""

    back: str
    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls, back: str) -> Trip:
        """A trip that begins now."""
        return cls(back, secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What is told of the verifier before it is shown (PKCE, S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class Who:
    """Whom the provider vouches for: an id that never changes, and what it says of them. ``email`` only when the provider
    has checked it; ``login`` only when the company itself gave it."""

    subject: str
    name: str = ""
    email: str = ""
    login: str = ""


class Provider(Protocol):
    """One kind of provider."""

    def address(self, account: Account, trip: Trip) -> str:
        """Where to send the browser. Raises NotCalled."""

    def who(self, account: Account, trip: Trip, code: str) -> Who:
        """Whom the code that came back stands for. Raises NotCalled, NotSignedIn."""
