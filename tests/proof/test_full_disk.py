"""A disk without room is told in words at every door, and what is read is read on."""

from __future__ import annotations

import errno
import json

import pytest
from django.db import OperationalError

from tests.api.conftest import caller_of
from tests.company import Company
from tests.pages.pages_client import signed_in
from zhike.kernel.errors import out_of_room
from zhike.site.cli import main
from zhike.site.home import Home
from zhike.web.generic import lists

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.sqlite]
FULL = (OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device"))


@pytest.mark.parametrize("failure", FULL)
@pytest.mark.parametrize(("language", "word"), [("en", "disk is full"), ("zh-hans", "磁盘")])
def test_the_api_says_that_the_disk_is_full(
    company: Company, monkeypatch: pytest.MonkeyPatch, failure: Exception, language: str, word: str
) -> None:
    def fail(*_anything: object, **_more: object) -> None:
        raise failure

    monkeypatch.setattr("zhike.api.records.write", fail)
    caller = caller_of(company.admin)
    caller.language = language
    answer = caller("POST", "accounts", {"name": "x"})
    told = json.loads(answer.content)
    assert (answer.status_code, told["code"]) == (507, "no-room")
    assert word in told["detail"]


@pytest.mark.parametrize("failure", FULL)
def test_a_page_says_that_the_disk_is_full(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_anything: object, **_more: object) -> None:
        raise failure

    client = signed_in()
    client.raise_request_exception = False
    monkeypatch.setattr(lists, "read", fail)
    answer = client.get("/accounts")
    assert answer.status_code == 507
    assert "磁盘" in answer.content.decode()


def test_pages_are_read_on_while_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_anything: object) -> None:
        raise FULL[0]

    client = signed_in()
    monkeypatch.setattr("zhike.web.middleware.note_seen", fail)
    assert client.get("/accounts").status_code == 200


@pytest.mark.parametrize("failure", FULL)
def test_a_command_says_that_the_disk_is_full(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: Exception
) -> None:
    def fail(*_anything: object, **_more: object) -> None:
        raise failure

    monkeypatch.setattr("zhike.site.commands.token.run", fail)
    assert main(["token", "create", "li", "--language", "en", "--home", str(home.path)]) == 1
    assert "disk is full" in capsys.readouterr().err


def test_only_a_full_disk_is_called_one() -> None:
    assert not out_of_room(OperationalError("database is locked"))
    assert not out_of_room(OSError(errno.EACCES, "x"))
    assert not out_of_room(ValueError("a note that says: disk is full"))
