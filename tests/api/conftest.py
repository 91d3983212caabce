"""A caller of the API for each person of the test company."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from tests.company import Company
from zhike.access.signin import create_token
from zhike.kernel.actor import SYSTEM, Actor
from zhike.site.home import Home


@dataclass
class Caller:
    """Calls the API as one person, in English unless told otherwise."""

    token: str
    language: str = "en"
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language} if self.token else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        )
        media = given.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v1/{path}", raw, content_type=media, headers=given)

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self._expected(status, "GET", path, None, headers)

    def post(self, path: str, body: Any = None, status: int = 201, **headers: str) -> Any:
        return self._expected(status, "POST", path, body, headers)

    def patch(self, path: str, body: Any, status: int = 200, version: object = "*", **headers: str) -> Any:
        tag = version if version == "*" else f'"{version}"'
        return self._expected(status, "PATCH", path, body, {"If_Match": str(tag), **headers})

    def _expected(self, status: int, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        response = self(method, path, body, **headers)
        assert response.status_code == status, response.content.decode()
        return json.loads(response.content) if response.content else None


def caller_of(actor: Actor) -> Caller:
    """A caller with a fresh token of this person."""
    return Caller(create_token(SYSTEM, actor.id, "test"))


@pytest.fixture
def api(home: Home, company: Company) -> Caller:
    """The API as the administrator sees it."""
    return caller_of(company.admin)


@pytest.fixture
def as_person(home: Home) -> Callable[[Actor], Caller]:
    """The API as somebody else sees it."""
    return caller_of
