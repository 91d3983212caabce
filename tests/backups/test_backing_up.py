"""Backups by themselves: daily, kept for a while, sent away; and the administrator's page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from tests.backups.s3_stand_in import ACCESS, REGION, SECRET, s3_store
from tests.company import PASSWORD, Company
from zhike.automation import backing_up
from zhike.automation.backing_up import back_up_daily, clear_away, last_due, send
from zhike.channels import s3
from zhike.channels.s3 import Bucket, NotStored, authorization
from zhike.kernel.clock import now, standing_at
from zhike.kernel.errors import Invalid
from zhike.records.backups.choices import USUAL, choices, decide, store_secret
from zhike.records.backups.making import make
from zhike.records.backups.shelf import backup_named, backups, shelf, write_down
from zhike.records.jobs.queue import run_next
from zhike.records.jobs.views import listed
from zhike.records.notices.notices import inbox
from zhike.site.home import Home
from zhike.store.database import rows

pytestmark = [pytest.mark.sqlite, pytest.mark.usefixtures("clean")]
FORM = {key: "yes" if value is True else str(value) for key, value in USUAL.items()}


@pytest.fixture
def clean(fresh_home: Home) -> Iterator[Home]:
    """A home without backups, before and after."""
    shutil.rmtree(fresh_home.path / "backups", ignore_errors=True)
    yield fresh_home
    connections.close_all()
    shutil.rmtree(fresh_home.path / "backups", ignore_errors=True)


def laid(days_ago: float, state: str = "good", why: str = "daily") -> Path:
    made = now() - timedelta(days=days_ago)
    path = shelf() / f"zhike-{made.strftime('%Y%m%dT%H%M%SZ')}.zip"
    path.write_bytes(b"old")
    write_down(path, state=state, why=why)
    return path


def test_one_a_day_is_made_after_its_hour_and_one_missed_is_made_up_for(company: Company) -> None:
    midnight = datetime(2026, 11, 24, 16, tzinfo=UTC)  # in Shanghai
    for hours, newest in ((0, 0), (1, 0), (2.5, 0), (3.1, 3.1), (5, 3.1), (24, 3.1), (28, 28)):
        with standing_at(midnight + timedelta(hours=hours)):
            back_up_daily()
            while run_next():
                pass
            assert backups()[0].made == midnight + timedelta(hours=newest), hours
    assert len(backups()) == 2, "of one day only the last stays"
    assert {one.state for one in backups()} == {"good"}
    assert rows('SELECT count(*) FROM "store_auditrow" WHERE "kind" = \'backup\'') == [(3,)]


def test_the_hour_is_that_of_the_last_day_it_came() -> None:
    local = datetime(2026, 3, 9, 2, 59, tzinfo=UTC)
    assert last_due(local, 3) == datetime(2026, 3, 8, 3, tzinfo=UTC)
    assert last_due(local.replace(hour=3, minute=0), 3) == datetime(2026, 3, 9, 3, tzinfo=UTC)


def test_when_it_does_not_work_the_administrators_are_told(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(backing_up, "make", full)
    back_up_daily()
    run_next()
    assert [one.state for one in listed(company.admin, everybody=True)[0]] == ["failed"]
    assert ["No space left" in str(one.text) for one in inbox(company.admin)[0]] == [True]
    assert inbox(company.li)[0] == []


def test_what_need_not_be_kept_goes_and_what_somebody_laid_there_stays(company: Company) -> None:
    with standing_at(datetime(2026, 6, 20, 4, tzinfo=UTC)):  # forty days before is the month before, whatever today is
        kept = [laid(number) for number in range(7)]
        month = laid(40)
        gone = [laid(9.1), laid(9.2)]
        spoilt = [laid(number, "bad") for number in (1.5, 2.5, 3.5)]
        by_hand = laid(900, "good", "found")
        decide(company.admin, {**FORM, "weeks": "0", "months": "2"})
        assert set(clear_away()) == {one.name for one in (*gone, spoilt[2])}
        assert {one.name for one in backups()} == {one.name for one in (*kept, month, *spoilt[:2], by_hand)}


def test_it_is_sent_to_a_folder_and_taken_from_there_in_time(company: Company, tmp_path: Path) -> None:
    decide(company.admin, {**FORM, "to": "folder", "folder": str(tmp_path), "days": "0", "weeks": "0", "months": "0"})
    old = laid(3)
    assert send(backup_named(old.name)).sent
    made = make()
    assert send(made).sent
    assert (tmp_path / made.name).read_bytes() == made.path.read_bytes()
    clear_away()
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


def test_it_is_sent_to_a_store_whole_or_in_parts(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(1)
    with s3_store() as store:
        given = {**FORM, "to": "s3", "address": store.address, "bucket": "our-backups", "region": REGION}
        decide(company.admin, {**given, "prefix": "zhike/", "access": ACCESS, "secret": SECRET})
        assert store_secret() == SECRET
        assert SECRET not in str(rows('SELECT "value" FROM "store_setting"'))
        assert send(backup_named(path.name)).sent
        assert store.files == {f"/our-backups/zhike/{path.name}": b"old"}
        monkeypatch.setattr(s3, "PART", 1000)
        large = tmp_path / "large"
        large.write_bytes(bytes(range(256)) * 10)
        bucket = Bucket(store.address, "our-backups", REGION, ACCESS, SECRET)
        bucket.put("in parts/名", large)
        assert store.files["/our-backups/in%20parts/%E5%90%8D"] == large.read_bytes()
        assert bucket.size("in parts/名") == 2560
        store.refuse = 404
        assert "NoSuchBucket gone" in send(backup_named(path.name)).unsent
        store.refuse = 0
        with pytest.raises(NotStored, match="SignatureDoesNotMatch"):
            Bucket(store.address, "our-backups", REGION, ACCESS, "wrong").put("x", large)
    monkeypatch.setattr(s3, "TRIES", 1)
    assert "cannot be reached" in send(backup_named(path.name)).unsent


def test_the_signature_is_the_one_of_the_published_example() -> None:
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": s3.EMPTY,
        "x-amz-date": "20130524T000000Z",
    }
    signed = authorization(
        "GET", "/test.txt", "", headers, s3.EMPTY, "20130524T000000Z", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )  # fmt: skip
    assert signed.endswith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hour": "24"}, "hour"),
        ({"days": "-1"}, "days"),
        ({"to": "ftp"}, "to"),
        ({"to": "folder", "folder": "mnt"}, "folder"),
        ({"to": "folder", "folder": "/no/such"}, "folder"),
        ({"to": "s3", "address": "ftp://x", "bucket": "abc", "access": "a", "secret": "b"}, "address"),
        ({"to": "s3", "address": "https://x", "bucket": "A B", "access": "a", "secret": "b"}, "bucket"),
        ({"to": "s3", "address": "https://x", "bucket": "abc", "access": "a"}, "secret"),
    ],
)
def test_a_wrong_decision_is_named_and_not_kept(company: Company, wrong: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        decide(company.admin, {**FORM, **wrong})
    assert field in {one.field for one in refused.value.problems}
    assert choices()["to"] == ""


def test_the_page_makes_tries_and_gives_and_is_the_administrators_alone(company: Company) -> None:
    browser = Client()
    browser.cookies["zhike-language"] = "en"
    browser.post("/sign-in", {"login": "admin", "password": PASSWORD})
    assert "no backup yet" in browser.get("/settings/backups").content.decode()
    assert browser.post("/settings/backups/make").status_code == 303
    run_next()
    [made] = backups()
    page = browser.get("/settings/backups").content.decode()
    assert "Tried and good" in page
    assert browser.get(f"/settings/backups/{made.name}/download").status_code == 405
    sent = browser.post(f"/settings/backups/{made.name}/download")
    assert b"".join(sent.streaming_content) == made.path.read_bytes()
    made.path.write_bytes(made.path.read_bytes()[:-50])
    browser.post(f"/settings/backups/{made.name}/try")
    run_next()
    assert "not a whole Zhike backup" in browser.get("/settings/backups").content.decode()
    refused = browser.post("/settings/backups", {**FORM, "hour": "25"})
    assert refused.status_code == 422
    assert 'value="25"' in refused.content.decode()
    assert browser.post("/settings/backups", {**FORM, "days": "9"}).status_code == 303
    assert choices()["days"] == 9
    assert browser.post("/settings/backups/..%2Fzhike.key/download").status_code == 404
    other = Client()
    other.post("/sign-in", {"login": "li", "password": PASSWORD})
    assert other.get("/settings/backups").status_code == 403
    assert other.post(f"/settings/backups/{made.name}/download").status_code == 403
