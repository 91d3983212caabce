"""The master key is turned while people work, interrupted and taken up again; at no moment is anything unreadable."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.company import Company
from tests.doors.staff import change, make
from zhike.kernel import clock
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Forbidden
from zhike.records.declaring.customise import create_field
from zhike.records.files import Content, store_file
from zhike.records.history import history
from zhike.records.jobs.jobs import start
from zhike.records.jobs.queue import _claimed, run_next
from zhike.records.master_key import holders, rotation
from zhike.records.master_key.rotation import keys_now, retire_old_keys, rotate, turn_key, unfinished, wrap_everything
from zhike.records.notices.mail_settings import mail_password, set_mail
from zhike.records.read import Query, read
from zhike.records.reveal import plain_secret
from zhike.records.secrets import vault
from zhike.records.stored import Folder
from zhike.site.home import Home
from zhike.store import home_vault
from zhike.store.ciphers import SM4_GCM, suite_works
from zhike.store.database import row, rows, run
from zhike.store.keyfile import VaultError

MOBILE, MAIL, IDENTITY = "+8613812349876", "zhang@example.cn", "11010519491231002X"


@pytest.fixture(autouse=True)
def own_key(home: Home) -> Iterator[None]:
    """The key file is put back: other homes of this process were sealed with it."""
    path = home.path / "zhike.key"
    vault()
    kept = path.read_bytes()
    yield
    path.write_bytes(kept)
    home_vault._vaults.clear()


def _fill(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Six contacts, a file, a job and a mail password, and portions of two."""
    monkeypatch.setattr(holders, "PORTION", 2)
    create_field(SYSTEM, "contact", {"key": "identity", "label": "I", "kind": "secret_text", "format": "id_number"})
    made = [make("contact", name=f"甲{n}", mobile=MOBILE, email=MAIL, identity=IDENTITY) for n in range(6)]
    change("contact", made[0], mobile="13900001111")
    change("contact", made[0], mobile=MOBILE)
    store_file(SYSTEM, "offer.txt", [b"offer"])
    start(SYSTEM, "nobody.runs.this", {"phone": MOBILE}, "x")
    set_mail(SYSTEM, {"host": "smtp.example.com", "port": "587", "security": "tls", "user": "u", "sender": "a@example.cn",
                      "password": "reeds", "site": ""})  # fmt: skip
    return made


def _all_readable(made: list[int]) -> None:
    vault().forget()
    for one in made:
        assert plain_secret("contact", one, "mobile") == MOBILE
        assert plain_secret("contact", one, "identity") == IDENTITY
    (entry, *_rest) = history(SYSTEM, "contact", made[0])
    assert entry.changes
    place, key = row('SELECT "place", "vault" FROM "store_blob"') or ("", "")
    assert b"".join(Content(place, key)) == b"offer"
    assert mail_password() == "reeds"
    assert {one.id for one in read(SYSTEM, Query("contact", where=f'mobile = "{MOBILE}"')).rows} == set(made)


def _under(master: str) -> int:
    return sum(
        line[0].split(".")[1] == master
        for table in ("objects_contact", "store_blob", "store_job")
        for line in rows(f'SELECT "vault" FROM "{table}" WHERE "vault" IS NOT NULL')
    )


def _later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    moment = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(rotation, "now", lambda: moment)


def test_everything_is_wrapped_anew_and_the_old_key_goes_only_when_nothing_uses_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(home.path / "backups", ignore_errors=True)  # what another test left would need the old key
    made = _fill(monkeypatch)
    old = vault().master_id
    index = vault().index("phone.whole", MOBILE)
    rotate(SYSTEM)
    _all_readable(made)
    late = make("contact", name="late", mobile=MOBILE, identity=IDENTITY)  # written while the turn goes on
    assert _under(old)
    assert run_next()
    assert not unfinished()
    assert not _under(old)
    _all_readable([*made, late])
    assert retire_old_keys() == []  # another process may still be writing with what it read before
    stray = row('SELECT "vault" FROM "objects_contact" WHERE "id" = %s', (late,))
    assert stray is not None
    _later(monkeypatch, 1.5)
    (first, second), _suite = keys_now()
    data_key = vault()._data_key(stray[0]).raw
    ring = vault()._ring
    vault()._ring = type(ring)((ring.masters[0],), ring.index)
    under_old = vault()._wrapped(data_key) if first.id == old else ""
    vault()._ring = ring
    assert under_old.split(".")[1] == old
    run('UPDATE "objects_contact" SET "vault" = %s WHERE "id" = %s', (under_old, late))
    assert retire_old_keys() == []  # a restore brought one back: it is wrapped anew first
    assert not _under(old)
    _later(monkeypatch, 3)
    assert retire_old_keys() == [old]
    assert [one.id for one in keys_now()[0]] == [second.id]
    _all_readable([*made, late])
    assert vault().index("phone.whole", MOBILE) == index
    with pytest.raises(VaultError, match=old):
        vault().sealer(late, under_old)


