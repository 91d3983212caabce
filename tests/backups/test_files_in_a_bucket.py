"""Uploads in a bucket: kept, shown, erased, backed up, restored, sealed anew and moved as those in the home's folder are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings

from tests.backups.s3_stand_in import ACCESS, REGION, SECRET, Store, s3_store
from tests.company import PASSWORD, Company
from tests.doors.staff import make as made_record
from zhike.channels import file_bucket, s3
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import NotFound
from zhike.records.backups.making import make
from zhike.records.backups.restoring import restore
from zhike.records.files import drop_files, open_file, store_file, tidy_files
from zhike.records.health.look import look
from zhike.records.master_key.rotation import turn_key, wrap_everything
from zhike.records.privacy.erasing import erase_records
from zhike.records.stored import FilesAway, Folder, storage, storage_of
from zhike.site.cli import main
from zhike.site.commands import move_files
from zhike.site.commands.migrate import migrate_now
from zhike.site.home import Home, WrongHome, files_settings
from zhike.store import home_vault
from zhike.store.ciphers import SM4_GCM, suite_works
from zhike.store.database import row, rows, run
from zhike.store.sealed_file import FRAME

SOUND = bytes(range(256)) * 4000


@pytest.fixture
def store(fresh_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A bucket that uploads go to; the home as it was afterwards."""
    shutil.rmtree(fresh_home.path / "files", ignore_errors=True)
    before, key = set(fresh_home.path.iterdir()), (fresh_home.path / "zhike.key").read_bytes()
    monkeypatch.setenv("ZHIKE_FILES_REGION", REGION)
    monkeypatch.setenv("ZHIKE_FILES_ACCESS", ACCESS)
    monkeypatch.setenv("ZHIKE_FILES_SECRET", SECRET)
    monkeypatch.setattr(s3, "TRIES", 1)
    with s3_store() as held, override_settings(FILES=files_settings(fresh_home, place_of(held))):
        yield held
    connections.close_all()
    (fresh_home.path / "zhike.key").write_bytes(key)
    home_vault._vaults.clear()
    for path in set(fresh_home.path.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def place_of(store: Store) -> str:
    return f"{store.address}/our-files/crm/知客"


def uploaded(content: bytes = SOUND, name: str = "call.weba") -> int:
    """A record of a file; its id."""
    account = made_record("account", name="A")
    return made_record("file", name=name, content=store_file(SYSTEM, name, [content]), parent=f"account:{account}")


def content_of(record: int) -> bytes:
    return b"".join(open_file(SYSTEM, "file", record, "content")[1])


def place(record: int) -> str:
    ref = open_file(SYSTEM, "file", record, "content")[0]
    return str((row('SELECT "place" FROM "store_blob" WHERE "id" = %s', (ref.id,)) or ("",))[0])


def key(record: int) -> str:
    where = place(record)
    return f"/our-files/crm/%E7%9F%A5%E5%AE%A2/{where[:2]}/{where}"


def test_an_upload_lies_sealed_in_the_bucket_and_parts_are_fetched_from_there(
    store: Store, company: Company, home_files: Path
) -> None:
    record = uploaded()
    assert list(store.files) == [key(record)]
    assert SOUND[:64] not in store.files[key(record)]
    assert not home_files.exists()
    client = Client()
    client.post("/sign-in", {"login": "admin", "password": PASSWORD})
    where = f"/files/file/{record}/content?inline=1"
    answer = client.get(where)
    assert b"".join(answer.streaming_content) == SOUND  # type: ignore[attr-defined]
    store.ranges.clear()
    start = 9 * FRAME + 5
    answer = client.get(where, headers={"Range": f"bytes={start}-{start + 99}"})
    assert answer.status_code == 206
    assert b"".join(answer.streaming_content) == SOUND[start : start + 100]  # type: ignore[attr-defined]
    assert store.ranges[-1] > 9 * FRAME, "what lies before was not fetched"


def test_a_store_that_is_down_is_told_in_words_and_nothing_is_left_half_written(store: Store, company: Company) -> None:
    record = uploaded()
    client = Client()
    client.post("/sign-in", {"login": "admin", "password": PASSWORD})
    before = rows('SELECT count(*) FROM "store_blob"')
    store.refuse = 500
    answer = client.get(f"/files/file/{record}/content")
    assert answer.status_code == 503
    assert "暂时没有应答" in answer.content.decode()
    with pytest.raises(FilesAway, match="500"):
        store_file(SYSTEM, "b.txt", [b"b"])
    assert rows('SELECT count(*) FROM "store_blob"') == before
    assert [one.good for one in look("whole") if "store" in str(one.name) or "files" in str(one.name)] == [False]
    store.refuse, store.cut = 0, 70_000
    with pytest.raises(FilesAway, match="line"):
        content_of(record)
    store.cut = 0
    del store.files[key(record)]
    with pytest.raises(NotFound, match="no longer in the store"):
        content_of(record)
    assert client.get(f"/files/file/{record}/content").status_code == 404


def test_a_file_that_is_missing_is_told_by_the_check(store: Store) -> None:
    first, second = uploaded(), uploaded(b"other")
    store.page = 1

    def told() -> tuple[bool, str]:
        (found,) = [one for one in look("whole") if str(one.name) == "Every upload is in its store"]
        return found.good, str(found.found)

    assert told() == (True, "0")
    gone = place(second)
    del store.files[key(second)]
    assert told() == (False, f"1: {gone}")
    assert content_of(first) == SOUND


def test_erasing_removes_the_object_and_does_so_later_when_the_store_is_down(store: Store) -> None:
    first, second = uploaded(), uploaded(b"other")
    erase_records(SYSTEM, [("file", first)], "full")
    assert list(store.files) == [key(second)]
    ref = open_file(SYSTEM, "file", second, "content")[0]
    store.refuse = 500
    drop_files([ref.id])
    assert rows('SELECT count(*) FROM "store_blob"') == [(0,)]
    tidy_files()
    assert len(store.files) == 1
    store.refuse = 0
    tidy_files()
    assert store.files == {}


def test_a_backup_carries_the_bucket_and_a_restore_fills_it(store: Store) -> None:
    record = uploaded()
    kept = dict(store.files)
    made = make()
    assert (made.state, made.facts["files"], made.facts["lost"]) == ("good", 1, [])
    run('DELETE FROM "store_blob"')
    store.files.clear()
    store.refuse = 503
    with pytest.raises(FilesAway):
        restore(made.path, then=lambda: migrate_now("en") and None)
    assert rows('SELECT count(*) FROM "store_blob"') == [(0,)], "nothing was exchanged"
    store.refuse = 0
    assert restore(made.path, then=lambda: migrate_now("en") and None).files == 1
    assert store.files == kept
    assert content_of(record) == SOUND


@pytest.mark.skipif(not suite_works(SM4_GCM), reason="this OpenSSL has no SM4")
def test_another_cipher_seals_the_objects_anew(store: Store) -> None:
    record = uploaded()
    assert store.files[key(record)].startswith(b"ZHF1")
    turn_key(SYSTEM, SM4_GCM)
    wrap_everything({}, lambda _place: None, lambda _place: None)
    assert store.files[key(record)].startswith(b"ZHF2")
    assert content_of(record) == SOUND


def test_files_move_there_and_back_and_a_move_is_taken_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, home_files: Path
) -> None:
    home, bucket = Home(home_files.parent), place_of(store)
    toml = home.path / "zhike.toml"
    toml.write_text("log_level = 'INFO'\n[more]\nfiles = 1\n", "utf-8")
    with override_settings(FILES=files_settings(home, "folder")):
        made = [uploaded(bytes([number]) * 1000) for number in range(4)]
        gone = uploaded(b"gone")
        Folder().remove(place(gone))
        copied: list[str] = []
        whole = move_files._copied

        def dies(source: Any, target: Any, one: str) -> bool:
            if len(copied) == 2:
                raise KeyboardInterrupt
            copied.append(one)
            return whole(source, target, one)

        monkeypatch.setattr(move_files, "_copied", dies)
        assert main(["move", "files", bucket, "--home", str(home.path)]) != 0
        assert "our-files" not in toml.read_text("utf-8")
        monkeypatch.setattr(move_files, "_copied", whole)
        spoilt = next(iter(store.files))
        store.files[spoilt] = b"spoilt"
        store.asked.clear()
        assert main(["move", "files", bucket, "--home", str(home.path)]) == 0
        assert sum(one.startswith("PUT") for one in store.asked) == 3, "what lay there whole was not sent again"
        assert home.option("files", "") == bucket
        assert toml.read_text("utf-8").endswith("\n[more]\nfiles = 1\n")
        assert not home_files.exists()
    assert [content_of(one) for one in made] == [bytes([number]) * 1000 for number in range(4)]
    assert main(["move", "files", bucket, "--home", str(home.path)]) == 1, "they lie there already"
    assert main(["move", "files", "folder", "--home", str(home.path)]) == 0
    assert Home(home.path).option("files", "") == ""
    with override_settings(FILES=files_settings(home, "folder")):
        assert [content_of(one) for one in made] == [bytes([number]) * 1000 for number in range(4)]


def test_a_place_that_is_none_is_refused_in_words(
    store: Store, home_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(home_files.parent)
    for wrong in (
        "bucket",
        "https://host",
        "ftp://host/bucket",
        "https://me:pw@host/bucket",
        "https://host/bucket?x=1",
    ):
        with pytest.raises(WrongHome, match="https://host/bucket"):
            files_settings(home, wrong)
    monkeypatch.delenv("ZHIKE_FILES_SECRET")
    with pytest.raises(WrongHome, match="files_secret"):
        files_settings(home, place_of(store))
    assert isinstance(storage(), file_bucket.FileBucket)
    assert isinstance(storage_of(files_settings(home, "")), Folder)


@pytest.fixture
def home_files(fresh_home: Home) -> Path:
    """The home's folder of uploads."""
    return fresh_home.files
