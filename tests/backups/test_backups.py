"""A backup made while people work comes back exactly, and one that could not come back is never called good."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from tests.cli.conftest import Said
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.records.audit_proof import prove_chain
from zhike.records.backups import making, restoring
from zhike.records.backups.archive import MANIFEST, BadBackup
from zhike.records.backups.keeping import staying
from zhike.records.backups.making import make, try_again
from zhike.records.backups.restoring import mend, restore
from zhike.records.backups.shelf import (
    Busy,
    at_work,
    backup_named,
    backups,
    last_good,
    shelf,
    take_away,
    write_down,
)
from zhike.records.files import store_file
from zhike.records.master_key.rotation import backups_needing, retire_old_keys, turn_key, wrap_everything
from zhike.records.notices.mail_hold import mail_hold
from zhike.records.privacy.stones import Tombstone, put_up, this_moment
from zhike.records.read import Query, read
from zhike.records.reveal import reveal
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.site.cli import main
from zhike.site.commands.migrate import bring_up_to_date, migrate_now
from zhike.site.home import Home
from zhike.store.database import is_postgres, row, rows, run
from zhike.store.home_vault import vault
from zhike.store.keyfile import write_new_key_file

PHONE = "13912345678"
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def clean(fresh_home: Home) -> Iterator[Home]:
    """A home whose folders are as empty afterwards as they were before."""
    for folder in ("backups", "files", "uploads"):  # other tests leave theirs
        shutil.rmtree(fresh_home.path / folder, ignore_errors=True)
    before = set(fresh_home.path.iterdir())
    yield fresh_home
    connections.close_all()
    for path in set(fresh_home.path.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def account(name: str, **more: Any) -> int:
    return write(SYSTEM, Command("create", "account", values={"name": name, **more})).id


def names() -> set[str]:
    registry.refresh()
    return {one.title for one in read(SYSTEM, Query("account", columns=("name",), size=500)).rows}


def upload(text: bytes) -> Path:
    ref = store_file(SYSTEM, "offer.txt", [text])
    found = row('SELECT "place" FROM "store_blob" WHERE "id" = %s', (ref.id,))
    assert found
    return shelf().parent / "files" / found[0][:2] / found[0]


def spoilt(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive with its parts changed."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    change(parts)
    other = path.with_name("spoilt.zip")
    with zipfile.ZipFile(other, "w") as out:
        for name, content in parts.items():
            out.writestr(name, content)
    return other


def put_back(path: Path, **more: Any) -> restoring.Restored:
    return restore(path, then=lambda: migrate_now("en") and None, **more)


def test_what_was_there_comes_back_with_its_secrets_and_files(clean: Home) -> None:
    kept = account("江苏远航", phone=PHONE)
    place = upload(b"an offer")
    sealed = place.read_bytes()
    run(
        'INSERT INTO "store_schedule" ("name", "next") VALUES (%s, %s)',
        ("odd \\ \t\n值", datetime(2030, 1, 1, tzinfo=UTC)),
    )
    made = make()
    assert made.state == "good"
    assert made.facts["files"] == 1
    gone = account("Erased since", phone=PHONE)
    put_up([Tombstone(this_moment(), "erase", "account", gone)])
    account("Later")
    place.unlink()
    run('DELETE FROM "store_schedule"')
    done = put_back(made.path)
    assert names() == {"江苏远航"}
    assert reveal(SYSTEM, "account", kept, "phone", "a test").replace(" ", "") == PHONE
    assert place.read_bytes() == sealed
    assert rows('SELECT "name" FROM "store_schedule"') == [("odd \\ \t\n值",)]
    assert account("Next") > gone > kept, "the id of an erased record was handed out again"
    assert prove_chain().good
    assert rows('SELECT count(*) FROM "store_auditrow" WHERE "kind" = \'restore\'') == [(1,)]
    hold = mail_hold()
    assert hold is not None
    assert hold.why == made.name, "mail of the backup’s queue would go out a second time"
    assert done.files == 1
    assert done.aside
    assert not list(clean.path.glob(".restoring*"))


def test_writes_go_on_meanwhile_and_each_is_in_it_whole_or_not_at_all() -> None:
    stop, written = threading.Event(), []

    def keep_writing() -> None:
        while not stop.is_set():
            written.append(account(f"A{len(written)}"))
        connections.close_all()

    thread = threading.Thread(target=keep_writing)
    thread.start()
    try:
        while len(written) < 5:
            pass
        before = len(written)
        made = make()
        after = len(written)
    finally:
        stop.set()
        thread.join()
    assert after > before, "nobody could write while the backup was made"
    put_back(made.path)
    inside = len(names())
    assert before <= inside <= after + 1
    logged = rows('SELECT count(*) FROM "store_changerow" WHERE "object" = \'account\' AND "verb" = \'create\'')
    assert logged == [(inside,)]


def flipped(parts: dict[str, bytes]) -> None:
    name = next(one for one in parts if one.startswith("database"))
    body = bytearray(parts[name])
    body[len(body) // 2] ^= 1
    parts[name] = bytes(body)


def flipped_upload(parts: dict[str, bytes]) -> None:
    name = next(one for one in parts if one.startswith("files/"))
    parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])


def listed_otherwise(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts[MANIFEST])
    manifest["made"] = "2020-01-01T00:00:00+00:00"
    parts[MANIFEST] = json.dumps(manifest).encode()


def from_the_future(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts[MANIFEST])
    manifest["migrations"].append("store.9999_flying")
    parts[MANIFEST] = json.dumps(manifest).encode()


def without_list(parts: dict[str, bytes]) -> None:
    del parts[MANIFEST]


@pytest.mark.sqlite
def test_a_backup_that_is_not_whole_is_refused_and_nothing_changes(clean: Home) -> None:
    upload(b"an offer")
    made = make()
    account("Later")
    for change, says in (
        (flipped, "is damaged: the part database"),
        (flipped_upload, "is damaged: the part files/"),
        (listed_otherwise, "list of contents was changed"),
        (from_the_future, "newer than this Zhike"),
        (without_list, "not a whole Zhike backup"),
    ):
        with pytest.raises(BadBackup, match=says):
            put_back(spoilt(made.path, change))
    cut = made.path.with_name("cut.zip")
    cut.write_bytes(made.path.read_bytes()[:-100])
    with pytest.raises(BadBackup, match="not a whole Zhike backup"):
        put_back(cut)
    with pytest.raises(BadBackup, match="not a whole"):
        try_again("cut.zip")
    assert {one.name: one.state for one in backups()}["cut.zip"] == "bad"
    assert names() == {"Later"}
    assert not [path for path in clean.path.iterdir() if path.name.startswith((".restoring", "replaced"))]


@pytest.mark.sqlite
def test_it_needs_the_key_of_its_own_installation(clean: Home, tmp_path: Path) -> None:
    made = make()
    away = tmp_path / "zhike.key"
    shutil.move(clean.key, away)
    try:
        with pytest.raises(BadBackup, match="key file of this backup is not here"):
            put_back(made.path)
        write_new_key_file(clean.key)
        with pytest.raises(BadBackup, match="another installation"):
            put_back(made.path)
        with pytest.raises(BadBackup, match="is not the key of this backup"):
            put_back(made.path, other_home=True)
        put_back(made.path, other_home=True, key_file=away)
        assert clean.key.read_bytes() == away.read_bytes()
    finally:
        shutil.copy(away, clean.key)
        restoring.drop_vaults()


def test_when_the_upgrade_after_it_fails_the_replaced_home_comes_back(clean: Home) -> None:
    made = make()
    account("Later")
    place = upload(b"later too")

    def fails() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        restore(made.path, then=fails)
    assert names() == {"Later"}
    assert place.exists()
    assert not [path for path in clean.path.iterdir() if path.name.startswith((".restoring", "replaced"))]


def test_one_that_was_killed_in_the_middle_is_taken_back_at_the_next_start(
    clean: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make()
    account("Later")

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(restoring, "_put_back", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(made.path, then=lambda: killed())
    assert names() == set(), "the restored home was in place when it was killed"
    bring_up_to_date("en")
    registry.refresh()
    assert names() == {"Later"}
    assert not mend(clean.path)


@pytest.mark.sqlite
def test_a_home_with_data_gets_a_backup_before_its_first_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up_to_date("en")
    assert backups() == []
    monkeypatch.setattr("zhike.site.commands.migrate.needs_upgrade", lambda: True)
    bring_up_to_date("en")
    assert [(one.why, one.state) for one in backups()] == [("upgrade", "good")]


@pytest.mark.sqlite
def test_a_master_key_stays_as_long_as_a_kept_backup_needs_it(
    clean: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = shutil.copy(clean.key, tmp_path / "zhike.key")
    try:
        account("江苏远航", phone=PHONE)
        older = make()
        old = vault().master_id
        turn_key(SYSTEM)
        between = make()  # while the turn goes on
        wrap_everything({}, lambda _place: None, lambda _place: None)
        assert retire_old_keys(at_once=True) == []
        assert {key: set(names) for key, names in backups_needing().items()} == {old: {between.name, older.name}}
        assert main(["key", "retire", "--at-once", "--home", str(clean.path), "--language", "en"]) == 1
        assert older.name in capsys.readouterr().err
        write_down(between.path, state="bad")
        note_of(older.path).unlink()  # what lies here without a word beside it is asked itself
        assert backups_needing() == {old: [older.name]}
        put_back(older.path)
        assert reveal(SYSTEM, "account", read(SYSTEM, Query("account")).rows[0].id, "phone", "a test")
        wrap_everything({}, lambda _place: None, lambda _place: None)
        take_away(backup_named(older.name))
        assert retire_old_keys(at_once=True) in ([old], [])
        fresh = make()
        assert old not in fresh.facts["keys"] or old in vault().master_ids
    finally:
        shutil.copy(key, clean.key)
        restoring.drop_vaults()


def note_of(path: Path) -> Path:
    return path.with_suffix(".json")


@pytest.mark.sqlite
def test_an_upload_the_home_itself_has_lost_is_told_and_spoils_no_backup() -> None:
    upload(b"lost").unlink()
    bad = upload(b"rotten")
    bad.write_bytes(bad.read_bytes()[:-1] + b"x")
    made = make()
    assert made.state == "good"
    assert len(made.facts["lost"]) == 2


def test_a_row_that_is_missing_after_trying_makes_it_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    database = "zhike.records.backups.trial." + ("postgres" if is_postgres() else "sqlite")
    prove = making.postgres.prove if is_postgres() else making.sqlite.prove

    def lossy(place: Any) -> Any:
        found = dict(prove(place))
        found.pop("objects_user")
        return found

    monkeypatch.setattr(f"{database}.prove", lossy)
    with pytest.raises(BadBackup, match="objects_user"):
        make()
    assert [one.state for one in backups()] == ["bad"]
    assert last_good() is None


@pytest.mark.sqlite
def test_only_one_is_made_at_a_time_and_what_a_dead_one_left_is_cleared_away() -> None:
    with at_work(), pytest.raises(Busy):
        make()
    (shelf() / ".at-work-dead").mkdir()
    (shelf() / ".zhike-20260101T000000Z.zip").write_bytes(b"half")
    make(trial=False)
    assert [path.name for path in shelf().iterdir() if path.name.startswith(".")] == [".lock"]


@pytest.mark.sqlite
def test_the_last_of_each_day_week_and_month_stays() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    first = datetime(2026, 1, 1, 19, tzinfo=UTC)
    made = [first + timedelta(hours=12 * number) for number in range(2 * 400)]
    kept = sorted(staying(made, zone, 7, 4, 12), reverse=True)
    # Of the four weeks and twelve months two each end within the last seven days.
    assert len(kept) == 7 + (4 - 2) + (12 - 2)
    assert kept[:7] == [made[-1] - timedelta(days=number) for number in range(7)]
    assert staying(made, zone, 0, 0, 0) == {made[-1]}
    assert staying([], zone, 7, 4, 12) == set()


@pytest.mark.sqlite
def test_the_command_makes_lists_and_puts_back(clean: Home, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def zhike(*words: str, code: int = 0) -> Said:
        capsys.readouterr()
        answered = main([*words, "--home", str(clean.path), "--language", "en"])
        out, err = capsys.readouterr()
        assert answered == code, err or out
        return Said(answered, out, err)

    out = tmp_path / "away.zip"
    assert "Tried and good" in zhike("backup", "--out", str(out)).out
    [line] = zhike("backup", "list", "--format", "json").json
    assert (line["state"], line["why"], line["size"]) == ("good", "asked", out.stat().st_size)
    account("Later")
    assert "is as it was at" in zhike("restore", str(out)).out
    assert names() == set()
    assert "There is no such backup" in zhike("backup", "try", "nothing.zip", code=1).err
    write_down(backups()[0].path, state="bad")
    assert "Not usable" in zhike("backup", "list").out