def test_a_turn_that_is_killed_anywhere_goes_on_where_it_stood_and_all_is_readable_meanwhile(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _fill(monkeypatch)
    old = vault().master_id
    rotate(SYSTEM)

    class Killed(BaseException):
        pass

    kept: dict[str, Any] = {}
    reached = 0
    while unfinished():
        portions = 0

        def put_away(place: dict[str, Any]) -> None:
            nonlocal portions
            portions += 1
            if portions > 2:
                raise Killed  # within the transaction: its work is undone, the place stays
            kept.clear()
            kept.update(place)

        try:
            wrap_everything(dict(kept), put_away, lambda _place: None)
        except Killed:
            reached += 1
            home_vault._vaults.clear()  # a process that starts again reads the key file
            _all_readable(made)
            turn_key(SYSTEM)  # asked again: it goes on and makes no further key
            assert len(keys_now()[0]) == 2
    assert reached > 3
    assert not _under(old)
    _all_readable(made)


def test_another_process_takes_up_the_new_key_by_itself(home: Home) -> None:
    vault()
    other = home_vault.Vault(vault().path)
    turn_key(SYSTEM)
    fresh = vault().new_data_key()
    assert other.sealer(1, fresh)
    assert other.wrapped_under(other.new_data_key()) == vault().master_id


def test_only_an_administrator_turns_the_key(home: Home, company: Company) -> None:
    before = keys_now()
    with pytest.raises(Forbidden):
        turn_key(company.zhao)
    assert keys_now() == before


@pytest.mark.skipif(not suite_works(SM4_GCM), reason="this OpenSSL has no SM4")
def test_a_company_goes_over_to_sm4_and_everything_old_is_readable(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _fill(monkeypatch)
    rotate(SYSTEM, "sm4")
    _all_readable(made)
    late = make("contact", name="late", mobile=MOBILE, identity=IDENTITY)
    sealed = row('SELECT "vault", "mobile" FROM "objects_contact" WHERE "id" = %s', (late,))
    assert sealed is not None
    assert sealed[0].startswith("w2.")
    assert sealed[1].startswith("v2.")
    before = row('SELECT "mobile", "version" FROM "objects_contact" WHERE "id" = %s', (made[0],))
    assert run_next()
    assert before is not None
    assert before[0].startswith("v1.")
    for wrapped, mobile, custom in rows('SELECT "vault", "mobile", "custom" FROM "objects_contact"'):
        assert wrapped.startswith("w2.")
        assert mobile.startswith("v2.")
        assert '"v1.' not in str(custom)
    after = row('SELECT "version" FROM "objects_contact" WHERE "id" = %s', (made[0],))
    assert after == (before[1],)
    place = (row('SELECT "place" FROM "store_blob"') or ("",))[0]
    assert Folder().path(place).read_bytes().startswith(b"ZHF2")
    _all_readable([*made, late])
    rotate(SYSTEM, "aes")
    assert run_next()
    _all_readable([*made, late])
    assert "suite" not in vault().path.read_text()


def test_a_killed_job_is_taken_up_by_the_next_process(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _fill(monkeypatch)
    number = rotate(SYSTEM)
    assert _claimed(number)
    run('UPDATE "store_job" SET "state" = %s, "claim" = NULL WHERE "id" = %s', ("waiting", number))
    assert run_next()
    assert not unfinished()
    _all_readable(made)
