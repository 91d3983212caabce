"""A browser without a browser: signs in, gets pages, and asks for parts the way htmx does."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.company import PASSWORD
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.records.write import write


def signed_in(login: str = "li", **more: Any) -> Client:
    """A client with an open session."""
    client = Client(**more)
    answer = client.post("/sign-in", {"login": login, "password": PASSWORD, "keep": "on"})
    assert answer.status_code == 303, answer.content.decode()
    return client


def part(target: str) -> dict[str, str]:
    """The headers of a request for one part of a page."""
    return {"HX-Request": "true", "HX-Target": target}


def make(actor: Actor, object_key: str, **values: Any) -> int:
    """Make a record through the door."""
    return write(actor, Command("create", object_key, values=values)).id
