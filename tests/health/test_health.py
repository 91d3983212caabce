"""Each check sees what it is there for, and is quiet otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.test import Client

from tests.cli.conftest import Zhike, own_language, zhike  # noqa: F401
from tests.company import PASSWORD, Company
from tests.doors.staff import change, make
from zhike.kernel.clock import now, standing_at
from zhike.records.backups.shelf import shelf, write_down
from zhike.records.health import database, machine, points
from zhike.records.health.look import BAD, OK, WARN, Point, look
from zhike.records.housekeeping import keep_schedule, take_schedule
from zhike.records.notices.mail_hold import hold_mail
from zhike.site.home import Home
from zhike.store.database import insert_many, is_postgres, rows, run, to_db
from zhike.store.home_vault import drop_vaults


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def clean(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No backups before and after. The tests' own PostgreSQL does not wait for its disk: that is checked by itself."""
    shutil.rmtree(home.path / "backups", ignore_errors=True)
    if is_postgres():
        monkeypatch.setattr(database, "POSTGRES_DURABLE", {"wal_level": ("replica", "logical")})
    yield
    shutil.rmtree(home.path / "backups", ignore_errors=True)


def state(name: str, *ways: str) -> str:
    found: dict[str, Point] = {str(one.name): one for one in look(*ways)}
    return found[name].state


def test_the_command_finds_this_installation_sound(zhike: Zhike) -> None:  # noqa: F811
    lines = zhike("check", "--derived", "--audit", "--format", "json").json
    assert [one for one in lines if one["state"] == BAD] == []
    assert {one["check"]: one["state"] for one in lines}["All migrations are applied"] == OK
    assert all(one["mend"] for one in lines if one["state"] != OK)
    zhike("check", "--as", "li", code=1)


def test_what_is_bad_ends_with_one(zhike: Zhike, company: Company) -> None:  # noqa: F811
    run('UPDATE "objects_user" SET "active" = %s WHERE "login" = \'admin\'', (to_db(False),))
    change("user", company.admin.id, active=False)
    assert "NOT GOOD" in zhike("check", code=1).out
    assert state("Somebody can change roles") == BAD


def test_a_commit_that_could_be_lost_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "Every commit is on disk before it is acknowledged"
    assert state(name) == OK
    if is_postgres():
        monkeypatch.setattr(database, "POSTGRES_DURABLE", {"fsync": ("on",)})
    else:
        only = database._only
        monkeypatch.setattr(database, "_only", lambda sql: "1" if sql == "PRAGMA synchronous" else only(sql))
    assert state(name) == BAD


def test_an_old_library_an_index_that_is_gone_and_a_migration_that_waits_are_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "SQLITE_SAFE", (99, 0))
    monkeypatch.setattr(database, "POSTGRES_OLDEST", 99)
    assert next(database.version()).state == BAD
    name, _sql = next(iter(database.wanted_indexes()))
    run(f'DROP INDEX "{name}"')
    last = rows(
        'SELECT "id", "name" FROM "django_migrations" WHERE "app" = %s ORDER BY "name" DESC LIMIT 1', ("store",)
    )
    run('DELETE FROM "django_migrations" WHERE "id" = %s', (last[0][0],))
    found = {str(one.name): one for one in database.complete()}
    assert name in str(found["Every index that is declared exists"].found)
    assert f"store.{last[0][1]}" in str(found["All migrations are applied"].found)


def test_a_disk_that_fills_is_seen_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gb = 2**30
    for free, expected in ((50, OK), (9, WARN), (3, WARN), (1, BAD)):
        found = Usage(100 * gb, 0, int(free * gb))
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path, found=found: found)
        assert state("The disk has room") == expected, free


