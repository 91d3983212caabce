"""Each of the eight rights decides in each way in: the page, the API and the command line. Whoever has every right but one is
refused there, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import caller_of
from tests.company import PASSWORD, Company
from tests.doors.staff import RIGHTS, dump, make, person, role
from zhike.access.people import people
from zhike.access.signin import set_password
from zhike.kernel.actor import Actor
from zhike.site.cli import main
from zhike.site.home import Home

NOT_ALLOWED = {403, 404, 422}


class Ways:
    """One person at the page, at the API and at the command line, with two accounts of their own."""

    def __init__(self, actor: Actor, home: Home, to: Actor, folder: Path) -> None:
        self.one, self.two = make("account", name="一", owner=actor.id), make("account", name="二", owner=actor.id)
        login = people().persons[actor.id].login
        set_password(actor.id, PASSWORD)
        self.client = Client()
        self.client.cookies["zhike-session"] = ""
        self.client.post("/sign-in", {"login": login, "password": PASSWORD})
        self.api = caller_of(actor)
        self.table = folder / "accounts.csv"
        self.table.write_text("name\n三\n", encoding="utf-8")
        self.argv = ["--home", str(home.path), "--language", "en", "--as", login]
        self.to = to

    def page(self, right: str) -> int:
        here = f"/accounts/{self.one}"
        if right == "read":
            return self.client.get(here).status_code
        address, sent = {
            "create": ("/accounts/new", {"name": "新"}),
            "edit": (f"{here}/edit", {"name": "改", "version": "1"}),
            "delete": (f"{here}/actions/trash", {}),
            "export": ("/accounts/export", {"columns": ["name"]}),
            "import": ("/accounts/import", {"file": SimpleUploadedFile("a.csv", b"name\nx\n")}),
            "transfer": (f"{here}/actions/transfer", {"owner": str(self.to.id)}),
            "bulk": (
                "/accounts/change",
                {"ids": [self.one, self.two], "field": "level", "value.level": "key", "go": "1"},
            ),
        }[right]
        return self.client.post(address, sent).status_code

    def call(self, right: str) -> int | None:
        here = f"accounts/{self.one}"
        asked: dict[str, tuple[str, str, Any]] = {
            "read": ("GET", here, None),
            "create": ("POST", "accounts", {"name": "新"}),
            "edit": ("PATCH", here, {"name": "改"}),
            "delete": ("DELETE", here, None),
            "transfer": ("PATCH", here, {"owner": self.to.id}),
            "bulk": ("POST", "accounts/actions/archive", {"ids": [self.one, self.two]}),
        }
        if right not in asked:  # files come and go by the page and the command
            return None
        method, path, body = asked[right]
        return int(self.api(method, path, body, If_Match="*").status_code)

    def command(self, right: str) -> int:
        one, two = str(self.one), str(self.two)
        argv = {
            "read": ["read", "account"],
            "create": ["write", "account", "--json", '{"name": "新"}'],
            "edit": ["write", "account", one, "--json", '{"name": "改"}'],
            "delete": ["action", "account", "trash", one],
            "export": ["export", "account", "--columns", "name"],
            "import": ["import", "account", str(self.table)],
            "transfer": ["action", "account", "transfer", one, "--json", f'{{"owner": {self.to.id}}}'],
            "bulk": ["action", "account", "archive", one, two],
        }[right]
        return main([*argv, *self.argv])


@pytest.mark.parametrize("right", RIGHTS)
def test_every_right_is_asked_for_in_every_way_in(right: str, home: Home, company: Company, tmp_path: Path) -> None:
    rights = {key: "own" for key in RIGHTS if key != right}
    without = Ways(person("without", role("without", {"account": rights, "user": "all"})), home, company.wang, tmp_path)
    before = dump()["objects_account"]
    assert without.page(right) in NOT_ALLOWED
    assert without.call(right) in (NOT_ALLOWED | {None})
    assert without.command(right) != 0
    assert dump()["objects_account"] == before


@pytest.mark.parametrize("right", RIGHTS)
def test_with_the_right_the_same_is_done(right: str, home: Home, company: Company, tmp_path: Path) -> None:
    for number, way in enumerate(("page", "call", "command")):
        having = person(f"having{number}", role(f"having{number}", {"account": "own", "user": "all"}))
        answer = getattr(Ways(having, home, company.wang, tmp_path), way)(right)
        assert answer in ({"page": (200, 303), "call": (200, 201, 204, None), "command": (0,)}[way]), way
