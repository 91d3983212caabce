"""The home folder: what is made, what is read, what is refused."""

from __future__ import annotations

import stat
import threading

import pytest
from pysqlite3 import dbapi2

from zhike.site import sqlite
from zhike.site.home import Home, WrongHome, configure, database_settings


def test_a_folder_without_a_database_is_new_whatever_else_lies_in_it(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    assert Home(tmp_path).is_new()
    dbapi2.connect(tmp_path / "zhike.db").close()
    assert Home(tmp_path).is_new()


def test_a_folder_with_a_zhike_database_is_not_new(tmp_path):
    with dbapi2.connect(tmp_path / "zhike.db") as made:
        made.execute("CREATE TABLE store_counter (name TEXT)")
    made.close()
    assert not Home(tmp_path).is_new()


def test_the_running_home_is_not_new(home):
    assert not home.is_new()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    home = Home(tmp_path / "new")
    first = home.secret_text()
    assert len(first) >= 60
    assert home.secret_text() == first
    assert stat.S_IMODE(home.secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert Home(tmp_path / "other").secret_text() != first


def test_servers_starting_at_once_agree_on_one_secret(tmp_path):
    found, ready = [], threading.Barrier(8)

    def start():
        ready.wait()
        found.append(Home(tmp_path).secret_text())

    threads = [threading.Thread(target=start) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_damaged_secret_is_refused_with_a_way_out(tmp_path):
    (tmp_path / "secret").write_text("short")
    with pytest.raises(WrongHome, match="Remove it"):
        Home(tmp_path).secret_text()


def test_options_come_from_the_file_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / "zhike.toml").write_text('hosts = ["crm.example.cn"]\nhttps = true\n')
    home = Home(tmp_path)
    assert home.option("hosts", []) == ["testserver"]  # the tests' own environment
    monkeypatch.delenv("ZHIKE_HOSTS")
    assert home.option("hosts", []) == ["crm.example.cn"]
    assert home.option("https", False) is True
    monkeypatch.setenv("ZHIKE_HTTPS", "no")
    assert home.option("https", False) is False
    assert home.option("log_level", "INFO") == "INFO"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "zhike.toml").write_text("hosts = [")
    with pytest.raises(WrongHome, match=r"zhike\.toml"):
        _ = Home(tmp_path).options


def test_the_database_is_a_file_unless_an_address_is_given(tmp_path, monkeypatch):
    monkeypatch.delenv("ZHIKE_DATABASE", raising=False)
    home = Home(tmp_path)
    assert database_settings(home)["NAME"] == str(tmp_path / "zhike.db")
    (tmp_path / "zhike.toml").write_text(
        'database = "postgresql://zhike:p%40ss@db.example.cn:6432/crm?sslmode=require"\n'
    )
    found = database_settings(Home(tmp_path))
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "zhike", "p@ss", "db.example.cn", "6432", "crm",
    )  # fmt: skip
    assert found["OPTIONS"]["sslmode"] == "require"
    monkeypatch.setenv("ZHIKE_DATABASE", "postgresql:///crm?host=/run/postgresql&user=zhike")
    found = database_settings(Home(tmp_path))
    assert (found["HOST"], found["USER"], found["PORT"], found["NAME"]) == ("/run/postgresql", "zhike", "", "crm")


def test_another_kind_of_database_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ZHIKE_DATABASE", "mysql://crm")
    with pytest.raises(WrongHome, match="postgresql://"):
        _ = Home(tmp_path).database_url


def test_a_process_stands_on_one_home(tmp_path):
    with pytest.raises(WrongHome, match="already works on"):
        configure(tmp_path)


def test_sqlite_is_recent_enough_not_to_damage_the_file():
    assert sqlite.is_safe()
    assert sqlite.version() >= (3, 51, 3)
