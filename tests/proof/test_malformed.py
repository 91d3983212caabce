"""Two hundred files that went wrong, through import, upload, restore and settings: each is refused in words or read rightly,
nothing comes in by halves, nothing fails, and memory stays small."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.api.conftest import Caller, caller_of
from tests.company import Company
from tests.proof.figures import WHOLE, tell
from tests.proof.malformed import Made, archives, files, settings_texts
from tests.tabular.test_malformed_files import bomb, memory
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Refused
from zhike.records.backups import restoring
from zhike.records.backups.making import make
from zhike.records.backups.restoring import restore
from zhike.records.jobs.queue import run_next
from zhike.records.read import count
from zhike.site.commands.migrate import migrate_now
from zhike.site.home import Home, WrongHome
from zhike.store.database import rows

IMPORTED, SENT, TYPED, RESTORED = (204, 48, 34, 16) if WHOLE else (24, 12, 17, 4)
MEGABYTES = 300

pytestmark = pytest.mark.timeout(3000)


@pytest.fixture
def caller(home: Home, company: Company) -> Caller:
    return caller_of(company.admin)


@pytest.fixture
def little_memory() -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    yield
    assert memory("VmHWM") - before < MEGABYTES


def in_words(answer: Any) -> bool:
    """A refusal that says what is wrong, and shows none of our insides."""
    told = json.loads(answer.content)
    text = " ".join(one["message"] for one in told["errors"]) if told.get("errors") else told["detail"]
    return 400 <= answer.status_code < 500 and len(text) > 10 and "Traceback" not in text and "Error(" not in text


@pytest.mark.usefixtures("little_memory")
def test_a_malformed_table_is_refused_in_words_or_comes_in_as_it_says(caller: Caller) -> None:
    refused = came = 0
    wrong: list[str] = []
    big = Made("workbook", "a bomb", "rows.xlsx", bomb(40 << 20))
    for one in (big, *files(IMPORTED)):
        before = count(SYSTEM, "account")[0]
        answer = caller("POST", f"accounts/imports?name={one.name}", one.content, **{"Content-Type": "text/csv"})
        made = 0
        if answer.status_code == 201:
            made, said = _brought_in(caller, json.loads(answer.content))
            came += made > 0
            refused += not made
        else:
            refused += 1
            said = "" if in_words(answer) else f"answered {answer.status_code} {answer.content[:200]!r}"
        if one is big and answer.status_code == 201:
            said = "was unpacked"
        if count(SYSTEM, "account")[0] != before + made:
            said = f"{count(SYSTEM, 'account')[0] - before} came in, {made} told"
        if said:
            wrong.append(f"{one.kind}, {one.fault}: {said}")
    tell(imports=IMPORTED + 1, **{"read rightly": came, "refused": refused})
    assert not wrong, wrong[:5]


def _brought_in(caller: Caller, held: dict[str, Any]) -> tuple[int, str]:
    """How many records came in, and what is wrong with how that was told."""
    where = f"accounts/imports/{held['id']}"
    begun = caller("POST", f"{where}/run", {})
    if begun.status_code != 202:
        return 0, "" if in_words(begun) else f"the run was answered {begun.status_code}"
    while run_next():
        pass
    done = caller.get(f"jobs/{json.loads(begun.content)['id']}")
    if done["state"] == "done":
        return int(done["result"].get("created", 0)), ""
    told = str(done.get("error") or done.get("result") or "")
    return 0, "" if done["state"] == "failed" and len(told) > 10 and "Traceback" not in told else f"job: {done}"


@pytest.mark.sqlite
@pytest.mark.usefixtures("little_memory")
def test_a_malformed_upload_is_kept_byte_for_byte_and_never_looked_into(caller: Caller) -> None:
    parent = {"object": "account", "id": caller.post("accounts", {"name": "甲"})["id"]}
    for one in files(SENT, seed=9):
        sent = caller("POST", f"uploads?name={one.name}", one.content, **{"Content-Type": "application/octet-stream"})
        assert sent.status_code == 201, sent.content
        body = {"name": one.name, "content": json.loads(sent.content)["id"], "parent": parent}
        record = caller.post("files", body)["id"]
        got = caller("GET", f"files/{record}/files/content")
        assert b"".join(got.streaming_content) == one.content
    tell(uploads=SENT)


@pytest.mark.sqlite
def test_a_malformed_settings_file_is_named_with_its_place_or_read(tmp_path: Path) -> None:
    refused = 0
    for text in settings_texts(TYPED):
        (tmp_path / "zhike.toml").write_bytes(text)
        try:
            assert isinstance(Home(tmp_path).options, dict)
        except WrongHome as error:
            refused += 1
            assert "zhike.toml" in str(error)
            assert len(str(error)) < 1000
    assert refused > TYPED // 3
    tell(**{"settings files": TYPED})


@pytest.mark.sqlite
def test_a_malformed_backup_is_refused_and_the_home_is_as_it_was(fresh_home: Home, company: Company) -> None:
    for folder in ("backups", "files", "uploads"):
        shutil.rmtree(fresh_home.path / folder, ignore_errors=True)
    inside = set(fresh_home.path.iterdir())
    caller_of(company.admin).post("accounts", {"name": "江苏远航"})
    good = make().path.read_bytes()
    caller_of(company.admin).post("accounts", {"name": "后来的"})
    spoilt = fresh_home.path / "backups" / "spoilt.zip"
    refused = 0
    for body in archives(good, RESTORED):
        spoilt.write_bytes(body)
        try:
            restore(spoilt, then=lambda: migrate_now("en") and None)
        except Refused as error:
            refused += 1
            assert len(str(error)) > 10
            names = {name for (name,) in rows('SELECT "name" FROM "objects_account"')}
            assert names == {"江苏远航", "后来的"}
        else:
            break  # what was spoilt did not matter to it: it was restored rightly, and the later record is gone
    assert refused
    tell(backups=refused)
    assert not [one for one in fresh_home.path.iterdir() if one.name.startswith(".restoring")]
    connections.close_all()
    restoring.drop_vaults()
    for path in set(fresh_home.path.iterdir()) - inside:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