def test_a_key_that_others_may_read_or_that_is_gone_is_bad(home: Home) -> None:
    home.key.chmod(0o640)
    try:
        assert state("The master key is readable by its owner alone") == BAD
        aside = home.key.rename(home.key.with_name("aside"))
        assert state("The key file is there and whole") == BAD
        drop_vaults()
        (shelf() / "zhike-20261124T191500Z.zip").write_bytes(b"x")
        write_down(shelf() / "zhike-20261124T191500Z.zip", state="good", keys=[])
        broken = next(one for one in look() if str(one.name).startswith("The check “backup”"))
        assert str(home.key) in str(broken.found), "a sentence, not the name of an error"
        aside.rename(home.key)
    finally:
        home.key.chmod(0o600)
        drop_vaults()
    assert state("The key file is there and whole") == OK


def test_what_a_restore_put_aside_and_a_newer_programs_traces_are_named(home: Home) -> None:
    aside = home.path / "replaced-20260101T000000Z"
    aside.mkdir()
    try:
        assert state("No replaced home lies about") == WARN
    finally:
        aside.rmdir()
    run(
        'INSERT INTO "django_migrations" ("app", "name", "applied") VALUES (%s, %s, %s)',
        ("store", "9999_x", to_db(now())),
    )
    assert state("The database was not written by a newer Zhike") == BAD
    hold_mail("zhike-20260101T000000Z.zip")
    assert state("Mail goes out") == WARN


def test_a_clock_that_went_back_is_seen(home: Home) -> None:
    assert state("The clock is right") == OK
    with standing_at(now() - timedelta(days=1)):
        assert state("The clock is right") == BAD


def test_work_that_stands_still_is_seen() -> None:
    assert take_schedule("tidy")
    keep_schedule("tidy", now(), "")
    assert state("The worker ran a moment ago") == OK
    insert_many(
        "store_job",
        ("kind", "actor", "via", "language", "label", "state", "done", "vault", "body", "tries", "stopping", "created"),
        [("x", 0, "worker", "en", '"x"', "waiting", 0, "", "", 0, to_db(False), to_db(now() - timedelta(hours=1)))],
    )
    run('UPDATE "store_outboxrow" SET "due" = %s', (to_db(now() - timedelta(hours=1)),))
    assert state("No job is stuck") == WARN
    assert state("Events are told in time") == WARN
    with standing_at(now() + timedelta(hours=1)):
        assert state("The worker ran a moment ago") == WARN


def test_backups_are_judged_by_age_and_state() -> None:
    name = "There is a fresh backup that was tried"
    assert state(name) == WARN
    path = shelf() / f"zhike-{now().strftime('%Y%m%dT%H%M%SZ')}.zip"
    path.write_bytes(b"x")
    write_down(path, state="good", why="daily", keys=["00000000"], lost=["files/aa/aa"])
    assert state(name) == OK
    assert state("Every backup’s key is in the key file") == WARN
    assert state("No upload is missing") == WARN
    for days, expected in ((3, WARN), (9, BAD)):
        with standing_at(now() + timedelta(days=days)):
            assert state(name) == expected


def test_a_check_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Point]:
        raise RuntimeError("oh")
        yield

    monkeypatch.setattr(points, "_checks", [(broken, ""), *points._checks])
    found = list(look())
    assert found[0].state == BAD
    assert len(found) > 10


def test_the_page_shows_it_to_administrators_alone(company: Company) -> None:
    browser = Client()
    browser.cookies["zhike-language"] = "en"
    browser.post("/sign-in", {"login": "admin", "password": PASSWORD})
    page = browser.get("/settings/health").content.decode()
    assert "Somebody can change roles" in page
    assert "Run “zhike backup”" in page
    other = Client()
    other.post("/sign-in", {"login": "li", "password": PASSWORD})
    assert other.get("/settings/health").status_code == 403


def test_a_derived_value_that_is_wrong_is_named_and_put_right(zhike: Zhike) -> None:  # noqa: F811
    account = make("account", name="华信")
    run('UPDATE "objects_account" SET "open_deals" = 77 WHERE "id" = %s', (account,))
    name = "Derived values are what they should be"
    assert state(name, "derived") == BAD
    assert "account.open_deals: 1" in zhike("check", "--derived", "--repair").err
    assert state(name, "derived") == OK
