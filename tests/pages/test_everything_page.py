"""Everything in open formats at the browser: a job, fetched by the administrator who asked for it and nobody else."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest

from tests.company import PASSWORD
from tests.doors.staff import change, make
from tests.pages.pages_client import signed_in
from zhike.access.people import people
from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now, standing_at
from zhike.kernel.words import _
from zhike.records.backups.shelf import backup_named, shelf, take_away, write_down
from zhike.records.export_job import tidy_exports
from zhike.records.jobs.queue import run_next
from zhike.records.read import Query, read
from zhike.site.home import Home
from zhike.store.database import rows, run, to_db

pytestmark = pytest.mark.sqlite


def test_it_is_made_by_a_job_and_fetched_by_who_asked_for_it(fresh_home: Home) -> None:
    make("account", name="华信科技", phone="13912345678")
    admin = signed_in("admin")
    begun = admin.post("/settings/backups/everything")
    assert begun.headers["Location"].startswith("/jobs/")
    number = begun.headers["Location"].rsplit("/", 1)[1]
    assert run_next()
    assert f"/settings/backups/everything/{number}" in admin.get("/settings/backups").content.decode()
    answer = admin.post(f"/settings/backups/everything/{number}")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(body) == int(answer.headers["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        assert package.testzip() is None
        assert "13912345678" in package.read("objects/account.jsonl").decode()
    [path] = (fresh_home.path / "exports").iterdir()
    assert "华信".encode() not in path.read_bytes()
    make_second_administrator()
    other = signed_in("zhao")
    assert other.post(f"/settings/backups/everything/{number}").status_code == 404
    assert signed_in("li").post("/settings/backups/everything").status_code == 403
    found = rows('SELECT "detail" FROM "store_auditrow" WHERE "kind" = \'export\' AND "text" <> \'\'')
    assert len(found) == 2
    with standing_at(now() + timedelta(days=2)):
        tidy_exports()
    assert not path.exists()
    assert admin.post(f"/settings/backups/everything/{number}").status_code == 404


def make_second_administrator() -> None:
    zhao = next(id for id, one in people().persons.items() if one.login == "zhao")
    role = next(one.id for one in read(SYSTEM, Query("role", columns=("code",))).rows if one["code"] == "administrator")
    change("user", zhao, roles=[role])


def test_who_signed_in_a_while_ago_shows_once_more_who_they_are(fresh_home: Home) -> None:
    admin = signed_in("admin")
    run('UPDATE "store_signin" SET "proved" = %s', (to_db(now() - timedelta(hours=1)),))
    asked = admin.post("/settings/backups/everything")
    assert asked.headers["Location"].startswith("/security/confirm")
    assert rows('SELECT count(*) FROM "store_job"') == [(0,)]
    back = admin.post(asked.headers["Location"], {"password": PASSWORD, "next": "/settings/backups#everything"})
    assert back.headers["Location"] == "/settings/backups#everything"
    assert admin.post("/settings/backups/everything").headers["Location"].startswith("/jobs/")


def test_the_page_of_backups_opens_while_one_is_being_tried_and_when_one_lies_there_by_hand(fresh_home: Home) -> None:
    path = shelf() / "zhike-20261124T191500Z.zip"
    try:
        path.write_bytes(b"laid here by hand")
        assert signed_in("admin").get("/settings/backups").status_code == 200
        write_down(path, state="untried", why="daily", keys=[])
        assert signed_in("admin").get("/settings/backups").status_code == 200
        write_down(path, state="bad", trouble=_("Damaged"))
        assert "Damaged" in signed_in("admin").get("/settings/backups").content.decode()
    finally:
        take_away(backup_named(path.name))
